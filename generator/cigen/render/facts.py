"""Where each variable that the contract leaves to cigen.yaml gets its value: the only place that knows."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from cigen.config.environments import Environment, Override
from cigen.config.model import Config
from cigen.config.text import fill
from cigen_runtime.contract.model import Command, Origin, Variable

_NOTHING = Override()
"""What a region has of its own that no override names; made once, since every variable of every job asks for it."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One environment in one region: what a job of it is told."""

    config: Config
    environment: str
    region: str

    @property
    def settings(self) -> Environment:
        """What the config says of the environment."""
        return self.config.environments.by_name()[self.environment]

    @property
    def own(self) -> Override:
        """What the region has otherwise in this environment."""
        return self.settings.overrides.get(self.region, _NOTHING)

    @property
    def account(self) -> str:
        """The AWS account whose functions are deployed."""
        return self.own.account or self.settings.account

    @property
    def ecr_account(self) -> str:
        """The AWS account that owns the ECR registry."""
        region = self.config.regions[self.region]
        return self.own.ecr_account or region.ecr_account or self.config.ecr.account or self.account

    @property
    def ecr_repository(self) -> str:
        """The ECR repository, with `{project}` where there is one per project."""
        region = self.config.regions[self.region]
        repository = self.own.ecr_repository or region.ecr_repository or self.config.ecr.repository
        return fill(repository, environment=self.environment)

    def filled(self, pattern: str | None) -> str:
        """A pattern with what the deployment is for in place of its placeholders."""
        return fill(pattern or "", environment=self.environment, region=self.region, account=self.account)


def _jira_statuses(config: Config) -> str:
    """The names that differ from the default, under the steps' names on the command line."""
    if config.jira is None:
        return ""
    statuses = config.jira.statuses
    given = {
        name.replace("_", "-"): getattr(statuses, name)
        for name, field in type(statuses).model_fields.items()
        if getattr(statuses, name) != field.default
    }
    return json.dumps(given, ensure_ascii=False) if given else ""


def _own_variables(deployment: Deployment, first: Deployment) -> dict[str, dict[str, str]]:
    """What a region's job is told otherwise than the first region's, which a job for all regions logs in as."""
    names = ("CIGEN_AWS_ACCOUNT", "CIGEN_VAULT_ROLE", "CIGEN_VAULT_ROLE_ARN", "CIGEN_VAULT_AUTH_ROLE")
    facts = {name: REGION_FACTS[name] for name in names}
    own = {name: fact(deployment) for name, fact in facts.items() if fact(deployment) != fact(first)}
    return {"variables": own} if own else {}


COMPANY_FACTS: Mapping[str, Callable[[Config], str]] = {
    "VAULT_ADDR": lambda config: config.vault.address,
    "VAULT_NAMESPACE": lambda config: config.vault.namespace,
    "CIGEN_VAULT_AUTH": lambda config: config.vault.auth,
    "CIGEN_VAULT_AUTH_MOUNT": lambda config: config.vault.auth_mount or config.vault.auth,
    "CIGEN_VAULT_AWS_MOUNT": lambda config: config.vault.aws_mount,
    "CIGEN_ARTIFACTORY_REGISTRY": lambda config: config.artifactory.registry,
    "CIGEN_BUILD_REPOSITORY": lambda config: config.artifactory.repositories.build,
    "CIGEN_RC_REPOSITORY": lambda config: config.artifactory.repositories.rc,
    "CIGEN_RELEASE_REPOSITORY": lambda config: config.artifactory.repositories.release,
    "ARTIFACTORY_URL": lambda config: config.artifactory.url,
    "JIRA_URL": lambda config: config.jira.url if config.jira else "",
    "CIGEN_JIRA_PROJECT": lambda config: config.jira.project if config.jira else "",
    "CIGEN_JIRA_ISSUE_TYPE": lambda config: config.jira.issue_type if config.jira else "",
    "CIGEN_JIRA_STATUSES": _jira_statuses,
    "CIGEN_DASHBOARD_BACKEND": lambda config: config.dashboard.backend if config.dashboard else "",
    "VERSION_DASHBOARD_URL": lambda config: (config.dashboard and config.dashboard.url) or "",
    "CIGEN_DASHBOARD_BUCKET": lambda config: (config.dashboard and config.dashboard.bucket) or "",
    "CIGEN_DASHBOARD_ACCOUNT": lambda config: (config.dashboard and config.dashboard.account) or "",
    "CIGEN_DASHBOARD_AWS_REGION": lambda config: (config.dashboard and config.dashboard.aws_region) or "",
    "CIGEN_ENVIRONMENTS": lambda config: json.dumps(
        {name: list(environment.regions) for name, environment in config.environments.by_name().items()}
    ),
    "CIGEN_CONFIG_DELETE": lambda config: json.dumps(config.s3.delete),
    "CIGEN_CREDENTIALS_HANDOVER": lambda config: "artifact" if config.credentials.are_handed_over else "",
    "CIGEN_CREDENTIALS_LIFETIME": lambda config: str(config.credentials.lifetime),
    "CIGEN_ECR_PER_ENVIRONMENT": lambda config: "true" if config.ecr.per_environment else "",
}

REGION_FACTS: Mapping[str, Callable[[Deployment], str]] = {
    "CIGEN_ENVIRONMENT": lambda deployment: deployment.environment,
    "CIGEN_REGION": lambda deployment: deployment.region,
    "CIGEN_AWS_REGION": lambda deployment: deployment.config.regions[deployment.region].aws_region,
    "CIGEN_AWS_ACCOUNT": lambda deployment: deployment.account,
    "CIGEN_VAULT_ROLE": lambda deployment: deployment.filled(deployment.own.vault_role or deployment.config.vault.role),
    "CIGEN_VAULT_ROLE_ARN": lambda deployment: deployment.filled(
        deployment.own.vault_role_arn or deployment.config.vault.role_arn
    ),
    "CIGEN_VAULT_AUTH_ROLE": lambda deployment: deployment.filled(
        deployment.own.vault_auth_role or deployment.config.vault.auth_role
    ),
    "CIGEN_ECR_ACCOUNT": lambda deployment: deployment.ecr_account,
    "CIGEN_ECR_REPOSITORY": lambda deployment: deployment.ecr_repository,
    "CIGEN_CONFIG_BUCKET": lambda deployment: deployment.filled(deployment.own.bucket or deployment.config.s3.bucket),
    "CIGEN_CONFIG_PREFIX": lambda deployment: deployment.filled(deployment.config.s3.prefix),
    "CIGEN_ON_MISSING": lambda deployment: deployment.settings.on_missing,
    "CIGEN_LAMBDA_ALIAS": lambda deployment: deployment.settings.alias or "",
    "CIGEN_ON_FAILURE": lambda deployment: deployment.settings.on_failure,
}

ENVIRONMENT_FACTS: Mapping[str, Callable[[list[Deployment]], str]] = {
    "CIGEN_REGIONS": lambda deployments: json.dumps(
        [
            {
                "region": deployment.region,
                "aws_region": deployment.config.regions[deployment.region].aws_region,
                "ecr_account": deployment.ecr_account,
                "ecr_repository": deployment.ecr_repository,
                **_own_variables(deployment, deployments[0]),
            }
            for deployment in deployments
        ]
    ),
}
"""The values of an environment, from its deployments in the order of the regions."""


def company_variables(command: Command, config: Config) -> dict[str, str]:
    """The values of one command's variables that are the same for all jobs."""
    return _told(
        (variable, COMPANY_FACTS[variable.name](config))
        for variable in variables_read(command, config)
        if variable.origin is Origin.COMPANY
    )


def variables_read(command: Command, config: Config) -> Iterator[Variable]:
    """Those of the command's variables that it reads in this company."""
    deciding = {condition.variable.name for condition in command.conditions}
    return command.variables_under({name: COMPANY_FACTS[name](config) for name in deciding})


def region_variables(commands: tuple[Command, ...], deployment: Deployment) -> dict[str, str]:
    """The values of all commands' variables that belong to one environment and region."""
    variables = dict.fromkeys(variable for command in commands for variable in command.variables_of(Origin.REGION))
    return _told((variable, REGION_FACTS[variable.name](deployment)) for variable in variables)


def environment_variables(command: Command, deployments: list[Deployment]) -> dict[str, str]:
    """What a job of a command is told that works for all regions of an environment.

    Such a job logs in once, as the first region: that region's account and role are part of what it is told.
    """
    return _told(
        (
            variable,
            ENVIRONMENT_FACTS[variable.name](deployments)
            if variable.origin is Origin.ENVIRONMENT
            else REGION_FACTS[variable.name](deployments[0]),
        )
        for variable in command.variables_of(Origin.REGION, Origin.ENVIRONMENT)
    )


def _told(values: Iterable[tuple[Variable, str]]) -> dict[str, str]:
    """The variables worth writing down: not those that are empty and would be empty anyway."""
    return {variable.name: value for variable, value in values if value or variable.default != ""}
