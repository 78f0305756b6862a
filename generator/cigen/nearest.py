"""Which known name a misspelt one probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches

_SHOWN = 12


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like this one; None when no name is."""
    candidates = list(known)
    close = get_close_matches(name, candidates, n=1, cutoff=0.6)
    if close:
        return close[0]
    return next((candidate for candidate in candidates if len(name) > 1 and _is_longer_form(name, candidate)), None)


def name_hint(name: str, known: Iterable[str]) -> str:
    """A hint for an unknown name: the one that was meant, or else all that there are."""
    candidates = list(known)
    meant = nearest(name, candidates)
    if meant is not None:
        return f"did you mean '{meant}'?"
    if not candidates:
        return ""
    more = f" and {len(candidates) - _SHOWN} more" if len(candidates) > _SHOWN else ""
    return f"known: {', '.join(candidates[:_SHOWN])}{more}"


def _is_longer_form(name: str, candidate: str) -> bool:
    """Whether one of them is an abbreviation of the other, as `prod` of `production`."""
    return len(candidate) > 1 and (name.startswith(candidate) or candidate.startswith(name))
