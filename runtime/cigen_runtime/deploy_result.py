"""What a deployment did, as deploy-result.json tells the jobs after it."""

from dataclasses import dataclass

from cigen_runtime.contract.lambda_ import DEPLOY_RESULT
from cigen_runtime.diagnosis import Branch
from cigen_runtime.job import Job
from cigen_runtime.strict_file import read_strictly, require_place


@dataclass(frozen=True, slots=True)
class Deployed:
    """One project of deploy-result.json: what its function ran before, and what it was given."""

    project: str
    lambda_name: str
    version: str
    image: str
    digest: str
    source_digest: str | None
    """In Artifactory; None where the build was gone from there when it was deployed."""
    before: str | None
    """`<host>/<repository>@sha256:…`; None where there was no function or it ran no image."""
    outcome: str
    reason: str = ""
    at: str = ""
    """When the deployment ended, in UTC; empty in files of versions that did not write it."""


def read_deploy_result(job: Job, region: str = "", branch: Branch = Branch.LAMBDA) -> list[Deployed]:
    """What the last deployment to the job's environment and region did; a job for all regions says which.

    Raises NotFoundError or ConfigurationError, also when the file was made for another place.
    """
    origin = "It is an artifact of deploy-lambda: let the job `needs` that, or download it into the working folder."
    document = read_strictly(job, DEPLOY_RESULT, origin, region, branch=branch)
    require_place(job, DEPLOY_RESULT, document, region)
    return [
        Deployed(
            project=name,
            lambda_name=entry["lambda"],
            version=entry["version"],
            image=entry["image"],
            digest=entry["digest"],
            source_digest=entry["source_digest"],
            before=entry["before"],
            outcome=entry["outcome"],
            reason=entry.get("reason", ""),
            at=document.get("deployed_at", ""),
        )
        for name, entry in document["projects"].items()
    ]
