"""Drawings as Mermaid, which GitLab shows in any Markdown."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from cigen.graph.model import Graph, JobNode
from cigen.graph.poster import Poster, repositories_of
from cigen_runtime.contract.model import System

_CREDENTIALS = frozenset({System.VAULT, System.STS})
_STYLES = {
    "job": "fill:#ffffff,stroke:#5b6b83,color:#172033",
    "manual": "fill:#fff4d6,stroke:#b26a00,color:#172033,stroke-width:2px",
    "optional": "fill:#f6f7f9,stroke:#5b6b83,color:#172033,stroke-dasharray:5 4",
    "service": "fill:#eef1f6,stroke:#98a3b5,color:#4a5568,stroke-dasharray:2 3",
    "system": "fill:#12355b,stroke:#12355b,color:#ffffff",
    "file": "fill:#e8f3ec,stroke:#2f7d4f,color:#172033",
}


def pipeline(graph: Graph) -> str:
    """One pipeline: a box per stage, an arrow from each job to those that wait for it, with the files it hands on."""
    return "\n".join(["flowchart LR", *_pipeline(graph, ""), *_classes([graph], has_systems=False)]) + "\n"


def architecture(poster: Poster) -> str:
    """All pipelines, with what services bring, what they may extend, and the systems that jobs work on."""
    lines = ["flowchart LR", *_architecture(poster), *_classes(poster.graphs, has_systems=True)]
    return "\n".join([*lines, *_styled("system", _places(poster)), *_styled("file", _files(poster))]) + "\n"


def _pipeline(graph: Graph, prefix: str) -> Iterator[str]:
    ids = {node.name: f"{prefix}j{number}" for number, node in enumerate(graph.jobs, start=1)}
    for number, stage in enumerate(graph.stages, start=1):
        yield f'  subgraph {prefix}s{number}["{_text(stage)}"]'
        for node in graph.jobs:
            if node.stage == stage:
                yield f'    {ids[node.name]}["{_label(node)}"]'
        yield "  end"
    yield from _arrows(graph, ids)


def _arrows(graph: Graph, ids: dict[str, str]) -> Iterator[str]:
    for edge in graph.edges:
        if edge.before in ids and edge.after in ids:
            arrow = "-.->" if edge.is_optional or not edge.files else "-->"
            label = f'|"{_text(", ".join(edge.files))}"|' if edge.files else ""
            yield f"  {ids[edge.before]} {arrow}{label} {ids[edge.after]}"


def _architecture(poster: Poster) -> Iterator[str]:
    all_ids = [
        {node.name: f"p{number}j{at}" for at, node in enumerate(graph.jobs, start=1)}
        for number, graph in enumerate(poster.graphs, start=1)
    ]
    files, places = _files(poster), _places(poster)
    if files:
        yield from _box("service", "Service repos", files)
    names = "<br>".join(_text(template.name) for template in poster.templates)
    yield from _box("templates", "Shared templates", {"t": names} if names else {}, is_escaped=True)
    for number, (graph, ids) in enumerate(zip(poster.graphs, all_ids, strict=True), start=1):
        labels = {ids[node.name]: _label(node) for node in graph.jobs}
        yield from _box(f"p{number}", f"{graph.name}: {graph.title}", labels, is_escaped=True)
    yield from _box("systems", "Systems", places, brackets=("[(", ")]"))
    for graph, ids in zip(poster.graphs, all_ids, strict=True):
        yield from _arrows(graph, ids)
        for node in graph.jobs:
            yield from (f"  {each} --> {ids[node.name]}" for each in files if node.reads(files[each]))
            yield from (f"  {ids[node.name]} --- {each}" for each in _worked_on(node, places))


def _box(
    name: str,
    title: str,
    members: Mapping[str, str],
    *,
    brackets: tuple[str, str] = ("[", "]"),
    is_escaped: bool = False,
) -> Iterator[str]:
    yield f'  subgraph {name}["{_text(title)}"]'
    for each, told in members.items():
        yield f'    {each}{brackets[0]}"{told if is_escaped else _text(told)}"{brackets[1]}'
    yield "  end"


def _files(poster: Poster) -> dict[str, str]:
    return {f"f{number}": note.name for number, note in enumerate(poster.brought, start=1)}


def _places(poster: Poster) -> dict[str, str]:
    """Every system; of Artifactory, each of its repositories."""
    used = {system for graph in poster.graphs for node in graph.jobs for system in _main(node)}
    found: dict[str, str] = {}
    for note in poster.systems:
        if note.system in used:
            repositories = {f"{note.system.name.lower()}_{place.told}": place for place in note.places}
            found |= {name: f"{_title(note.system)}: {place.name}" for name, place in repositories.items()}
            found |= {} if repositories else {note.system.name.lower(): _title(note.system)}
    return found


def _worked_on(node: JobNode, places: Mapping[str, str]) -> Iterator[str]:
    for system in _main(node):
        name = system.name.lower()
        yield from [name] if name in places else [f"{name}_{key}" for key in repositories_of(node)]


def _main(node: JobNode) -> tuple[System, ...]:
    """The systems that a job works on; Vault and STS only where it is about credentials, for all others log in too."""
    return tuple(system for system in node.systems if system not in _CREDENTIALS) or node.systems


def _classes(graphs: Sequence[Graph], *, has_systems: bool) -> Iterator[str]:
    members: dict[str, list[str]] = {name: [] for name in _STYLES}
    for number, graph in enumerate(graphs, start=1):
        for at, node in enumerate(graph.jobs, start=1):
            members[_class(node)].append(f"p{number}j{at}" if has_systems else f"j{at}")
    for name in members:
        yield from _styled(name, members[name])


def _styled(name: str, members: Iterable[str]) -> Iterator[str]:
    listed = ",".join(members)
    if listed:
        yield f"  classDef {name} {_STYLES[name]}"
        yield f"  class {listed} {name}"


def _class(node: JobNode) -> str:
    if node.is_of_service:
        return "service"
    if node.is_manual:
        return "manual"
    return "optional" if node.may_fail else "job"


def _label(node: JobNode) -> str:
    return _text(f"{node.shown} ({node.summary})" if node.is_of_service else node.shown)


def _title(system: System) -> str:
    return system.value[0].upper() + system.value[1:]


def _text(told: str) -> str:
    """A label between quotes; Mermaid writes what may not stand there as entities."""
    entities = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;"}
    return "".join(entities.get(character, character) for character in " ".join(told.split()))
