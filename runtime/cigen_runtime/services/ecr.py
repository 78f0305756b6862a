"""Amazon ECR: the registry of an account and region, and the login for it."""

import base64

from cigen_runtime.contract.identity import AWS_REGION
from cigen_runtime.contract.images import ECR_ACCOUNT, ECR_REPOSITORY
from cigen_runtime.diagnosis import Branch, checks
from cigen_runtime.job import Job
from cigen_runtime.services.aws import Aws
from cigen_runtime.services.aws_errors import aws_errors
from cigen_runtime.services.image_manifest import Manifest
from cigen_runtime.services.registry import Registry
from cigen_runtime.services.registry_login import Login


def ecr_host(job: Job) -> str:
    """The host of the job's registry; the account may be another than the functions'."""
    return f"{job.value(ECR_ACCOUNT)}.dkr.ecr.{job.value(AWS_REGION)}.amazonaws.com"


def ecr_repository(job: Job, project: str) -> str:
    """The repository that holds a project's images."""
    return job.value(ECR_REPOSITORY).replace("{project}", project)


def ecr_registry(job: Job, aws: Aws, host: str | None = None, region: str | None = None) -> Registry:
    """ECR's registry with a token of https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html.

    The token lets one in to every registry of its region that the role may use, so the account need not be named. One
    that ends in the middle of long work is replaced.
    """
    host = host or ecr_host(job)
    client = aws.ecr(region)

    def login() -> Login:
        with aws_errors("asked ECR for a registry token", Branch.DOCKER, _explain, leaf=checks.ECR_LOGIN):
            token = client.get_authorization_token()["authorizationData"][0]["authorizationToken"]
        user, _, password = base64.b64decode(token).decode().partition(":")
        job.redactor.add(password)
        return Login(user, password)

    def tag(repository: str, tag: str, manifest: Manifest) -> None:
        """By ECR's own API: its registry wants a manifest to say what it is, which the OCI leaves to the header."""
        with aws_errors(f"tagged {repository}:{tag} in ECR", Branch.DOCKER, leaf=checks.ECR_PERMISSION):
            client.put_image(
                registryId=host.partition(".")[0],
                repositoryName=repository,
                imageManifest=manifest.content.decode(),
                imageManifestMediaType=manifest.media_type,
                imageTag=tag,
                imageDigest=manifest.digest,
            )

    return Registry(
        f"ECR ({host})",
        host,
        login(),
        job.clock,
        door=checks.ECR_LOGIN,
        rights=checks.ECR_PERMISSION,
        renew=login,
        learn=job.redactor.add,
        tag_otherwise=tag,
    )


def _explain(code: str, _message: str) -> str | None:
    if code.startswith("AccessDenied"):
        return "Allow ecr:GetAuthorizationToken on * in the role's IAM policy."
    return None
