"""A baseline: what was wrong when an old repository began to lint, so that only new faults count."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from cigen.errors import UsageError, WorkError
from cigen.findings import Finding

_VERSION = 1


def fingerprint(finding: Finding) -> str:
    """The same for a fault when lines are added above it: rule, job, file and words, but no line."""
    parts = (finding.name, finding.job, finding.span.path, finding.message)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def write_baseline(path: Path, findings: Iterable[Finding]) -> None:
    """Write down what is there now."""
    counts = Counter(fingerprint(finding) for finding in findings)
    text = json.dumps({"version": _VERSION, "findings": dict(sorted(counts.items()))}, indent=2) + "\n"
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WorkError(f"the baseline {path} cannot be written: {error.strerror}") from error


def read_baseline(path: Path) -> Counter[str]:
    """How often each fault was there."""
    hint = f"write a new one: cigen lint --write-baseline {path}"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"the baseline {path} cannot be read: {error.strerror}", hint=hint) from error
    except ValueError as error:
        raise UsageError(f"the baseline {path} is not JSON", hint=hint) from error
    if not isinstance(content, dict) or content.get("version") != _VERSION or not _is_counts(content.get("findings")):
        raise UsageError(f"the baseline {path} is not one that this version of cigen wrote", hint=hint)
    return Counter(content["findings"])


def new_since(baseline: Counter[str], findings: Iterable[Finding]) -> list[Finding]:
    """The findings that are not in the baseline, or there less often."""
    left = baseline.copy()
    new = []
    for finding in findings:
        key = fingerprint(finding)
        left[key] -= 1
        if left[key] < 0:
            new.append(finding)
    return new


def _is_counts(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(count, int) for count in value.values())
