"""What Jira's refusals mean, and what to do about each."""

import requests

from cigen_runtime.diagnosis import Branch, checks
from cigen_runtime.errors import (
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    JobError,
    NotAllowedError,
    NotFoundError,
    OutcomeUnknownError,
    TryAgainError,
)
from cigen_runtime.services.answers import AnotherAnsweredError, Remedy, answer_of_another, kind_of, refused

UNCERTAIN = frozenset({408, 500, 502, 503, 504})
"""Answers to a creation that leave open whether Jira created something."""


def refusal(attempted: str, response: requests.Response, user: str, project: str) -> JobError:
    """What an answer that is not the one we wanted means."""
    answer = f"{response.status_code} {_words(response)}".strip()
    return refused(kind_of(response.status_code), attempted, answer, _remedies(user, project), Branch.JIRA)


def _remedies(user: str, project: str) -> dict[type[JobError], Remedy]:
    return {
        AuthenticationError: (
            f"Jira does not accept the token for {user}; API tokens end after a year at most. "
            "Create one at https://id.atlassian.com/manage-profile/security/api-tokens and set "
            "JIRA_API_TOKEN to it.",
            checks.JIRA_LOGIN,
        ),
        NotAllowedError: (f"Give {user} the permission for it in the project {project}.", checks.JIRA_PERMISSION),
        NotFoundError: (
            f"Jira let {user} in, so the ticket is gone or in a project that this account may not browse.",
            None,
        ),
        ConflictError: ("Run the job again in a minute.", None),
        TryAgainError: ("Run the job again in a minute.", None),
        ConfigurationError: ("Set jira.url to the address that Jira itself uses.", None),
        JobError: ("Compare project, issue type and required fields in Jira with the configuration.", None),
    }


def no_login_here(attempted: str, answer: str, address: str) -> NotFoundError:
    """Who is asked for ourselves does not know the question: Jira always does."""
    return NotFoundError(
        attempted,
        answer=answer,
        remedy=(
            f"Set jira.url in cigen.yaml to Jira's own address, such as https://company.atlassian.net: {address} is "
            "nothing that Jira has."
        ),
        branch=Branch.JIRA,
    )


def not_jira(attempted: str, address: str) -> AnotherAnsweredError:
    """An answer that Jira never gives."""
    return answer_of_another("Jira's", attempted, address, Branch.JIRA)


def refuse_a_spent_quota(response: requests.Response, *_: object, **__: object) -> None:
    """Bursts end in seconds and are waited for; a quota is filled up again by the hour."""
    reason = response.headers.get("RateLimit-Reason", "")
    if response.status_code == 429 and "quota" in reason:
        response.close()
        raise NotAllowedError(
            "asked Jira for more than this account's hourly quota",
            answer=f"429 {reason}",
            remedy=(
                "Run the job again in the next hour. If it happens often, use an API token of a user: only apps and "
                "OAuth clients have this quota."
            ),
            branch=Branch.JIRA,
        )


def stop_at_an_uncertain_answer(response: requests.Response, *_: object, **__: object) -> None:
    """A hook for creations, which are not sent again as other requests are."""
    if response.status_code in UNCERTAIN:
        response.close()
        raise uncertain("sent the creation of a ticket to Jira", f"{response.status_code} {response.reason}")


def uncertain(attempted: str, answer: str) -> OutcomeUnknownError:
    """Something may have been created, or not."""
    return OutcomeUnknownError(
        attempted,
        answer=answer,
        remedy="Run the job again: it looks for the ticket before it creates one.",
        branch=Branch.JIRA,
    )


def _words(response: requests.Response) -> str:
    """Jira's own words: what it says in general, and about single fields."""
    try:
        answer = response.json()
        messages = [str(message) for message in answer.get("errorMessages", ())]
        messages += [f"{field}: {message}" for field, message in answer.get("errors", {}).items()]
    except (ValueError, AttributeError, TypeError):
        return response.reason
    return "; ".join(messages) or response.reason
