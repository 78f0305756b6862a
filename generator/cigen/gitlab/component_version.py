"""The version of a component as people write it: `1`, `1.2` and `~latest` mean the highest release that fits."""

import re
from collections.abc import Iterable

_RANGE = re.compile(r"~latest|\d+(?:\.\d+)?")
_RELEASE = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")


def is_range(version: str) -> bool:
    """Whether it may mean more than one release."""
    return bool(_RANGE.fullmatch(version))


def highest(version: str, tags: Iterable[str]) -> str:
    """The tag of the highest release that a range means; empty where there is none."""
    wanted = [] if version == "~latest" else version.split(".")
    releases = [(tuple(map(int, found.groups())), tag) for tag in tags if (found := _RELEASE.fullmatch(tag))]
    fitting = [(numbers, tag) for numbers, tag in releases if [str(part) for part in numbers][: len(wanted)] == wanted]
    return max(fitting, default=((), ""))[1]
