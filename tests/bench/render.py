"""Rendering: the command as a whole process, and what each further region costs."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bench.measure import BIN, ROOT, median, print_table
from cigen.config.model import Config
from cigen.render import render
from cigen.resources import templates_folder

GROWTH = (10, 100, 1000)
"""Numbers of regions; the last are more than GitLab's limits and the command allow."""
ROUNDS = 3


def rendering() -> None:
    """Two environments with thirty regions each, by the command; and any number of regions, by the library."""
    with tempfile.TemporaryDirectory() as folder:
        write_config(Path(folder) / "cigen.yaml", 30)
        cost = median([BIN / "cigen", "render"], cwd=Path(folder))
        files = sum(path.is_file() for path in Path(folder, "rendered").rglob("*"))
    row = (str(files), f"{cost.wall:.2f} s", f"{cost.cpu:.2f} s", f"{cost.memory:.0f} MB")
    print_table("cigen render, 2 environments x 30 regions", ("files", "wall", "cpu", "memory"), [row])
    growing()


def growing() -> None:
    """What each further region costs must not depend on how many there are."""
    rows: list[tuple[str, ...]] = []
    templates = [templates_folder()]
    render(config_of(1), templates, "cigen.yaml")
    before, seconds_before = 1, seconds(lambda: render(config_of(1), templates, "cigen.yaml"))
    for count in GROWTH:
        config = config_of(count)
        took = seconds(lambda config=config: render(config, templates, "cigen.yaml"))
        each = (took - seconds_before) / (count - before)
        rows.append((str(count), f"{took:.2f} s", f"{each * 1000:.2f} ms"))
        before, seconds_before = count, took
    heads = ("regions of 2 environments", "cpu", "each further region")
    print_table(f"The library's render, limits off, best of {ROUNDS}", heads, rows)


def seconds(work: Callable[[], object]) -> float:
    """Seconds of processor, the best of several rounds."""
    times = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)


def config_of(count: int) -> Config:
    """The example with other regions, as the model has it: without the checks that know GitLab's limits."""
    return Config.model_validate(with_regions(count))


def write_config(path: Path, count: int) -> None:
    """The example with other regions, as a file."""
    with path.open("w") as file:
        YAML().dump(with_regions(count), file)


def with_regions(count: int) -> dict[str, Any]:
    """The example with this many regions in both environments."""
    content: dict[str, Any] = YAML(typ="safe").load(ROOT / "cigen.yaml")
    names = [f"r{number}" for number in range(count)]
    content["regions"] = {name: {"aws_region": aws_region(number)} for number, name in enumerate(names)}
    for environment in content["environments"].values():
        environment["regions"] = list(names)
    return content


def aws_region(number: int) -> str:
    """A name of the right shape for each number below a thousand."""
    letters = "abcdefghij"
    return f"eu-{letters[number // 100]}{letters[number // 10 % 10]}-{number % 10}"
