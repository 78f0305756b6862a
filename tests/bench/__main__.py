"""`make bench`: prints what it measured as tables; nothing here passes or fails."""

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cigen_runtime.log import table
from lab import Lab
from lab.images import make_image
from lab.names import ARTIFACTORY_PASSWORD

BIN = Path(sys.executable).parent
ROOT = Path(__file__).parents[2]
RUNS = 9


@dataclass(frozen=True, slots=True)
class Cost:
    """What one process took: seconds of clock and of processor, and megabytes at its largest."""

    wall: float
    cpu: float
    memory: float


def main() -> None:
    """Measure start-up, rendering and copying."""
    start_up()
    rendering()
    versioning()
    with tempfile.TemporaryDirectory() as folder, Lab() as lab:
        copying(lab, Path(folder))


def start_up() -> None:
    """Whole processes beside an empty Python."""
    rows = []
    nothing = median([BIN / "python", "-c", "pass"])
    for name, command in (
        ("python -c pass", [BIN / "python", "-c", "pass"]),
        ("cigen --help", [BIN / "cigen", "--help"]),
        ("cigen-runtime --help", [BIN / "cigen-runtime", "--help"]),
        ("cigen render --check", [BIN / "cigen", "render", "--check"]),
    ):
        cost = median(command)
        rows.append((name, f"{cost.wall:.3f} s", f"{cost.cpu:.3f} s", f"{cost.wall / nothing.wall:.1f} x"))
    print_table(f"Start-up, median of {RUNS}", ("process", "wall", "cpu", "beside pass"), rows)


def rendering() -> None:
    """The example, and two environments with thirty regions each."""
    with tempfile.TemporaryDirectory() as folder:
        text = (ROOT / "cigen.yaml").read_text()
        names = [f"r{number}" for number in range(30)]
        regions = "".join(f"  {name}: {{aws_region: {aws}}}\n" for name, aws in zip(names, aws_regions(), strict=True))
        head, _, tail = text.partition("regions:\n")
        listed = "[" + ", ".join(names) + "]"
        environments = tail[tail.index("environments:") :].replace("[eu, us]", listed)
        (Path(folder) / "cigen.yaml").write_text(f"{head}regions:\n{regions}\n{environments}")
        cost = median([BIN / "cigen", "render"], cwd=Path(folder))
    rows = [("2 environments x 30 regions", f"{cost.wall:.2f} s", f"{cost.cpu:.2f} s", f"{cost.memory:.0f} MB")]
    print_table("cigen render", ("config", "wall", "cpu", "memory"), rows)


def aws_regions() -> list[str]:
    """Thirty names of the right shape."""
    return [
        f"{area}-{side}-{n}" for area in ("eu", "us", "ap", "sa", "ca") for side in ("west", "east") for n in (1, 2, 3)
    ]


def versioning() -> None:
    """All projects of a large repository at once: one pass over its history."""
    with tempfile.TemporaryDirectory() as folder:
        clone = generate_repository(Path(folder), commits=20_000, projects=300)
        cost = measured([BIN / "cigen-runtime", "semantic-versioning"], cwd=clone)
    rows = [("20,000 commits, 300 projects, 300 new tags", f"{cost.wall:.2f} s", f"{cost.memory:.0f} MB")]
    print_table("semantic-versioning", ("repository", "wall", "memory"), rows)


def generate_repository(folder: Path, commits: int, projects: int) -> Path:
    """A clone whose commits touch one project each, with five releases of every project, and its remote."""
    clone, remote = folder / "clone", folder / "remote.git"
    stream = []
    for number in range(1, commits + 1):
        content = f"{number}\n"
        message = f"{'feat' if number % 7 == 0 else 'fix'}: change {number}\n"
        stream.append(
            f"commit refs/heads/main\nmark :{number}\ncommitter Dev <dev@example.com> {1_700_000_000 + number} +0000\n"
            f"data {len(message)}\n{message}{f'from :{number - 1}' if number > 1 else ''}\n"
            f"M 644 inline functions/project-{number % projects:03}/app.py\n"
            f"data {len(content)}\n{content}\n"
        )
    for project in range(projects):
        for minor in range(5):
            at = projects + project + minor * commits // 7
            stream.append(f"reset refs/tags/project-{project:03}-v1.{minor}.0\nfrom :{at}\n\n")
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", remote], check=True)
    subprocess.run(["git", "fast-import", "--quiet"], cwd=remote, input="".join(stream).encode(), check=True)
    subprocess.run(["git", "clone", "--quiet", remote.as_uri(), clone], check=True)
    return clone


def copying(lab: Lab, folder: Path) -> None:
    """`retag-push-ecr` beside `skopeo copy`, through the same proxy, from one registry to the other."""
    rows = []
    host = "111122223333.dkr.ecr.eu-west-2.amazonaws.com"
    lab.ecr.create_repository("lambda-images")
    lab.ecr.create_repository("skopeo")
    for layers, megabytes in ((1, 1), (10, 100), (30, 500)):
        image = make_image(f"i{megabytes}", layers=layers, layer_size=megabytes * 1_000_000 // layers)
        lab.artifactory.push(image, f"docker-native-local/p{megabytes}", "1.0.0")
        service = folder / str(megabytes)
        (service / "functions/x").mkdir(parents=True)
        (service / "functions/x/.deployment").write_text(f"p{megabytes}\n")
        (service / "versions.json").write_text(f'{{"p{megabytes}": {{"version": "1.0.0", "folder": "x"}}}}')
        ours = measured([BIN / "cigen-runtime", "retag-push-ecr"], environment=job_environment(lab), cwd=service)
        again = measured([BIN / "cigen-runtime", "retag-push-ecr"], environment=job_environment(lab), cwd=service)
        theirs = measured(
            [
                "skopeo", "--insecure-policy", "copy", "--quiet", f"--src-creds=ci:{ARTIFACTORY_PASSWORD}",
                "--dest-creds=AWS:111122223333-auth-token",
                f"docker://artifactory.example.com/docker-native-local/p{megabytes}:1.0.0",
                f"docker://{host}/skopeo:p{megabytes}",
            ],
            environment={**job_environment(lab), "HOME": str(folder)},
            cwd=folder,
        )  # fmt: skip
        rows.append(
            (
                f"{layers} layers, {megabytes} MB",
                f"{ours.wall:.2f} s",
                f"{theirs.wall:.2f} s",
                f"{ours.wall / theirs.wall:.2f}",
                f"{ours.memory:.0f} MB",
                f"{theirs.memory:.0f} MB",
                f"{again.wall:.2f} s",
            )
        )
    heads = ("image", "ours", "skopeo", "ratio", "our memory", "skopeo's", "ours, all there")
    print_table("Copy to ECR, one cold run each (ours also logs in to Vault)", heads, rows)


def job_environment(lab: Lab) -> dict[str, str]:
    """The variables of a job for staging/eu."""
    from runtime.conftest import STAGING_EU

    return {"PATH": f"{BIN}:/usr/bin:/bin", **STAGING_EU, **lab.environment, **lab.job_variables}


def median(command: Sequence[str | Path], cwd: Path = ROOT) -> Cost:
    """The median of several runs, after one that warms up."""
    costs = [measured(command, cwd=cwd) for _ in range(RUNS + 1)][1:]
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


if __name__ == "__main__":
    main()
