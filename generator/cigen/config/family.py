"""What the jobs of one family have otherwise: the family of a template is all jobs that extend it."""

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from cigen.config.section import Image, Section, Word
from cigen.config.text import Matches, wrong
from cigen.pipeline.durations import DurationError, seconds
from cigen.pipeline.expressions import ExpressionError, parse
from cigen_runtime.contract import COMMANDS
from cigen_runtime.contract.model import Origin

FAMILIES = tuple(command.name for command in COMMANDS if not command.by_hand)
"""The families: a template for each command that jobs run."""

MONTH = 2_629_746
"""The seconds that GitLab lets a job run at most."""

SHARED_FAMILY = "retag-push-ecr"
"""The family whose jobs can share their work: a deployment stays below the 15 requests a second that Lambda takes."""

MOST_COPIES = 50


def _condition(text: str) -> str:
    try:
        parse(text)
    except ExpressionError as error:
        raise wrong(f"'{text}' is no condition that GitLab reads: {error.message}", error.hint) from error
    return text


def _duration(text: str) -> str:
    try:
        length = seconds(text)
    except DurationError as error:
        raise wrong(f"'{text}' is no duration: {error}", "write it as GitLab does: 1h 30m") from error
    if not 0 < length <= MONTH:
        raise wrong(f"'{text}' is no time that GitLab lets a job run", "a month at most")
    return text


def _copies(number: int) -> int:
    if not 2 <= number <= MOST_COPIES:
        raise wrong(f"{number} copies of a job", f"2 to {MOST_COPIES} are possible; leave it out for one")
    return number


class FamilyRule(Section):
    """One more rule: it may take jobs out of a pipeline, never put them into one."""

    model_config = ConfigDict(populate_by_name=True)

    if_: Annotated[str, AfterValidator(_condition)] = Field(
        alias="if", description="Condition under which the jobs are left out, as in GitLab's rules."
    )
    when: Literal["never"] = Field(description="never: more rules only narrow what the templates allow.")


VariableName = Annotated[str, Matches(r"[A-Za-z_]\w*", "the name of a variable")]


class Family(Section):
    """What the jobs of one family have otherwise."""

    image: Image | None = Field(default=None, description="Image that they run in; it holds `cigen-runtime`.")
    tags: Annotated[tuple[Word, ...], Field(strict=False)] | None = Field(
        default=None, description="Runner tags, in place of jobs.tags."
    )
    timeout: Annotated[str, AfterValidator(_duration)] | None = Field(
        default=None, description="How long such a job may run, such as `1h 30m`."
    )
    variables: dict[VariableName, str] = Field(default_factory=dict, description="More variables; no secrets.")
    parallel: Annotated[int, AfterValidator(_copies)] | None = Field(
        default=None,
        description="retag-push-ecr alone: how many copies of the job share the projects, 2 to 50.",
        json_schema_extra={"minimum": 2, "maximum": 50},
    )
    rules: Annotated[tuple[FamilyRule, ...], Field(strict=False)] = Field(
        default=(), description="Conditions under which the jobs are left out of a pipeline."
    )


def is_cigens_own(family: str, variable: str) -> bool:
    """Whether cigen gives a family's variable its value, or a secret of GitLab's settings has its name."""
    command = next(command for command in COMMANDS if command.name == family)
    mine = next((each for each in command.variables if each.name == variable), None)
    if mine is None:
        return variable.startswith(("CIGEN_", "CI_"))
    return mine.origin is not Origin.JOB and (mine.secret or mine.origin not in {Origin.SETTINGS, Origin.PERSON})
