"""A pipeline as the rules look at it: the resolved jobs, hidden ones as a service would use them, and the files."""

from collections.abc import Callable, Iterator
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from typing import Protocol, TypeVar, cast

from cigen.lint.rendering import Rendering
from cigen.lint.shellcheck import NO_VERDICTS, Verdicts
from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.model import Pipeline
from cigen.pipeline.node import Duplicate, Mapping, Node, Place, Scalar, Sequence
from cigen.pipeline.rendered import is_rendered
from cigen.pipeline.scalar_characters import characters

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was not looked at, and why."""

    path: str
    reason: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class RepoFile:
    """A file of the repository that is no part of the pipeline."""

    path: str
    """As messages call it."""
    text: str


class Repository(Protocol):
    """The files of the repository that the pipeline is in."""

    def read(self, path: str) -> RepoFile | None:
        """One of them; None where there is none."""
        ...

    def shown(self, path: str) -> str:
        """How messages call one that is there."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """One job with all that it gets from templates and `default`."""

    name: str
    node: Mapping
    place: Place
    """Where its name stands."""
    is_template: bool = False
    """Whether it is a hidden job, looked at as if a service extended it."""

    def get(self, *path: str) -> Node | None:
        """The value at a path of keys, such as `environment`, `name`; None where there is none."""
        node: Node | None = self.node
        for key in path:
            node = node.get(key) if isinstance(node, Mapping) else None
        return node

    def text(self, *path: str) -> str:
        """A value as text; empty where there is none, or no single one."""
        return text_of(self.get(*path))

    def place_of(self, *path: str) -> Place:
        """Where the value at a path is written, or else the job."""
        node = self.get(*path)
        return node.place if node is not None else self.place


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """One pipeline with all files that it is made of."""

    path: str
    """The file that the pipeline starts with."""
    jobs: MappingOf[str, Job] = field(default_factory=dict)
    """Every job by its name: those that run, and the hidden ones that nobody extends here."""
    hidden: MappingOf[str, Job] = field(default_factory=dict)
    """Every hidden job as it is written."""
    pipeline: Pipeline | None = None
    """The pipeline itself."""
    stages: tuple[str, ...] = ()
    texts: MappingOf[str, str] = field(default_factory=dict)
    """The text of every file by its path."""
    documents: MappingOf[str, Mapping] = field(default_factory=dict)
    """What stands in every file, before anything is merged."""
    faults: tuple[Fault, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    """The includes that could not be followed: what they define is not known."""
    settings_variables: frozenset[str] = frozenset()
    """Variables that are known to be set in the settings of the GitLab project or group."""
    of_others: frozenset[str] = frozenset()
    """The paths of the files that other projects have: whoever looks at this pipeline cannot change them."""
    matching: Callable[[str], tuple[str, ...] | None] | None = None
    """The files of the repository that a pattern means; None where nobody knows."""
    repository: "Repository | None" = None
    """The files beside the pipeline."""
    oldest_gitlab: Callable[[], str] = lambda: ""
    """The GitLab that the pipelines repo is rendered for, this one or an included one; empty where nobody says."""
    is_pipelines_repo: bool = False
    """Whether other repositories include these files, so that a job of theirs may stand elsewhere."""
    shell: Verdicts = NO_VERDICTS
    """What ShellCheck says of the scripts."""
    rendering: Rendering | None = None
    """Tells what is out of date in the folder of rendered files that it belongs to; None where it is in none."""
    _lines: dict[str, list[str]] = field(default_factory=dict, repr=False)
    _answers: dict[object, object] = field(default_factory=dict, repr=False)

    @property
    def is_complete(self) -> bool:
        """Whether every name that the pipeline has is known."""
        return not self.skipped

    @property
    def has_errors(self) -> bool:
        """Whether GitLab would refuse the pipeline."""
        return bool(self.faults)

    def has_fault(self, *kinds: FaultKind) -> bool:
        """Whether GitLab would refuse something of these kinds, which explains more than one finding."""
        return any(fault.kind in kinds for fault in self.faults)

    @property
    def running(self) -> Iterator[Job]:
        """The jobs that are no templates."""
        return (job for job in self.jobs.values() if not job.is_template)

    @property
    def rendered(self) -> frozenset[str]:
        """The files of other projects that cigen has rendered."""
        return frozenset(path for path in self.of_others if is_rendered(self.texts.get(path, "")))

    def file(self, path: str) -> "RepoFile | None":
        """A file of the repository, kept so that a finding can show its line; None where there is none."""
        return self.repository.read(path) if self.repository is not None else None

    def shown(self, path: str) -> str:
        """How messages call a file of the repository that is there."""
        return self.repository.shown(path) if self.repository is not None else path

    def section(self, key: str) -> Node | None:
        """A keyword of the top of the file."""
        return self.pipeline.root.get(key) if self.pipeline is not None else None

    @property
    def duplicates(self) -> Iterator[Duplicate]:
        """Each key that a mapping of a file has twice."""
        for document in self.documents.values():
            yield from _duplicates(document)

    def line(self, path: str, number: int) -> str:
        """One line of a file, counted from 0; empty where there is none."""
        if path not in self._lines:
            self._lines[path] = self.texts.get(path, "").splitlines()
        lines = self._lines[path]
        return lines[number] if 0 <= number < len(lines) else ""

    def characters_of(self, scalar: Scalar) -> tuple[tuple[int, int], ...] | None:
        """The line and column of each character of a value; None where the file does not hold it as it is."""
        key = ("characters", id(scalar))
        if key not in self._answers:
            self._answers[key] = characters(scalar, lambda number: self.line(scalar.place.path, number))
        return cast("tuple[tuple[int, int], ...] | None", self._answers[key])

    def once(self, question: Callable[["Subject"], Answer]) -> Answer:
        """The answer to a question about this pipeline that several rules ask."""
        if question not in self._answers:
            self._answers[question] = question(self)
        return cast("Answer", self._answers[question])


def _duplicates(node: Node) -> Iterator[Duplicate]:
    match node:
        case Mapping():
            yield from node.duplicates
            for entry in node:
                yield from _duplicates(entry.value)
        case Sequence():
            for item in node.items:
                yield from _duplicates(item)


def text_of(node: Node | None) -> str:
    """A scalar as the text that GitLab makes of it; empty for everything else."""
    if not isinstance(node, Scalar) or node.value is None:
        return ""
    return node.text or str(node.value)


def items_of(node: Node | None) -> tuple[Node, ...]:
    """The items of a list, those of lists within it too, or the value as the only item."""
    match node:
        case None:
            return ()
        case Sequence():
            return tuple(inner for item in node.items for inner in items_of(item))
        case _:
            return (node,)


def texts_of(node: Node | None) -> tuple[str, ...]:
    """The scalars of a list as texts."""
    return tuple(text_of(item) for item in items_of(node) if isinstance(item, Scalar))
