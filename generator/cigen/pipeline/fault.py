"""What GitLab would refuse: the kinds of fault that reading and judging a pipeline can find."""

from dataclasses import dataclass
from enum import StrEnum

from cigen.pipeline.node import Place


class FaultKind(StrEnum):
    """The name of a fault; the lint rule of the same name explains it."""

    YAML_SYNTAX = "yaml-syntax"
    ANCHOR_UNDEFINED = "anchor-undefined"
    FLOW_INTERPOLATION = "flow-interpolation"
    FILE_TOO_LARGE = "file-too-large"
    INPUT_MISMATCH = "input-mismatch"
    INCLUDE_MISSING = "include-missing"
    INCLUDE_INVALID = "include-invalid"
    EXTENDS_UNDEFINED = "extends-undefined"
    EXTENDS_CYCLE = "extends-cycle"
    REFERENCE_UNDEFINED = "reference-undefined"
    UNKNOWN_KEYWORD = "unknown-keyword"
    WRONG_SHAPE = "wrong-shape"
    SCRIPT_PARSED_AS_MAP = "script-parsed-as-map"
    JOB_WITHOUT_SCRIPT = "job-without-script"
    NO_VISIBLE_JOB = "no-visible-job"
    BAD_ENUM = "bad-enum"
    BAD_DURATION = "bad-duration"
    OVER_LIMIT = "over-limit"
    CONFLICTING_KEYWORDS = "conflicting-keywords"
    ONLY_WITH_RULES = "only-with-rules"
    IF_SYNTAX = "if-syntax"
    REGEX_NOT_RE2 = "regex-not-re2"
    STAGE_UNDEFINED = "stage-undefined"
    NEEDS_UNDEFINED = "needs-undefined"
    NEEDS_ABSENT = "needs-may-be-absent"
    NEEDS_CYCLE = "needs-cycle"
    DEPENDENCIES_OUTSIDE_NEEDS = "dependencies-outside-needs"
    ON_STOP_WIRING = "on-stop-wiring"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, and where it was written."""

    kind: FaultKind
    place: Place
    message: str
    hint: str = ""
    job: str = ""
    related: tuple[tuple[Place, str], ...] = ()
    """Other places that have to do with it, each with a word on why: "extended from here"."""
