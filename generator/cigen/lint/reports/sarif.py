"""The report as SARIF 2.1.0, which editors and security dashboards read."""

import json
from collections.abc import Sequence
from urllib.parse import quote

from cigen import __version__
from cigen.findings import Finding, Severity, Span
from cigen.lint.baseline import fingerprint
from cigen.lint.engine import CRASHED, Report
from cigen.lint.registry import RULES
from cigen.lint.rule import Rule, explanation, summary

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def write(report: Report) -> str:
    """The whole report."""
    used = [rule for rule in RULES if any(finding.code == rule.code for finding in report.findings)]
    run = {
        "tool": {"driver": {"name": "cigen", "version": __version__, "rules": [_rule(rule) for rule in used]}},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": all(finding.code != CRASHED[0] for finding in report.findings),
                "toolExecutionNotifications": [
                    {"level": "note", "message": {"text": f"not looked at: {skipped.path}: {skipped.reason}"}}
                    for skipped in report.skipped
                ],
            }
        ],
        "results": [_result(finding, used) for finding in report.findings],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _rule(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": summary(rule)},
        "fullDescription": {"text": explanation(rule)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Finding, used: Sequence[Rule]) -> dict[str, object]:
    index = next((number for number, rule in enumerate(used) if rule.code == finding.code), None)
    result: dict[str, object] = {
        "ruleId": finding.code,
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message + (f"\nHint: {finding.hint}" if finding.hint else "")},
        "locations": [{"physicalLocation": _location(finding.span)}],
        "partialFingerprints": {"cigen/v1": fingerprint(finding)},
    }
    if index is not None:
        result["ruleIndex"] = index
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": _location(related.span), "message": {"text": related.message}}
            for number, related in enumerate(finding.related)
        ]
    return result


def _location(span: Span) -> dict[str, object]:
    location: dict[str, object] = {"artifactLocation": {"uri": quote(span.path)}}
    if span.line:
        region = {"startLine": span.line}
        if span.column:
            region["startColumn"] = span.column
        if (span.end_line, span.end_column) >= (span.line, max(span.column, 1)) and span.end_column:
            region |= {"endLine": span.end_line, "endColumn": span.end_column}
        location["region"] = region
    return location
