"""What starts with a command: the clients of the systems that it talks to, and no other."""

import json
import os
import subprocess
import sys
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
OF_FILES = ("jsonschema", "ruamel", "yaml")
"""What reads files, once there are some."""
CHOSEN_BY_A_VARIABLE = {"update-version-dashboard": {System.VAULT, System.S3}}
"""Systems whose clients wait until the job's variables call for them."""

IMPORTS = f"""
import importlib, json, os, sys
import cigen_runtime.cli
from cigen_runtime.contract import COMMANDS
names = {(*CLIENTS, *OF_FILES)}
print(json.dumps(["--help", [name for name in names if name in sys.modules]]), flush=True)
for command in COMMANDS:
    if os.fork() == 0:
        importlib.import_module("cigen_runtime.commands." + command.name.replace("-", "_"))
        print(json.dumps([command.name, [name for name in names if name in sys.modules]]), flush=True)
        os._exit(0)
    os.wait()
"""


@pytest.fixture(scope="module")
def imported() -> dict[str, list[str]]:
    """The clients in the memory of a process that is about to run a command."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS], env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True
    )
    return dict(map(json.loads, done.stdout.splitlines()))


def test_the_help_needs_no_client(imported: dict[str, list[str]]) -> None:
    assert imported["--help"] == []


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
    imported: dict[str, list[str]], command: Command
) -> None:
    systems = set(command.systems) - CHOSEN_BY_A_VARIABLE.get(command.name, set())

    assert imported[command.name] == [client for client, served in CLIENTS.items() if served & systems]
