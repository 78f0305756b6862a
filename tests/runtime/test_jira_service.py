"""How every Jira command takes what Jira, or whatever stands before it, answers."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from lab import Delay, DropBeforeRead, Lab, Status, Truncate
from lab.names import JIRA_API_TOKEN, JIRA_USER
from runtime.conftest import Clock, Done, Service

Run = Callable[..., Done]


@pytest.fixture
def ticket(run: Run, service: Service, lab: Lab) -> str:
    """One ticket that this pipeline created."""
    service.has("orders-api", "1.4.0")
    assert run("create-jira-tickets").code == 0
    lab.gateway.clear()
    return "REL-1"


def test_a_token_that_jira_does_not_accept_is_told_with_where_to_get_another(run: Run, service: Service) -> None:
    service.has("orders-api", "1.4.0")

    done = run("create-jira-tickets", JIRA_API_TOKEN="ATATT-expired-token")

    assert (done.code, done.error) == (10, "error: logged in to Jira (not let in)")
    assert "came back: 401 Client must be authenticated to access this resource.\n" in done.log
    assert (
        "to do:     Jira does not accept the token for release-bot@example.com; API tokens end after a year at most. "
        "Create one at https://id.atlassian.com/manage-profile/security/api-tokens and set JIRA_API_TOKEN to it.\n"
    ) in done.log
    assert "ATATT-expired-token" not in done.log


def test_a_stranger_who_would_find_nothing_creates_nothing(lab: Lab, run: Run, service: Service) -> None:
    service.has("orders-api", "1.4.0")
    lab.jira.issue("cigen-orders-api-1.4.0")
    lab.jira.lets_strangers_look = True

    done = run("create-jira-tickets", JIRA_API_TOKEN="ATATT-expired-token")

    assert (done.code, list(lab.jira.issues)) == (10, ["REL-1"])
    assert [request.path for request in lab.gateway.requests] == ["/rest/api/3/myself"]


def test_a_missing_permission_is_not_a_wrong_token(lab: Lab, run: Run, ticket: str) -> None:
    lab.jira.forbidden = {"POST"}

    done = run("transition-jira-tickets", "--to", "pre-prod")

    assert (done.code, done.error) == (11, "error: moved REL-1 to 'Pre-Prod' (not allowed)")
    assert "to do:     Give release-bot@example.com the permission for it in the project REL.\n" in done.log


def test_a_ticket_that_is_gone_is_not_a_wrong_token(lab: Lab, run: Run, ticket: str) -> None:
    del lab.jira.issues[ticket]

    done = run("transition-jira-tickets", "--to", "pre-prod")

    assert (done.code, done.error) == (12, "error: read REL-1 (not found)")
    assert "Jira let release-bot@example.com in, so the ticket is gone or in a project" in done.log


@pytest.mark.parametrize("reason", ["jira-burst-based", "jira-per-issue-on-write", ""])
@pytest.mark.parametrize(("method", "path"), [("POST", "/transitions"), ("GET", "/myself")])
def test_a_limit_of_seconds_is_waited_for(
    lab: Lab, run: Run, ticket: str, clock: Clock, reason: str, method: str, path: str
) -> None:
    headers = {"Retry-After": "7", **({"RateLimit-Reason": reason} if reason else {})}
    lab.gateway.fault(method=method, host="jira", path=path, times=2, action=Status(429, b"", headers))

    done = run("transition-jira-tickets", "--to", "pre-prod", clock=clock)

    assert (done.code, clock.waits) == (0, [7.0, 7.0])
    assert lab.jira.issues[ticket].history == ["Pre-Prod"]


def test_a_limit_at_a_creation_is_waited_for_since_nothing_was_created(
    lab: Lab, run: Run, service: Service, clock: Clock
) -> None:
    service.has("orders-api", "1.4.0")
    limit = Status(429, b"", {"Retry-After": "3", "RateLimit-Reason": "jira-burst-based"})
    lab.gateway.fault(method="POST", host="jira", path="/issue$", action=limit)

    done = run("create-jira-tickets", clock=clock)

    assert (done.code, clock.waits, list(lab.jira.issues)) == (0, [3.0], ["REL-1"])


def test_a_limit_may_name_the_hour_instead_of_seconds(lab: Lab, run: Run, ticket: str, clock: Clock) -> None:
    at = format_datetime(datetime.fromtimestamp(clock.now(), UTC) + timedelta(seconds=20), usegmt=True)
    lab.gateway.fault(host="jira", path="/myself", action=Status(429, b"", {"Retry-After": at}))

    done = run("transition-jira-tickets", "--to", "pre-prod", clock=clock)

    (wait,) = clock.waits
    assert (done.code, 15 < wait <= 20) == (0, True)


@pytest.mark.parametrize("reason", ["jira-quota-global-based", "jira-quota-tenant-based"])
def test_a_spent_quota_is_not_waited_for(lab: Lab, run: Run, ticket: str, clock: Clock, reason: str) -> None:
    headers = {"Retry-After": "5", "RateLimit-Reason": reason}
    lab.gateway.fault(host="jira", path="/myself", action=Status(429, b"", headers))

    done = run("transition-jira-tickets", "--to", "pre-prod", clock=clock)

    assert (done.code, clock.waits) == (11, [])
    assert done.log.startswith(f"""
error: asked Jira for more than this account's hourly quota (not allowed)
  came back: 429 {reason}
  to do:     Run the job again in the next hour. If it happens often, use an API token of a user: only apps and OAuth \
clients have this quota.
""")


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_broken_server_is_waited_for(lab: Lab, run: Run, ticket: str, clock: Clock, status: int) -> None:
    lab.gateway.fault(host="jira", path="REL-1$", times=2, action=Status(status))

    done = run("transition-jira-tickets", "--to", "pre-prod", clock=clock)

    assert (done.code, len(clock.waits)) == (0, 2)


def test_a_server_that_stays_broken_ends_with_the_code_that_gitlab_retries(
    lab: Lab, run: Run, ticket: str, clock: Clock
) -> None:
    lab.gateway.fault(host="jira", times=1000, action=Status(503, b"", {"Retry-After": "10"}))

    done = run("transition-jira-tickets", "--to", "pre-prod", clock=clock)

    assert (done.code, done.error, sum(clock.waits) <= 45) == (
        75,
        "error: Jira did not answer GET https://jira.example.com/rest/api/3/myself within 45 s (try again)",
        True,
    )


@pytest.mark.parametrize(
    "action", [DropBeforeRead(), Truncate(10), Delay(0.1)], ids=["no answer", "half an answer", "a late answer"]
)
@pytest.mark.parametrize("path", ["/myself", "search/jql", "REL-1$"])
def test_a_read_that_goes_wrong_once_is_repeated(
    lab: Lab, run: Run, service: Service, clock: Clock, path: str, action: DropBeforeRead | Truncate | Delay
) -> None:
    service.has("orders-api", "1.4.0")
    lab.jira.issue("cigen-orders-api-1.4.0")
    fault = lab.gateway.fault(host="jira", path=path, action=action)

    done = run("transition-jira-tickets", "--to", "pre-prod", clock=clock)

    assert (done.code, fault.hits) == (0, 1), done.log


def test_a_page_from_a_proxy_is_not_taken_for_jira(lab: Lab, run: Run, ticket: str, clock: Clock) -> None:
    lab.gateway.fault(host="jira", action=Status(200, b"<html>Log in to the network</html>"))

    done = run("transition-jira-tickets", "--to", "pre-prod", clock=clock)

    assert (done.code, done.error) == (75, "error: logged in to Jira (try again)")
    assert "the answer is not Jira's: perhaps a proxy, a login page or a maintenance page" in done.log


def test_a_redirect_is_not_followed_with_the_token(lab: Lab, run: Run, ticket: str) -> None:
    lab.gateway.fault(host="jira", action=Status(302, b"", {"Location": "https://login.example.com/"}))

    done = run("transition-jira-tickets", "--to", "pre-prod")

    assert (done.code, len(lab.gateway.requests)) == (2, 1)
    assert "Set jira.url to the address that Jira itself uses." in done.log


def test_a_search_reads_every_page(lab: Lab, run: Run, service: Service) -> None:
    for number in range(5):
        service.has(f"p{number}", "1.0.0")
        lab.jira.issue(f"cigen-p{number}-1.0.0")
    lab.jira.page_size = 2

    done = run("transition-jira-tickets", "--to", "pre-prod")

    assert done.code == 0, done.log
    assert [issue.status for issue in lab.jira.issues.values()] == ["Pre-Prod"] * 5
    assert len([request for request in lab.gateway.requests if request.path.endswith("/search/jql")]) == 3


def test_the_login_appears_in_no_output_however_jira_echoes_it(lab: Lab, run: Run, ticket: str) -> None:
    login = base64.b64encode(f"{JIRA_USER}:{JIRA_API_TOKEN}".encode()).decode()
    echo = f'{{"errorMessages": ["no: Basic {login} is {JIRA_API_TOKEN}"]}}'.encode()
    lab.gateway.fault(host="jira", action=Status(403, echo))

    done = run("transition-jira-tickets", "--to", "pre-prod")

    assert done.code == 11
    assert "came back: 403 no: Basic [secret] is [secret]\n" in done.log


@pytest.mark.parametrize("name", ["JIRA_URL", "CIGEN_JIRA_PROJECT", "JIRA_USER", "JIRA_API_TOKEN"])
def test_a_variable_that_is_not_set_is_named_before_jira_is_asked(lab: Lab, run: Run, ticket: str, name: str) -> None:
    done = run("transition-jira-tickets", "--to", "pre-prod", **{name: ""})

    assert (done.code, done.error, lab.gateway.requests) == (
        2,
        "error: transition-jira-tickets cannot start: 1 variable missing or wrong (wrong input)",
        [],
    )
    assert f"came back: {name} is not set (" in done.log


def test_a_plain_text_is_no_description_for_the_stand_in_either(lab: Lab) -> None:
    login = "Basic " + base64.b64encode(f"{JIRA_USER}:{JIRA_API_TOKEN}".encode()).decode()
    fields = {"project": {"key": "REL"}, "issuetype": {"name": "Task"}, "summary": "s", "description": "plain"}

    status, answer = lab.jira.answer("POST", "/rest/api/3/issue", login, {"fields": fields})

    said = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
    assert (status, answer) == (400, {"errorMessages": [], "errors": {"description": said}})
