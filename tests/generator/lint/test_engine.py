"""What the engine makes of findings: once each, in order, ignored where a person says so, and never a traceback."""

from collections.abc import Iterator

import pytest

from cigen.errors import UsageError
from cigen.findings import Finding, Severity, Span
from cigen.lint.baseline import fingerprint, new_since, read_baseline, write_baseline
from cigen.lint.engine import lint
from cigen.lint.registry import RULES
from cigen.lint.rule import Rule
from cigen.lint.settings import LintSettings, PathRules
from cigen.lint.subject import Subject

from .examples import found_in, lint_example, subject_of

LATEST = "build:\n  script: make\n  image: python:latest\n"


class Crashing:
    """A rule that is broken.

    It shows what the others do then.

    Fix: nothing.
    """

    code, name, severity = "CG999", "crashing", Severity.INFO
    bad = good = ""

    def check(self, subject: Subject) -> Iterator[Finding]:
        yield Finding(self.code, self.name, self.severity, Span(subject.path, 1, 1, 1, 2), "seen before it broke")
        raise KeyError("stage")


def test_a_rule_that_crashes_is_a_finding_and_the_others_go_on() -> None:
    rules: tuple[Rule, ...] = (Crashing(), *RULES)

    report = lint([subject_of(LATEST)], rules=rules)

    assert [(finding.name, finding.severity, finding.message) for finding in report.findings] == [
        ("rule-crashed", Severity.ERROR, "the rule crashing could not be checked: KeyError: 'stage'"),
        ("crashing", Severity.INFO, "seen before it broke"),
        ("image-not-pinned", Severity.WARNING, "the image python:latest is another one whenever its publisher likes"),
    ]


def test_a_fault_of_a_file_that_two_pipelines_include_is_told_once() -> None:
    shared = "build:\n  script: make\n  image: python\n"
    pipelines = [
        subject_of({path: "include: [{local: shared.yml}]\n", "shared.yml": shared}) for path in ("a.yml", "b.yml")
    ]

    report = lint(pipelines)

    assert [(finding.span.path, finding.name) for finding in report.findings] == [("shared.yml", "image-not-pinned")]
    assert (report.pipelines, report.jobs, sorted(report.texts)) == (2, 1, ["a.yml", "b.yml", "shared.yml"])


def test_an_include_that_is_not_known_is_said_and_what_may_stand_in_it_is_no_finding() -> None:
    example = """\
include:
  - project: platform/pipelines
    ref: v1.0.0
    file: jobs.yml

build:
  extends: .from-there
  stage: there
  needs: [there]
  variables: {NOBODY_READS: "1"}

test:
  script: echo "$FROM_THERE"
"""

    report = lint_example(example)

    assert report.findings == ()
    assert [(skipped.path, skipped.line, skipped.reason) for skipped in report.skipped] == [
        (".gitlab-ci.yml", 4, "platform/pipelines:jobs.yml: no checkout of platform/pipelines is at hand")
    ]


def test_what_follows_from_a_fault_is_not_told_beside_it() -> None:
    assert found_in("build:\n  extends: .gone\n") == [
        "2:12 error extends-undefined: 'build' extends '.gone', which is not defined"
    ]
    assert found_in("build:\n  script:\n    - !reference [.gone, script]\n") == [
        "3:7 error reference-undefined: !reference [.gone, script] could not be found: there is no '.gone'"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "build:\n  script: make\n  image: python  # cigen: ignore[image-not-pinned] it is small\n",
        "build:\n  script: make\n  image: python  # cigen: ignore[CG801]\n",
        "build:\n  script: make\n  # cigen: ignore[image-not-pinned] it is small\n  image: python\n",
        "build:\n  script: make\n  # cigen: ignore[image-not-pinned]: it is small\n  # really\n\n  image: python\n",
        "# A pipeline.\n# cigen: ignore[image-not-pinned] all of them\n\nbuild:\n  script: make\n  image: python\n",
    ],
)
def test_an_ignore_on_the_line_above_it_or_at_the_head_of_the_file_silences_a_rule(text: str) -> None:
    assert found_in(text) == []


def test_an_ignore_above_the_first_key_is_for_that_key_alone() -> None:
    text = "# cigen: ignore[image-not-pinned] no\nbuild:\n  script: make\n  image: python\n"

    assert found_in(text) == [
        "1:1 warning ignore-unused: nothing to ignore here: image-not-pinned",
        "4:10 warning image-not-pinned: the image python is another one whenever its publisher likes",
    ]


def test_an_ignore_in_a_text_is_none() -> None:
    text = "build:\n  script: 'echo \"x# cigen: ignore[image-not-pinned]\"'\n  image: python\n"

    assert found_in(text) == [
        "3:10 warning image-not-pinned: the image python is another one whenever its publisher likes"
    ]


def test_an_ignore_says_what_is_wrong_with_it() -> None:
    text = (
        "build:\n  script: make  # cigen: ignore[no-such-rule, image-not-pinned] x\n  timeout: 1h  # cigen: ignore[]\n"
    )

    assert found_in(text) == [
        "2:17 warning ignore-unknown: there is no rule 'no-such-rule'",
        "2:17 warning ignore-unused: nothing to ignore here: image-not-pinned",
        "3:16 warning ignore-unknown: the ignore names no rule",
    ]


def test_settings_change_a_severity_everywhere_and_for_some_files() -> None:
    finding = Finding("CG801", "image-not-pinned", Severity.WARNING, Span("jobs/a.yml", 1), "x")
    settings = LintSettings({"image-not-pinned": "error"}, (PathRules("jobs/*", {"image-not-pinned": "off"}),))

    everywhere = lint_example(LATEST, settings)

    assert [finding.severity for finding in everywhere.findings] == [Severity.ERROR]
    assert settings.applied(finding) is None


def test_a_baseline_leaves_out_what_was_there_wherever_it_has_moved(tmp_path) -> None:
    path = tmp_path / "baseline.json"
    before = lint_example(LATEST).findings
    write_baseline(path, before)

    later = lint_example(f"\n\n{LATEST}\ntest:\n  script: make\n  image: ruby\n").findings

    assert [finding.message for finding in new_since(read_baseline(path), later)] == [
        "the image ruby is another one whenever its publisher likes"
    ]
    assert fingerprint(before[0]) == fingerprint(later[0])
    assert new_since(read_baseline(path), [*before, *before]) == list(before)


@pytest.mark.parametrize("text", ["", "[]", '{"version": 2, "findings": {}}', '{"version": 1, "findings": {"a": "b"}}'])
def test_a_file_that_is_no_baseline_is_a_usage_error(tmp_path, text: str) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(text)

    with pytest.raises(UsageError, match=r"baseline\.json is not"):
        read_baseline(path)


def test_a_template_is_checked_as_a_service_would_use_it() -> None:
    template = ".deploy-template:\n  stage: deploy\n  script: ./deploy\n  image: python\n  timeout: soon\n"

    assert found_in(template, is_pipelines_repo=True) == [
        "4:10 warning image-not-pinned: the image python is another one whenever its publisher likes",
        "5:12 error bad-duration: 'timeout' must be a duration such as '1h 30m', and is 'soon':"
        " 'soon' is no unit of time",
    ]


def test_a_template_without_work_of_its_own_is_not_checked_as_a_job() -> None:
    template = ".rules:\n  rules:\n    - if: $CI_COMMIT_TAG\n\n.build:\n  extends: .rules\n  script: make\n"

    assert found_in(template, is_pipelines_repo=True) == []


def test_a_finding_about_what_a_template_has_says_how_it_came_into_the_job() -> None:
    files = {
        ".gitlab-ci.yml": "include: [{local: shared.yml}]\nbuild:\n  extends: .middle\n",
        "shared.yml": ".middle:\n  extends: .first\n.first:\n  script: make\n  image: python\n",
    }

    (finding,) = lint_example(files).findings

    assert (finding.span, finding.job) == (Span("shared.yml", 5, 10, 5, 16), "build")
    assert [(related.span.path, related.span.line, related.message) for related in finding.related] == [
        (".gitlab-ci.yml", 3, "'.middle' extended from here"),
        ("shared.yml", 2, "'.first' extended from here"),
    ]


def test_a_template_that_others_extend_is_judged_as_a_service_would_use_it() -> None:
    template = """\
.base:
  script: make
  timeout: soon
  needs: [gone]

.child:
  extends: .base
  timeout: 5 minutes
  needs: []
"""

    assert found_in(template, is_pipelines_repo=True) == [
        "3:12 error bad-duration: 'timeout' must be a duration such as '1h 30m', and is 'soon':"
        " 'soon' is no unit of time",
        "4:11 error needs-undefined: job '.base' needs 'gone', which is no job of this pipeline",
    ]


def test_the_inputs_of_a_component_may_be_anything_that_whoever_includes_it_gives() -> None:
    component = """\
spec:
  inputs:
    stage: {type: string}
    image: {type: string}
    copies: {type: number}
    size: {options: [small, large]}
    tool: {default: make}
---
.build-template:
  stage: $[[ inputs.stage ]]
  image: $[[ inputs.image ]]
  script: ./$[[ inputs.tool ]] $[[ inputs.size ]]
  parallel: $[[ inputs.copies ]]
  timeout: $[[ inputs.stage ]]
  retry: often

"build-$[[ inputs.size ]]":
  stage: $[[ inputs.stage ]]
  script: make
  image: python
  needs: ["$[[ inputs.tool ]]"]
"""

    assert found_in(component, is_pipelines_repo=True) == [
        "15:10 error wrong-shape: 'retry' must be a whole number from 0 to 2, or a mapping, and is 'often'",
        "20:10 warning image-not-pinned: the image python is another one whenever its publisher likes",
    ]
