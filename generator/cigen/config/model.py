"""The typed model of cigen.yaml: every key, what it means, and what it may be."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from cigen.config.text import Matches, Placeholders, inner_path, relative_path, wrong

Account = Annotated[str, Matches(r"\d{12}", "an AWS account: 12 digits in quotes")]
Address = Annotated[str, Matches(r"https?://[^\s\"'\\$]+", "an address that starts with https:// or http://")]
Word = Annotated[str, Matches(r"[^\s\"'\\$#]+", "one word without spaces, quotes, '$' or '#'")]
RegionName = Annotated[
    str, Matches(r"[a-z][a-z0-9-]*", "a region's name: small letters, digits and '-', a letter first")
]
AwsRegion = Annotated[str, Matches(r"[a-z]{2}(-[a-z]+)+-\d", "an AWS region such as eu-west-2")]
Branch = Annotated[str, Matches(r"[^\s\"'\\$~^:?*\[]+", "the name of a branch")]
Version = Annotated[str, Matches(r"\d+\.\d+", 'a GitLab version as "MAJOR.MINOR", such as "17.5"')]


class Section(BaseModel):
    """What all parts of the file have in common: no unknown keys, no guessing of types, no change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class GitLab(Section):
    """The GitLab that the rendered files run on."""

    url: Address = Field(description="Address of GitLab.")
    project: Annotated[str, Matches(r"[\w.-]+(/[\w.-]+)+", "a project's path such as platform/pipelines")] = Field(
        description="Path of the project that service repos include the rendered files from."
    )
    version: Version = Field(description="The oldest GitLab that the rendered files must run on, in quotes.")
    release_branches: Annotated[tuple[Branch, ...], Field(strict=False)] = Field(
        default=(), description="Branches beside the default branch that deploy to staging."
    )

    @property
    def version_numbers(self) -> tuple[int, int]:
        """The version as numbers, to compare."""
        major, minor = self.version.split(".")
        return int(major), int(minor)


class Jobs(Section):
    """What every rendered job runs in."""

    image: Annotated[str, Matches(r"[^\s\"'\\]+", "an image's name without spaces or quotes")] = Field(
        description="Image that the jobs run in; it holds `cigen-runtime`."
    )
    builder_image: Annotated[str, Matches(r"[^\s\"'\\]+", "an image's name without spaces or quotes")] | None = Field(
        default=None,
        description="Image of publish-image: it holds `buildah` beside `cigen-runtime`; `image` when left out.",
    )
    cigen_image: Annotated[str, Matches(r"[^\s\"'\\]+", "an image's name without spaces or quotes")] | None = Field(
        default=None,
        description="Image of the pipelines repo's own jobs; it holds `cigen`, Python and git; `image` when left out.",
    )
    tags: Annotated[tuple[Word, ...], Field(strict=False)] = Field(default=(), description="Runner tags of every job.")


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
    role: Annotated[Word, Placeholders(("environment", "region"))] = Field(
        default="lambda-{environment}",
        description="Role of the AWS secrets engine; {environment} and {region} stand for the job's own.",
    )
    auth_role: Annotated[Word, Placeholders(("environment", "region"))] | None = Field(
        default=None,
        description=(
            "Role of the JWT auth method, where it has another name than the role of the AWS secrets engine; "
            "{environment} and {region} stand for the job's own."
        ),
    )
    role_arn: Annotated[Word, Placeholders(("environment", "region", "account"))] | None = Field(
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

    account: Account = Field(description="AWS account that owns the registries.")
    repository: Annotated[Word, Placeholders(("project",))] = Field(
        description="ECR repository of the images; {project} stands for the project."
    )


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


class Region(Section):
    """One region, by the company's own short name."""

    aws_region: AwsRegion = Field(description="The AWS region, such as eu-west-2.")
    ecr_account: Account | None = Field(default=None, description="ecr.account for this region alone.")
    ecr_repository: Annotated[Word, Placeholders(("project",))] | None = Field(
        default=None, description="ecr.repository for this region alone."
    )


class Environment(Section):
    """One environment: which account, which regions, and what happens when something is not right."""

    account: Account = Field(description="AWS account whose Lambda functions are deployed.")
    regions: Annotated[tuple[RegionName, ...], Field(strict=False)] = Field(
        description="The regions it is deployed to, in this order."
    )
    accounts: dict[RegionName, Account] = Field(
        default_factory=dict, description="The account of a region that has its own."
    )
    tier: Literal["production", "staging", "testing", "development", "other"] = Field(
        default="staging", description="GitLab's deployment tier."
    )
    alias: Annotated[str, Matches(r"[A-Za-z0-9_-]{1,128}", "an alias of letters, digits, '-' and '_'")] | None = Field(
        default=None,
        description="Alias that callers of the functions use: each deployment publishes a version and moves it there.",
    )
    on_missing: Literal["skip", "fail"] = Field(
        default="skip", description="What a function that does not exist yet means: skip it, or fail at the start."
    )
    on_failure: Literal["stop", "rollback"] = Field(
        default="stop", description="What happens when an update fails: stop there, or roll back what this run changed."
    )


class Wave(Section):
    """Regions that are deployed together, after those of the wave before."""

    regions: Annotated[tuple[RegionName, ...], Field(strict=False, min_length=1)] = Field(
        description="The regions of the wave."
    )
    manual: bool = Field(default=False, description="Whether a person starts the wave with a click.")

    @model_validator(mode="before")
    @classmethod
    def _from_a_list(cls, value: object) -> object:
        """A wave without further wishes is just the list of its regions."""
        return {"regions": value} if isinstance(value, list) else value

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Both forms, for editors."""
        section = handler.resolve_ref_schema(handler(schema))
        return {"anyOf": [section["properties"]["regions"], section]}


class Production(Environment):
    """The environment that a release manager deploys to."""

    waves: Annotated[tuple[Wave, ...], Field(strict=False)] = Field(
        default=(),
        description=(
            "The order of the regions: a wave starts when the one before it runs everywhere; left out, all regions "
            "are deployed at once."
        ),
    )

    tier: Literal["production", "staging", "testing", "development", "other"] = Field(
        default="production", description="GitLab's deployment tier."
    )
    on_missing: Literal["skip", "fail"] = Field(
        default="fail", description="What a function that does not exist yet means: skip it, or fail at the start."
    )


class Environments(Section):
    """Where services run."""

    staging: Environment = Field(description="What a push to the default branch deploys to.")
    prod: Production | None = Field(default=None, description="What a release manager deploys to.")

    def by_name(self) -> dict[str, Environment]:
        """The environments that there are, in the order of a release."""
        return {"staging": self.staging, **({} if self.prod is None else {"prod": self.prod})}


Level = Literal["off", "info", "warning", "error"]


class LintPath(Section):
    """What the linter does in some files."""

    path: str = Field(description="Pattern of the files' paths, such as jobs/*; * stands for '/' too.")
    rules: dict[str, Level] = Field(
        description="Severity by a rule's name: off, info, warning or error; `cigen rules` lists the names."
    )


class Lint(Section):
    """What the linter takes how seriously."""

    rules: dict[str, Level] = Field(
        default_factory=dict,
        description="Severity by a rule's name: off, info, warning or error; `cigen rules` lists the names.",
    )
    paths: Annotated[tuple[LintPath, ...], Field(strict=False)] = Field(
        default=(), description="The same for some files only; a later entry wins."
    )
    variables: Annotated[tuple[Annotated[str, Matches(r"\w+", "the name of a variable")], ...], Field(strict=False)] = (
        Field(default=(), description="Variables that the CI/CD settings of your projects and groups define.")
    )


class Config(Section):
    """The one file that a pipelines repo is rendered from."""

    output: Annotated[str, AfterValidator(inner_path)] = Field(
        default=".", description="The root of the pipelines repo, relative to this file."
    )
    templates: Annotated[str, AfterValidator(relative_path)] | None = Field(
        default=None,
        description=(
            "Folder of your own templates, relative to this file; a file replaces the shipped one of the same path, "
            "or adds one."
        ),
    )
    components: bool = Field(
        default=False,
        description="Whether the templates are rendered as GitLab CI/CD components too, into `templates/`.",
    )
    gitlab: GitLab = Field(description="The GitLab that the rendered files run on.")
    jobs: Jobs = Field(description="What every rendered job runs in.")
    versioning: Literal["semantic", "external"] = Field(
        default="semantic",
        description="semantic: cigen's own job; external: the service repo brings a job of that name.",
    )
    vault: Vault = Field(description="Where jobs get AWS credentials from.")
    artifactory: Artifactory = Field(description="Where builds are published and promoted.")
    ecr: Ecr = Field(description="Where Lambda takes its images from.")
    s3: S3 = Field(description="Where merged configs go.")
    jira: Jira | None = Field(default=None, description="Where release tickets are kept; left out: jobs write none.")
    dashboard: Dashboard | None = Field(
        default=None, description="Where people see which version runs where; left out: no job tells it."
    )
    regions: dict[RegionName, Region] = Field(description="Every region by your own short name for it.")
    environments: Environments = Field(description="Where services run.")
    lint: Lint = Field(default_factory=Lint, description="What the linter takes how seriously.")
