"""`$NAME` and `${NAME}` in texts, put in as GitLab does where it makes a pipeline."""

import re
from collections.abc import Mapping

_REFERENCE = re.compile(r"\$\$|%%|\$(?P<bare>\w+)|\$\{(?P<braced>\w*)\}|%(?P<percent>\w+)%", re.ASCII)
_MAX_PASSES = 10
"""Values may name variables in turn, and each other."""
_MAX_LENGTH = 100_000
"""What all values together may add; beyond it the rest stays as it was written."""


def expand(text: str, variables: Mapping[str, str]) -> str:
    """The text with the values of the variables that exist; a name that does not exist stays as it was written."""
    if "$" not in text and "%" not in text:
        return text
    room = _MAX_LENGTH
    for _ in range(_MAX_PASSES):

        def value(found: re.Match[str]) -> str:
            nonlocal room
            name = found["bare"] or found["braced"] or found["percent"]
            told = variables.get(name, found.group()) if name and room > 0 else found.group()
            room -= len(told)
            return told

        expanded = _REFERENCE.sub(value, text)
        if expanded == text or room <= 0:
            return expanded
        text = expanded
    return text
