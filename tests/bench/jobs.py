"""What the measured jobs run in: a service of the lab."""

import json
from pathlib import Path

from bench.measure import BIN
from lab import Lab

ECR = "111122223333.dkr.ecr.eu-west-2.amazonaws.com"


def service_of(folder: Path, projects: list[str]) -> Path:
    """A service repo's folder with these projects at 1.0.0."""
    for project in projects:
        (folder / "functions" / project).mkdir(parents=True)
        (folder / "functions" / project / ".deployment").write_text(f"{project}\n")
    versions = {project: {"version": "1.0.0", "folder": project} for project in projects}
    (folder / "versions.json").write_text(json.dumps(versions))
    return folder


def job_environment(lab: Lab) -> dict[str, str]:
    """The variables of a job for staging/eu."""
    from runtime.conftest import STAGING_EU

    return {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": "/tmp", **STAGING_EU, **lab.environment, **lab.job_variables}
