"""The sections of cigen.yaml about the systems that jobs talk to."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from cigen.config.section import Account, Address, AwsRegion, EcrRepository, OfPlace, RoleArn, Section, Word
from cigen.config.text import Matches, Placeholders, wrong

SHORTEST_LIFETIME, LONGEST_LIFETIME = 15, 720
"""Minutes: what STS gives at least and at most."""


def _lifetime(minutes: int) -> int:
    if not SHORTEST_LIFETIME <= minutes <= LONGEST_LIFETIME:
        raise wrong(
            f"AWS gives no credentials for {minutes} minutes", f"{SHORTEST_LIFETIME} to {LONGEST_LIFETIME} are possible"
        )
    return minutes


class Credentials(Section):
    """Whether credentials leave the job that got them."""

    handover: Literal["none", "artifact"] = Field(
        default="none",
        description=(
            "artifact: the gate and prepare-docker-config keep what they got as files, for jobs of the service that "
            "call the AWS or docker CLI themselves."
        ),
    )
    lifetime: Annotated[int, AfterValidator(_lifetime)] = Field(
        default=60,
        description="artifact: for how many minutes the files are good, and kept; 15 to 720.",
        json_schema_extra={"minimum": SHORTEST_LIFETIME, "maximum": LONGEST_LIFETIME},
    )

    @property
    def are_handed_over(self) -> bool:
        """Whether there are files with credentials in them."""
        return self.handover == "artifact"

    @model_validator(mode="after")
    def _lifetime_has_a_use(self) -> "Credentials":
        if self.handover == "none" and "lifetime" in self.model_fields_set:
            raise wrong("lifetime is for what is handed over", "set handover: artifact, or leave lifetime out")
        return self


class Vault(Section):
    """Where jobs get AWS credentials from."""

    address: Address = Field(description="Address of Vault.")
    namespace: Annotated[str, Matches(r"[^\s\"'\\$#]*", "a Vault namespace")] = Field(
        default="", description="Vault namespace; empty for the root."
    )
    auth: Literal["approle", "jwt"] = Field(
        default="approle",
        description="How a job logs in: approle, or jwt (GitLab ID tokens, no stored secret).",
    )
    auth_mount: Word | None = Field(
        default=None, description="Path of the auth method in Vault; the name of the method when left out."
    )
    aws_mount: Word = Field(default="aws", description="Path of the AWS secrets engine.")
    role: OfPlace = Field(
        default="lambda-{environment}",
        description="Role of the AWS secrets engine; {environment} and {region} stand for the job's own.",
    )
    auth_role: OfPlace | None = Field(
        default=None,
        description=(
            "Role of the JWT auth method, where it has another name than the role of the AWS secrets engine; "
            "{environment} and {region} stand for the job's own."
        ),
    )
    role_arn: RoleArn | None = Field(
        default=None,
        description=(
            "IAM role to assume, where the Vault role allows several; "
            "{environment}, {region} and {account} stand for the job's own."
        ),
    )


class Repositories(Section):
    """The three Artifactory repositories that an image moves through."""

    build: Word = Field(description="Repository that builds are published to.")
    rc: Word = Field(description="Repository of what staging has proven.")
    release: Word = Field(description="Repository of what production runs.")

    @model_validator(mode="after")
    def _are_different(self) -> "Repositories":
        names = {"build": self.build, "rc": self.rc, "release": self.release}
        for key, name in names.items():
            first = next(other for other, value in names.items() if value == name)
            if first != key:
                raise wrong(f"{first} and {key} are the same repository '{name}'", "a promotion needs two repositories")
        return self


class Artifactory(Section):
    """Where builds are published and promoted."""

    registry: Annotated[Word, Placeholders(("repository",), needed=("repository",))] = Field(
        description="Host of the Docker registry and the path in it; {repository} stands for the repository's key."
    )
    repositories: Repositories = Field(description="The repositories that an image moves through.")
    url: Address = Field(
        description="Address of the REST API, such as https://artifactory.example.com/artifactory; promotions go there."
    )


class Ecr(Section):
    """Where Lambda takes its images from; one registry per region."""

    account: Account | None = Field(
        default=None,
        description="AWS account that owns the registries; with per_environment, left out, each environment's own.",
    )
    repository: EcrRepository = Field(
        description=(
            "ECR repository of the images; {project} stands for the project and, with per_environment, {environment} "
            "for the environment."
        )
    )
    per_environment: bool = Field(
        default=False,
        description=(
            "Whether each environment has a registry of its own: a deployment to production then copies its images "
            "from the RC repository. Otherwise production runs what staging pushed."
        ),
    )

    @model_validator(mode="after")
    def _has_an_owner(self) -> "Ecr":
        if self.account is None and not self.per_environment:
            raise wrong("the key 'account' is missing", "it may be left out with per_environment: true alone")
        return self


class S3(Section):
    """Where merged configs go."""

    bucket: Annotated[Word, Placeholders(("environment", "region"), needed=("environment",))] = Field(
        description="Name of the bucket; {environment} and {region} stand for the job's own."
    )
    prefix: Annotated[
        str,
        Matches(r"([^\s\"'\\$#/]+/)*", "a path that ends with '/' and does not begin with it"),
        Placeholders(("environment", "region")),
    ] = Field(
        default="",
        description="What the keys begin with in the bucket; {environment} and {region} stand for the job's own.",
    )
    delete: bool = Field(
        default=False,
        description="Whether an object is deleted that a sync wrote and whose config is gone from the service repo.",
    )


Status = Annotated[str, Matches(r"[^\"'\\$\n]+", "a status without quotes, '\\' or '$'")]


class JiraStatuses(Section):
    """What the Jira workflow calls each step of a release."""

    pre_prod: Status = Field(default="Pre-Prod", description="Staging runs the version.")
    pp_testing: Status = Field(default="PP Testing", description="People test it in staging.")
    deploying: Status = Field(default="Deploying", description="Its deployment to production runs.")
    resolved: Status = Field(default="Resolved", description="Production runs it.")
    closed: Status = Field(default="Closed", description="Its artifacts are released.")


class Jira(Section):
    """Where release tickets are kept."""

    url: Address = Field(description="Address of Jira Cloud.")
    project: Annotated[str, Matches(r"[A-Z][A-Z0-9_]+", "a Jira project's key such as REL")] = Field(
        description="Key of the project that holds the release tickets."
    )
    issue_type: Annotated[str, Matches(r"[^\"'\\$\n]+", "an issue type without quotes, '\\' or '$'")] = Field(
        default="Task", description="Issue type of a release ticket."
    )
    statuses: JiraStatuses = Field(
        default_factory=JiraStatuses, description="What the workflow calls each step, where it is not the default."
    )


class Dashboard(Section):
    """Where people see which version runs where."""

    backend: Literal["http", "s3"] = Field(
        description="http: a tool of the company takes the versions; s3: a bucket holds them, with a page of its own."
    )
    url: Address | None = Field(default=None, description="http: address of the tool.")
    bucket: Word | None = Field(default=None, description="s3: the bucket, one for all environments.")
    account: Account | None = Field(default=None, description="s3: AWS account that owns the bucket.")
    aws_region: AwsRegion | None = Field(default=None, description="s3: AWS region of the bucket.")

    @model_validator(mode="after")
    def _has_what_its_backend_needs(self) -> "Dashboard":
        keys = {"http": ("url",), "s3": ("bucket", "account", "aws_region")}
        needed = keys[self.backend]
        if missing := [key for key in needed if getattr(self, key) is None]:
            raise wrong(f"the backend {self.backend} needs {' and '.join(missing)}", f"it has: {', '.join(needed)}")
        for key in sorted(self.model_fields_set - {"backend", *needed}):
            raise wrong(f"the backend {self.backend} has no {key}", f"it has: {', '.join(needed)}")
        return self
