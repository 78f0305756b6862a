"""Runs the rules over pipelines, and makes one list of what they found."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from cigen.findings import Finding, Related, Severity, Span
from cigen.lint.ignores import Silencer
from cigen.lint.registry import RULES
from cigen.lint.rule import Rule
from cigen.lint.rules.ignore_unknown import IgnoreUnknown
from cigen.lint.rules.ignore_unused import IgnoreUnused
from cigen.lint.rules.ignore_without_reason import IgnoreWithoutReason
from cigen.lint.rules.list_replaced import ListReplaced
from cigen.lint.rules.shell_script import EXCLUDED, ShellScript
from cigen.lint.settings import NO_SETTINGS, LintSettings
from cigen.lint.shell_program import unchecked_scripts, with_checked_scripts
from cigen.lint.stages_replaced import stages_replaced
from cigen.lint.subject import Skipped, Subject
from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.node import Place

CRASHED = ("CG900", "rule-crashed")
"""The code and the name of a finding that is no fault of the pipeline, but of a rule."""

_BROKEN_PARTS = frozenset(
    {
        FaultKind.YAML_SYNTAX,
        FaultKind.FILE_TOO_LARGE,
        FaultKind.FLOW_INTERPOLATION,
        FaultKind.ANCHOR_UNDEFINED,
        FaultKind.INCLUDE_MISSING,
        FaultKind.INCLUDE_INVALID,
        FaultKind.INPUT_MISMATCH,
    }
)
"""The faults after which a part of the pipeline is not known."""

_OF_THE_WHOLE = frozenset(
    {"needs-may-be-absent", "job-never-runs", "artifact-not-fetched", "dependency-without-artifacts"}
)
"""The rules that look at what files make together: a job of another project may be right there and wrong here."""

_INPUT = re.compile(r"\$\[\[\s*inputs\.([\w-]+)")

_LOST_JOB_PARTS = frozenset({FaultKind.EXTENDS_UNDEFINED, FaultKind.EXTENDS_CYCLE, FaultKind.REFERENCE_UNDEFINED})
"""The faults after which a job is not known in whole."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found, what was not looked at, and what is needed to show it."""

    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...]
    texts: dict[str, str] = field(default_factory=dict)
    """The text of each file by its path."""
    pipelines: int = 0
    jobs: int = 0

    def count(self, severity: Severity) -> int:
        """How many findings of a severity there are."""
        return sum(finding.severity is severity for finding in self.findings)


def lint(
    subjects: Iterable[Subject],
    settings: LintSettings = NO_SETTINGS,
    rules: Sequence[Rule] = RULES,
    *,
    honours_ignores: bool = True,
) -> Report:
    """Every rule over every pipeline; sorted by place, each fault once."""
    tells_of_stages = any(isinstance(rule, ListReplaced) for rule in rules)
    looked_at = [_without_followups(subject, tells_of_stages=tells_of_stages) for subject in subjects]
    if any(isinstance(rule, ShellScript) and not settings.is_off(rule.name) for rule in rules):
        looked_at = with_checked_scripts(looked_at, EXCLUDED)
    found = list(_counting(_once(_run(looked_at, rules)), settings))
    texts = {path: text for subject in looked_at for path, text in subject.texts.items()}
    silencer = Silencer(
        texts.items() if honours_ignores else (), [name for rule in rules for name in (rule.name, rule.code)]
    )
    findings = [finding for finding in found if not silencer.is_silenced(finding)]
    findings += _counting(_about_ignores(silencer, rules), settings)
    return Report(
        tuple(sorted(findings, key=_order)),
        tuple(dict.fromkeys(_skipped(looked_at))),
        texts,
        len(looked_at),
        len({(job.place, name) for subject in looked_at for name, job in subject.jobs.items()}),
    )


def _run(subjects: Iterable[Subject], rules: Sequence[Rule]) -> Iterator[Finding]:
    for subject in subjects:
        for rule in rules:
            try:
                for finding in rule.check(subject):
                    if not _is_for_others(finding, subject) and not _is_made_up(finding, subject):
                        yield _with_origin(finding, subject)
            except Exception as error:  # noqa: BLE001 - a rule that crashes is told of, and the others go on
                yield _crash(rule, subject, error)


def _is_for_others(finding: Finding, subject: Subject) -> bool:
    """Whether only the project that has the file can do something about it: there the same is found."""
    if finding.span.path not in subject.of_others or finding.severity is Severity.ERROR:
        return False
    return finding.name not in _OF_THE_WHOLE


def _is_made_up(finding: Finding, subject: Subject) -> bool:
    """Whether it is about the value of an input that was made up, since only those who include the file give one."""
    stand_ins = subject.pipeline.stand_ins if subject.is_pipelines_repo and subject.pipeline else ()
    span = finding.span
    lines = (subject.line(span.path, number) for number in range(span.line - 1, span.end_line)) if stand_ins else ()
    return any(name in stand_ins for line in lines for name in _INPUT.findall(line))


def _with_origin(finding: Finding, subject: Subject) -> Finding:
    """The finding with the way on which a value that is written elsewhere came into its job."""
    job = subject.pipeline.job(finding.job) if subject.pipeline and finding.job else None
    if job is None or finding.related or not finding.span.line:
        return finding
    span = finding.span
    place = Place(span.path, span.line - 1, span.column - 1, span.end_line - 1, span.end_column - 1)
    return replace(finding, related=tuple(Related(where.span, why) for where, why in job.origin(place)))


def _crash(rule: Rule, subject: Subject, error: Exception) -> Finding:
    message = f"the rule {rule.name} could not be checked: {type(error).__name__}: {error}"
    return Finding(
        *CRASHED, Severity.ERROR, Span(subject.path), message, "please report this; the other rules were checked"
    )


def _skipped(subjects: Iterable[Subject]) -> Iterator[Skipped]:
    for subject in subjects:
        yield from subject.skipped
        yield from unchecked_scripts(subject)


def _without_followups(subject: Subject, *, tells_of_stages: bool) -> Subject:
    """The pipeline without the faults that are there only because of another, which is told of."""
    broken = [fault for fault in subject.faults if fault.kind in _BROKEN_PARTS]
    kept = tuple(_not_following(subject))
    if tells_of_stages and (replaced := subject.once(stages_replaced)) is not None and replaced.used:
        kept = tuple(fault for fault in kept if not _lacks_a_stage(fault, subject))
    lost = tuple(
        Skipped(fault.place.path, "what depends on it: it cannot be read", fault.place.line + 1) for fault in broken
    )
    if len(kept) == len(subject.faults) and not lost:
        return subject
    return replace(subject, faults=kept, skipped=(*subject.skipped, *lost))


def _lacks_a_stage(fault: Fault, subject: Subject) -> bool:
    """Whether a job of another project is in a stage that is not there, since the service has replaced the list."""
    return fault.kind is FaultKind.STAGE_UNDEFINED and fault.place.path in subject.of_others


def _not_following(subject: Subject) -> Iterator[Fault]:
    lost = {fault.place for fault in subject.faults if fault.kind in _LOST_JOB_PARTS}
    has_jobs = any(subject.running)
    for fault in subject.faults:
        has_unknown_parts = fault.kind is FaultKind.JOB_WITHOUT_SCRIPT and not _is_whole(subject, fault.job)
        is_covered = fault.kind not in _LOST_JOB_PARTS and fault.place in lost
        is_summary = fault.kind is FaultKind.NO_VISIBLE_JOB and has_jobs and len(subject.faults) > 1
        if not (has_unknown_parts or is_covered or is_summary):
            yield fault


def _is_whole(subject: Subject, name: str) -> bool:
    """Whether all that a job extends and refers to is known."""
    job = subject.pipeline.job(name) if subject.pipeline else None
    return job is None or job.is_complete


def _once(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Each fault once, though several pipelines include the file that has it."""
    seen: set[tuple[str, Span, str]] = set()
    for finding in findings:
        key = (finding.code, finding.span, finding.message)
        if key not in seen:
            seen.add(key)
            yield finding


def _counting(findings: Iterable[Finding], settings: LintSettings) -> Iterator[Finding]:
    return (counted for finding in findings if (counted := settings.applied(finding)))


def _about_ignores(silencer: Silencer, rules: Sequence[Rule]) -> Iterator[Finding]:
    for rule in rules:
        match rule:
            case IgnoreUnknown():
                yield from silencer.unknown(rule)
            case IgnoreUnused():
                yield from silencer.unused(rule)
            case IgnoreWithoutReason():
                yield from silencer.unexplained(rule)
            case _:
                pass


def _order(finding: Finding) -> tuple[Span, str, str]:
    return finding.span, finding.code, finding.message
