"""Conventional commits: how much a commit message says that a version must rise.

https://www.conventionalcommits.org/en/v1.0.0/
"""

import re

from cigen_runtime.versions import Bump

UNRELEASED = frozenset({"chore", "ci", "docs", "style", "test"})
"""Types that never release: nothing they touch is what the function runs."""
_HEADER = re.compile(r"(?P<type>[A-Za-z]+)(\([^)]*\))?(?P<breaking>!)?: ")
_BREAKING_FOOTER = re.compile(r"^BREAKING[ -]CHANGE: ", re.MULTILINE)


def bump_of(message: str) -> Bump:
    """The bump of one commit.

    A message that follows no convention counts as a patch: code that changed must reach its function.
    """
    text = message.strip()
    header = _HEADER.match(text)
    if (header and header["breaking"]) or _BREAKING_FOOTER.search(text):
        return Bump.MAJOR
    if header is None:
        return Bump.PATCH
    kind = header["type"].lower()
    if kind == "feat":
        return Bump.MINOR
    return Bump.NONE if kind in UNRELEASED else Bump.PATCH
