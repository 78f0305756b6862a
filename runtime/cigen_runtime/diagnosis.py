"""What to look at when a step fails, in the order that finds the cause soonest. Failing jobs print it."""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Checks:
    """The checks of one branch of the failure flowchart."""

    step: str
    in_order: tuple[str, ...]
    afterwards: str = "Fix it and run the job again: every command is safe to repeat."


class Branch(Enum):
    """Where a pipeline can fail, and what to check there."""

    VERSIONING = Checks(
        "versions",
        (
            "The clone is complete: the job has GIT_DEPTH: 0, and no earlier job shortened the history.",
            "The job may push tags: VERSIONING_TOKEN is set, or the project lets job tokens push.",
            "No protected-tag rule stops the tag `<project>-v<version>`.",
        ),
    )
    VAULT = Checks(
        "Vault and AWS credentials",
        (
            "VAULT_ROLE_ID and VAULT_SECRET_ID exist in the CI/CD settings, are not expired, and reach protected refs.",
            "The Vault policy of the login allows `update` on the path of the AWS role.",
            "The trust policy of the IAM role names the identity that Vault uses.",
        ),
    )
    DOCKER = Checks(
        "registries and images",
        (
            "DOCKER_AUTH_CONFIG exists and names the host of Artifactory's registry.",
            "The user and password in it still let one in to Artifactory.",
            "ECR gives a token: `aws ecr get-login-password` works with the same role in the same region.",
            "The image exists in the build repository: the publish job of the build stage ran and pushed it.",
        ),
    )
    LAMBDA = Checks(
        "Lambda functions",
        (
            "Each functions/<folder>/ has its .deployment file.",
            "The name in it is the function's name in AWS, in this account.",
            "The tag of the image exists in ECR.",
            "The IAM role allows lambda:GetFunction and lambda:UpdateFunctionCode, and Lambda may pull from ECR.",
            "The job's region is the one the function lives in.",
        ),
    )
    ARTIFACT = Checks(
        "promotion",
        (
            "ARTIFACTORY_PASS exists, is not expired, and reaches protected refs; ARTIFACTORY_USER is its owner.",
            "The repositories in cigen.yaml are Artifactory's own names of build, RC and release, and local ones.",
            "The tag exists in the repository that is promoted from: the promotion before this one ran.",
        ),
        "Fix it and run the promotion again: what is promoted already is left as it is.",
    )
    JIRA = Checks(
        "Jira tickets",
        (
            "Usually nothing waits for it: the job may fail and the pipeline goes on. Leave it, unless the release "
            "process needs the ticket now.",
            "JIRA_USER and JIRA_API_TOKEN exist in the CI/CD settings, belong together, and the token is not expired.",
            "The account may browse, create, edit, comment and transition in the Jira project.",
            "The statuses of the configuration are those of the project's workflow.",
        ),
    )
    S3 = Checks(
        "S3 config sync",
        (
            "The bucket exists, and is named as `s3.bucket` in cigen.yaml says for this environment and region.",
            "The job's AWS credentials are for the account that owns the bucket.",
            "The IAM role allows s3:ListBucket on the bucket and s3:GetObject, s3:PutObject and s3:DeleteObject in it.",
            "merged-files/ of this environment and region holds what should be synced: merge-configs ran and wrote it.",
        ),
    )
    DASHBOARD = Checks(
        "version dashboard",
        (
            "Nothing waits for it: what was deployed runs, and the pipeline goes on. Leave it, unless somebody needs "
            "the dashboard now.",
            "With a tool of the company: VERSION_DASHBOARD_TOKEN exists in the CI/CD settings, is not expired, and "
            "reaches protected refs.",
            "With a bucket: the job's role may s3:ListBucket on it, and s3:GetObject and s3:PutObject in it; the "
            "bucket's policy lets in the roles of other accounts.",
        ),
        "Fix it and run the job again: what the dashboard shows already is not written twice.",
    )
