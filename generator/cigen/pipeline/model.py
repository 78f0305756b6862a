"""A pipeline as GitLab would see it: its jobs with all that they extend, each value with the place it was written."""

from collections.abc import Hashable, Iterator
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from functools import cached_property

from cigen.pipeline.extend import Base
from cigen.pipeline.fault import Fault
from cigen.pipeline.include import Included, Skipped
from cigen.pipeline.node import Entry, Mapping, Node, Place, Scalar, Sequence
from cigen.pipeline.reference import flattened

GLOBAL_KEYS = (
    "default",
    "include",
    "before_script",
    "image",
    "services",
    "after_script",
    "variables",
    "stages",
    "cache",
    "workflow",
)
"""Top-level keys that are no job."""

DEFAULT_KEYS = (
    "after_script",
    "artifacts",
    "before_script",
    "cache",
    "hooks",
    "id_tokens",
    "identity",
    "image",
    "interruptible",
    "retry",
    "services",
    "tags",
    "timeout",
)
"""Keywords that `default` may set for every job."""

GLOBAL_DEFAULTS = ("image", "services", "before_script", "after_script", "cache")
"""Keywords that count as a default when they stand at the top level."""

DEFAULT_STAGES = ("build", "test", "deploy")
FIRST_STAGE, LAST_STAGE = ".pre", ".post"
DEFAULT_STAGE = "test"


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage; without a place where GitLab adds it by itself."""

    name: str
    place: Place | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """One job, hidden or not, after `extends` and `!reference`."""

    name: str
    key: Scalar
    value: Node
    """What stands behind the name: a mapping, unless the file is wrong."""
    written: Node
    """The same before `extends` and `!reference`."""
    bases: tuple[Base, ...]
    """What it extends directly."""
    is_complete: bool
    """False where a template or reference is missing, so that what the job lacks may not be its fault."""
    pipeline: "Pipeline" = field(repr=False)

    @property
    def is_hidden(self) -> bool:
        """Whether it is a template that never runs itself."""
        return self.name.startswith(".")

    @property
    def mapping(self) -> Mapping:
        """Its keywords; empty where the value is no mapping."""
        return self.value if isinstance(self.value, Mapping) else Mapping({}, self.value.place)

    @property
    def effective(self) -> Mapping:
        """Its keywords and those it inherits from `default` and the top level."""
        mapping = self.mapping
        inherit = mapping.get("inherit")
        given: dict[Hashable, Entry] = {
            keyword: entry
            for keyword, entry in self.pipeline.defaults.items()
            if _is_unset(mapping.entries.get(keyword)) and _lets_through(inherit, "default", keyword)
        }
        return Mapping({**mapping.entries, **given}, mapping.place)

    def get(self, keyword: str) -> Node | None:
        """A keyword's value, written or extended; not what `default` gives."""
        return self.mapping.get(keyword)

    def inherited(self, keyword: str) -> Entry | None:
        """What `default` or the top level sets for a keyword, where `inherit` lets it through."""
        entry = self.pipeline.defaults.get(keyword)
        return entry if entry and _lets_through(self.get("inherit"), "default", keyword) else None

    @property
    def stage(self) -> Node | None:
        """The `stage` node; see `stage_name`."""
        return self.get("stage")

    @property
    def stage_name(self) -> str:
        """Its stage, `test` where none is written."""
        node = self.get("stage")
        return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else DEFAULT_STAGE

    @property
    def needs(self) -> tuple[Node, ...] | None:
        """Each need; None where there is no `needs`, which is something else than an empty list."""
        node = self.get("needs")
        if node is None or (isinstance(node, Scalar) and node.value is None):
            return None
        return tuple(flattened(node))

    @property
    def rules(self) -> tuple[Node, ...] | None:
        """Each rule, lists in the list flattened as after `!reference`; None where there are no rules."""
        node = self.get("rules")
        return None if node is None else tuple(flattened(node))

    def script(self, keyword: str = "script") -> tuple[Node, ...]:
        """The lines of `script`, `before_script` or `after_script`, defaults applied, flattened."""
        node = self.get(keyword)
        entry = self.inherited(keyword)
        if (node is None or (isinstance(node, Scalar) and node.value is None)) and entry is not None:
            node = entry.value
        return tuple(flattened(node))

    @property
    def own_variables(self) -> Mapping | None:
        """The job's `variables`, as written and extended."""
        node = self.get("variables")
        return node if isinstance(node, Mapping) else None

    @property
    def variables(self) -> Mapping:
        """Its variables over those of the top level, where `inherit` lets these through."""
        entries: dict[Hashable, Entry] = {}
        everywhere = self.pipeline.variables
        inherit = self.get("inherit")
        if everywhere is not None:
            entries = {
                name: entry for name, entry in everywhere.entries.items() if _lets_through(inherit, "variables", name)
            }
        own = self.own_variables
        entries.update(own.entries if own else {})
        return Mapping(entries, own.place if own else self.key.place)

    def origin(self, place: Place) -> tuple[tuple[Place, str], ...]:
        """How a value written elsewhere came into this job, nearest first: "extended from here"."""
        if _encloses(self.written.place, place):
            return ()
        chain = self._way_to(place, frozenset())
        return tuple((base.place, f"'{base.name}' extended from here") for base in chain)

    def _way_to(self, place: Place, seen: frozenset[str]) -> tuple[Base, ...]:
        for base in reversed(self.bases):
            job = self.pipeline.entry(base.name)
            if job is None or base.name in seen:
                continue
            if _encloses(job.written.place, place):
                return (base,)
            way = job._way_to(place, seen | {base.name})
            if way:
                return (base, *way)
        return ()


@dataclass(eq=False)
class Pipeline:
    """A root file with all it includes, merged, extended and with its references resolved."""

    path: str
    root: Mapping
    """All top-level keys, resolved."""
    faults: tuple[Fault, ...] = ()
    included: tuple[Included, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    is_complete: bool = True
    """False where an include was skipped or failed: a name that is not here may stand there."""
    stand_ins: tuple[str, ...] = ()
    """Inputs without a value, for which one was made up so that the work could go on."""
    jobs: tuple[Job, ...] = ()
    """Every job, templates too, in GitLab's order."""
    _by_name: dict[str, Job] = field(default_factory=dict, repr=False)

    def set_jobs(self, jobs: tuple[Job, ...]) -> None:
        """Called once, by the resolver: a job knows its pipeline, so the pipeline comes first."""
        self.jobs = jobs
        self._by_name = {job.name: job for job in jobs}

    def job(self, name: str) -> Job | None:
        """The job of this name, hidden or not."""
        return self._by_name.get(name)

    def entry(self, name: str) -> Job | None:
        """The same for what is extended; a global keyword has no entry."""
        return self._by_name.get(name)

    @property
    def visible_jobs(self) -> Iterator[Job]:
        """The jobs that may run."""
        return (job for job in self.jobs if not job.is_hidden)

    @property
    def hidden_jobs(self) -> Iterator[Job]:
        """The templates."""
        return (job for job in self.jobs if job.is_hidden)

    @property
    def default(self) -> Mapping | None:
        """The `default` mapping."""
        return self._mapping("default")

    @cached_property
    def defaults(self) -> MappingOf[str, Entry]:
        """What `default` or the top level sets for every job that says nothing itself."""
        default = self.default
        found: dict[str, Entry] = {}
        for keyword in DEFAULT_KEYS:
            entry = default.entries.get(keyword) if default else None
            if _is_unset(entry) and keyword in GLOBAL_DEFAULTS:
                entry = self.root.entries.get(keyword)
            if entry is not None and not _is_unset(entry):
                found[keyword] = entry
        return found

    @property
    def variables(self) -> Mapping | None:
        """The top-level `variables`."""
        return self._mapping("variables")

    @property
    def workflow(self) -> Mapping | None:
        """The `workflow` mapping."""
        return self._mapping("workflow")

    @property
    def stages(self) -> tuple[Stage, ...]:
        """All stages in order, `.pre` and `.post` included; GitLab's own three where none are written."""
        written = [
            Stage(node.value, node.place)
            for node in flattened(self.root.get("stages"))
            if isinstance(node, Scalar) and isinstance(node.value, str)
        ] or [Stage(name) for name in DEFAULT_STAGES]
        middle = [stage for stage in written if stage.name not in {FIRST_STAGE, LAST_STAGE}]
        return (Stage(FIRST_STAGE), *middle, Stage(LAST_STAGE))

    def _mapping(self, keyword: str) -> Mapping | None:
        node = self.root.get(keyword)
        return node if isinstance(node, Mapping) else None


def _is_unset(entry: Entry | None) -> bool:
    """Whether a keyword is missing or null, which GitLab does not tell apart here."""
    return entry is None or (isinstance(entry.value, Scalar) and entry.value.value is None)


def _lets_through(inherit: Node | None, what: str, name: Hashable) -> bool:
    node = inherit.get(what) if isinstance(inherit, Mapping) else None
    match node:
        case Scalar(value=bool() as is_on):
            return is_on
        case Sequence():
            return any(isinstance(item, Scalar) and item.value == name for item in node.items)
        case _:
            return True


def _encloses(outer: Place, inner: Place) -> bool:
    return (
        outer.path == inner.path
        and (outer.line, outer.column) <= (inner.line, inner.column)
        and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)
    )
