"""What a family of jobs has otherwise, beside what the contract says of its command."""

from cigen.config.family import Family
from cigen.config.model import Config
from cigen.render.yaml_text import Reference
from cigen_runtime.contract.images import GENERATE_MAPPINGS, MAPPINGS, RETAG_PUSH_ECR
from cigen_runtime.contract.model import Command, File, System


def family_of(config: Config, name: str) -> Family:
    """What cigen.yaml says of a family; nothing where it does not name it."""
    return config.jobs.families.get(name) or Family()


def narrowed(config: Config, family: str, rules: str) -> list[dict[str, str] | Reference]:
    """The rules of a job whose family is left out of more pipelines; empty where it is not, and just extends them."""
    more = family_of(config, family).rules
    if not more:
        return []
    return [*({"if": rule.if_, "when": rule.when} for rule in more), Reference((rules, "rules"))]


def checkout_variables(command: Command) -> dict[str, str]:
    """What a command that reads the history of the repository needs of its checkout: all of it."""
    return {"GIT_DEPTH": "0"} if System.GIT in command.systems else {}


def files_written(command: Command, config: Config) -> list[File]:
    """The files that a job of the command writes in this company.

    Where images are copied for production, the copy maps them; where several jobs copy, each writes a part.
    """
    if command is GENERATE_MAPPINGS and config.ecr.per_environment:
        return [file for file in command.writes if file is not MAPPINGS]
    if command is RETAG_PUSH_ECR and family_of(config, command.name).parallel:
        return [MAPPINGS.part("$CI_NODE_INDEX")]
    return list(command.writes)
