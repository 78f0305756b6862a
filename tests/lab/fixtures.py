"""The lab for tests: load it with `pytest_plugins = ["lab.fixtures"]`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab.lab import Lab


@pytest.fixture(scope="session")
def lab_session() -> Iterator[Lab]:
    """One lab for the whole run."""
    with Lab() as lab:
        yield lab


@pytest.fixture
def lab(lab_session: Lab) -> Iterator[Lab]:
    """The lab, as new; afterwards nobody may have called a host that it does not have."""
    lab_session.reset()
    yield lab_session
    assert lab_session.gateway.strangers == []
