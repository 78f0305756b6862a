"""What an unquoted word of YAML means to Psych, the reader under GitLab: YAML 1.1 with Ruby's own ideas."""

import re
from functools import lru_cache

from cigen.pipeline.node import Plain, Symbol


class RefusedScalarError(ValueError):
    """A word that Psych would make an object of that GitLab does not permit, such as a date."""


@lru_cache(maxsize=50_000)
def plain_value(text: str) -> Plain:
    """The value of an unquoted scalar; raises RefusedScalarError for a date or a time."""
    if not text:
        return None
    if _WORD.search(text):
        return _WORDS.get(text.lower(), text) if len(text) < 6 else text
    if _TIME.match(text):
        raise RefusedScalarError("Time")
    if _DATE.match(text) and _is_day(text):
        raise RefusedScalarError("Date")
    if text[0] == ":" and len(text) > 1:
        return _symbol(text)
    return _number(text)


_WORD = re.compile(r"(?m)^[^\d.:-]?[^\W\d]+|^[^\d.:-]?[\s!@#$%^&*(){}<>|/\\~;=]+|\n")
_WORDS: dict[str, Plain] = {
    "~": None,
    "null": None,
    "yes": True,
    "true": True,
    "on": True,
    "no": False,
    "false": False,
    "off": False,
}
_TIME = re.compile(
    r"-?\d{4}-\d{1,2}-\d{1,2}(?:[Tt]|\s+)\d{1,2}:\d\d:\d\d(?:\.\d*)?(?:\s*(?:Z|[-+]\d{1,2}:?(?:\d\d)?))?\Z", re.ASCII
)
_DATE = re.compile(r"\d{4}-(?:1[012]|0\d|\d)-(?:[12]\d|3[01]|0\d|\d)\Z", re.ASCII)
_MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_INFINITY = re.compile(r"(?i)([-+]?)\.inf\Z")
_NOT_A_NUMBER = re.compile(r"(?i)\.nan\Z")
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9]){1,2}(\.[0-9_]*)?\Z")
_FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_,]*)?\.[0-9]*(?:[eE][+-][0-9]+)?\Z")
_INTEGER = re.compile(
    r"[-+]?(?:(0[_,]*[0-7][0-7_,]*)|(0|[1-9](?:[0-9]|,[0-9]|_[0-9])*)|0[xX]([_,]*[0-9a-fA-F][0-9a-fA-F_,]*)"
    r"|0[bB]([_,]*[01][01_,]*))\Z"
)
_BASES = {1: 8, 2: 10, 3: 16, 4: 2}
_LONGEST_NUMBER = 1_000
"""Digits; Python refuses to write out much longer ones, and no keyword has a number like it."""


def _is_day(text: str) -> bool:
    """Whether the calendar has this day; Psych leaves 2024-02-31 a text."""
    year, month, day = (int(part) for part in text.split("-"))
    is_leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 1 <= month <= 12 and 1 <= day <= _MONTH_LENGTHS[month - 1] + is_leap


def _symbol(text: str) -> Symbol:
    name = text[1:]
    is_quoted = len(name) > 1 and name[0] in "\"'" and name[-1] == name[0]
    return Symbol(name[1:-1] if is_quoted else name)


def _number(text: str) -> Plain:
    if len(text) > _LONGEST_NUMBER:
        return text
    if _FLOAT.match(text):
        digits = re.sub(r"\.(?=[eE]|\Z)", "", re.sub("[,_]", "", text))
        return float(digits) if re.search(r"\d", digits) and digits[-1].isdigit() else text
    if match := _INTEGER.match(text):
        group = match.lastindex or 2
        value = int(re.sub("[,_]", "", match[group]), _BASES[group])
        return -value if text[0] == "-" else value
    if match := _SEXAGESIMAL.match(text):
        return _sexagesimal(text.replace("_", ""), is_float=match[1] is not None)
    if match := _INFINITY.match(text):
        return float(f"{match[1]}inf")
    return float("nan") if _NOT_A_NUMBER.match(text) else text


def _sexagesimal(text: str, *, is_float: bool) -> int | float:
    """`1:30` as Psych counts it: the first part is hours even where there are two."""
    weights = (3600, 60, 1)
    if is_float:
        return sum(float(part) * weight for part, weight in zip(text.split(":"), weights, strict=False))
    return sum(int(part) * weight for part, weight in zip(text.split(":"), weights, strict=False))
