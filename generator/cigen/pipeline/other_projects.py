"""The files of one project, and those of the others that it includes: each asked of whoever may know them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from cigen.pipeline.sources import Answer, Found, Missing, Sources, Unknown


class OtherProjects(Protocol):
    """What may know the files of other projects: checkouts, what cigen renders, GitLab itself."""

    def project(self, project: str, ref: str) -> Sources | Unknown | Missing:
        """The files of a project at a ref; Unknown where it cannot tell."""
        ...


@dataclass(frozen=True, slots=True)
class ProjectSources:
    """One project with all that it may include; what it includes may include others in turn."""

    own: Sources
    others: Sequence[OtherProjects] = ()
    """In the order in which they are asked."""

    def local(self, path: str) -> Answer:
        """A file of the project itself."""
        return self.own.local(path)

    def matching(self, pattern: str) -> tuple[str, ...] | Unknown:
        """Files of the project itself."""
        return self.own.matching(pattern)

    def project(self, project: str, ref: str) -> Sources | Unknown | Missing:
        """Another project, of the first that knows it."""
        reasons: list[str] = []
        for other in self.others:
            answer = other.project(project, ref)
            if isinstance(answer, Missing):
                return answer
            if not isinstance(answer, Unknown):
                return ProjectSources(answer, self.others)
            reasons.append(answer.reason)
        return Unknown("; ".join(reasons) or f"no checkout of {project} is at hand")

    def other(self, kind: str, address: str) -> Answer:
        """What is in no project."""
        return self.own.other(kind, address)


@dataclass(frozen=True, slots=True)
class Nobody:
    """Knows no other project, and says what would."""

    hint: str

    def project(self, project: str, ref: str) -> Sources | Unknown | Missing:  # noqa: ARG002
        """Skipped."""
        return Unknown(f"no checkout of {project} is at hand; {self.hint}")


@dataclass(frozen=True, slots=True)
class Named:
    """Files that are nowhere on this disk: messages call them by their project."""

    sources: Sources
    name: str
    """The project, with the ref where there is one."""

    def local(self, path: str) -> Answer:
        """A file, called by its project."""
        answer = self.sources.local(path)
        return replace(answer, path=f"{self.name}:{answer.path}") if isinstance(answer, Found) else answer

    def matching(self, pattern: str) -> tuple[str, ...] | Unknown:
        """Paths within the project."""
        return self.sources.matching(pattern)

    def project(self, project: str, ref: str) -> Sources | Unknown | Missing:
        """As those sources say."""
        return self.sources.project(project, ref)

    def other(self, kind: str, address: str) -> Answer:
        """As those sources say."""
        return self.sources.other(kind, address)
