"""Which rules count, how much, and where: the `lint` section of cigen.yaml."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from cigen.errors import UsageError
from cigen.findings import Finding, Severity
from cigen.nearest import name_hint

if TYPE_CHECKING:
    from cigen.config.model import Lint

OFF = "off"


@dataclass(frozen=True, slots=True)
class PathRules:
    """What counts for the files that a pattern matches."""

    pattern: str
    severities: dict[str, str]


@dataclass(frozen=True, slots=True)
class LintSettings:
    """What a company has decided about the rules."""

    severities: dict[str, str]
    """By a rule's name; `off` turns it off."""
    paths: tuple[PathRules, ...] = ()
    variables: frozenset[str] = frozenset()
    """Variables that the settings of GitLab's project or group define."""

    def is_off(self, rule: str) -> bool:
        """Whether nothing that a rule finds could count."""
        levels = [self.severities.get(rule, ""), *(rules.severities.get(rule, OFF) for rules in self.paths)]
        return set(levels) == {OFF}

    def applied(self, finding: Finding) -> Finding | None:
        """The finding with the severity that is configured for it; None where its rule is off."""
        severity = self.severities.get(finding.name, str(finding.severity))
        for rules in self.paths:
            if fnmatchcase(finding.span.path, rules.pattern):
                severity = rules.severities.get(finding.name, severity)
        if severity == OFF:
            return None
        return replace(finding, severity=Severity(severity))


NO_SETTINGS = LintSettings({})


def settings_from(section: "Lint", known: Iterable[str]) -> LintSettings:
    """The settings in the config; an unknown rule is an error."""
    names = tuple(known)
    paths = tuple(PathRules(entry.path, dict(entry.rules)) for entry in section.paths)
    _check(dict(section.rules), "lint.rules", names)
    for number, entry in enumerate(paths):
        _check(entry.severities, f"lint.paths[{number}].rules", names)
    return LintSettings(dict(section.rules), paths, frozenset(section.variables))


def _check(severities: dict[str, str], place: str, known: Sequence[str]) -> None:
    for name in severities:
        if name not in known:
            raise UsageError(f"{place}: there is no rule '{name}'", hint=name_hint(name, known))
