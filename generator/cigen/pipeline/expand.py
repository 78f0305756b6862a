"""`$NAME` and `${NAME}` in texts, put in as GitLab does where it makes a pipeline."""

import re
from collections.abc import Mapping

_REFERENCE = re.compile(r"\$\$|%%|\$(?P<bare>\w+)|\$\{(?P<braced>\w*)\}|%(?P<percent>\w+)%", re.ASCII)
_MAX_PASSES = 10
"""Values may name variables in turn, and each other."""


def expand(text: str, variables: Mapping[str, str]) -> str:
    """The text with the values of the variables that exist; a name that does not exist stays as it was written."""
    for _ in range(_MAX_PASSES):
        expanded = _REFERENCE.sub(lambda found: _value(found, variables), text)
        if expanded == text or len(expanded) > 100_000:
            break
        text = expanded
    return text


def _value(found: re.Match[str], variables: Mapping[str, str]) -> str:
    name = found["bare"] or found["braced"] or found["percent"]
    return variables.get(name, found.group()) if name else found.group()
