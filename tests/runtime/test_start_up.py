"""What starts with a command: the clients of the systems that it talks to, and no other."""

import json
import os
import subprocess
import sys
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

import pytest

from cigen_runtime.contract import COMMANDS
from cigen_runtime.contract.model import Command, System

AWS = {System.STS, System.ECR, System.LAMBDA, System.S3}
CLIENTS = {
    "hvac": {System.VAULT},
    "boto3": AWS,
    "botocore": AWS,
    "requests": set(System) - {System.GIT},
    "urllib3": set(System) - {System.GIT},
}
"""Which systems each client is for."""
OURS: dict[str, Set[str]] = {
    "artifactory": {System.ARTIFACTORY},
    "aws": AWS,
    "dashboard": {System.DASHBOARD},
    "dashboard_bucket": {System.S3},
    "ecr": {System.ECR},
    "git": {System.GIT},
    "jira": {System.JIRA},
    "lambda_": {System.LAMBDA},
    "registry": {System.ARTIFACTORY, System.ECR},
    "s3": {System.S3},
    "vault": {System.VAULT},
}
"""The same for our own clients, by their modules; `aws_errors` is a part of `aws`."""
OF_FILES = ("jsonschema", "ruamel", "yaml")
"""What reads files, once there are some."""
CHOSEN_BY_A_VARIABLE = {"update-version-dashboard": {System.DASHBOARD, System.VAULT, System.S3}}
"""Systems whose clients wait until the job's variables call for them."""

IMPORTS = f"""
import importlib, json, os, sys
import cigen_runtime.cli
from cigen_runtime.contract import COMMANDS
names, package = {(*CLIENTS, *OF_FILES)}, "cigen_runtime.services."
log = sys.stdout

def show(call):
    ours = [name.removeprefix(package) for name in sorted(sys.modules) if name.startswith(package)]
    print(json.dumps([call, [name for name in names if name in sys.modules], ours]), file=log, flush=True)

def apart(call, load):
    if os.fork() == 0:
        load()
        show(call)
        os._exit(0)
    os.wait()

for command in COMMANDS:
    module = "cigen_runtime.commands." + command.name.replace("-", "_")
    apart(command.name, lambda: importlib.import_module(module))
    sys.stdout = open(os.devnull, "w")
    apart(command.name + " --help", lambda: cigen_runtime.cli.main([command.name, "--help"], {{}}, None, sys.stdout))
show("--help")
"""


@dataclass(frozen=True, slots=True)
class Imported:
    """The clients in the memory of a process that is about to run a command."""

    clients: list[str]
    ours: set[str]


@pytest.fixture(scope="module")
def imported() -> dict[str, Imported]:
    """What each call of the program has imported, by its arguments."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS], env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True
    )
    return {call: Imported(clients, set(ours)) for call, clients, ours in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("call", ["--help", *(f"{command.name} --help" for command in COMMANDS)])
def test_no_help_needs_a_client(imported: dict[str, Imported], call: str) -> None:
    assert imported[call] == Imported([], set())


def test_the_help_is_there_at_once() -> None:
    """By the processor's time, which a busy machine does not stretch."""
    script = Path(sys.executable).parent / "cigen-runtime"
    out = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
    seconds = []
    for _ in range(3):
        process = os.posix_spawn(script, [script, "--help"], {"PATH": os.environ["PATH"]}, file_actions=[out])
        _, status, usage = os.wait4(process, 0)
        assert status == 0
        seconds.append(usage.ru_utime + usage.ru_stime)

    assert min(seconds) < 0.2


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_command_imports_the_clients_of_its_systems_and_no_other(
    imported: dict[str, Imported], command: Command
) -> None:
    systems = set(command.systems) - CHOSEN_BY_A_VARIABLE.get(command.name, set())
    found = imported[command.name]

    assert found.clients == [client for client, served in CLIENTS.items() if served & systems]
    assert [name for name in found.ours if not served_by(name) & systems] == []


def served_by(name: str) -> Set[str]:
    """The systems that one of our modules is for; all of them where it is no part of a client."""
    clients = [client for client in OURS if name == client or name.startswith(f"{client.rstrip('_')}_")]
    return OURS[max(clients, key=len)] if clients else set(System)


def test_every_system_has_a_client_of_ours() -> None:
    assert set().union(*OURS.values()) == set(System)
