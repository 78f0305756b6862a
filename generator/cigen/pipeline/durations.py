"""Lengths of time as GitLab reads them: `3 hours 30 minutes`, `1h30m`, `01:30:00`, `90` (seconds)."""

import re

_NUMBER = re.compile(r"[0-9]*\.?[0-9]+")
_CLOCK = re.compile(r"[0-9]+:[0-9]+(:[0-9]+){0,4}(\.[0-9]*)?\Z")
_CLOCK_UNITS = ("seconds", "minutes", "hours", "days", "months", "years")
_JOINING = frozenset({"and", "with", "plus"})
_SECONDS = {
    "seconds": 1,
    "minutes": 60,
    "hours": 3600,
    "days": 86_400,
    "weeks": 604_800,
    "months": 2_592_000,
    "years": 31_557_600,
}
_UNITS = {
    word: unit
    for unit, words in {
        "seconds": "seconds second secs sec s",
        "minutes": "minutes minute mins min m",
        "hours": "hours hour hrs hr h",
        "days": "days day dy d",
        "weeks": "weeks week wks wk w",
        "months": "months month mos mo",
        "years": "years year yrs yr y",
    }.items()
    for word in words.split()
}
_SMALLER = dict(zip(tuple(_SECONDS)[1:], tuple(_SECONDS), strict=False)) | {"seconds": "seconds"}


class DurationError(ValueError):
    """The text is no length of time."""


def seconds(text: str) -> float:
    """How many seconds a duration has; raises DurationError for an unknown word and for nothing at all."""
    total, last = 0.0, ""
    words = list(_words(text))
    for index, word in enumerate(words):
        if not isinstance(word, float):
            continue
        following = words[index + 1] if index + 1 < len(words) else None
        if isinstance(following, str):
            last = following
        elif last:
            last = _SMALLER[last]  # `1h 30`: a number without a unit has the next smaller one
        total += word * _SECONDS[last or "seconds"]
    if not total:
        raise DurationError("it is no length of time")
    return total


def _words(text: str) -> list[float | str]:
    spaced = _NUMBER.sub(lambda number: f" {number[0]} ", _clock_in_words(text.lower()))
    words: list[float | str] = []
    for word in spaced.split():
        bare = word.removeprefix(",").removesuffix(",")
        if _NUMBER.search(word):
            words.append(float(word))
        elif bare in _UNITS:
            words.append(_UNITS[bare])
        elif bare not in _JOINING:
            raise DurationError(f"'{word}' is no unit of time")
    if words and isinstance(words[0], str):
        words.insert(0, 1.0)  # `day` is one day
    return words


def _clock_in_words(text: str) -> str:
    clock = text.replace(" ", "")
    if not _CLOCK.match(clock):
        return text
    parts = clock.split(":")
    return " ".join(f"{part} {unit}" for part, unit in zip(parts, reversed(_CLOCK_UNITS[: len(parts)]), strict=True))
