"""Functions to update, beside what Lambda allows."""

import json
from pathlib import Path

from bench.jobs import ECR, job_environment
from bench.measure import BIN, measured, print_table
from lab import Lab
from lab.images import make_image


def deploying(lab: Lab, folder: Path) -> None:
    """Two hundred functions to update, beside what Lambda's 15 requests a second allow at best."""
    rows = [_measured(lab, folder, seconds) for seconds in (0.2, 10.0)]
    heads = ("an update takes", "wall", "updates", "at 15 a second", "ratio", "all that Lambda asks for", "ratio")
    print_table("200 functions to update", heads, rows)


def _measured(lab: Lab, folder: Path, seconds: float) -> tuple[str, ...]:
    names = [f"function-{seconds:.0f}-{number:03}" for number in range(200)]
    service = folder / f"deploy-{seconds}"
    _mapped(lab, service, names)
    environment = job_environment(lab)
    measured(
        [BIN / "cigen-runtime", "deploy-lambda", "--dry-run"], environment=environment, cwd=service
    )  # lab warms up
    lab.aws.update_seconds = seconds
    lab.gateway.clear()
    ours = measured([BIN / "cigen-runtime", "deploy-lambda"], environment=environment, cwd=service)
    updates = sum("lambda." in request.host for request in lab.gateway.writes())
    # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: all calls of the control plane share one,
    # but for GetFunction, which has its own. All functions are looked at before the first is changed, and the last one
    # takes its time after that.
    sending = updates / 15
    needed = updates / 100 + sending + seconds
    return (
        f"{seconds} s",
        f"{ours.wall:.1f} s",
        str(updates),
        f"{sending:.1f} s",
        f"{ours.wall / sending:.2f}",
        f"{needed:.1f} s",
        f"{ours.wall / needed:.2f}",
    )


def _mapped(lab: Lab, service: Path, names: list[str]) -> None:
    """Functions that run an old image, and the mapping that gives each a new one."""
    lab.aws.update_seconds = 0.0
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
    mapping = service / "cigen-out" / "staging" / "eu" / "lambda-ecr-mappings.json"
    mapping.parent.mkdir(parents=True)
    mapping.write_text(json.dumps({"schema": 1, "environment": "staging", "region": "eu", "projects": projects}))
