"""The report as JUnit XML: one test suite per file, one failed test per finding."""

from itertools import groupby

from cigen.findings import Finding
from cigen.lint.engine import Report

_IN_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_IN_QUOTES = _IN_TEXT | str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})
"""Of our own, because the library's module for this imports all that it takes to open a web page."""


def write(report: Report) -> str:
    """The whole report; a file in which nothing was found has one test that passed."""
    failures = len(report.findings)
    by_path = {path: list(found) for path, found in groupby(report.findings, key=lambda finding: finding.span.path)}
    paths = sorted({*report.texts, *by_path})
    suites = "".join(_suite(path, by_path.get(path, [])) for path in paths)
    tests = sum(max(1, len(by_path.get(path, []))) for path in paths)
    skipped = "".join(_skipped(f"{entry.path}: {entry.reason}") for entry in report.skipped)
    if report.skipped:
        count = len(report.skipped)
        tests += count
        suites += f'  <testsuite name="not looked at" tests="{count}" failures="0" skipped="{count}">\n'
        suites += f"{skipped}  </testsuite>\n"
    head = f'<testsuites name="cigen lint" tests="{tests}" failures="{failures}">'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}\n{suites}</testsuites>\n'


def _suite(path: str, findings: list[Finding]) -> str:
    head = f'  <testsuite name={_quoted(path)} tests="{max(1, len(findings))}" failures="{len(findings)}">\n'
    cases = (
        "".join(_case(finding) for finding in findings) or f'    <testcase name="lint" classname={_quoted(path)}/>\n'
    )
    return f"{head}{cases}  </testsuite>\n"


def _case(finding: Finding) -> str:
    span = finding.span
    name = _quoted(f"{finding.name} in line {span.line}" if span.line else finding.name)
    head = f"    <testcase name={name} classname={_quoted(span.path)}>\n"
    message = _quoted(finding.message)
    text = f"{span.path}:{span.line}:{span.column}: {finding.message}" + (
        f"\nhint: {finding.hint}" if finding.hint else ""
    )
    failure = (
        f'      <failure type="{finding.severity}" message={message}>{_clean(text).translate(_IN_TEXT)}</failure>\n'
    )
    return f"{head}{failure}    </testcase>\n"


def _skipped(what: str) -> str:
    return f"    <testcase name={_quoted(what)}><skipped/></testcase>\n"


def _quoted(text: str) -> str:
    return f'"{_clean(text).translate(_IN_QUOTES)}"'


def _clean(text: str) -> str:
    """Without the characters that no XML file may hold."""
    return "".join(
        character
        if character in "\t\n"
        or " " <= character <= "\ud7ff"
        or "\ue000" <= character <= "\ufffd"
        or character > "\uffff"
        else "\ufffd"
        for character in text
    )
