"""`include`: the files that a configuration names, read and merged in GitLab's order."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from cigen.pipeline.document import Cache, CiFile, configuration, read_ci_file
from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.header import declared_inputs, input_faults
from cigen.pipeline.include_rules import Knowledge, is_included, rule_faults
from cigen.pipeline.inputs import fill_inputs
from cigen.pipeline.interpolation import Context
from cigen.pipeline.location import Kind, Location, locations
from cigen.pipeline.merge import merged
from cigen.pipeline.node import Entry, Mapping, Node, Place
from cigen.pipeline.sources import Answer, Found, Missing, NoFiles, Sources, Unknown

MAX_INCLUDES = 150
"""GitLab's default for the files of one pipeline, each counted as often as it is included."""
_MAX_CHARACTERS = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Included:
    """A file that was merged in."""

    location: str
    path: str
    place: Place
    """Where it is included."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """An include that was not looked at, and why."""

    location: str
    place: Place
    reason: str


@dataclass(frozen=True, slots=True)
class _Target:
    """A file to read: what was found, and where its own includes are looked up."""

    found: Found
    sources: Sources
    location: str
    place: Place
    inputs: Node | None = None
    is_certain: bool = True
    """False where a rule decides, and nobody knows how."""
    is_component: bool = False


@dataclass(slots=True)
class Including:
    """The files of one pipeline."""

    cache: Cache
    knowledge: Knowledge
    included: list[Included] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    stand_ins: list[str] = field(default_factory=list)
    """Inputs that nobody gave a value, so that one was made up."""
    way: list[str] = field(default_factory=list)
    """The files that are being read, each included by the one before."""
    components: int = 0
    """How many of them are components: in these, and in what they include, `component.name` has a value."""
    characters: int = 0
    is_over: bool = False

    def root(self, path: str, content: str | bytes, sources: Sources) -> Mapping | None:
        """The configuration of a root file over all that it includes; None where GitLab goes no further."""
        self.way.append(path)
        root = self._filled(read_ci_file(path, content, self.cache), None, None, sources)
        return None if root is None else self._over_includes(root, sources)

    @property
    def is_complete(self) -> bool:
        """Whether every file was read as it will be, so that a name that is in none of them is certainly wrong."""
        harmless = {FaultKind.INPUT_MISMATCH, FaultKind.FILE_TOO_LARGE}
        return not self.skipped and not self.stand_ins and all(fault.kind in harmless for fault in self.faults)

    def _filled(self, file: CiFile, inputs: Node | None, asked_at: Place | None, sources: Sources) -> Mapping | None:
        """A file's configuration with its inputs."""
        context: Context = {}
        if file.header is not None:
            self.faults.extend(file.header.faults)
            declared = {**self._header_inputs(file, sources), **file.header.inputs}
            filled = fill_inputs(declared, inputs, asked_at, self.knowledge.input_rule, file.header.broken)
            missing = () if asked_at is not None or not self.knowledge.is_library else filled.missing
            self.faults.extend(fault for fault in filled.faults if fault not in missing)
            self.stand_ins.extend(filled.stand_ins)
            facts = {fact: f"component-{fact}" for fact in file.header.component_facts if self.components}
            context = {"inputs": filled.values, "component": facts}
        elif isinstance(inputs, Mapping) and inputs.entries:
            message = "the included file declares no inputs: it has no `spec` above a second document"
            self.faults.append(Fault(FaultKind.INPUT_MISMATCH, inputs.place, message))
        done = configuration(file, context)
        self.faults.extend(file.faults if file.header is not None else ())
        self.faults.extend(done.faults)
        return done.root

    def _header_inputs(self, file: CiFile, sources: Sources) -> dict[str, Entry]:
        """The inputs that `spec:include` brings."""
        inputs: dict[str, Entry] = {}
        if file.header is None or file.header.include is None:
            return inputs
        own = file.header.inputs
        for target in self._targets(file.header.include, sources):
            header = configuration(read_ci_file(target.found.path, target.found.content, self.cache), {})
            self.faults.extend(header.faults)
            for entry in header.root or ():
                if entry.key.value != "inputs":
                    message = f"a file of `spec:include` may have `inputs` only, not '{entry.key.value}'"
                    self._refuse(FaultKind.INCLUDE_INVALID, entry.key.place, message)
            for name, entry in declared_inputs(header.root.get("inputs") if header.root else None).items():
                self.faults.extend(input_faults(name, entry))
                if name in inputs or name in own:
                    message = f"input '{name}' is declared twice, here and by `spec:include`"
                    self._refuse(FaultKind.INPUT_MISMATCH, (own.get(name) or entry).key.place, message)
                inputs[name] = entry
        return inputs

    def _over_includes(self, root: Mapping, sources: Sources) -> Mapping:
        include = root.get("include")
        if include is None:
            return root
        content: Mapping | None = None
        for target in self._targets(include, sources):
            below = self._included(target)
            if below is not None:
                content = below if content is None else merged(content, below)
        whole = root if content is None else merged(content, root)
        entries = {name: entry for name, entry in whole.entries.items() if name != "include"}
        return Mapping(entries, root.place, root.duplicates)

    def _included(self, target: _Target) -> Mapping | None:
        found = target.found
        if found.path in self.way:
            circle = " → ".join([*self.way[self.way.index(found.path) :], found.path])
            if target.is_certain:
                self._refuse(FaultKind.INCLUDE_INVALID, target.place, f"the file includes itself: {circle}")
            return None
        self.characters += len(found.content)
        if self.characters > _MAX_CHARACTERS:
            self._stop(target.place, f"the included files have more than {_MAX_CHARACTERS // 1024 // 1024} MB")
            return None
        self.included.append(Included(target.location, found.path, target.place))
        before = len(self.faults)
        self.way.append(found.path)
        self.components += target.is_component
        if not found.content.strip():
            self._refuse(FaultKind.INCLUDE_INVALID, target.place, f"the included file {target.location} is empty")
            root = None
        else:
            file = read_ci_file(found.path, found.content, self.cache)
            root = self._filled(file, target.inputs, target.place, target.sources)
        below = None if root is None else self._over_includes(root, target.sources)
        self.way.pop()
        self.components -= target.is_component
        self.faults[before:] = [_seen_from(fault, target.place) for fault in self.faults[before:]]
        return below

    def _targets(self, include: Node, sources: Sources) -> Iterator[_Target]:
        """Each file that an `include` means, as far as it can be found."""
        for location in locations(include, self.knowledge.variables):
            if self.is_over:
                return
            if isinstance(location, Fault):
                self.faults.append(location)
                continue
            faults = list(rule_faults(location.rules))
            self.faults.extend(faults)
            decision = None if faults else is_included(location.rules, sources, self.knowledge)
            if decision is not False:
                yield from self._located(location, sources, is_certain=decision is True)

    def _located(self, location: Location, sources: Sources, *, is_certain: bool) -> Iterator[_Target]:
        if location.unknown_variable:
            reason = f"the value of ${location.unknown_variable} is not known here"
            self.skipped.append(Skipped(location.shown, location.place, reason))
            return
        for path in self._paths(location, sources):
            if len(self.included) + len(self.skipped) >= MAX_INCLUDES:
                self._stop(location.place, f"more than {MAX_INCLUDES} files are included; GitLab takes no more")
                return
            shown = location.shown if path == location.address else path
            answer, its_sources = self._answer(location, path, sources)
            if isinstance(answer, Found):
                is_component = location.kind is Kind.COMPONENT
                yield _Target(answer, its_sources, shown, location.place, location.inputs, is_certain, is_component)
            elif isinstance(answer, Unknown):
                self.skipped.append(Skipped(shown, location.place, answer.reason))
            elif not is_certain:
                self.skipped.append(Skipped(shown, location.place, f"a rule decides on it, and {answer.reason}"))
            else:
                message = f"the included file {shown} cannot be had: {answer.reason}"
                self._refuse(FaultKind.INCLUDE_MISSING, location.place, message, answer.hint)

    def _paths(self, location: Location, sources: Sources) -> tuple[str, ...]:
        if location.kind is not Kind.LOCAL or "*" not in location.address:
            return (location.address,)
        paths = sources.matching(location.address)
        if isinstance(paths, Unknown):
            self.skipped.append(Skipped(location.shown, location.place, paths.reason))
            return ()
        return paths

    def _answer(self, location: Location, path: str, sources: Sources) -> tuple[Answer, Sources]:
        if location.kind is Kind.LOCAL:
            return sources.local(path.lstrip("/")), sources
        if location.kind is Kind.PROJECT:
            project = sources.project(location.project, location.ref)
            if isinstance(project, Missing | Unknown):
                return project, sources
            return project.local(path.lstrip("/")), project
        if location.kind is Kind.COMPONENT:
            return _component(path, sources)
        return sources.other(location.kind.value, path), NoFiles(f"it is included by a {location.kind.value}")

    def _stop(self, place: Place, message: str) -> None:
        self.is_over = True
        self._refuse(FaultKind.OVER_LIMIT, place, message)

    def _refuse(self, kind: FaultKind, place: Place, message: str, hint: str = "") -> None:
        self.faults.append(Fault(kind, place, message, hint))


def _component(address: str, sources: Sources) -> tuple[Answer, Sources]:
    """The template of a component `host/project/name@version`, where its project can be had."""
    where, _, version = address.rpartition("@")
    _, _, path = where.partition("/")
    project, _, name = path.rpartition("/")
    its_sources = sources.project(project, version) if project else Unknown("it names no project")
    if isinstance(its_sources, Missing | Unknown):
        elsewhere = sources.other(Kind.COMPONENT.value, address)
        known = elsewhere if isinstance(elsewhere, Found) else Unknown(its_sources.reason)
        return known, NoFiles("it is included by a component")
    for template in (f"templates/{name}/template.yml", f"templates/{name}.yml"):
        answer = its_sources.local(template)
        if isinstance(answer, Found):
            return answer, its_sources
    return Unknown(f"{project} has no template for it in templates/"), sources


def _seen_from(fault: Fault, place: Place) -> Fault:
    """A fault of an included file, with the way to it."""
    if fault.place.path == place.path or any(where == place for where, _ in fault.related):
        return fault
    return replace(fault, related=(*fault.related, (place, "included here")))
