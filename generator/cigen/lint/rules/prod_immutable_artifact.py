"""The rule `prod-immutable-artifact`."""

import re
from collections.abc import Iterator

from cigen.findings import Finding, Severity, Span
from cigen.lint.calls import Call, calling_jobs
from cigen.lint.production import deploys_to_production, runs_cigen, works_in_production
from cigen.lint.rule import found
from cigen.lint.script import scripts
from cigen.lint.subject import Job, Subject
from cigen.lint.told import told
from cigen_runtime.contract.images import (
    BUILD_REPOSITORY,
    PUBLISH_IMAGE,
    RC_REPOSITORY,
    RELEASE_REPOSITORY,
    RETAG_PUSH_ECR,
    SOURCE_REPOSITORIES,
)

_BUILDS = re.compile(
    r"(?<![\w./-])(?:(?:docker|podman|nerdctl)\s+(?:buildx\s+|image\s+)?build|docker[- ]compose\s[^\n]*?\bbuild"
    r"|buildah\s+(?:bud|build)|(?:/kaniko/)?executor\s+--|pack\s+build|sam\s+build)\b"
)
_DEPLOYS_LATEST = re.compile(
    r"(?:--image-uri|--image|set\s+image|image\.tag|docker\s+service\s+update)[^\n]*?[:=]latest(?![\w.-])"
)


class ProdImmutableArtifact:
    """Production gets what staging has not tested: an image built anew, a tag that moves, the build repository.

    An image that is built twice is two images, and `latest` is another one tomorrow. What staging ran is promoted,
    and production deploys that by its version and digest. For a job that runs `cigen-runtime`, this is an error.

    Fix: build for staging alone, and deploy what was promoted.
    """

    code = "CG813"
    name = "prod-immutable-artifact"
    severity = Severity.WARNING
    bad = """\
deploy-prod:
  script:
    - docker build -t "registry.example.com/app:$CI_COMMIT_SHA" .
    - ./deploy "registry.example.com/app:$CI_COMMIT_SHA"
  rules: [{if: $CI_COMMIT_TAG}]
  environment: {name: prod, deployment_tier: production}
  resource_group: deploy/prod
"""
    good = """\
deploy-prod:
  script:
    - ./deploy "registry.example.com/app:$CI_COMMIT_SHA"
  rules: [{if: $CI_COMMIT_TAG}]
  environment: {name: prod, deployment_tier: production}
  resource_group: deploy/prod
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each build, moving tag and untested source on the way to production."""
        for job in subject.jobs.values():
            if deploys_to_production(subject, job):
                severity = Severity.ERROR if runs_cigen(subject, job) else self.severity
                for span, fault, hint in _of_scripts(subject, job):
                    yield found(self, span, f"{job.name} {fault}", hint=hint, job=job.name, severity=severity)
        proven = _proven_repositories(subject)
        for job, found_calls in calling_jobs(subject):
            if works_in_production(subject, job):
                yield from self._of_calls(subject, job, found_calls, proven)

    def _of_calls(
        self, subject: Subject, job: Job, found_calls: tuple[Call, ...], proven: frozenset[str]
    ) -> Iterator[Finding]:
        known = told(subject, job)
        decisive = SOURCE_REPOSITORIES if known.value(SOURCE_REPOSITORIES) else BUILD_REPOSITORY
        untested = next((key for key in known.value(decisive).split() if key not in proven), "")
        for call in found_calls:
            if call.command == PUBLISH_IMAGE:
                message = f"{job.name} builds images in production"
                hint = "extends: .cigen-rules-build, and no environment"
                yield found(self, call.span, message, hint=hint, job=job.name, severity=Severity.ERROR)
            if call.command == RETAG_PUSH_ECR and untested and proven:
                message = f"{job.name} takes images from {untested}, where they are before staging has tested them"
                hint = f"{decisive.name}: {min(proven)}"
                place = known.place(decisive, job)
                yield found(self, place, message, hint=hint, job=job.name, severity=Severity.ERROR)


def _of_scripts(subject: Subject, job: Job) -> Iterator[tuple[Span, str, str]]:
    for script in scripts(subject, job):
        for pattern, fault, hint in (
            (_BUILDS, "builds what it deploys to production", "build it in a job of staging, and deploy that image"),
            (_DEPLOYS_LATEST, "deploys the tag latest to production", "deploy a version or a digest"),
        ):
            if match := pattern.search(script.code):
                yield script.span(match.start(), len(match[0])), fault, hint


def _proven_repositories(subject: Subject) -> frozenset[str]:
    """The repositories of what staging has tested, as far as the jobs are told them."""
    known = (told(subject, job) for job, _ in calling_jobs(subject))
    return frozenset(each.value(v) for each in known for v in (RC_REPOSITORY, RELEASE_REPOSITORY)) - {""}
