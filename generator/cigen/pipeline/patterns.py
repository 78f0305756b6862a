"""Regular expressions as GitLab reads them: `/…/flags`, compiled by RE2, which knows no look-around."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

_SLASHED = re.compile(r"^/(?P<body>.*)/(?P<flags>[ismU]*)$", re.MULTILINE)
_LOOK_AROUND = re.compile(r"\(\?<?[=!]")
_BACK_REFERENCE = re.compile(r"\\[1-9]")


class PatternError(ValueError):
    """A text is no regular expression, or none that RE2 reads."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class NotSlashedError(PatternError):
    """A text does not look like a regular expression at all."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression that RE2 has accepted; two are equal when they were written the same way."""

    source: str
    """With its flags in front, as RE2 gets it."""

    def found_in(self, text: str) -> bool:
        """Does it match anywhere in the text?"""
        return _compiled(self.source).search(text) is not None


def read_pattern(text: str) -> Pattern:
    """The pattern that stands between slashes, with the flags i, m, s and U; raises PatternError."""
    written = _SLASHED.search(text)
    if not written:
        raise NotSlashedError(
            "it does not stand between slashes", "write it as /…/, with the flags i, m, s or U behind it"
        )
    source = (f"(?{written['flags']})" if written["flags"] else "") + written["body"]
    check_source(source)
    return Pattern(source)


def check_source(source: str) -> None:
    """Raise PatternError where RE2 does not compile a pattern that stands without slashes."""
    try:
        _compiled(source)
    except re2.error as error:
        raise PatternError(_reason(source, error), _hint(source)) from None


@lru_cache(maxsize=1024)
def _compiled(source: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    return re2.compile(source, options)


def _reason(source: str, error: Exception) -> str:
    if _LOOK_AROUND.search(source):
        return "RE2, the engine of GitLab, has no look-ahead and no look-behind"
    if _BACK_REFERENCE.search(source):
        return "RE2, the engine of GitLab, has no back-references"
    told = error.args[0] if error.args else error
    return told.decode(errors="replace") if isinstance(told, bytes) else str(told)


def _hint(source: str) -> str:
    if _LOOK_AROUND.search(source):
        return "say it with two conditions: =~ for what must match, !~ for what must not"
    return ""
