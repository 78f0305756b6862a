"""The report that GitLab shows in merge requests: https://docs.gitlab.com/ci/testing/code_quality/."""

import json
from collections import Counter

from cigen.findings import Finding, Severity
from cigen.lint.baseline import fingerprint
from cigen.lint.engine import Report

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.INFO: "info"}


def write(report: Report) -> str:
    """The whole report."""
    seen: Counter[str] = Counter()
    return json.dumps([_issue(finding, seen) for finding in report.findings], indent=2, ensure_ascii=False) + "\n"


def _issue(finding: Finding, seen: Counter[str]) -> dict[str, object]:
    """One finding; of several that are alike, each has a fingerprint of its own, as GitLab wants it."""
    mark = fingerprint(finding)
    seen[mark] += 1
    lines = {"begin": max(1, finding.span.line)}
    if finding.span.end_line > lines["begin"]:
        lines["end"] = finding.span.end_line
    return {
        "description": finding.message + (f" ({finding.hint})" if finding.hint else ""),
        "check_name": finding.name,
        "fingerprint": mark if seen[mark] == 1 else f"{mark}-{seen[mark]}",
        "severity": _SEVERITIES[finding.severity],
        "location": {"path": finding.span.path, "lines": lines},
    }
