"""The same look at many things at once; whatever is wrong with any of them is told in one error."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from cigen_runtime.errors import JobError, in_one

PARALLEL = 8
"""Enough to hide the way there and back, few enough for every system's limits."""
TOLD_EVERY = 25
"""Looks between two signs of life: more would be noise, fewer would look like a hang."""

_Item = TypeVar("_Item")
_Found = TypeVar("_Found")


def look_at_all(
    items: Iterable[_Item], look: Callable[[_Item], _Found], if_not: str, told: Callable[[str], None] | None = None
) -> list[_Found]:
    """What `look` finds for each item, in order; it must change nothing. `told` hears how far it is, now and then.

    Raises one error with all that is wrong, under the words `if_not`, when any look raises one.
    """

    outcomes = look_at_each(items, look, told)
    problems = [outcome for outcome in outcomes if isinstance(outcome, JobError)]
    if problems:
        raise in_one(if_not, problems)
    return [outcome for outcome in outcomes if not isinstance(outcome, JobError)]


def look_at_each(
    items: Iterable[_Item], look: Callable[[_Item], _Found], told: Callable[[str], None] | None = None
) -> list[_Found | JobError]:
    """What `look` finds for each item, or what kept it from looking, in order; it must change nothing."""

    def attempt(item: _Item) -> _Found | JobError:
        try:
            return look(item)
        except JobError as error:
            return error

    outcomes: list[_Found | JobError] = []
    everything = list(items)
    with ThreadPoolExecutor(PARALLEL) as pool:
        for outcome in pool.map(attempt, everything):
            outcomes.append(outcome)
            if told and len(outcomes) % TOLD_EVERY == 0:
                told(f"[{len(outcomes)}/{len(everything)}]")
    return outcomes
