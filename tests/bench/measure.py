"""What a process costs, by the operating system's own accounting, and tables of it."""

import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cigen_runtime.log import table

BIN = Path(sys.executable).parent
ROOT = Path(__file__).parents[2]
RUNS = 9


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process took: seconds of clock and of processor, and megabytes at its largest."""

    wall: float
    cpu: float
    memory: float


def median(command: Sequence[str | Path], cwd: Path = ROOT, runs: int = RUNS) -> Cost:
    """The median of several runs, after one that warms up."""
    return middle([measured(command, cwd=cwd) for _ in range(runs + 1)][1:])


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each figure."""
    pick: Callable[[str], float] = lambda field: statistics.median(getattr(cost, field) for cost in costs)  # noqa: E731
    return Cost(pick("wall"), pick("cpu"), pick("memory"))


def measured(command: Sequence[str | Path], cwd: Path, environment: dict[str, str] | None = None) -> Cost:
    """One run of a process, by the operating system's own accounting of it and its children.

    A small process starts it: a child of this large one would count this one's memory as its own.
    """
    done = subprocess.run(
        [sys.executable, "-S", "-c", LAUNCHER, *map(str, command)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{command} failed:\n{done.stdout}{done.stderr}")
    wall, cpu, kilobytes = map(float, done.stderr.split()[-3:])
    return Cost(wall, cpu, kilobytes / 1024)


LAUNCHER = """
import resource, subprocess, sys, time
started = time.perf_counter()
code = subprocess.run(sys.argv[1:], stderr=subprocess.STDOUT).returncode
wall = time.perf_counter() - started
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


def print_table(title: str, heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """A table on the terminal."""
    print(f"\n{title}")
    for line in table(heads, rows):
        print("  " + line)
