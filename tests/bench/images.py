"""Images on their way to ECR, beside `skopeo copy`."""

import shlex
import sys
from pathlib import Path

from bench.jobs import ECR, job_environment, service_of
from bench.measure import BIN, measured, print_table
from lab import Lab
from lab.images import make_image
from lab.names import ARTIFACTORY_PASSWORD


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


def fifty(lab: Lab, folder: Path) -> None:
    """Fifty small images, first missing in ECR and then there already: one job beside a loop of `skopeo copy`.

    Of a single small image the start of the process is most; a job copies all images of its region in one.
    """
    projects = [f"one-of-{number}" for number in range(50)]
    for project in projects:
        lab.artifactory.push(
            make_image(project, layers=3, layer_size=300_000), f"docker-native-local/{project}", "1.0.0"
        )
    service = service_of(folder / "fifty", projects)
    environment = job_environment(lab)
    job = [BIN / "cigen-runtime", "retag-push-ecr"]
    loop = ["sh", "-ec", "\n".join(shlex.join(map(str, skopeo_copy(project, "skopeo"))) for project in projects)]
    rows = []
    for case in ("none is there", "all are there"):
        ours = measured(job, environment=environment, cwd=service)
        theirs = measured(loop, environment=environment, cwd=folder)
        rows.append((case, f"{ours.wall:.2f} s", f"{theirs.wall:.2f} s", f"{theirs.wall / ours.wall:.1f} x"))
    print_table("50 images of 1 MB", ("in ECR", "one job", "50 x skopeo copy", "faster by"), rows)


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
