"""What a change of a pipelines repo means, as data."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from cigen.diff.values import Change
from cigen.pipeline.scope import Scope


class Step(IntEnum):
    """The semantic version that a change asks for."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3


@dataclass(frozen=True, slots=True)
class JobFact:
    """A job that came or went."""

    name: str
    entry: str
    """The entry file; empty for a hidden job."""
    scope: Scope
    stage: str
    contexts: tuple[str, ...] = ()
    """The pipelines that it is in."""


@dataclass(frozen=True, slots=True)
class Renamed:
    """A job that most likely has another name now."""

    before: JobFact
    after: JobFact


@dataclass(frozen=True, slots=True)
class ChangedJobs:
    """Changes that several jobs share, each told once."""

    names: tuple[str, ...]
    """As people should read them: with a placeholder where the same holds in several regions."""
    jobs: tuple[str, ...]
    """The same, every name by itself."""
    environments: tuple[str, ...]
    regions: tuple[str, ...]
    """The regions that the placeholder stands for; empty without one."""
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Runs:
    """What changes in the pipelines of one kind, besides jobs that came or went as a whole."""

    entry: str
    context: str
    title: str
    before: int
    after: int
    starts: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    otherwise: tuple[Change, ...] = ()
    """Jobs that start another way, such as by hand."""
    refused: tuple[str, ...] = ()
    """Why GitLab would refuse it now, and did not before."""


@dataclass(frozen=True, slots=True)
class OfEntry:
    """Something at the top of entry files that changed."""

    entries: tuple[str, ...]
    change: Change


@dataclass(frozen=True, slots=True)
class OfComponents:
    """Something about the inputs of components that changed."""

    components: tuple[str, ...]
    change: Change
    is_break: bool
    """Whether a service that includes them may have to change."""


@dataclass(frozen=True, slots=True)
class Use:
    """One place in a service repo that a change touches."""

    service: str
    place: str
    message: str
    is_break: bool


@dataclass(frozen=True, slots=True)
class Consumers:
    """What became of the service repos that were looked at."""

    looked_at: int = 0
    including: tuple[str, ...] = ()
    """Those that include a file of the pipelines repo."""
    uses: tuple[Use, ...] = ()
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the next version is no smaller step."""

    step: Step
    message: str


@dataclass(frozen=True, slots=True)
class Diff:
    """Everything that a change means."""

    before: str
    after: str
    entries_added: tuple[str, ...] = ()
    entries_removed: tuple[str, ...] = ()
    added: tuple[JobFact, ...] = ()
    removed: tuple[JobFact, ...] = ()
    renamed: tuple[Renamed, ...] = ()
    changed: tuple[ChangedJobs, ...] = ()
    templates_added: tuple[str, ...] = ()
    templates_removed: tuple[str, ...] = ()
    templates_renamed: tuple[tuple[str, str], ...] = ()
    templates_changed: tuple[ChangedJobs, ...] = ()
    of_entries: tuple[OfEntry, ...] = ()
    components_added: tuple[str, ...] = ()
    components_removed: tuple[str, ...] = ()
    of_components: tuple[OfComponents, ...] = ()
    runs: tuple[Runs, ...] = ()
    settings_added: tuple[str, ...] = ()
    settings_removed: tuple[str, ...] = ()
    required_added: tuple[str, ...] = ()
    """Those of the added settings that a service cannot do without."""
    texts_changed: tuple[str, ...] = ()
    """Files that differ in nothing that a pipeline would notice: comments, documents."""
    notes: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    next_tag: str = ""
    consumers: Consumers | None = field(default=None)

    @property
    def step(self) -> Step:
        """The step of the next version."""
        return max((reason.step for reason in self.reasons), default=Step.NONE)

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed at all."""
        return not (self.reasons or self.texts_changed)

    def counts(self) -> Iterator[tuple[str, int]]:
        """How many jobs came, went, changed."""
        yield "added", len(self.added)
        yield "removed", len(self.removed)
        yield "renamed", len(self.renamed)
        yield "changed", len({name for group in self.changed for name in group.jobs})
