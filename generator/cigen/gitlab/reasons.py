"""Why GitLab did not show us a file, in words for the person who reads the report."""

from cigen.gitlab.access import Access, Token

TRIED_AGAIN = frozenset({429, 500, 502, 503, 504})
"""The answers after which a second try may succeed."""
PAUSES = (1.0, 4.0)
"""Seconds before the second and the third try."""


def refused(status: int, project: str, access: Access) -> str:
    """What an answer means."""
    match status:
        case 401:
            return f"GitLab does not accept {access.who}: it is wrong, expired or revoked (401)"
        case 403:
            return f"GitLab does not let {access.who} read {project} (403): {_remedy(access)}"
        case 404:
            return f"GitLab shows {access.who} no project {project} (404): it is not there, or {_remedy(access)}"
        case 429:
            return "GitLab takes no more requests for now (429): try again in a minute"
        case _:
            return f"GitLab answered with the status {status}: try again, or use --pipelines"


def _remedy(access: Access) -> str:
    match access.kind:
        case Token.PERSONAL:
            return "the token needs the scope read_api and a role in the project"
        case Token.JOB:
            return "add this project to its job token permissions (Settings, CI/CD)"
        case Token.NONE:
            return "it is not public: set GITLAB_TOKEN"


def no_commit(ref: str, project: str) -> str:
    """The ref that an include names does not exist."""
    return f"{project} has no branch, tag or commit '{ref}'"


def not_reached(access: Access, what: str) -> str:
    """No answer came."""
    return f"{access.url} does not answer: {what}"


NOT_GITLAB = "what answers there is not GitLab's API: is the address right, or is a proxy in between?"
