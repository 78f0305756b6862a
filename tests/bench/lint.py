"""The linter beside the other tools that one would use, how it grows, and where its time goes."""

import cProfile
import pstats
import shutil
import tempfile
import time
from pathlib import Path

from bench.measure import BIN, ROOT, Cost, median, print_table
from cigen.lint.engine import lint
from cigen.lint.registry import RULES, what_gitlab_refuses
from cigen.lint.rules.shell_script import ShellScript
from cigen.lint.settings import NO_SETTINGS
from cigen.lint.subjects import Root, read_subject
from cigen.lint.targets import roots
from cigen.pipeline.sources import NoFiles
from lab.executor import EXECUTOR, NODE, commit_everything

ROUNDS = 3
SIZES = (300, 3000)
IN_ONE_FILE = 300
"""More jobs than a few hundred GitLab takes for too large a file: they are included."""
MANY = 500

Commands = dict[str, list[str | Path]]


def linting() -> None:
    """The rendered repo, pipelines of 300 and of 3,000 jobs, many files at once, and the parts of the work."""
    with tempfile.TemporaryDirectory() as folder:
        rendered_repo(Path(folder) / "rendered")
        growing(Path(folder))
    profile()
    many_files()


def rendered_repo(folder: Path) -> None:
    """All of it at once by us and by the schema; the others take one pipeline at a time."""
    shutil.copytree(ROOT / "rendered", folder)
    commit_everything(folder)
    files = sorted(path.relative_to(folder) for path in folder.rglob("*.yml"))
    entry = Path("aws/lambda/build-deploy/staging-deploy.gitlab-ci.yml")
    commands = {
        "cigen lint .": [BIN / "cigen", "lint", "."],
        "cigen lint . --no-shellcheck": [BIN / "cigen", "lint", ".", "--no-shellcheck"],
        f"check-jsonschema, {len(files)} files": [*by_schema(), *files],
        "gitlab-ci-verify, the repo's own pipeline": by_verify(),
        "gitlab-ci-local, the staging pipeline": [*by_executor(folder), "--file", entry],
    }
    print_table(
        f"The rendered repo, {len(files)} files, median of {ROUNDS}",
        ("command", "wall", "cpu", "memory"),
        [row(name, cost) for name, cost in costs(commands, folder).items()],
    )


def growing(folder: Path) -> None:
    """One pipeline, ten times as large: nobody should take more than ten times as long."""
    measured = [costs(commands_for(write_pipeline(folder / str(size), size)), folder / str(size)) for size in SIZES]
    small, large = measured
    rows = [
        (
            name,
            *(f"{cost.wall:.2f} s" for cost in (small[name], large[name])),
            f"{large[name].wall / small[name].wall:.1f} x",
        )
        for name in small
    ]
    heads = ("command", *(f"{size:,} jobs" for size in SIZES), "growth")
    print_table(f"One pipeline, wall, median of {ROUNDS}", heads, rows)


def commands_for(folder: Path) -> Commands:
    """Each tool on the pipeline of a folder."""
    files = sorted(folder.rglob("*.yml"))
    return {
        "cigen lint --no-shellcheck": [BIN / "cigen", "lint", "--no-shellcheck", ".gitlab-ci.yml"],
        "cigen lint --as-gitlab": [BIN / "cigen", "lint", "--as-gitlab", ".gitlab-ci.yml"],
        "check-jsonschema": [*by_schema(), *files],
        "gitlab-ci-verify --no-lint-api": by_verify(),
        "gitlab-ci-local --list-json": by_executor(folder),
    }


def by_schema() -> list[str | Path]:
    """GitLab's published schema, which is for editors."""
    return [BIN / "check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"]


def by_verify() -> list[str | Path]:
    """What it does without GitLab; it exits with 1 for any remark of ShellCheck."""
    return [BIN / "gitlab-ci-verify", "--no-lint-api", "--severity", "error"]


def by_executor(folder: Path) -> list[str | Path]:
    """gitlab-ci-local, which checks a pipeline before it lists its jobs."""
    return [NODE / "node", EXECUTOR, f"--home={folder.parent / 'home'}", "--list-json"]


def costs(commands: Commands, folder: Path) -> dict[str, Cost]:
    """What each command costs as a whole process."""
    return {name: median(command, cwd=folder, runs=ROUNDS) for name, command in commands.items()}


def row(name: str, cost: Cost) -> tuple[str, ...]:
    """A line of a table."""
    return name, f"{cost.wall:.2f} s", f"{cost.cpu:.2f} s", f"{cost.memory:.0f} MB"


def many_files() -> None:
    """Files that have nothing to do with each other, in one process."""
    contents = [pipeline_of(40, first=number).encode() for number in range(MANY)]
    rules = what_gitlab_refuses()
    started = time.process_time()
    subjects = (read_subject(Root(f"{number}.yml", text, NoFiles())) for number, text in enumerate(contents))
    report = lint(subjects, NO_SETTINGS, rules, honours_ignores=False)
    took = time.process_time() - started
    size = sum(map(len, contents)) / MANY / 1024
    rows = [(f"{report.pipelines}", f"{report.jobs}", f"{size:.0f} kB", f"{took:.2f} s", f"{MANY / took:.0f}")]
    print_table("cigen lint --as-gitlab, in one process", ("files", "jobs", "each", "cpu", "files/second"), rows)


def profile() -> None:
    """Where the time goes for 300 jobs, by the functions that stand for a step; the modules are loaded already."""
    rules = [rule for rule in RULES if not isinstance(rule, ShellScript)]
    with tempfile.TemporaryDirectory() as folder:
        path = write_pipeline(Path(folder) / "repo", SIZES[0]) / ".gitlab-ci.yml"
        lint(map(read_subject, roots([path])), NO_SETTINGS, rules)
        recorder = cProfile.Profile(time.process_time)
        report = recorder.runcall(lint, map(read_subject, roots([path])), NO_SETTINGS, rules)
    if report.findings:
        raise SystemExit(f"the pipeline is not clean: {report.findings[:3]}")
    seconds = seconds_by_function(recorder)
    whole = seconds["lint/engine.py", "lint"]
    rows = [(name, f"{seconds[where] / whole:.0%}") for name, where in STEPS.items()]
    slowest = sorted(
        ((took, path) for (path, name), took in seconds.items() if name == "check" and path.startswith("lint/rules/")),
        reverse=True,
    )
    rows += [(f"  {Path(path).stem.replace('_', '-')}", f"{took / whole:.0%}") for took, path in slowest[:5]]
    print_table(f"Where the time goes, {SIZES[0]} jobs, {len(rules)} rules", ("step", "share"), rows)


STEPS = {
    "YAML, with places": ("pipeline/yaml_file.py", "read_document"),
    "extends": ("pipeline/extend.py", "extend"),
    "!reference": ("pipeline/reference.py", "resolve_references"),
    "what GitLab refuses": ("pipeline/judge.py", "judge"),
    "the rules": ("lint/engine.py", "_run"),
}


def seconds_by_function(recorder: cProfile.Profile) -> dict[tuple[str, str], float]:
    """Seconds with all that it calls, by module and name."""
    found: dict[tuple[str, str], float] = {}
    for (path, _, name), (_, _, _, seconds, _) in pstats.Stats(recorder).stats.items():  # type: ignore[attr-defined]
        module = path.rpartition("/cigen/")[2]
        found[module, name] = found.get((module, name), 0.0) + seconds
    return found


def write_pipeline(folder: Path, jobs: int) -> Path:
    """A repository with a pipeline of so many jobs, some hundred to a file."""
    parts = range(0, jobs, IN_ONE_FILE)
    (folder / "ci").mkdir(parents=True)
    for part in parts:
        (folder / "ci" / f"{part}.yml").write_text(pipeline_of(IN_ONE_FILE, first=part))
    includes = "".join(f"  - local: ci/{part}.yml\n" for part in parts)
    (folder / ".gitlab-ci.yml").write_text(f"include:\n{includes}{SHARED}")
    commit_everything(folder)
    return folder


def pipeline_of(jobs: int, first: int = 0) -> str:
    """Services that are built, tested, packed and deployed."""
    return "".join(FOUR_JOBS.replace("NUMBER", str(first + number)) for number in range(0, jobs, 4))


SHARED = """
stages: [build, test, package, deploy]
workflow:
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
default:
  image: python:3.12.4
  interruptible: true
"""

FOUR_JOBS = """
.base-NUMBER:
  tags: [linux]
  retry: {max: 1, when: [runner_system_failure]}
  before_script:
    - pip install -r requirements.txt
build-NUMBER:
  extends: .base-NUMBER
  stage: build
  variables: {SERVICE: service-NUMBER}
  script:
    - make -C "services/$SERVICE" build
    - echo "built $SERVICE at $CI_COMMIT_SHORT_SHA"
  artifacts: {paths: [services/service-NUMBER/dist], expire_in: 1 week}
test-NUMBER:
  extends: .base-NUMBER
  stage: test
  needs: [build-NUMBER]
  script:
    - |
      cd services/service-NUMBER
      for suite in unit integration; do
        make "$suite"
      done
  artifacts: {when: always, expire_in: 1 day, reports: {junit: report.xml}}
package-NUMBER:
  extends: .base-NUMBER
  stage: deploy
  needs: [test-NUMBER, {job: build-NUMBER, artifacts: true}]
  image: docker:27.3.1
  services: [docker:27.3.1-dind]
  script:
    - docker build -t "$CI_REGISTRY_IMAGE/service-NUMBER:$CI_COMMIT_SHA" services/service-NUMBER/dist
    - docker push "$CI_REGISTRY_IMAGE/service-NUMBER:$CI_COMMIT_SHA"
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
deploy-NUMBER:
  extends: .base-NUMBER
  stage: deploy
  needs: [package-NUMBER]
  script: ./deploy --service service-NUMBER --tag "$CI_COMMIT_SHA"
  environment: {name: staging/service-NUMBER, action: access}
  resource_group: staging-NUMBER
  interruptible: false
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
"""
