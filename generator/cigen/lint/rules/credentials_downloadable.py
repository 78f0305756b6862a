"""The rule `credentials-downloadable`."""

from collections import defaultdict
from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.credentials import kept_credentials
from cigen.lint.rule import and_more, found
from cigen.lint.subject import Job, Subject, text_of
from cigen.pipeline.durations import DurationError, seconds
from cigen.pipeline.node import Place

_LONGEST = 12 * 60 * 60
"""As long as AWS lets credentials of a role live."""


class CredentialsDownloadable:
    """Artifacts with credentials that people can download, or that are kept longer than credentials live.

    Who may see the pipeline may download what its jobs keep, in a public project everybody. `access: none` leaves
    the files to the jobs of the pipeline.

    Fix: let each job log in itself; or write `access: none`, and an `expire_in` no longer than the credentials live.
    """

    code = "CG707"
    name = "credentials-downloadable"
    severity = Severity.ERROR
    bad = """\
login:
  script: ./login
  artifacts:
    paths: [.aws/credentials]
    expire_in: 1 hour
"""
    good = """\
login:
  script: ./login
  artifacts:
    paths: [.aws/credentials]
    expire_in: 1 hour
    access: none
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each such path."""
        by_fault: dict[tuple[Place, str, str, str], list[str]] = defaultdict(list)
        for job in subject.jobs.values():
            for path in kept_credentials(job):
                for place, fault, hint in _faults(job, path.place):
                    by_fault[place, text_of(path), fault, hint].append(job.name)
        for (place, name, fault, hint), jobs in by_fault.items():
            verb = "keeps" if len(jobs) == 1 else "keep"
            yield found(self, place, f"{and_more(jobs)} {verb} {name} {fault}", hint=hint, job=jobs[0])


def _faults(job: Job, path: Place) -> Iterator[tuple[Place, str, str]]:
    if job.text("artifacts", "access") != "none":
        yield path, "where people can download it", "access: none"
    expiry = job.text("artifacts", "expire_in")
    if "$" not in expiry and not _is_short(expiry):
        place = job.place_of("artifacts", "expire_in") if expiry else path
        yield place, "longer than credentials live", "expire_in: 1 hour"


def _is_short(expiry: str) -> bool:
    if expiry.lower() == "never":
        return False
    try:
        return bool(expiry) and seconds(expiry) <= _LONGEST
    except DurationError:
        return True
