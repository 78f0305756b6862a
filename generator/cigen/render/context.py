"""What a template sees: every value is computed here, so that templates hold no decisions."""

from dataclasses import dataclass
from typing import Any

from cigen import __version__
from cigen.config.family import SHARED_FAMILY, Family
from cigen.config.model import Config
from cigen.render.facts import (
    Deployment,
    company_variables,
    environment_variables,
    region_variables,
    variables_read,
)
from cigen.render.families import checkout_variables, family_of, files_written, narrowed
from cigen.render.left_out import MANUAL_CONFIRMATION, RETRY_EXIT_CODES, knows
from cigen.render.per_environment import image_origin, mappings_purpose
from cigen.render.waves import gate_extends, rules_of_gate, wave_of
from cigen_runtime.contract import COMMANDS
from cigen_runtime.contract.credentials import VAULT_ID_TOKEN
from cigen_runtime.contract.identity import REGION
from cigen_runtime.contract.images import PUBLISH_IMAGE
from cigen_runtime.contract.model import RESULT, RETRIED, Command, File, Origin, System, Variable

STAGES = (
    "versioning",
    "build",
    "test",
    "aws-credentials",
    "prepare-docker-config",
    "retag-push-ecr",
    "generate-mappings",
    "deploy-lambda",
    "version-dashboard",
    "jira",
    "promote-artifacts",
    "s3-sync",
)
"""The stages of every entry file, in this order."""

RETRIED_FAILURES = ("runner_system_failure", "stuck_or_timeout_failure", "api_failure", "scheduler_failure")


@dataclass(frozen=True, slots=True)
class FileView:
    """One file that a command reads or writes, as a job names it."""

    path: str
    meaning: str


@dataclass(frozen=True, slots=True)
class CommandView:
    """One runtime command, as its job template sees it."""

    name: str
    summary: str
    description: str
    variables: dict[str, str]
    """Its variables that are the same for all jobs, with their values, and those of its family."""
    artifacts: list[str]
    """The paths that it writes, the last of them its result file."""
    result: str
    """The path of the result file, which every job keeps."""
    settings: list[Variable]
    """Its variables that somebody must set in GitLab."""
    reads: list[FileView]
    writes: list[FileView]
    systems: list[str]
    example: str
    by_hand: bool
    """Whether a person runs it, so that no template calls it."""
    id_tokens: dict[str, dict[str, str]]
    """The ID tokens that it reads."""
    image: str
    tags: tuple[str, ...]
    own: Family
    """What cigen.yaml gives the jobs of this family otherwise."""
    access: str
    """Who may download its artifacts, where they hold credentials; else empty."""
    expire_in: str
    """How long its artifacts are kept."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the checklist: a variable that somebody must set in GitLab."""

    name: str
    meaning: str
    secret: bool
    required: bool
    commands: list[str]


@dataclass(frozen=True, slots=True)
class RegionView:
    """One region of one environment."""

    name: str
    aws_region: str
    environment_name: str
    """The name of the GitLab environment, such as `staging/eu`."""
    resource_group: str
    variables: dict[str, str]
    """What a job is told about the environment and the region it works for."""
    is_first: bool
    """Whether it is the first of its environment: what all regions share is made there."""
    after: list[str]
    """The regions of the wave before its own, whose deployments it waits for."""
    gate_extends: list[str]
    """What the gate of a production region extends."""
    gate_rules: str
    """The hidden job with the rules of that gate."""
    config_gate_extends: list[str]
    """What the gate of its configs extends."""
    config_gate_rules: str
    """The hidden job with the rules of that gate."""
    copy_group: str
    """The resource group of the jobs that copy images to ECR: where several share them, each has its own."""
    mapped_by: str
    """The job that writes the mappings of a production region."""
    config_gate_needs: list[dict[str, str | bool]]
    """The syncs of the wave before, which the gate of a production region's configs waits for."""
    confirmation: str | None
    """What GitLab asks before the click on a manual gate, where it can."""


@dataclass(frozen=True, slots=True)
class EnvironmentView:
    """One environment with its regions."""

    name: str
    tier: str
    regions: list[RegionView]
    variables: dict[str, dict[str, str]]
    """By the name of a command: what a job of it is told that works for all regions."""


def company_context(config: Config) -> dict[str, Any]:
    """What every template sees."""
    commands = [_command(command, config) for command in COMMANDS]
    return {
        "config": config,
        "runtime_version": __version__,
        "stages": list(STAGES),
        "command": {view.name: view for view in commands},
        "commands": commands,
        "checklist": checklist(COMMANDS, config),
        "id_tokens": _id_tokens(config),
        "retry": _retry(config),
        "environments": [environment_view(config, name) for name in config.environments.by_name()],
        "image_origin": image_origin(config),
        "mappings_purpose": mappings_purpose(config),
        "narrowed": lambda family, rules: narrowed(config, family, rules),
    }


def file_context(company: dict[str, Any], environment: str | None, region: str | None) -> dict[str, Any]:
    """What the template of one file sees: its environment and region too, where it has them."""
    context = dict(company)
    if environment is not None:
        view = next(view for view in company["environments"] if view.name == environment)
        context["environment"] = view
        if region is not None:
            context["region"] = next(view for view in view.regions if view.name == region)
    return context


def environment_view(config: Config, name: str) -> EnvironmentView:
    """One environment as templates see it."""
    environment = config.environments.by_name()[name]
    deployments = [Deployment(config, name, region) for region in environment.regions]
    return EnvironmentView(
        name,
        environment.tier,
        [_region(config, name, region) for region in environment.regions],
        {
            command.name: environment_variables(command, deployments)
            for command in COMMANDS
            if any(command.variables_of(Origin.ENVIRONMENT))
        },
    )


def checklist(commands: tuple[Command, ...], config: Config) -> list[Setting]:
    """The variables that somebody must set in GitLab, with the commands that read each."""
    readers: dict[Variable, list[str]] = {}
    for command in commands:
        if command.starts_incomplete:  # it needs none of them
            continue
        for variable in _settings(command, config):
            readers.setdefault(variable, []).append(command.name)
    return [
        Setting(
            variable.name,
            variable.meaning,
            variable.secret,
            variable.required or variable.login is not None,
            names,
        )
        for variable, names in readers.items()
    ]


def _command(command: Command, config: Config) -> CommandView:
    result = RESULT.at(job="$CI_JOB_NAME_SLUG")
    own = family_of(config, command.name)
    image = config.jobs.builder_image if command is PUBLISH_IMAGE else None
    secret = [_job_path(file, command) for file in command.hands_over] if config.credentials.are_handed_over else []
    return CommandView(
        name=command.name,
        summary=command.summary,
        description=command.description,
        variables={**checkout_variables(command), **company_variables(command, config), **own.variables},
        artifacts=[*(_job_path(file, command) for file in files_written(command, config)), *secret, result],
        result=result,
        settings=_settings(command, config),
        reads=[FileView(_job_path(file, command), file.meaning) for file in command.reads],
        writes=[FileView(_job_path(file, command), file.meaning) for file in command.writes],
        systems=[system.value for system in command.systems],
        example=command.example,
        by_hand=command.by_hand,
        id_tokens=_id_tokens(config) if VAULT_ID_TOKEN in variables_read(command, config) else {},
        image=own.image or image or config.jobs.image,
        tags=config.jobs.tags if own.tags is None else own.tags,
        own=own,
        access="none" if secret else "",
        expire_in=f"{config.credentials.lifetime} minutes" if secret else "30 days",
    )


def _settings(command: Command, config: Config) -> list[Variable]:
    if config.jira is None and System.JIRA in command.systems:
        return []
    if config.dashboard is None and System.DASHBOARD in command.systems:
        return []
    return [
        variable
        for variable in variables_read(command, config)
        if variable.origin is Origin.SETTINGS and variable.login in {None, config.vault.auth}
    ]


def _job_path(file: File, command: Command) -> str:
    """The path with the job's own variables in it: one job template serves every region, or all of them at once."""
    region = "$CIGEN_REGION" if REGION in command.variables else "*"
    return file.at(environment="$CIGEN_ENVIRONMENT", region=region)


def _region(config: Config, environment: str, region: str) -> RegionView:
    after, is_manual = wave_of(config, region) if environment == "prod" else ([], False)
    copies = environment == "staging" or config.ecr.per_environment
    is_shared = family_of(config, SHARED_FAMILY).parallel is not None
    can_ask = knows(config, MANUAL_CONFIRMATION)
    return RegionView(
        name=region,
        aws_region=config.regions[region].aws_region,
        environment_name=f"{environment}/{region}",
        resource_group=f"deploy/{environment}/{region}",
        variables=region_variables(COMMANDS, Deployment(config, environment, region)),
        is_first=region == config.environments.by_name()[environment].regions[0],
        after=after,
        gate_extends=gate_extends(environment, region, is_manual=is_manual),
        gate_rules=rules_of_gate(environment, is_manual=is_manual),
        config_gate_extends=gate_extends(f"s3-{environment}", region, is_manual=is_manual),
        config_gate_rules=rules_of_gate(f"s3-{environment}", is_manual=is_manual),
        copy_group=f"deploy/{environment}/{region}{'/$CI_NODE_INDEX' if is_shared else ''}",
        mapped_by=f"retag-push-ecr-{environment}-{region}" if copies else "generate-on-demand-mappings",
        config_gate_needs=[{"job": f"s3-sync-{environment}-{name}", "artifacts": False} for name in after],
        confirmation=f"Deploy to {environment}/{region}?" if is_manual and can_ask else None,
    )


def _id_tokens(config: Config) -> dict[str, dict[str, str]]:
    return {"VAULT_ID_TOKEN": {"aud": config.vault.address}} if config.vault.auth == "jwt" else {}


def _retry(config: Config) -> dict[str, Any]:
    retry: dict[str, Any] = {"max": 2, "when": list(RETRIED_FAILURES)}
    if knows(config, RETRY_EXIT_CODES):
        retry["exit_codes"] = [int(code) for code in RETRIED]
    return retry
