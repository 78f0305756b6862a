"""What a job waits for and how often it runs: `needs`, `parallel`, `stages`."""

from collections.abc import Iterator

from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.keywords.shapes import (
    FLAG,
    NAME,
    NAMED,
    TEXT,
    TEXTS,
    Check,
    Either,
    Fields,
    ListOf,
    MappingOf,
    Variant,
    Variants,
    WholeNumber,
    key,
)
from cigen.pipeline.keywords.where import Where, flat, text_of
from cigen.pipeline.node import Mapping, Node, Scalar, Sequence

MOST_JOBS = 200
_MOST_FETCHED = 5

_MATRIX_VALUE = Either(
    (("text", TEXT), ("number", WholeNumber()), ("list", ListOf(NAME, "a list of values"))),
    "text, a whole number or a list of them",
)


def _few_enough(node: Node, where: Where) -> Iterator[Fault]:
    """The combinations of a matrix make at most 200 jobs."""
    if not isinstance(node, Sequence):
        return
    count = 0
    for item in node.items:
        combinations = 1
        for entry in item if isinstance(item, Mapping) else ():
            combinations *= len(entry.value.items) if isinstance(entry.value, Sequence) else 1
        count += combinations
    if count > MOST_JOBS:
        yield where.fault(FaultKind.OVER_LIMIT, node, f"makes {count} jobs; at most {MOST_JOBS} are allowed")


_MATRIX = Fields(
    (
        key(
            "matrix",
            ListOf(
                MappingOf(_MATRIX_VALUE, NAME, may_be_empty=False, null_is=_MATRIX_VALUE),
                "a list of mappings",
                checks=(_few_enough,),
            ),
            "One job for each combination of these values.",
            since="13.3",
            at="parallelmatrix",
        ),
    ),
    required=("matrix",),
)
PARALLEL = Either(
    (("number", WholeNumber(1, MOST_JOBS)), ("mapping", _MATRIX)), "a whole number, or a mapping with 'matrix'"
)
MATRIX_ONLY = Either((("mapping", _MATRIX),), "a mapping with 'matrix', not a number")
"""The parallel of trigger jobs and of needs."""

_JOB = key("job", NAMED, "The job that is needed.", since="12.2", at="needs", may_be_null=False)
_ARTIFACTS = key("artifacts", FLAG, "Whether its artifacts are fetched.", since="12.6", at="needsartifacts")
_OPTIONAL = key("optional", FLAG, "Whether the job may be missing.", since="13.10", at="needsoptional")
_OF_THIS_PIPELINE = Fields(
    (
        _JOB,
        _ARTIFACTS,
        _OPTIONAL,
        key("parallel", MATRIX_ONLY, "Which jobs of a matrix.", since="16.3", at="needsparallelmatrix"),
    ),
    required=("job",),
)
_OF_ANOTHER_PIPELINE = Fields(
    (
        key("pipeline", NAMED, "The id of the other pipeline.", since="13.7", at="needspipelinejob", may_be_null=False),
        _JOB,
        _ARTIFACTS,
    ),
    required=("pipeline", "job"),
)
_OF_ANOTHER_PROJECT = Fields(
    (
        key("project", NAMED, "The other project.", since="12.7", at="needsproject", may_be_null=False),
        key("ref", NAMED, "Its branch or tag.", since="12.7", at="needsproject", may_be_null=False),
        _JOB,
        _ARTIFACTS,
        _OPTIONAL,
    ),
    required=("project", "ref", "job"),
)
_MIRRORED = Fields(
    (
        key(
            "pipeline",
            NAMED,
            "The project whose last pipeline is mirrored.",
            since="12.0",
            at="needspipeline",
            may_be_null=False,
        ),
    ),
    required=("pipeline",),
)
_SORTS_OF_NEED = (
    Variant(_OF_THIS_PIPELINE, has=("job",), lacks=("project", "ref", "pipeline")),
    Variant(_OF_ANOTHER_PIPELINE, has=("job", "pipeline"), lacks=("project",)),
    Variant(_MIRRORED, lacks=("job", "project")),
    Variant(_OF_ANOTHER_PROJECT, has_any=("project", "ref")),
)
_NEED = Either(
    (("text", NAMED), ("mapping", Variants(_SORTS_OF_NEED, "a mapping with 'job'", may_be_empty=False))),
    "a job's name or a mapping",
)


def _only(*allowed: str) -> Check:
    """Which sorts of need may stand in a place."""

    def check(node: Node, where: Where) -> Iterator[Fault]:
        fetched: dict[str, list[Node]] = {"pipeline": [], "project": []}
        for need in flat(node):
            sort = need_sort(need)
            if sort and sort not in allowed:
                yield where.fault(FaultKind.WRONG_SHAPE, need, f"cannot need {_SORTS[sort]} here")
            if sort in fetched:
                fetched[sort].append(need)
        for sort, needs in fetched.items():
            if len(needs) > _MOST_FETCHED:
                yield where.fault(
                    FaultKind.OVER_LIMIT,
                    needs[_MOST_FETCHED],
                    f"may need {_MOST_FETCHED} jobs of another {sort}, and needs {len(needs)}",
                )

    return check


_SORTS = {
    "job": "a job of this pipeline",
    "pipeline": "a job of another pipeline",
    "project": "a job of another project",
    "mirror": "another project's pipeline",
}


def need_sort(need: Node) -> str:
    """What a need points at: `job`, `pipeline`, `project`, `mirror`; empty where it is malformed."""
    if isinstance(need, Scalar):
        return "job" if text_of(need).strip() else ""
    if not isinstance(need, Mapping) or not need.entries:
        return ""
    if "project" in need or "ref" in need:
        return "pipeline" if "job" in need and "pipeline" in need and "project" not in need else "project"
    if "job" in need:
        return "pipeline" if "pipeline" in need else "job"
    return "mirror"


def _needs(*allowed: str) -> Either:
    check = _only(*allowed)
    one = Variants(_SORTS_OF_NEED, "a mapping with 'job'", may_be_empty=False, checks=(check,))
    return Either(
        (("mapping", one), ("list", ListOf(_NEED, "a list of needs", levels=None, checks=(check,)))),
        "a list of needs",
    )


NEEDS = _needs("job", "pipeline", "project")
TRIGGER_NEEDS = _needs("job", "mirror")
RULE_NEEDS = _needs("job")

STAGES = ListOf(TEXT, "a list of texts", levels=10)
DEPENDENCIES = TEXTS
