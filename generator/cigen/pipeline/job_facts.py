"""What a job says about itself, read once for all the contexts in which it is looked at."""

from collections.abc import Mapping
from dataclasses import dataclass

from cigen.pipeline import node
from cigen.pipeline.contexts import slug
from cigen.pipeline.expand import expand
from cigen.pipeline.model import Job
from cigen.pipeline.needs import Need, read_needs
from cigen.pipeline.node import Node, Scalar
from cigen.pipeline.rules import Rules, read_rules
from cigen.pipeline.variables import value_of, variables_of


@dataclass(frozen=True, slots=True, eq=False)
class Environment:
    """Where a job deploys to."""

    name: str = ""
    action: str = "start"
    tier: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """A job without its context."""

    job: Job
    name: str
    stage: str
    when: str
    """Where no rule says something else."""
    start_in: str
    allow_failure: bool
    """A job that is manual by itself, and not by a rule, may be left alone."""
    instances: int
    environment: Environment
    needs: tuple[Need, ...] | None
    rules: Rules | None
    only: Node | None
    excluded: Node | None
    variables: Mapping[str, str]
    """Those of the pipeline that it inherits, and over them its own."""
    own_variables: Mapping[str, str]

    @property
    def is_known(self) -> bool:
        """False where its template, which may have its rules, was not looked at."""
        return self.job.is_complete or self.rules is not None or self.only is not None or self.excluded is not None

    def inherits(self, name: str) -> bool:
        """Does it get a variable of the pipeline?"""
        inherit = self.job.get("inherit")
        written = inherit.get("variables") if isinstance(inherit, node.Mapping) else None
        match node.plain(written) if written else True:
            case bool() as all_of_them:
                return all_of_them
            case list() as names:
                return name in names
            case _:
                return True

    def predefined(self, variables: Mapping[str, str]) -> dict[str, str]:
        """What GitLab sets for this job, as far as it is known before the job runs."""
        found = {
            "CI_JOB_NAME": self.name,
            "CI_JOB_NAME_SLUG": slug(self.name),
            "CI_JOB_GROUP_NAME": self.name,
            "CI_JOB_STAGE": self.stage,
            "CI_NODE_TOTAL": str(self.instances),
        }
        if self.when in {"manual", "delayed"}:
            found["CI_JOB_MANUAL"] = "true"
        if self.environment.name:
            found["CI_ENVIRONMENT_NAME"] = expand(self.environment.name, variables)
            found["CI_ENVIRONMENT_ACTION"] = self.environment.action
            found["CI_ENVIRONMENT_TIER"] = self.environment.tier
            found["CI_ENVIRONMENT_URL"] = self.environment.url
        return {name: value for name, value in found.items() if value}


def read_facts(job: Job, of_pipeline: Mapping[str, str]) -> Facts:
    """The facts of a job; `of_pipeline` are the variables of the top level."""
    mapping = job.mapping
    own = variables_of(mapping.get("variables"))
    when = told(mapping.get("when")) or "on_success"
    written = mapping.get("rules")
    has_all = "inherit" not in mapping
    return Facts(
        job,
        job.name,
        job.stage_name,
        when,
        told(mapping.get("start_in")),
        _may_fail(mapping.get("allow_failure"), when),
        _instances(mapping.get("parallel")),
        _environment(mapping.get("environment")),
        None if job.needs is None else read_needs(job.needs),
        None if written is None else read_rules(written),
        mapping.get("only"),
        mapping.get("except"),
        {**of_pipeline, **own} if has_all else variables_of(job.variables),
        own,
    )


def told(written: Node | None) -> str:
    """The text of a single value."""
    return value_of(written) if isinstance(written, Scalar) else ""


def _may_fail(written: Node | None, when: str) -> bool:
    match node.plain(written) if written else None:
        case None:
            return when == "manual"
        case bool() as allowed:
            return allowed
        case _:
            return False


def _instances(parallel: Node | None) -> int:
    match node.plain(parallel) if parallel else None:
        case int() as count if not isinstance(count, bool):
            return max(count, 1)
        case {"matrix": list() as rows}:
            return max(sum(_combinations(row) for row in rows), 1)
        case _:
            return 1


def _combinations(row: object) -> int:
    count = 1
    for values in row.values() if isinstance(row, dict) else ():
        count *= max(len(values), 1) if isinstance(values, list) else 1
    return count


def _environment(written: Node | None) -> Environment:
    if not isinstance(written, node.Mapping):
        return Environment(told(written))
    parts = {key: told(written.get(key)) for key in ("name", "action", "deployment_tier", "url")}
    return Environment(parts["name"], parts["action"] or "start", parts["deployment_tier"], parts["url"])
