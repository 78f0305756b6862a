"""What GitLab would refuse in a pipeline that is put together: its keywords, and what its jobs say about each other."""

from collections.abc import Iterator

from cigen.nearest import nearest
from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.keywords import JOB, PIPELINE, SHARED, TRIGGER_JOB, Where, look, look_at_job
from cigen.pipeline.keywords.order import need_sort
from cigen.pipeline.keywords.shapes import Fields
from cigen.pipeline.keywords.where import described, flat, is_blank, is_null, is_text, text_of
from cigen.pipeline.model import Pipeline
from cigen.pipeline.node import Entry, Mapping, Node, Reference, Sequence
from cigen.pipeline.wiring import Wiring

_LONGEST_NAME = 255
_EDGES = (".pre", ".post")
_DEFAULT_STAGES = ("build", "test", "deploy")
_MAY_BE_JOBS = frozenset({"default", "workflow"})
"""Keywords of the top whose names GitLab also takes for jobs, when they have a script."""
_NOT_JOBS = frozenset(PIPELINE.by_name) | {"include"}


def judge(pipeline: Pipeline) -> Iterator[Fault]:
    """Every fault of a pipeline that is put together, each one once; those of putting it together are in itself.

    Where files or templates are missing, what may stand in them is not called missing.
    """
    broken = frozenset(job.name for job in pipeline.jobs if not job.is_complete or not pipeline.is_complete)
    seen: set[tuple[object, ...]] = set()
    for fault in _faults(pipeline.root, broken, pipeline.path, is_complete=pipeline.is_complete):
        mark = (fault.kind, fault.place, fault.message)
        if mark not in seen:
            seen.add(mark)
            yield fault


def jobs_of(content: Mapping) -> Iterator[Entry]:
    """What GitLab takes for jobs, the hidden ones too."""
    for entry in content:
        name = entry.key.value
        if name not in _NOT_JOBS or (name in _MAY_BE_JOBS and job_shape(entry.value) is not None):
            yield entry


def job_shape(node: Node) -> Fields | None:
    """The keywords that a visible job may have; None where GitLab takes it for none."""
    if not isinstance(node, Mapping):
        return None
    if "script" in node or "run" in node:
        return JOB
    return TRIGGER_JOB if any(name in node for name in ("trigger", "needs", "status")) else None


def stages_of(content: Mapping) -> list[str] | None:
    """The stages in their order, `.pre` and `.post` among them; None where they cannot be told."""
    node = content.get("stages")
    if node is None or is_null(node):
        return [_EDGES[0], *_DEFAULT_STAGES, _EDGES[1]]
    if not isinstance(node, Sequence):
        return None
    if not node.items:
        return []
    names = [text_of(item) for item in flat(node) if is_text(item)]
    return [_EDGES[0], *(name for name in names if name not in _EDGES), _EDGES[1]]


def _faults(content: Mapping, broken: frozenset[str], path: str, *, is_complete: bool) -> Iterator[Fault]:
    jobs = list(jobs_of(content))
    strictly: set[tuple[int, int]] = set()
    leniently: set[tuple[int, int]] = set()
    names = {entry.key.value for entry in jobs}
    for keyword in PIPELINE.keywords:
        value = content.get(keyword.name)
        if value is not None and not is_null(value) and keyword.name not in names:
            yield from look(keyword.shape, value, Where("", keyword.name, False, strictly, is_complete))
    yield from _double_defaults(content)
    for entry in jobs:
        name = _name(entry)
        where = Where(name, fine=leniently, is_complete=False) if name in broken else Where(name, fine=strictly)
        yield from _job_faults(entry, where)
    if is_complete and all(_is_hidden(entry) for entry in jobs):
        yield _no_visible_job(content, jobs)
    own_stages = content.entries.get("stages")
    are_known = is_complete or (own_stages is not None and own_stages.key.place.path == path)
    stages = stages_of(content) if are_known else None
    visible = [(_name(entry), entry) for entry in jobs if not _is_hidden(entry)]
    yield from Wiring(visible, stages, broken, is_complete=is_complete).faults()


def _double_defaults(content: Mapping) -> Iterator[Fault]:
    default = content.get("default")
    if not isinstance(default, Mapping) or job_shape(default) is not None:
        return
    for keyword in SHARED:
        if not is_null(content.get(keyword.name)) and not is_null(default.get(keyword.name)):
            at = content.entries[keyword.name].key
            place = default.entries[keyword.name].key.place
            yield Fault(
                FaultKind.CONFLICTING_KEYWORDS,
                at.place,
                f"'{keyword.name}' stands at the top and under 'default' as well",
                "keep the one under 'default'",
                related=((place, "the other one"),),
            )


def _job_faults(entry: Entry, where: Where) -> Iterator[Fault]:
    if isinstance(entry.value, Reference):
        return
    if _is_hidden(entry):
        if is_blank(entry.value) and where.is_complete:
            said = f"the hidden job '{where.job}' is empty"
            yield Fault(FaultKind.WRONG_SHAPE, entry.key.place, said, "take it out", where.job)
        return
    yield from name_faults(entry, where)
    shape = job_shape(entry.value)
    if not where.is_complete:
        yield from _incomplete_job_faults(entry.value, where)
    elif shape is None:
        yield _no_job(entry, where)
    elif shape is TRIGGER_JOB and not _starts_a_pipeline(entry.value):
        said, hint = "has no 'script', 'run' or 'trigger'", _misspelt_script(entry.value)
        yield where.fault(FaultKind.JOB_WITHOUT_SCRIPT, entry.key, said, hint)
    else:
        yield from look_at_job(shape, entry.value, where)


def _incomplete_job_faults(job: Node, where: Where) -> Iterator[Fault]:
    """What is wrong with a job whatever the files and templates have that are missing."""
    if not isinstance(job, Mapping):
        return
    shape = TRIGGER_JOB if "trigger" in job and job_shape(job) is TRIGGER_JOB else JOB
    for fault in look_at_job(shape, job, where):
        if fault.kind is not FaultKind.JOB_WITHOUT_SCRIPT:
            yield fault


def name_faults(entry: Entry, where: Where) -> Iterator[Fault]:
    """Why GitLab refuses the name of a job."""
    name = entry.key.value
    if not isinstance(name, str):
        yield where.fault(
            FaultKind.WRONG_SHAPE,
            entry.key,
            f"has a name that YAML reads as {described(entry.key)}",
            "put the name in quotes",
        )
    elif not name.strip():
        yield Fault(FaultKind.WRONG_SHAPE, entry.key.place, "a job has no name", "give it one")
    elif len(name) > _LONGEST_NAME:
        yield Fault(
            FaultKind.OVER_LIMIT,
            entry.key.place,
            f"a job's name has {len(name)} characters; {_LONGEST_NAME} are allowed",
            job=name,
        )


def _no_job(entry: Entry, where: Where) -> Fault:
    name = _name(entry)
    if is_null(entry.value):
        said = "has nothing under it"
    elif not isinstance(entry.value, Mapping):
        said = f"is no mapping but {described(entry.value)}, so it is no job"
    else:
        said = "has no 'script', 'run' or 'trigger'"
    meant = nearest(name, _NOT_JOBS)
    if name in JOB.by_name:
        hint = f"'{name}' belongs into a job: indent it under the job's name"
    else:
        hint = f"did you mean the keyword '{meant}'? GitLab takes any other name for a job" if meant else ""
    return where.fault(FaultKind.JOB_WITHOUT_SCRIPT, entry.key, said, hint or _misspelt_script(entry.value))


def _misspelt_script(node: Node) -> str:
    names = [str(entry.key.value) for entry in node] if isinstance(node, Mapping) else []
    for name in names:
        if name not in JOB.by_name and (meant := nearest(name, ("script", "trigger", "run"))):
            return f"is '{name}' meant to be '{meant}'?"
    return "give it a script, or a name that begins with a dot if it is a template"


def _starts_a_pipeline(node: Node) -> bool:
    """A job without a script starts another pipeline, or mirrors one."""
    if not isinstance(node, Mapping):
        return False
    if not is_null(node.get("trigger")) or not is_null(node.get("status")):
        return True
    needs = node.get("needs")
    return needs is not None and any(need_sort(need) == "mirror" for need in flat(needs))


def _no_visible_job(content: Mapping, jobs: list[Entry]) -> Fault:
    said = "all its jobs are hidden" if jobs else "it has none"
    return Fault(
        FaultKind.NO_VISIBLE_JOB,
        content.place,
        f"a pipeline needs a job that is not hidden, and {said}",
        "add a job with a script",
    )


def _name(entry: Entry) -> str:
    """A job's name as it is written, even where YAML makes a number or a truth value of it."""
    return entry.key.value if isinstance(entry.key.value, str) else entry.key.text or str(entry.key.value)


def _is_hidden(entry: Entry) -> bool:
    return str(entry.key.value).startswith(".")
