"""What a pipeline's faults say, in one line each, and projects in a folder of their own."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from cigen.pipeline.fault import Fault
from cigen.pipeline.model import Pipeline
from cigen.pipeline.resolve import resolve
from cigen.pipeline.sources import LocalTree

Resolve = Callable[[str], Pipeline]
Said = Callable[[Pipeline], list[str]]


@pytest.fixture
def said() -> Said:
    """Each fault as `file:line:column kind: message (hint)`."""
    return lambda pipeline: [_line(fault) for fault in pipeline.faults]


@pytest.fixture
def pipeline_of() -> Resolve:
    """The pipeline of a text that stands alone."""
    return lambda text: resolve("ci.yml", dedent(text))


@pytest.fixture
def project(tmp_path: Path) -> Callable[[dict[str, str]], Pipeline]:
    """The pipeline of a project with these files, the first of which is its root file."""

    def made(files: dict[str, str]) -> Pipeline:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text))
        root = next(iter(files))
        return resolve(str(tmp_path / root), (tmp_path / root).read_bytes(), LocalTree(tmp_path))

    return made


def _line(fault: Fault) -> str:
    place = fault.place
    hint = f" ({fault.hint})" if fault.hint else ""
    return f"{Path(place.path).name}:{place.line + 1}:{place.column + 1} {fault.kind}: {fault.message}{hint}"
