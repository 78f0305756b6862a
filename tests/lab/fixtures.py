"""The lab for tests: load it with `pytest_plugins = ["lab.fixtures"]`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.botocore_once import prepare_once
from lab.lab import Lab
from lab.patching import Patches

MEMORY = Path("/dev/shm")
ROOM = 4 * 1024**3
"""Bytes that the images of all tests fit into, with room to spare."""


@pytest.fixture(scope="session")
def lab_session() -> Iterator[Lab]:
    """One lab for the whole run."""
    patches = Patches()
    prepare_once(patches)
    with Lab(in_memory()) as lab:
        yield lab
    patches.undo()


@pytest.fixture
def lab(lab_session: Lab) -> Iterator[Lab]:
    """The lab, as new; afterwards nobody may have called a host that it does not have, or begun what never ended."""
    lab_session.reset()
    yield lab_session
    assert lab_session.gateway.strangers == []
    assert lab_session.gateway.unfinished == []


def in_memory() -> Path | None:
    """Where files are never written to a disk, if there is room: the registries wait for the disk at each blob."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None
