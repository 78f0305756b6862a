"""The rule `gate-bypassed`."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from cigen.findings import Finding, Related, Severity
from cigen.lint.conditions import rules_of, stage_of
from cigen.lint.production import is_telling
from cigen.lint.rule import found
from cigen.lint.subject import Job, Subject, text_of
from cigen.lint.whereabouts import Worker, workers
from cigen.pipeline.needs import read_needs
from cigen_runtime.contract.credentials import AWS_CREDENTIALS


class GateBypassed:
    """A job that changes an environment and does not wait for the gate of its region.

    The job that runs `aws-credentials` is the gate: it waits for builds and tests or for a person's click, and proves
    that the credentials are those of the right account. What does not need it, directly or through other jobs, begins
    without all that. Where the gate waits for a click, this is an error.

    Fix: name the gate in `needs`, with `artifacts: false`.
    """

    code = "CG819"
    name = "gate-bypassed"
    severity = Severity.WARNING
    bad = """\
.staging-eu:
  environment: {name: staging/eu, action: access}
  variables: &variables
    CIGEN_ENVIRONMENT: staging
    CIGEN_REGION: eu
    CIGEN_AWS_REGION: eu-west-2
    CIGEN_AWS_ACCOUNT: "111122223333"
    CIGEN_VAULT_ROLE: lambda-staging
    VAULT_ADDR: https://vault.example.com

aws-credentials-staging-eu:
  extends: .staging-eu
  script: cigen-runtime aws-credentials

backfill-images-staging-eu:
  extends: .staging-eu
  needs: []
  script: cigen-runtime backfill-images
  variables:
    <<: *variables
    CIGEN_ARTIFACTORY_REGISTRY: "artifactory.example.com/{repository}"
    CIGEN_RELEASE_REPOSITORY: docker-native-release
    CIGEN_ECR_ACCOUNT: "111122223333"
    CIGEN_ECR_REPOSITORY: lambda-images
"""
    good = bad.replace("needs: []", "needs: [{job: aws-credentials-staging-eu, artifacts: false}]")

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each such job of a region that has a gate."""
        gates: dict[tuple[str, str], list[Job]] = defaultdict(list)
        for worker in workers(subject):
            if worker.region and any(call.command == AWS_CREDENTIALS for call in worker.calls):
                gates[worker.environment, worker.region].append(worker.job)
        passing = {
            worker.job.name: (worker.job, those)
            for worker in workers(subject)
            if (those := gates.get((worker.environment, worker.region), []))
            and _changes_something(worker)
            and not _waits(subject, worker.job, those)
        }
        for name, (job, those) in passing.items():
            if passing.keys() & (subject.once(_needed)[name] or ()):  # the job before it is told of
                continue
            message = f"{name} does not wait for {those[0].name}, the gate of its region"
            yield found(
                self,
                job.place_of("needs") if job.get("needs") is not None else job.place,
                message,
                hint=f"needs: [{{job: {those[0].name}, artifacts: false}}]",
                job=name,
                related=(Related(those[0].place.span, "the gate"),),
                severity=Severity.ERROR if any(map(_is_manual, those)) else self.severity,
            )


def _changes_something(worker: Worker) -> bool:
    commands = [call.command for call in worker.calls]
    return any(command.changes and not is_telling(command) for command in commands)


def _is_manual(gate: Job) -> bool:
    return gate.text("when") == "manual" or any(text_of(rule.get("when")) == "manual" for rule in rules_of(gate))


def _waits(subject: Subject, job: Job, gates: list[Job]) -> bool:
    """Whether a job begins after one of the gates, as far as the file tells."""
    needed, names = subject.once(_needed), {gate.name for gate in gates}
    first_gate = min(stage_of(subject, gate) for gate in gates)
    seen, waiting = {job.name}, [job.name]
    while waiting:
        name = waiting.pop()
        if name not in needed:  # it may wait for anything
            return True
        needs = needed[name]
        if needs is None:
            if first_gate < stage_of(subject, subject.jobs[name]):
                return True
            continue
        if names & needs:
            return True
        waiting += needs - seen
        seen |= needs
    return False


def _needed(subject: Subject) -> Mapping[str, frozenset[str] | None]:
    """The names in the `needs` of each job; None for a job that waits for the stages before its own."""
    return {
        job.name: None
        if job.get("needs") is None
        else frozenset(need.job for need in read_needs(job.get("needs")) if not need.elsewhere)
        for job in subject.running
    }
