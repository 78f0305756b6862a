"""The sections of cigen.yaml about where services run: regions, environments, waves."""

from typing import Annotated, Literal

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from cigen.config.section import Account, AwsRegion, EcrRepository, OfPlace, RegionName, RoleArn, Section
from cigen.config.text import Matches


class Region(Section):
    """One region, by the company's own short name."""

    aws_region: AwsRegion = Field(description="The AWS region, such as eu-west-2.")
    ecr_account: Account | None = Field(default=None, description="ecr.account for this region alone.")
    ecr_repository: EcrRepository | None = Field(default=None, description="ecr.repository for this region alone.")
    ecr_replicated: bool = Field(
        default=False,
        description="Whether ECR's replication brings images into this region, so that staging need not have it.",
    )


class Override(Section):
    """What one region of one environment has otherwise."""

    account: Account | None = Field(default=None, description="AWS account whose Lambda functions are deployed here.")
    vault_role: OfPlace | None = Field(default=None, description="vault.role here.")
    vault_auth_role: OfPlace | None = Field(default=None, description="vault.auth_role here.")
    vault_role_arn: RoleArn | None = Field(default=None, description="vault.role_arn here.")
    bucket: OfPlace | None = Field(default=None, description="s3.bucket here.")
    ecr_account: Account | None = Field(default=None, description="ecr.account here.")
    ecr_repository: EcrRepository | None = Field(default=None, description="ecr.repository here.")


class Environment(Section):
    """One environment: which account, which regions, and what happens when something is not right."""

    account: Account = Field(description="AWS account whose Lambda functions are deployed.")
    regions: Annotated[tuple[RegionName, ...], Field(strict=False)] = Field(
        description="The regions it is deployed to, in this order."
    )
    overrides: dict[RegionName, Override] = Field(
        default_factory=dict, description="What a region has of its own in this environment."
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
