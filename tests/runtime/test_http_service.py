"""The HTTP session under Vault, the registries, Jira and the dashboard, seen from its socket."""

import socket

import pytest

from cigen_runtime.clock import Clock
from cigen_runtime.diagnosis import Branch
from cigen_runtime.services.http import PatientSession
from lab import Lab


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
