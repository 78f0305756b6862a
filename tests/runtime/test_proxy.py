"""A proxy or firewall on the way that does not let a job through: what the job says of it, and how soon."""

from collections.abc import Callable, Iterator

import boto3
import pytest

from cigen_runtime.clock import Clock as RealClock
from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import NotAllowedError
from cigen_runtime.services.aws_errors import aws_errors
from cigen_runtime.services.aws_retry import AwsRetry
from lab import Lab, Status
from lab.serving import LoopbackHandler, LoopbackServer
from runtime.conftest import Clock, Done, Service

Run = Callable[..., Done]
PAGE = b"<!doctype html><html><head><title>Access\n denied &amp; logged</title></head><body>By policy</body></html>"
HTML = {"Content-Type": "text/html; charset=utf-8"}
REFUSED = Status(403, PAGE, HTML)


@pytest.fixture(params=["403 Forbidden", "407 Proxy Authentication Required"])
def refusal(request: pytest.FixtureRequest, lab: Lab, run: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A proxy that connects nobody, which the job is told to take; with what it answers."""
    answer: str = request.param

    class Handler(LoopbackHandler):
        def do_CONNECT(self) -> None:
            self.answer(int(answer[:3]), PAGE, HTML)

    server = LoopbackServer(Handler)
    server.start()
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"http://ci:proxy-password@127.0.0.1:{server.port}")
    yield answer
    server.stop()


def test_a_proxy_that_connects_nobody_is_told_at_once_and_for_what_it_is(run: Run, refusal: str, clock: Clock) -> None:
    done = run("aws-credentials", clock=clock)

    assert done.code == 11
    assert done.error == (
        "error: Vault was not reached: a proxy or firewall before vault.example.com does not let the runner through "
        "(not allowed)"
    )
    assert f"came back: {refusal}" in done.log
    assert ("Put the proxy's user and password into HTTPS_PROXY" in done.log) is refusal.startswith("407")
    assert ("Let the runner's network reach vault.example.com" in done.log) is refusal.startswith("403")
    assert "proxy-password" not in done.log
    assert clock.waits == []


def test_aws_behind_such_a_proxy_is_told_the_same_way(refusal: str, clock: Clock) -> None:
    session = boto3.Session(aws_access_key_id="AKIA", aws_secret_access_key="none", region_name="eu-west-2")
    client = session.client("sts")
    client.meta.events.register_first("needs-retry.*", AwsRetry(RealClock(clock.now, clock.sleep)))

    with pytest.raises(NotAllowedError) as told, aws_errors("asked STS whose credentials these are", Branch.VAULT):
        client.get_caller_identity()

    assert told.value.answer == refusal
    assert str(told.value).startswith("AWS was not reached: a proxy or firewall before amazonaws.com does not let")
    assert clock.waits == []


@pytest.mark.parametrize(
    ("host", "command", "system"),
    [
        ("vault", "aws-credentials", "Vault was not reached: a proxy or firewall before vault.example.com"),
        (r"api\.ecr", "prepare-docker-config", "AWS was not reached: a proxy or firewall before amazonaws.com"),
        ("artifactory", "prepare-docker-config",
         "Artifactory (artifactory.example.com) was not reached: a proxy or firewall before artifactory.example.com"),
        ("jira", "create-jira-tickets", "Jira was not reached: a proxy or firewall before jira.example.com"),
    ],
)  # fmt: skip
def test_a_page_that_refuses_is_not_taken_for_the_systems_own_refusal(
    lab: Lab, run: Run, service: Service, clock: Clock, host: str, command: str, system: str
) -> None:
    service.has("orders", "1.4.0", lambda_name="orders-api")
    lab.gateway.fault(REFUSED, host=host, times=10)

    done = run(command, clock=clock)

    assert (done.code, done.error) == (11, f"error: {system} does not let the runner through (not allowed)")
    assert "came back: 403 with a page" in done.log
    assert "<" not in done.log.partition("Check in this order")[0]
    assert clock.waits == []


def test_the_title_of_such_a_page_is_told(lab: Lab, run: Run) -> None:
    lab.gateway.fault(REFUSED, host="vault")

    done = run("aws-credentials")

    assert "came back: 403 with a page 'Access denied & logged'" in done.log


@pytest.mark.parametrize(
    ("host", "command", "told"),
    [
        ("vault", "aws-credentials", "the answer is not Vault's: perhaps a proxy, a login page or a maintenance page"),
        ("sts", "aws-credentials", "an answer that is not whole or not AWS's: perhaps a proxy or a login page"),
    ],
)  # fmt: skip
def test_a_page_for_what_is_not_found_is_not_taken_for_the_systems_word(
    lab: Lab, run: Run, service: Service, clock: Clock, host: str, command: str, told: str
) -> None:
    service.has("orders", "1.4.0", lambda_name="orders-api")
    lab.gateway.fault(Status(404, PAGE, HTML), host=host, times=10)

    done = run(command, clock=clock)

    assert done.code in {75, 76}
    assert f"came back: {told}" in done.log


def test_an_answer_without_any_words_of_aws_is_not_called_a_refusal_of_it(lab: Lab, run: Run, clock: Clock) -> None:
    lab.gateway.fault(Status(403, b"<blocked/>", {"Content-Type": "text/xml"}), host="sts", times=10)

    done = run("aws-credentials", clock=clock)

    assert (done.code, done.error) == (76, "error: asked STS whose credentials these are (outcome unknown)")
    assert "came back: an answer that is not whole or not AWS's: perhaps a proxy or a login page" in done.log
