"""An HTTP status means one thing, whichever system answers with it."""

from collections.abc import Callable

import pytest
import requests

from cigen_runtime.diagnosis import Branch, checks
from cigen_runtime.errors import JobError
from cigen_runtime.services.answers import kind_of
from cigen_runtime.services.jira_errors import refusal
from cigen_runtime.services.registry_errors import Refusals

REGISTRY = Refusals("registry.example.com", Branch.DOCKER, checks.ARTIFACTORY_LOGIN, checks.ARTIFACTORY_LOGIN)
SYSTEMS: dict[str, Callable[[requests.Response], JobError]] = {
    "a registry": lambda response: REGISTRY.of("pulled an image", response, "orders"),
    "Jira": lambda response: refusal("read a ticket", response, "release-bot", "REL"),
}


@pytest.mark.parametrize(
    ("status", "exit_code"),
    [
        (302, 2),
        (401, 10),
        (403, 11),
        (404, 12),
        (409, 13),
        (423, 13),
        (408, 75),
        (412, 75),
        (425, 75),
        (429, 75),
        (500, 75),
        (503, 75),
        (507, 75),
        (400, 1),
        (410, 1),
        (422, 1),
    ],
)
def test_a_status_has_an_exit_code(status: int, exit_code: int) -> None:
    assert kind_of(status).exit_code == exit_code


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("status", [401, 403, 404, 409, 423, 408, 429, 500, 503, 507])
def test_every_system_means_the_same_by_it_and_says_what_to_do(system: str, status: int) -> None:
    response = requests.Response()
    response.status_code = status
    response.reason = "as it says"

    error = SYSTEMS[system](response)

    assert (type(error), error.answer) == (kind_of(status), f"{status} as it says")
    assert error.remedy
