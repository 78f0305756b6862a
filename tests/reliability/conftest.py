"""What makes the matrix quick without making it easier."""

from collections.abc import Iterator

import botocore.loaders
import botocore.session
import pytest


@pytest.fixture(autouse=True, scope="session")
def one_loader() -> Iterator[None]:
    """botocore reads megabytes of JSON for each session; a process has one session, the matrix has hundreds."""
    loader = botocore.loaders.create_loader()
    patch = pytest.MonkeyPatch()
    patch.setattr(botocore.session, "create_loader", lambda _path=None: loader)
    yield
    patch.undo()
