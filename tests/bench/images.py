"""Images on their way to ECR, beside `skopeo copy`."""

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from bench.jobs import ECR, job_environment, service_of
from bench.measure import BIN, Cost, measured, middle, print_table
from cigen_runtime.log import counted
from lab import Lab
from lab.images import make_image
from lab.names import ARTIFACTORY_PASSWORD

RUNS = 5
"""Of each case, beside each other; the median counts."""


def copying(lab: Lab, folder: Path) -> None:
    """Cold copies from one registry to the other through the same proxy, beside what one would use instead.

    First copy beside copy: skopeo is a process of its own, ours too, and apart from it what one copy takes in a job
    that runs already, as all but the first do. Then job beside script: `retag-push-ecr`, and the lines of shell that
    do the same for one image with curl, the AWS CLI and skopeo.
    """
    copies, jobs = [], []
    for layers, megabytes, runs in ((1, 1, RUNS), (10, 100, RUNS), (30, 500, RUNS - 2)):
        name = f"{counted(layers, 'layer')}, {megabytes} MB, {runs} runs"
        costs = _costs(lab, folder, layers, megabytes, runs)
        within, alone, theirs, job, script = (costs[way] for way in ("within", "alone", "skopeo", "job", "script"))
        copies.append(
            (
                name,
                f"{within.wall:.2f} s",
                f"{alone.wall:.2f} s",
                f"{theirs.wall:.2f} s",
                f"{within.wall / theirs.wall:.2f}",
                f"{alone.wall / theirs.wall:.2f}",
                f"{max(job.memory, alone.memory):.0f} MB",
                f"{theirs.memory:.0f} MB",
            )
        )
        jobs.append((name, f"{job.wall:.2f} s", f"{script.wall:.2f} s", f"{job.wall / script.wall:.2f}"))
    heads = (
        "image",
        "copy in a job",
        "as a process",
        "skopeo",
        "ratio",
        "ratio of processes",
        "our memory",
        "skopeo's",
    )
    print_table("Cold copy to ECR, medians", heads, copies)
    heads = ("image", "retag-push-ecr", "curl, aws, skopeo", "ratio")
    print_table("The same with the logins to Vault, AWS and ECR, medians", heads, jobs)


def _costs(lab: Lab, folder: Path, layers: int, megabytes: int, runs: int) -> dict[str, Cost]:
    """What each way takes; each run of each has a repository of its own, where nothing of the image is yet.

    skopeo remembers from earlier copies where blobs are, which it would not in a job: it gets no image twice.
    """
    costs: dict[str, list[Cost]] = {}
    for number in range(runs):
        first, second = (f"p{megabytes}-{number}-{which}" for which in "ab")
        for project in (first, second):
            image = make_image(project, layers=layers, layer_size=megabytes * 1_000_000 // layers)
            lab.artifactory.push(image, f"docker-native-local/{project}", "1.0.0")
        service = service_of(folder / first, [first])
        for way, command in {
            "job": [BIN / "cigen-runtime", "retag-push-ecr"],
            "script": ["sh", "-euc", SCRIPT, "sh", second],
            "alone": [sys.executable, "-c", COPY_ALONE, first],
            "skopeo": ["sh", "-euc", SKOPEO, "sh", first],
        }.items():
            repository = f"{way}-{megabytes}-{number}"
            lab.ecr.create_repository(repository)
            environment = {**job_environment(lab), "CIGEN_ECR_REPOSITORY": repository, "AWS": AWS_CLI}
            costs.setdefault(way, []).append(measured(command, environment=environment, cwd=service))
        within = float((service / "took").read_text())
        costs.setdefault("within", []).append(replace(costs["alone"][-1], wall=within))
    return {way: middle(taken) for way, taken in costs.items()}


def fifty(lab: Lab, folder: Path) -> None:
    """Fifty small images, first missing in ECR and then there already: one job beside a loop of `skopeo copy`.

    Of a single small image the start of the process is most; a job copies all images of its region in one. The logins
    are counted with the job and not with the loop.
    """
    lab.ecr.create_repository("lambda-images")
    projects = [f"one-of-{number}" for number in range(50)]
    for project in projects:
        lab.artifactory.push(
            make_image(project, layers=3, layer_size=300_000), f"docker-native-local/{project}", "1.0.0"
        )
    service = service_of(folder / "fifty", projects)
    environment = job_environment(lab)
    beside = {**environment, "CIGEN_ECR_REPOSITORY": "skopeo"}
    job = [BIN / "cigen-runtime", "retag-push-ecr"]
    lab.ecr.create_repository("skopeo")
    loop = ["sh", "-euc", f"for project; do (set -- $project; {SKOPEO}); done", "sh", *projects]
    rows = []
    for case, runs in (("none is there, once", 1), (f"all are there, median of {RUNS}", RUNS)):
        pairs = [
            (measured(job, environment=environment, cwd=service), measured(loop, environment=beside, cwd=folder))
            for _ in range(runs)
        ]
        ours, theirs = (middle(costs) for costs in zip(*pairs, strict=True))
        rows.append((case, f"{ours.wall:.2f} s", f"{theirs.wall:.2f} s", f"{theirs.wall / ours.wall:.1f} x"))
    print_table("50 images of 1 MB", ("in ECR", "one job", "50 x skopeo copy", "faster by"), rows)


SKOPEO = f"""
exec skopeo --insecure-policy copy --quiet --src-creds=ci:{ARTIFACTORY_PASSWORD} \\
  --dest-creds="AWS:${{PASSWORD-111122223333-auth-token}}" \\
  docker://artifactory.example.com/docker-native-local/$1:1.0.0 docker://{ECR}/$CIGEN_ECR_REPOSITORY:$1
"""
"""The command a script would have for one image."""

SCRIPT = f"""
login="{{\\"role_id\\": \\"$VAULT_ROLE_ID\\", \\"secret_id\\": \\"$VAULT_SECRET_ID\\"}}"
token=$(curl -sf -d "$login" "$VAULT_ADDR/v1/auth/approle/login" | jq -r .auth.client_token)
lease=$(curl -sf -H "X-Vault-Token: $token" "$VAULT_ADDR/v1/aws/sts/$CIGEN_VAULT_ROLE")
export AWS_ACCESS_KEY_ID=$(echo "$lease" | jq -r .data.access_key)
export AWS_SECRET_ACCESS_KEY=$(echo "$lease" | jq -r .data.secret_key)
export AWS_SESSION_TOKEN=$(echo "$lease" | jq -r .data.security_token)
PASSWORD=$("$AWS" ecr get-login-password --region "$CIGEN_AWS_REGION")
curl -sf -X POST -H "X-Vault-Token: $token" "$VAULT_ADDR/v1/auth/token/revoke-self"
{SKOPEO}
"""
"""What a job would have for one image otherwise."""

AWS_CLI = shutil.which("aws", path=f"{sys.base_prefix}/bin:{os.environ['PATH']}") or "aws"

COPY_ALONE = f"""
import os
import sys
import time
from pathlib import Path
from cigen_runtime.clock import Clock
from cigen_runtime.images import ImagePlace, copy_image, plan_copy
from cigen_runtime.services.registry import Registry
from cigen_runtime.services.registry_login import Login
project = sys.argv[1]
started = time.perf_counter()
source = Registry("builds", "artifactory.example.com", Login("ci", "{ARTIFACTORY_PASSWORD}"), Clock())
target = Registry("ECR", "{ECR}", Login("AWS", "111122223333-auth-token"), Clock())
copy_image(
    plan_copy(
        ImagePlace(source, "docker-native-local/" + project, "1.0.0"),
        ImagePlace(target, os.environ["CIGEN_ECR_REPOSITORY"], project),
        "x86_64",
    )
)
Path("took").write_text(str(time.perf_counter() - started))
"""
