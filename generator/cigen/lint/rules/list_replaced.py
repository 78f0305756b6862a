"""The rule `list-replaced`."""

from collections.abc import Iterator
from typing import ClassVar

from cigen.findings import Finding, Related, Severity
from cigen.lint.overrides import jobs_of_pipelines, overrides, own_jobs, value_there
from cigen.lint.rule import Example, found
from cigen.lint.rules.reserved_name import is_a_job_of_its_own
from cigen.lint.stages_replaced import stages_replaced
from cigen.lint.subject import Subject, items_of, text_of, texts_of
from cigen.pipeline.needs import read_needs
from cigen.pipeline.node import Mapping, Node, Sequence, plain

_OF_TEMPLATES = ("script", "rules")
_OF_JOBS = ("needs", "dependencies", "services", "cache", "artifacts")
_MOST_TOLD = 4
_PIPELINES = """\
# Rendered by cigen 0.1.0 from cigen.yaml, template jobs/rules.yml.

.cigen-rules-build:
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
"""
_INCLUDE = """\
include:
  - project: platform/pipelines
    ref: v1.4.0
    file: jobs/rules.yml

"""


class ListReplaced:
    """A list of the service replaces one of the pipelines repo, where it looks as if it were added to it.

    GitLab merges mappings and never lists. `needs` of a job that is included leave out what it waited for; `rules`
    beside `extends: .cigen-rules-build` let a production start build; a `script` beside a template runs in place of
    the template's command; `stages` lose those that the included jobs are in, which GitLab refuses.

    Fix: write the whole list, put the template's own part into it with `!reference`, or leave it out.
    """

    code = "CG852"
    name = "list-replaced"
    severity = Severity.WARNING
    bad: ClassVar[Example] = {
        ".gitlab-ci.yml": f"""\
{_INCLUDE}build:
  extends: .cigen-rules-build
  script: make
  rules:
    - if: $CI_COMMIT_BRANCH
""",
        "platform/pipelines:jobs/rules.yml": _PIPELINES,
    }
    good: ClassVar[Example] = {
        ".gitlab-ci.yml": f"{_INCLUDE}build:\n  extends: .cigen-rules-build\n  script: make\n",
        "platform/pipelines:jobs/rules.yml": _PIPELINES,
    }

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each list, at its place in the service."""
        yield from self._of_stages(subject)
        yield from self._of_jobs(subject)
        yield from self._of_templates(subject)

    def _of_stages(self, subject: Subject) -> Iterator[Finding]:
        replaced = subject.once(stages_replaced)
        if replaced is not None and replaced.missing:
            told = listed(replaced.used or replaced.missing)
            why = "which its jobs are in" if replaced.used else "which it has"
            message = f"stages here replace those of the pipelines repo, and lack {told}, {why}"
            hint = f"leave stages out, or write: [{', '.join(texts_of(replaced.theirs))}]"
            related = (Related(replaced.theirs.place.span, "the list that is replaced"),)
            severity = Severity.ERROR if replaced.used else self.severity
            yield found(self, replaced.own.place, message, hint=hint, related=related, severity=severity)

    def _of_jobs(self, subject: Subject) -> Iterator[Finding]:
        for override in overrides(subject):
            if is_a_job_of_its_own(override):
                continue
            for key in _OF_JOBS:
                own, theirs = override.own.get(key), value_there(subject, override.name, key)
                for path, node, lost in _lost(key, own, theirs):
                    message = (
                        f"the list {path} of {override.name} replaces that of the pipelines repo, and lacks {lost}"
                    )
                    yield found(self, node.place, message, hint="write the whole list, or leave it out")
            needs = override.own.get("needs")
            if needs is not None and value_there(subject, override.name, "needs") is None:
                message = f"{override.name} waits for every job of the stages before it, and with needs it would not"
                yield found(self, needs.place, message, hint="leave needs out")

    def _of_templates(self, subject: Subject) -> Iterator[Finding]:
        theirs, rendered = jobs_of_pipelines(subject), subject.rendered
        for name, entry in own_jobs(subject) if theirs else ():
            job = subject.pipeline.job(name) if subject.pipeline else None
            if name in theirs or job is None or not isinstance(entry.value, Mapping):
                continue
            for base in job.bases:
                for key in _OF_TEMPLATES if base.name in theirs else ():
                    items = items_of(job.get(key))
                    if value_there(subject, base.name, key) is None or any(i.place.path in rendered for i in items):
                        continue
                    own = entry.value.get(key)
                    message = f"{name} extends {base.name}, and replaces its {key}"
                    hint = f"put !reference [{base.name}, {key}] into the list, or leave {key} out"
                    yield found(self, own.place if own is not None else base.place, message, hint=hint, job=name)


def _lost(key: str, own: Node | None, theirs: Node | None) -> Iterator[tuple[str, Node, str]]:
    """Each list below a key that is replaced: its path, the new one, and what it lacks."""
    if isinstance(own, Mapping) and isinstance(theirs, Mapping):
        for entry in own:
            yield from _lost(f"{key}:{entry.key.value}", entry.value, theirs.get(entry.key.value))
    elif own is not None and isinstance(theirs, Sequence):
        kept = {_item(item) for item in items_of(own)}
        lost = [item for item in map(_item, items_of(theirs)) if item not in kept]
        if lost:
            yield key, own, listed(lost)


def _item(node: Node) -> str:
    """What tells an item of a list from others: the name of a needed job, whatever is said about it."""
    return next((need.job for need in read_needs([node])), "") or text_of(node) or repr(plain(node))


def listed(names: list[str] | tuple[str, ...]) -> str:
    """Names in a sentence; of many the first ones."""
    told = [*names[:_MOST_TOLD], *([f"{len(names) - _MOST_TOLD} more"] if len(names) > _MOST_TOLD else [])]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"
