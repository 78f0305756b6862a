"""`make demo`: the staging lifecycle on the lab, twice, and what runs where in the end."""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from cigen_runtime.log import table
from lab import Lab
from lab.company import ACCOUNTS, FUNCTIONS, REGIONS, Company

NEW_ANSWER = 'def handler(event, context):\n    return "something new"\n'


def main() -> int:
    """Play it and return the exit code."""
    with tempfile.TemporaryDirectory() as folder, Lab() as lab:
        company = Company(lab, Path(folder))
        _step("render the pipelines repo, start a service repo with three functions", company.found)
        if not _pipeline("push to main: the staging pipeline", company):
            return 1
        company.commit("fix: answer something new", {"functions/orders_api/app.py": NEW_ANSWER})
        if not _pipeline("push a fix to functions/orders_api", company):
            return 1
        _say("")
        for line in table(("function", "region", "version", "digest", "state", "dashboard"), _rows(company)):
            _say(line)
    return 0


def _pipeline(title: str, company: Company) -> bool:
    started = time.monotonic()
    run = company.run_pipeline()
    if run.code:
        sys.stdout.write(run.log)
    _say(f"{'ok' if run.code == 0 else 'failed':6} {title} ({time.monotonic() - started:.0f} s)")
    return run.code == 0


def _step(title: str, action: Callable[[], None]) -> None:
    started = time.monotonic()
    action()
    _say(f"ok     {title} ({time.monotonic() - started:.0f} s)")


def _rows(company: Company) -> list[tuple[str, ...]]:
    rows = []
    for region, aws_region in REGIONS.items():
        mappings = company.artifact(f"deploy-lambda-staging-{region}", f"cigen-out/staging/{region}/deploy-result.json")
        versions = {entry["lambda"]: entry["version"] for entry in mappings["projects"].values()}
        shown = company.lab.dashboard.shown("staging", region).values()
        dashboard = {record["lambda"]: str(record["version"]) for record in shown}
        for name in FUNCTIONS:
            function = company.lab.aws.function(ACCOUNTS["staging"], aws_region, name)
            state = f"{function.state}, {function.last_update_status}"
            rows.append(
                (name, f"staging/{region}", versions[name], function.image_digest[:19], state, dashboard.get(name, "-"))
            )
        rows += [
            (name, f"staging/{region}", version, "-", "not created yet, image in ECR", dashboard.get(name, "-"))
            for name, version in versions.items()
            if name not in FUNCTIONS
        ]
    return sorted(rows)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
