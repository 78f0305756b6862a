"""The report for programs, with all that is known of each finding."""

import json

from cigen.findings import Finding, Severity, Span
from cigen.lint.engine import Report


def write(report: Report) -> str:
    """The whole report."""
    content = {
        "findings": [_finding(finding) for finding in report.findings],
        "skipped": [
            {"path": skipped.path, "line": skipped.line, "reason": skipped.reason} for skipped in report.skipped
        ],
        "summary": {
            "files": len(report.texts),
            "pipelines": report.pipelines,
            "jobs": report.jobs,
            **{str(severity): report.count(severity) for severity in Severity},
        },
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _finding(finding: Finding) -> dict[str, object]:
    return {
        **_span(finding.span),
        "code": finding.code,
        "name": finding.name,
        "severity": str(finding.severity),
        "message": finding.message,
        "hint": finding.hint,
        "job": finding.job,
        "related": [{**_span(related.span), "message": related.message} for related in finding.related],
    }


def _span(span: Span) -> dict[str, object]:
    return {
        "path": span.path,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
