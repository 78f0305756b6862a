"""Each report in whole, and those with a published form held against it."""

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from cigen.findings import Finding, Related, Severity, Span
from cigen.lint.engine import Report
from cigen.lint.reports import FORMATS, text
from cigen.lint.subject import Skipped

from .examples import lint_example

ROOT = Path(__file__).parents[3]
PUBLISHED = ROOT / "tests/lab/node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
"""The schema of SARIF 2.1.0 as its authors publish it."""
TEXT = "build:\n  script: make\n\tx\n.a:\n  <b>: 'ä'\n"
FINDINGS = (
    Finding("CG801", "image-not-pinned", Severity.WARNING, Span("a b.yml"), "about the file"),
    Finding(
        "CG402",
        "needs-undefined",
        Severity.ERROR,
        Span("a b.yml", 2, 11, 2, 15),
        'no "job" <x> & \x1b[31my',
        "say another",
        "build",
        (Related(Span("a b.yml", 1, 1, 1, 6), "extended from here"),),
    ),
    Finding(
        "CG402", "needs-undefined", Severity.ERROR, Span("a b.yml", 3, 2, 5, 4), 'no "job" <x> & \x1b[31my', "", "build"
    ),
    Finding("CG603", "variable-unused", Severity.INFO, Span("gone.yml", 9, 1, 9, 2), "not to be shown"),
)
REPORT = Report(FINDINGS, (Skipped("a b.yml", "remote: no network", 4),), {"a b.yml": TEXT, "clean.yml": ""}, 2, 1)

CODE_QUALITY = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!\\./|/)"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}, "end": {"type": "integer"}},
                        "additionalProperties": False,
                    },
                },
                "additionalProperties": False,
            },
        },
        "additionalProperties": False,
    },
}
"""What GitLab's documentation asks of a Code Quality report."""

_MESSAGE = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string", "minLength": 1}},
    "additionalProperties": False,
}
_LEVEL = {"enum": ["none", "note", "warning", "error"]}
_POSITIVE = {"type": "integer", "minimum": 1}
_LOCATION = {
    "type": "object",
    "required": ["artifactLocation"],
    "properties": {
        "artifactLocation": {
            "type": "object",
            "required": ["uri"],
            "properties": {"uri": {"type": "string", "pattern": "^[A-Za-z0-9%._~/-]+$"}},
            "additionalProperties": False,
        },
        "region": {
            "type": "object",
            "required": ["startLine"],
            "properties": dict.fromkeys(("startLine", "startColumn", "endLine", "endColumn"), _POSITIVE),
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {
                                    "name": {"type": "string"},
                                    "version": {"type": "string"},
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "type": "object",
                                            "required": ["id"],
                                            "properties": {
                                                "id": {"type": "string"},
                                                "name": {"type": "string"},
                                                "shortDescription": _MESSAGE,
                                                "fullDescription": _MESSAGE,
                                                "defaultConfiguration": {
                                                    "type": "object",
                                                    "properties": {"level": _LEVEL},
                                                    "additionalProperties": False,
                                                },
                                            },
                                            "additionalProperties": False,
                                        },
                                    },
                                },
                                "additionalProperties": False,
                            }
                        },
                        "additionalProperties": False,
                    },
                    "invocations": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["executionSuccessful"],
                            "properties": {
                                "executionSuccessful": {"type": "boolean"},
                                "toolExecutionNotifications": {
                                    "type": "array",
                                    "items": {
                                        "type": "object",
                                        "required": ["message"],
                                        "properties": {"level": _LEVEL, "message": _MESSAGE},
                                        "additionalProperties": False,
                                    },
                                },
                            },
                            "additionalProperties": False,
                        },
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["message"],
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": _LEVEL,
                                "message": _MESSAGE,
                                "locations": {
                                    "type": "array",
                                    "items": {
                                        "type": "object",
                                        "properties": {"physicalLocation": _LOCATION},
                                        "additionalProperties": False,
                                    },
                                },
                                "relatedLocations": {
                                    "type": "array",
                                    "uniqueItems": True,
                                    "items": {
                                        "type": "object",
                                        "properties": {
                                            "id": {"type": "integer", "minimum": -1},
                                            "physicalLocation": _LOCATION,
                                            "message": _MESSAGE,
                                        },
                                        "additionalProperties": False,
                                    },
                                },
                                "partialFingerprints": {
                                    "type": "object",
                                    "additionalProperties": {"type": "string"},
                                },
                            },
                            "additionalProperties": False,
                        },
                    },
                },
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}
"""The part of the standard that the report uses, with nothing else allowed: after SARIF 2.1.0, section 3."""


def test_the_text_shows_each_line_with_a_caret_and_says_what_was_not_looked_at() -> None:
    assert text.write(REPORT) == (
        "a b.yml: warning: about the file [image-not-pinned]\n"
        "\n"
        'a b.yml:2:11: error: no "job" <x> & \ufffd[31my [needs-undefined]\n'
        "    2 |   script: make\n"
        "      |           ^^^^\n"
        "a b.yml:1:1: note: extended from here\n"
        "    1 | build:\n"
        "      | ^^^^^\n"
        "hint: say another\n"
        "\n"
        'a b.yml:3:2: error: no "job" <x> & \ufffd[31my [needs-undefined]\n'
        "    3 | \tx\n"
        "      | \t^\n"
        "\n"
        "gone.yml:9:1: info: not to be shown [variable-unused]\n"
        "\n"
        "not looked at:\n"
        "  a b.yml:4: remote: no network\n"
        "\n"
        "1 job in 2 pipelines, 2 files: 2 errors, 1 warning, 1 note, 1 not looked at\n"
    )


def test_nothing_found_is_told_from_not_looked() -> None:
    clean = replace(REPORT, findings=(), skipped=())

    assert text.write(clean) == "1 job in 2 pipelines, 2 files: nothing found\n"
    assert text.write(replace(REPORT, findings=())) == (
        "not looked at:\n  a b.yml:4: remote: no network\n\n"
        "1 job in 2 pipelines, 2 files: nothing found, 1 not looked at\n"
    )


def test_colours_change_nothing_but_colours() -> None:
    import re

    coloured = text.write(REPORT, is_coloured=True)

    assert "\x1b[31;1merror\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text.write(REPORT)


def test_the_json_report_says_all_that_is_known() -> None:
    content = json.loads(FORMATS["json"](REPORT))

    assert content["findings"][1] == {
        "path": "a b.yml",
        "line": 2,
        "column": 11,
        "end_line": 2,
        "end_column": 15,
        "code": "CG402",
        "name": "needs-undefined",
        "severity": "error",
        "message": 'no "job" <x> & \x1b[31my',
        "hint": "say another",
        "job": "build",
        "related": [
            {"path": "a b.yml", "line": 1, "column": 1, "end_line": 1, "end_column": 6, "message": "extended from here"}
        ],
    }
    assert content["skipped"] == [{"path": "a b.yml", "line": 4, "reason": "remote: no network"}]
    assert content["summary"] == {"files": 2, "pipelines": 2, "jobs": 1, "error": 2, "warning": 1, "info": 1}


def test_the_code_quality_report_is_one_that_gitlab_reads() -> None:
    issues = json.loads(FORMATS["codequality"](REPORT))

    jsonschema.validate(issues, CODE_QUALITY)
    assert [(issue["severity"], issue["location"]["lines"]) for issue in issues] == [
        ("minor", {"begin": 1}),
        ("critical", {"begin": 2}),
        ("critical", {"begin": 3, "end": 5}),
        ("info", {"begin": 9}),
    ]
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


def test_the_sarif_report_keeps_to_the_standard() -> None:
    report = json.loads(FORMATS["sarif"](REPORT))

    jsonschema.validate(report, SARIF)
    (run,) = report["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [
        result["ruleId"] for result in run["results"]
    ]
    assert [result["locations"][0]["physicalLocation"] for result in run["results"]][:2] == [
        {"artifactLocation": {"uri": "a%20b.yml"}},
        {
            "artifactLocation": {"uri": "a%20b.yml"},
            "region": {"startLine": 2, "startColumn": 11, "endLine": 2, "endColumn": 15},
        },
    ]
    assert run["invocations"][0]["toolExecutionNotifications"] == [
        {"level": "note", "message": {"text": "not looked at: a b.yml: remote: no network"}}
    ]


def reports_of_everything() -> list[Report]:
    """A report of each kind of finding, each skipped file and each severity that there is."""
    from cigen.lint.registry import RULES

    return [REPORT, replace(REPORT, findings=()), Report((), (), {}), *(lint_example(rule.bad) for rule in RULES)]


def test_the_sarif_report_is_valid_by_the_published_schema() -> None:
    if not PUBLISHED.exists():
        pytest.skip("npm did not give the package that has the schema")
    schema = json.loads(PUBLISHED.read_text())
    validator = jsonschema.Draft4Validator(schema, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)

    mistakes = [
        error.message
        for report in reports_of_everything()
        for error in validator.iter_errors(json.loads(FORMATS["sarif"](report)))
    ]

    assert mistakes == []
    assert list(validator.iter_errors({"version": "2.1.0", "runs": [{"results": []}]})), "the schema says no too"


def test_every_code_quality_report_is_one_that_gitlab_reads() -> None:
    for report in reports_of_everything():
        issues = json.loads(FORMATS["codequality"](report))

        jsonschema.validate(issues, CODE_QUALITY)
        assert len({issue["fingerprint"] for issue in issues}) == len(issues)


def test_the_junit_report_has_a_suite_per_file_and_is_well_formed() -> None:
    root = ElementTree.fromstring(FORMATS["junit"](REPORT))

    suites = [(suite.get("name"), suite.get("tests"), suite.get("failures")) for suite in root]
    assert suites == [
        ("a b.yml", "3", "3"),
        ("clean.yml", "1", "0"),
        ("gone.yml", "1", "1"),
        ("not looked at", "1", "0"),
    ]
    assert (root.get("tests"), root.get("failures")) == ("6", "4")
    failure = root.find("./testsuite/testcase[2]/failure")
    assert failure is not None
    assert failure.get("message") == 'no "job" <x> & \ufffd[31my'


@pytest.mark.parametrize("name", FORMATS)
def test_no_report_shows_a_secret(name: str) -> None:
    key = "AKIA" + "Q3R7T5V2W6X4Y7Z2"
    password = "h7Gk29" + "xPq41Lm"
    report = lint_example(f"build:\n  script: make {key}\n  variables: {{DB_PASSWORD: {password}}}\n")

    written = FORMATS[name](report)

    assert [finding.name for finding in report.findings if finding.span.line < 4][:2] == ["secret-literal"] * 2
    assert key not in written
    assert password not in written


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_is_the_same_every_time_and_ends_its_last_line(name: str) -> None:
    assert FORMATS[name](REPORT) == FORMATS[name](REPORT)
    assert FORMATS[name](Report((), (), {})).endswith("\n")
