"""Make the checks of the diagnosis live, in their order, and say of each what came of it."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum

from cigen_runtime.contract.model import ExitCode
from cigen_runtime.diagnosis import CHEAT_SHEET, TREE, Branch, Check
from cigen_runtime.errors import ConfigurationError, JobError
from cigen_runtime.job import Job
from cigen_runtime.log import table
from cigen_runtime.probes.live import NOT_LIVE, PROBES
from cigen_runtime.probes.probe import CannotLookError, Probe, Surroundings

SECONDS = 30.0
"""What one check may take; a system that hangs must not keep the others from being looked at."""


class Answer(StrEnum):
    """What came of a check."""

    PASSED = "passed"
    FAILED = "FAILED"
    NOT_LOOKED_AT = "not looked at"


@dataclass(frozen=True, slots=True)
class Finding:
    """A check with its answer, and what was seen or why nothing was."""

    check: Check
    answer: Answer
    seen: str
    error: JobError | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Checks that are made one after the other."""

    title: str
    checks: tuple[Check, ...]
    conclusion: str = "Nothing is wrong here: run the job again."


def run(job: Job) -> ExitCode:
    """Make the checks that were asked for; the groups side by side, the checks of each in order."""
    groups = _groups(job)
    patient = replace(job, clock=job.clock.for_people())
    with Surroundings(patient) as surroundings, ThreadPoolExecutor(len(groups)) as pool:
        examination = _Examination(surroundings)
        findings = [
            _told(job, group, found) for group, found in zip(groups, pool.map(examination.of_all, groups), strict=True)
        ]
    asked = {finding.check: finding for found in findings for finding in found}
    made = [*(each for each in examination.failed() if each.check not in asked), *asked.values()]
    for line in _summary(groups, made):
        job.log.line(line)
    return next((finding.error.exit_code for finding in made if finding.error), ExitCode.DONE)


class _Examination:
    """Every check is made once, however many groups it is in and however many others wait for it."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._findings: dict[Check, Finding] = {}
        self._locks = {check: threading.Lock() for check in (*PROBES, *NOT_LIVE)}

    def of_all(self, group: Group) -> list[Finding]:
        return [self.of(check) for check in group.checks]

    def of(self, check: Check) -> Finding:
        with self._locks[check]:
            if check not in self._findings:
                self._findings[check] = self._made(check)
            return self._findings[check]

    def failed(self) -> list[Finding]:
        """All that failed, also of the checks that only had to be made before those that were asked for."""
        return [finding for finding in self._findings.values() if finding.error]

    def _made(self, check: Check) -> Finding:
        probe = PROBES.get(check)
        if probe is None:
            return Finding(check, Answer.NOT_LOOKED_AT, NOT_LIVE[check])
        for earlier in probe.after:
            if self.of(earlier).answer is not Answer.PASSED:
                was = "failed" if self.of(earlier).answer is Answer.FAILED else "could not be looked at"
                return Finding(check, Answer.NOT_LOOKED_AT, f"{earlier.id} comes before it, and {was}")
        job = self._surroundings.job
        if unknown := job.lacks(*probe.needs):
            return Finding(check, Answer.NOT_LOOKED_AT, "\n".join(unknown))
        if missing := job.lacks(*(variable for variable in check.variables if variable not in probe.needs)):
            error = ConfigurationError("\n".join(missing), leaf=check)
            return Finding(check, Answer.FAILED, str(error), error)
        return _within(SECONDS, check, probe, self._surroundings)


def _within(seconds: float, check: Check, probe: Probe, surroundings: Surroundings) -> Finding:
    """Look, for so long; a look that hangs is left alone and ends with the process."""
    findings: list[Finding] = []

    def look() -> None:
        try:
            findings.append(Finding(check, Answer.PASSED, probe.look(surroundings)))
        except CannotLookError as error:
            findings.append(Finding(check, Answer.NOT_LOOKED_AT, str(error)))
        except JobError as error:
            findings.append(Finding(check, Answer.FAILED, str(error), error))
        except Exception as error:  # noqa: BLE001 - a fault of one probe must not hide what the others find
            what = f"a fault in cigen-runtime itself, please report it: {error!r}"
            findings.append(Finding(check, Answer.NOT_LOOKED_AT, what, JobError(what, leaf=check)))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(seconds)
    return findings[0] if findings else Finding(check, Answer.NOT_LOOKED_AT, f"no answer within {seconds:.0f} s")


def _groups(job: Job) -> list[Group]:
    """What the call asks for; everything when it does not say.

    Raises ConfigurationError for a name that there is not, and for two wishes at once.
    """
    known = {
        "branch": {branch.value.name: _of_branch(branch) for branch in Branch},
        "stage": {stage.name: Group(f"stage {stage.name}", stage.questions, stage.done) for stage in TREE},
        "situation": {each.name: Group(each.title, each.checks) for each in CHEAT_SHEET},
    }
    wishes = {option: job.options[option] for option in known if job.options[option]}
    if len(wishes) > 1:
        raise ConfigurationError(
            f"doctor takes one of {', '.join(f'--{option}' for option in wishes)}", remedy="Leave one of them."
        )
    for option, name in wishes.items():
        if name not in known[option]:
            raise ConfigurationError(
                f"doctor knows no {option} {name!r}", remedy=f"There are: {', '.join(known[option])}."
            )
        return [known[option][name]]
    branches = list(known["branch"].values())
    placed = {check for group in branches for check in group.checks}
    others = [check for check in (*PROBES, *NOT_LIVE) if check not in placed]
    return [*branches, Group("what else is often wrong", tuple(others))]


def _of_branch(branch: Branch) -> Group:
    return Group(branch.value.step, branch.value.in_order)


def _told(job: Job, group: Group, findings: list[Finding]) -> list[Finding]:
    """Write down each check with what was seen, in a section that can be folded."""
    with job.log.section(f"Checks: {group.title} ({len(findings)})"):
        for finding in findings:
            job.log.line(f"  {finding.answer:<14}{finding.check.question}")
            for line in finding.seen.splitlines():
                job.log.line(f"{'':16}{line}")
    return findings


def _summary(groups: Sequence[Group], findings: Sequence[Finding]) -> Iterator[str]:
    """What whoever looks wants to know, outside of every fold."""
    yield ""
    yield from table(("check", "answer"), [(finding.check.id, str(finding.answer)) for finding in findings])
    yield ""
    counts = {answer: sum(finding.answer is answer for finding in findings) for answer in Answer}
    yield (
        f"{counts[Answer.PASSED]} passed, {counts[Answer.FAILED]} failed, "
        f"{counts[Answer.NOT_LOOKED_AT]} could not be looked at"
    )
    for finding in findings:
        if finding.error and finding.answer is Answer.FAILED:
            yield from _what_to_do(finding.check, finding.error)
    blind = [finding for finding in findings if finding.answer is Answer.NOT_LOOKED_AT]
    if blind:
        yield from ("", "Could not be looked at:")
    for finding in blind:
        yield f"  {finding.check.id}: {finding.seen}".replace("\n", "\n    ")
        if finding.check.ends:
            yield f"    {finding.check.question} If not: {finding.check.remedy}"
    if len(groups) == 1 and all(finding.answer is Answer.PASSED or finding.check.ends for finding in findings):
        yield from ("", groups[0].conclusion)


def _what_to_do(check: Check, error: JobError) -> Iterator[str]:
    yield from ("", f"{check.id} failed: {check.question}")
    told = (("looked:", error.attempted), ("came back:", error.answer), ("to do:", error.remedy or check.remedy))
    for label, text in (*told, ("else:", check.remedy if error.remedy else "")):
        for index, line in enumerate(text.splitlines()):
            yield f"  {'' if index else label:<10} {line}"
