"""The HTTP session under Vault, the registries, Jira and the dashboard, seen from its socket."""

import base64
import socket
from pathlib import Path

import pytest

from cigen_runtime.clock import Clock
from cigen_runtime.diagnosis import Branch
from cigen_runtime.services.http import PatientSession
from lab import Lab
from lab.names import JIRA_API_TOKEN, JIRA_USER


def test_the_login_of_whoever_owns_the_runner_is_not_sent(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine jira.example.com login owner password of-the-owner\n")
    for name, value in {**lab.environment, "NETRC": str(tmp_path / "netrc")}.items():
        monkeypatch.setenv(name, value)
    login = base64.b64encode(f"{JIRA_USER}:{JIRA_API_TOKEN}".encode()).decode()

    with PatientSession("Jira", Branch.JIRA, Clock()) as session:
        ours = session.request(
            "GET", "https://jira.example.com/rest/api/3/myself", headers={"Authorization": f"Basic {login}"}
        )
        nobodys = session.request("GET", "https://jira.example.com/rest/api/3/myself")

    assert (ours.status_code, nobodys.status_code) == (200, 401)
    assert "Authorization" not in nobodys.request.headers


def test_behind_a_proxy_a_body_does_not_wait_for_the_acknowledgement_of_its_headers(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in lab.environment.items():
        monkeypatch.setenv(name, value)

    with (
        PatientSession("Vault", Branch.VAULT, Clock()) as session,
        session.request("GET", "https://vault.example.com/v1/sys/health", stream=True) as response,
    ):
        connection = response.raw.connection.sock

        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
