"""Semantic versions: https://semver.org/spec/v2.0.0.html."""

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import total_ordering

_GRAMMAR = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?"
    r"(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?"
)


class Bump(IntEnum):
    """How much of a version a change raises."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """One version; build metadata does not count in comparisons."""

    major: int
    minor: int
    patch: int
    prerelease: str = ""
    build: str = ""

    def __str__(self) -> str:
        prerelease = f"-{self.prerelease}" if self.prerelease else ""
        build = f"+{self.build}" if self.build else ""
        return f"{self.major}.{self.minor}.{self.patch}{prerelease}{build}"

    def __lt__(self, other: "Version") -> bool:
        return self._order() < other._order()

    def raised(self, bump: Bump) -> "Version":
        """The next version after a change of this size."""
        match bump:
            case Bump.NONE:
                return self
            case Bump.PATCH:
                return Version(self.major, self.minor, self.patch + 1)
            case Bump.MINOR:
                return Version(self.major, self.minor + 1, 0)
            case Bump.MAJOR:
                return Version(self.major + 1, 0, 0)

    def _order(self) -> tuple[object, ...]:
        identifiers = tuple(
            (0, int(part), "") if part.isdigit() else (1, 0, part) for part in self.prerelease.split(".") if part
        )
        return (self.major, self.minor, self.patch, not self.prerelease, identifiers)


def parse_version(text: str) -> Version | None:
    """The version a text spells, None where it spells none."""
    found = _GRAMMAR.fullmatch(text)
    if not found:
        return None
    major, minor, patch, prerelease, build = found.groups()
    return Version(int(major), int(minor), int(patch), prerelease or "", build or "")


def ecr_tag(lambda_name: str, version: str) -> str:
    """The tag of a function's image in ECR. Nothing ever parses it back: names and versions may both hold `-`."""
    return f"{lambda_name}-{image_tag(version)}"


def image_tag(version: str) -> str:
    """The version as part of an image's tag, where `+` is not allowed."""
    return version.replace("+", "_")
