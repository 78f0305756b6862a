"""The rule `stage-unused`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.rule import found
from cigen.lint.subject import Subject, items_of, text_of
from cigen.pipeline.fault import FaultKind


class StageUnused:
    """A stage that no job is in.

    It does no harm, and tells whoever reads the list that something happens there.

    Fix: take it out of the list.
    """

    code = "CG407"
    name = "stage-unused"
    severity = Severity.INFO
    bad = """\
stages: [build, test]

build:
  stage: build
  script: make
"""
    good = """\
stages: [build]

build:
  stage: build
  script: make
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each stage without a job, in a pipeline that is one file: a list that is included may be for others too."""
        if len(subject.texts) > 1 or subject.is_pipelines_repo or not subject.is_complete:
            return
        if subject.has_fault(FaultKind.STAGE_UNDEFINED):
            return
        used = {job.text("stage") or "test" for job in subject.jobs.values()}
        for stage in items_of(subject.section("stages")):
            name = text_of(stage)
            if name and name not in used and name not in (".pre", ".post"):
                yield found(self, stage.place, f"no job is in the stage '{name}'", hint="take it out")
