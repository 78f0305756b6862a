"""The rule `contract-file-not-fetched`."""

from collections.abc import Iterator

from cigen.findings import Finding, Related, Severity
from cigen.lint.calls import calling_jobs
from cigen.lint.contract_files import MissingFile, missing_files
from cigen.lint.rule import found
from cigen.lint.subject import Subject
from cigen.pipeline.needs import read_needs
from cigen_runtime.contract import COMMANDS
from cigen_runtime.contract.model import System


class ContractFileNotFetched:
    """A job calls a command that reads a file, and gets it from no job of its environment and region.

    The commands hand files to each other, one for each environment and region: a mapping from retag-push-ecr to
    deploy-lambda, its result to the promotion. The command fails without the file; a job that gets the file of
    another region has that one, and not its own.

    Fix: name the job that makes the file in `needs`, with `artifacts: true`, for each region that the job works for.
    """

    code = "CG704"
    name = "contract-file-not-fetched"
    severity = Severity.ERROR
    bad = """\
versions:
  stage: build
  script: make versions.json
  artifacts: {paths: [versions.json], expire_in: 1 day}

publish:
  stage: build
  script: cigen-runtime publish-image
  variables:
    CIGEN_ARTIFACTORY_REGISTRY: "artifactory.example.com/{repository}"
    CIGEN_BUILD_REPOSITORY: docker-native-local
  needs: [{job: versions, artifacts: false}]
"""
    good = """\
versions:
  stage: build
  script: make versions.json
  artifacts: {paths: [versions.json], expire_in: 1 day}

publish:
  stage: build
  script: cigen-runtime publish-image
  variables:
    CIGEN_ARTIFACTORY_REGISTRY: "artifactory.example.com/{repository}"
    CIGEN_BUILD_REPOSITORY: docker-native-local
  needs: [{job: versions, artifacts: true}]
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each file that a job's command needs and the job does not get."""
        for missing in missing_files(subject):
            job, command = missing.job, missing.call.command
            message = (
                f"{job.name} runs {command.name}, which reads {_listed(missing.paths)}, and fetches it from no job"
            )
            is_harmless = System.JIRA in command.systems or not missing.is_certain
            yield found(
                self,
                job.place_of("needs") if job.get("needs") is not None else job.place,
                message,
                hint=_hint(missing, subject),
                job=job.name,
                related=(Related(missing.call.span, "called here"),),
                severity=Severity.WARNING if is_harmless else self.severity,
            )


def _listed(paths: tuple[str, ...]) -> str:
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return f"{paths[0]}{more}"


def _hint(missing: MissingFile, subject: Subject) -> str:
    others = [maker.name for maker in missing.makers if maker.name != missing.job.name]
    if others:
        return f"needs: [{', '.join(f'{{job: {name}, artifacts: true}}' for name in others[:3])}]"
    writing = [job.name for job, calls in calling_jobs(subject) if any(missing.file in c.command.writes for c in calls)]
    needed = [need.job for need in read_needs(missing.job.get("needs"))]
    if writing:
        maker = min(writing, key=lambda name: name not in needed)
        return f"let {maker} keep it, with artifacts: paths{'' if maker in needed else ', and name that job in needs'}"
    commands = [command.name for command in COMMANDS if missing.file in command.writes]
    return f"a job that runs {' or '.join(commands)} writes it; this pipeline has none"
