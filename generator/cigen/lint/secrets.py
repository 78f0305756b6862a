"""The forms that secrets have, to find them and to keep them out of reports."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cigen_runtime.contract import COMMANDS

_KINDS = {
    "an AWS access key": r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b",
    "a GitLab token": r"\bgl(?:pat|dt|rt|cbt|ptt|ft|soat)-[\w-]{20,}",
    "a GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{36,255}\b|\bgithub_pat_\w{50,}\b",
    "a Slack token": r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
    "a Vault token": r"\bhv[sbr]\.[\w-]{24,}",
    "an npm token": r"\bnpm_[A-Za-z0-9]{36}\b",
    "a PyPI token": r"\bpypi-AgEIcHlwaS5vcmc[\w-]{50,}",
    "an Artifactory key": r"\bAKCp[A-Za-z0-9]{60,255}\b",
    "a Google key": r"\bAIza[\w-]{35}\b",
    "a signed token": r"\beyJ[\w-]{10,2000}\.eyJ[\w-]{10,2000}\.[\w-]{10,2000}",
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
}
_SECRET = re.compile("|".join(f"(?P<k{number}>{pattern})" for number, pattern in enumerate(_KINDS.values())))
_BEGINS = re.compile(r"A[KS]IA|AKCp|AIza|gl[a-z]{2,4}-|gh[pousr]_|github_pat|xox|hv[sbr]\.|npm_|pypi-|eyJ|PRIVATE KEY")
"""What every one of them has: most texts are done with a look for this."""
_SECRET_NAME = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|PASS|SECRET|TOKEN|API_?KEY|PRIVATE_KEY|SECRET_KEY|ACCESS_KEY)$", re.IGNORECASE
)
_OF_CONTRACT = frozenset(variable.name for command in COMMANDS for variable in command.variables if variable.secret)
_SHORTEST = 12


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret, and where it stands, counted from 0; never what it is."""

    kind: str
    line: int
    column: int
    length: int


def secrets_in(text: str) -> Iterator[Secret]:
    """Every text that has the form of a known kind of secret."""
    if not _BEGINS.search(text):
        return
    kinds = list(_KINDS)
    for match in _SECRET.finditer(text):
        if "EXAMPLE" not in match[0]:
            line = text.count("\n", 0, match.start())
            column = match.start() - (text.rfind("\n", 0, match.start()) + 1)
            yield Secret(kinds[int(str(match.lastgroup)[1:])], line, column, len(match[0]))


def is_secret_name(name: str) -> bool:
    """Whether a variable holds a secret: the contract of the runtime says so, or its name does."""
    return name in _OF_CONTRACT or bool(_SECRET_NAME.search(name))


def is_secret_value(name: str, value: str) -> bool:
    """Whether a literal value is what the name of its variable says: letters and digits that no person would choose."""
    if not is_secret_name(name) or len(value) < _SHORTEST or re.search(r"[\s$/{}<>]", value):
        return False
    return bool(re.search(r"\d", value) and re.search(r"[A-Za-z]", value)) and not re.search(
        r"example|changeme|dummy|placeholder|test|xxxx", value, re.IGNORECASE
    )


def masked(line: str) -> str:
    """A line of a file as a report may show it: what may be a secret is starred out, and nothing moves."""
    line = _SECRET.sub(lambda match: "*" * len(match[0]), line)
    return _ASSIGNED.sub(
        lambda match: match[1] + "*" * len(match[3]) if _SECRET_NAME.search(match[2]) else match[0], line
    )


_ASSIGNED = re.compile(r"(?<!\w)((\w{1,64})[\"']?\s*[:=]\s*[\"']?)([^\s\"'{},$]{6,})")
