"""The `stages` of a service in place of those that the pipelines repo has."""

from dataclasses import dataclass

from cigen.lint.subject import Subject, texts_of
from cigen.pipeline.node import Node


@dataclass(frozen=True, slots=True)
class StagesReplaced:
    """Two lists of stages, of which one counts."""

    own: Node
    theirs: Node
    missing: tuple[str, ...]
    """What only the pipelines repo has."""
    used: tuple[str, ...]
    """Those of them that a job is in, so that GitLab refuses the pipeline."""


def stages_replaced(subject: Subject) -> StagesReplaced | None:
    """The two lists; None where the service has none, or the pipelines repo."""
    own = subject.section("stages")
    rendered = subject.rendered
    theirs = [node for path in subject.documents if path in rendered if (node := subject.documents[path].get("stages"))]
    if own is None or not theirs or own.place.path in subject.of_others or subject.pipeline is None:
        return None
    kept = set(texts_of(own))
    missing = tuple(name for name in texts_of(theirs[-1]) if name not in kept)
    taken = {job.stage_name for job in subject.pipeline.visible_jobs}
    return StagesReplaced(own, theirs[-1], missing, tuple(name for name in missing if name in taken))
