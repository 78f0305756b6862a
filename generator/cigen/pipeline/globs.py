"""Path patterns of `changes` and `exists`, as Ruby's `File.fnmatch?` reads them for GitLab."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

_MAX_ALTERNATIVES = 256
"""Of one pattern with braces; what goes beyond is matched as it is written."""


def matches_any(patterns: Iterable[str], paths: Iterable[str]) -> bool:
    """Does any pattern match any of the paths?"""
    compiled = [_compiled(pattern) for pattern in patterns]
    return any(pattern.fullmatch(path) for path in paths for pattern in compiled)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("|".join(_translated(alternative) for alternative in _alternatives(pattern)), re.DOTALL)


def _alternatives(pattern: str) -> list[str]:
    """`{a,b}` written out; braces may stand in braces."""
    done: list[str] = []
    waiting = [pattern]
    while waiting and len(done) + len(waiting) <= _MAX_ALTERNATIVES:
        current = waiting.pop()
        options = list(_first_braces(current))
        if options:
            waiting.extend(options)
        else:
            done.append(current)
    return done if not waiting else [pattern]


def _first_braces(pattern: str) -> Iterator[str]:
    start = pattern.find("{")
    depth, begin = 0, start + 1
    for index in range(max(start, 0), len(pattern) if start >= 0 else 0):
        character = pattern[index]
        if character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
        if (character == "," and depth == 1) or (character == "}" and depth == 0):
            end = _closing(pattern, start)
            yield pattern[:start] + pattern[begin:index] + pattern[end + 1 :]
            begin = index + 1
        if depth == 0:
            return


def _closing(pattern: str, start: int) -> int:
    depth = 0
    for index in range(start, len(pattern)):
        depth += {"{": 1, "}": -1}.get(pattern[index], 0)
        if depth == 0:
            return index
    return len(pattern)


def _translated(pattern: str) -> str:
    parts: list[str] = []
    index = 0
    while index < len(pattern):
        character = pattern[index]
        if pattern.startswith("**/", index) and (index == 0 or pattern[index - 1] == "/"):
            parts.append("(?:[^/]+/)*")
            index += 3
        elif character == "*":
            parts.append("[^/]*")
            index += 1
        elif character == "?":
            parts.append("[^/]")
            index += 1
        elif character == "[" and (end := pattern.find("]", index + 2)) > 0:
            parts.append(_character_set(pattern[index + 1 : end]))
            index = end + 1
        elif character == "\\" and index + 1 < len(pattern):
            parts.append(re.escape(pattern[index + 1]))
            index += 2
        else:
            parts.append(re.escape(character))
            index += 1
    return "".join(parts)


def _character_set(written: str) -> str:
    negation = "^" if written[0] in "!^" else ""
    inner = written[1:] if negation else written
    escaped = re.sub(r"([\\\[\]^&~|])", r"\\\1", inner)
    try:
        re.compile(f"[{escaped}]")
    except re.error:
        return r"[^\s\S]"  # a range that runs backwards matches nothing
    return f"(?!/)[{negation}{escaped}]"
