"""`make bench`: prints what it measured as tables; nothing here passes or fails."""

import json
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.measure import BIN, RUNS, measured, median, print_table
from bench.render import rendering
from lab import Lab
from lab.images import make_image
from lab.names import ARTIFACTORY_PASSWORD

ECR = "111122223333.dkr.ecr.eu-west-2.amazonaws.com"


def main() -> None:
    """Measure start-up, rendering, versions, copies and deployments."""
    start_up()
    rendering()
    versioning()
    with tempfile.TemporaryDirectory() as folder, Lab() as lab:
        copying(lab, Path(folder))
        copied_already(lab, Path(folder))
        deploying(lab, Path(folder))


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


def versioning() -> None:
    """All projects of a large repository at once, beside python-semantic-release for one of them."""
    with tempfile.TemporaryDirectory() as folder:
        clone = generate_repository(Path(folder), commits=20_000, projects=300)
        settings = Path(folder) / "release.toml"
        settings.write_text(ONE_PROJECT)
        theirs = measured(
            [BIN / "semantic-release", "--config", settings, "--noop", "version", "--print"],
            cwd=clone,
            environment={"PATH": f"{BIN}:/usr/bin:/bin", "HOME": folder, "CI_SERVER_URL": "https://gitlab.example.com"},
        )
        ours = measured([BIN / "cigen-runtime", "semantic-versioning"], cwd=clone)
    rows = [
        (
            "cigen-runtime semantic-versioning",
            "300, and 300 new tags pushed",
            f"{ours.wall:.2f} s",
            f"{ours.memory:.0f} MB",
        ),
        ("semantic-release --noop version", "1, without its tag", f"{theirs.wall:.2f} s", f"{theirs.memory:.0f} MB"),
    ]
    print_table("Versions from 20,000 commits", ("tool", "projects", "wall", "memory"), rows)


ONE_PROJECT = """
[semantic_release]
tag_format = "project-000-v{version}"
commit_parser = "conventional-monorepo"
[semantic_release.commit_parser_options]
path_filters = ["functions/project-000/*"]
[semantic_release.remote]
type = "gitlab"
domain = "gitlab.example.com"
ignore_token_for_push = true
[semantic_release.remote.token]
env = "CI_JOB_TOKEN"
[semantic_release.branches.main]
match = "main"
"""
"""The same rules for one project, in python-semantic-release's own terms."""


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
    """`retag-push-ecr` beside `skopeo copy`, through the same proxy, from one registry to the other.

    A whole job logs in to Vault and AWS, which skopeo is spared: its logins are given. The same work, with the logins
    given, is the column "copy alone".
    """
    rows = []
    lab.ecr.create_repository("lambda-images")
    lab.ecr.create_repository("skopeo")
    lab.ecr.create_repository("alone")
    for layers, megabytes in ((1, 1), (10, 100), (30, 500)):
        image = make_image(f"i{megabytes}", layers=layers, layer_size=megabytes * 1_000_000 // layers)
        lab.artifactory.push(image, f"docker-native-local/p{megabytes}", "1.0.0")
        service = service_of(folder / str(megabytes), [f"p{megabytes}"])
        environment = job_environment(lab)
        job = measured([BIN / "cigen-runtime", "retag-push-ecr"], environment=environment, cwd=service)
        again = measured([BIN / "cigen-runtime", "retag-push-ecr"], environment=environment, cwd=service)
        alone = measured([sys.executable, "-c", COPY_ALONE, f"p{megabytes}"], environment=environment, cwd=folder)
        theirs = measured(skopeo_copy(f"p{megabytes}", "skopeo"), environment=environment, cwd=folder)
        rows.append(
            (
                f"{layers} layers, {megabytes} MB",
                f"{alone.wall:.2f} s",
                f"{theirs.wall:.2f} s",
                f"{alone.wall / theirs.wall:.2f}",
                f"{job.wall:.2f} s",
                f"{again.wall:.2f} s",
                f"{max(job.memory, alone.memory):.0f} MB",
                f"{theirs.memory:.0f} MB",
            )
        )
    heads = ("image", "copy alone", "skopeo", "ratio", "whole job", "job, all there", "our memory", "skopeo's")
    print_table("Copy to ECR, one cold run each", heads, rows)


def copied_already(lab: Lab, folder: Path) -> None:
    """Fifty images that ECR has: one job beside a loop of `skopeo copy`."""
    projects = [f"there{number}" for number in range(50)]
    for project in projects:
        lab.artifactory.push(make_image(project, layers=3), f"docker-native-local/{project}", "1.0.0")
    service = service_of(folder / "fifty", projects)
    environment = job_environment(lab)
    job = [BIN / "cigen-runtime", "retag-push-ecr"]
    loop = ["sh", "-ec", "\n".join(shlex.join(map(str, skopeo_copy(project, "skopeo"))) for project in projects)]
    for command, where in ((job, service), (loop, folder)):
        measured(command, environment=environment, cwd=where)
    ours = measured(job, environment=environment, cwd=service)
    theirs = measured(loop, environment=environment, cwd=folder)
    row = (f"{ours.wall:.2f} s", f"{theirs.wall:.2f} s", f"{theirs.wall / ours.wall:.1f} x")
    print_table("50 images that are there already", ("one job", "50 x skopeo copy", "faster by"), [row])


def deploying(lab: Lab, folder: Path) -> None:
    """Two hundred functions to update, beside what Lambda's 15 requests a second allow at best."""
    names = [f"function-{number:03}" for number in range(200)]
    old = lab.ecr.push(make_image("old"), "lambda-images", "old")
    new = make_image("new")
    projects = {}
    for name in names:
        lab.ecr.push(new, "lambda-images", f"{name}-1.0.0")
        lab.aws.create_function("111122223333", "eu-west-2", name, old)
        projects[name] = {
            "folder": name,
            "lambda": name,
            "version": "1.0.0",
            "image": f"{ECR}/lambda-images:{name}-1.0.0",
            "digest": new.digest,
            "source_digest": new.digest,
            "architecture": "x86_64",
        }
    mapping = folder / "deploy" / "cigen-out" / "staging" / "eu" / "lambda-ecr-mappings.json"
    mapping.parent.mkdir(parents=True)
    mapping.write_text(json.dumps({"schema": 1, "environment": "staging", "region": "eu", "projects": projects}))
    lab.gateway.clear()
    ours = measured([BIN / "cigen-runtime", "deploy-lambda"], environment=job_environment(lab), cwd=folder / "deploy")
    updates = sum("lambda." in request.host for request in lab.gateway.writes())
    best = updates / 15  # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, reads have their own
    print_table(
        "200 functions to update",
        ("wall", "updates", "at 15 a second", "ratio"),
        [(f"{ours.wall:.1f} s", str(updates), f"{best:.1f} s", f"{ours.wall / best:.2f}")],
    )


def service_of(folder: Path, projects: list[str]) -> Path:
    """A service repo's folder with these projects at 1.0.0."""
    for project in projects:
        (folder / "functions" / project).mkdir(parents=True)
        (folder / "functions" / project / ".deployment").write_text(f"{project}\n")
    versions = {project: {"version": "1.0.0", "folder": project} for project in projects}
    (folder / "versions.json").write_text(json.dumps(versions))
    return folder


def skopeo_copy(project: str, repository: str) -> list[str]:
    """The command a script would have for one image."""
    return [
        "skopeo", "--insecure-policy", "copy", "--quiet", f"--src-creds=ci:{ARTIFACTORY_PASSWORD}",
        "--dest-creds=AWS:111122223333-auth-token",
        f"docker://artifactory.example.com/docker-native-local/{project}:1.0.0",
        f"docker://{ECR}/{repository}:{project}",
    ]  # fmt: skip


COPY_ALONE = f"""
import sys
from cigen_runtime.clock import Clock
from cigen_runtime.images import ImagePlace, copy_image, plan_copy
from cigen_runtime.services.registry import Registry
from cigen_runtime.services.registry_login import Login
project = sys.argv[1]
source = Registry("builds", "artifactory.example.com", Login("ci", "{ARTIFACTORY_PASSWORD}"), Clock())
target = Registry("ECR", "{ECR}", Login("AWS", "111122223333-auth-token"), Clock())
copy_image(
    plan_copy(
        ImagePlace(source, "docker-native-local/" + project, "1.0.0"), ImagePlace(target, "alone", project), "x86_64"
    )
)
"""


def job_environment(lab: Lab) -> dict[str, str]:
    """The variables of a job for staging/eu."""
    from runtime.conftest import STAGING_EU

    return {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": "/tmp", **STAGING_EU, **lab.environment, **lab.job_variables}


if __name__ == "__main__":
    main()
