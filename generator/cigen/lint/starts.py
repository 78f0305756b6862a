"""Who and what starts the jobs of production: kinds of pipeline that nobody starts, and refs that nobody protects."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from cigen.lint.subject import Job, Subject
from cigen.pipeline.contexts import Context, contexts
from cigen.pipeline.model import Pipeline
from cigen.pipeline.possibility import may_be_in
from cigen.pipeline.simulation import Simulator

BY_PEOPLE = ("web", "api", "trigger")
"""The sources of a pipeline that a person starts."""

_KINDS: Mapping[str, Context] = contexts()
_MERGE_REQUESTS = ("mr", "merged-results", "merge-train")
_FIRST = (*_MERGE_REQUESTS, "push")
"""What is worst comes first."""


@dataclass(frozen=True, slots=True)
class Start:
    """Kinds of pipeline that a job is in and should not be."""

    titles: tuple[str, ...]
    """In words."""
    is_certain: bool
    """Whether it is in one of them as the file stands, and not only when somebody defines a variable."""
    is_merge_request: bool = False


def automatic_starts(subject: Subject, job: Job) -> Start | None:
    """The kinds of pipeline with the job that no person starts."""
    names = [name for name in _KINDS if _KINDS[name].source not in BY_PEOPLE]
    order = sorted(names, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))
    return _start(subject, job, [_KINDS[name] for name in order])


def unprotected_starts(subject: Subject, job: Job) -> Start | None:
    """The same for starts by people on refs that are not protected."""
    return _start(subject, job, list(_on_unprotected_refs()))


def merge_request_starts(subject: Subject, job: Job) -> Start | None:
    """The same for merge requests."""
    return _start(subject, job, [_KINDS[name] for name in _MERGE_REQUESTS])


def _on_unprotected_refs() -> Iterator[Context]:
    for name, title in (("new-branch", "a branch"), ("tag", "a tag")):
        context = replace(_KINDS[name], source="web", title=f"a start by hand on {title} that is not protected")
        told = {"CI_PIPELINE_SOURCE": "web"}
        yield replace(
            context,
            predefined={**context.predefined, **told},
            variables={**context.variables, "CI_COMMIT_REF_PROTECTED": "false"},
        )


def _start(subject: Subject, job: Job, looked_at: list[Context]) -> Start | None:
    pipeline = subject.pipeline
    known = pipeline.job(job.name) if pipeline else None
    if pipeline is None or known is None:
        return None
    found = [context for context in looked_at if may_be_in(pipeline, known, context)]
    if not found:
        return None
    part = Pipeline(pipeline.path, pipeline.root)
    part.set_jobs((known,))
    simulator = Simulator(part)
    certain = [context for context in found if simulator.run(context).job(job.name)]
    shown = certain or found
    return Start(
        tuple(context.title for context in shown), bool(certain), any(c.name in _MERGE_REQUESTS for c in shown)
    )
