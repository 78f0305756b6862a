"""What was found, in the form that a person or another program reads; one format per file."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from cigen.lint.engine import Report
from cigen.lint.reports import codequality, json_report, junit, sarif, text

FORMATS: Mapping[str, Callable[[Report], str]] = MappingProxyType(
    {
        "text": text.write,
        "json": json_report.write,
        "sarif": sarif.write,
        "codequality": codequality.write,
        "junit": junit.write,
    }
)
"""Each format by the name that `--format` and `--output` take."""
