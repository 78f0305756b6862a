"""The rule `region-parity`."""

from collections.abc import Iterator

from cigen.findings import Finding, Related, Severity
from cigen.lint.parity import differences, missing_jobs
from cigen.lint.rule import found
from cigen.lint.subject import Subject


class RegionParity:
    """A region of an environment whose jobs or gates are others than those of its other regions.

    What one region was proven with says nothing about a region that is deployed another way: a step that is missing
    there, a lock or a gate that nobody copied. The order in waves and a person's click on a wave do not count.

    Fix: give every region the same jobs; what shall differ is said in cigen.yaml, and ignored here with the reason.
    """

    code = "CG816"
    name = "region-parity"
    severity = Severity.WARNING
    bad = """\
.find:
  script: cigen-runtime find-versions
  rules: [{if: $CI_COMMIT_BRANCH}]
  variables:
    CIGEN_ENVIRONMENT: staging
    CIGEN_ENVIRONMENTS: '{"staging": ["eu", "us"]}'

find-versions-eu:
  extends: .find
  resource_group: configs/eu
  environment: {name: staging/eu, action: prepare}
  variables: {CIGEN_REGION: eu}

find-versions-us:
  extends: .find
  environment: {name: staging/us, action: prepare}
  variables: {CIGEN_REGION: us}
"""
    good = """\
.find:
  script: cigen-runtime find-versions
  rules: [{if: $CI_COMMIT_BRANCH}]
  variables:
    CIGEN_ENVIRONMENT: staging
    CIGEN_ENVIRONMENTS: '{"staging": ["eu", "us"]}'

find-versions-eu:
  extends: .find
  resource_group: configs/eu
  environment: {name: staging/eu, action: prepare}
  variables: {CIGEN_REGION: eu}

find-versions-us:
  extends: .find
  resource_group: configs/us
  environment: {name: staging/us, action: prepare}
  variables: {CIGEN_REGION: us}
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each job that a region lacks, and each keyword in which two regions differ."""
        for lack in missing_jobs(subject):
            message = (
                f"{lack.environment}/{lack.region} has no {lack.name}, and {lack.environment}/{lack.other} has one"
            )
            related = (Related(lack.model.place.span, "the job of the other region"),)
            yield found(self, lack.place, message, hint=f"add {lack.name}", job=lack.model.name, related=related)
        for difference in differences(subject):
            job, model = difference.job, difference.model
            message = f"{job.name} has another {difference.keyword} than {model.name}"
            place = job.place_of(*difference.keyword.split("."))
            related = (Related(model.place_of(*difference.keyword.split(".")).span, f"as {model.name} has it"),)
            hint = "make both the same but for the region"
            yield found(self, place, message, hint=hint, job=job.name, related=related)
