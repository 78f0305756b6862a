"""The typed model of cigen.yaml: every key, what it means, and what it may be."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from cigen.config.environments import Environments, Region
from cigen.config.family import Family
from cigen.config.section import (
    Address,
    Branch,
    Image,
    RegionName,
    Section,
    Version,
    Word,
)
from cigen.config.systems import S3, Artifactory, Credentials, Dashboard, Ecr, Jira, Vault
from cigen.config.text import Matches, inner_path, relative_path


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

    image: Image = Field(description="Image that the jobs run in; it holds `cigen-runtime`.")
    builder_image: Image | None = Field(
        default=None,
        description="Image of publish-image: it holds `buildah` beside `cigen-runtime`; `image` when left out.",
    )
    cigen_image: Image | None = Field(
        default=None,
        description="Image of the pipelines repo's own jobs; it holds `cigen`, Python and git; `image` when left out.",
    )
    tags: Annotated[tuple[Word, ...], Field(strict=False)] = Field(default=(), description="Runner tags of every job.")
    families: dict[str, Family] = Field(
        default_factory=dict,
        description="What the jobs of one family have otherwise, by the name of their template, such as deploy-lambda.",
    )


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
    credentials: Credentials = Field(
        default_factory=Credentials, description="Whether credentials leave the job that got them."
    )
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
