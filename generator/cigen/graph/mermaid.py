"""Drawings as Mermaid, which GitLab shows in any Markdown."""

from collections.abc import Iterable, Iterator

from cigen.graph.model import Graph, JobNode
from cigen_runtime.contract.model import System

_CREDENTIALS = frozenset({System.VAULT, System.STS})
_STYLES = (
    ("job", "fill:#ffffff,stroke:#5b6b83,color:#172033"),
    ("manual", "fill:#fff4d6,stroke:#b26a00,color:#172033,stroke-width:2px"),
    ("optional", "fill:#f6f7f9,stroke:#5b6b83,color:#172033,stroke-dasharray:5 4"),
    ("service", "fill:#eef1f6,stroke:#98a3b5,color:#4a5568,stroke-dasharray:2 3"),
    ("system", "fill:#12355b,stroke:#12355b,color:#ffffff"),
)


def pipeline(graph: Graph) -> str:
    """One pipeline: a box per stage, an arrow from each job to those that wait for it, with the files it hands on."""
    return "\n".join(["flowchart LR", *_pipeline(graph, ""), *_classes([graph], has_systems=False)]) + "\n"


def architecture(graphs: Iterable[Graph]) -> str:
    """All pipelines with the systems they talk to."""
    drawn = list(graphs)
    return "\n".join(["flowchart LR", *_architecture(drawn), *_classes(drawn, has_systems=True)]) + "\n"


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


def _architecture(graphs: list[Graph]) -> Iterator[str]:
    systems = [system for system in System if any(system in _main(node) for graph in graphs for node in graph.jobs)]
    all_ids: list[dict[str, str]] = []
    for number, graph in enumerate(graphs, start=1):
        ids = {node.name: f"p{number}j{at}" for at, node in enumerate(graph.jobs, start=1)}
        all_ids.append(ids)
        yield f'  subgraph p{number}["{_text(graph.name)}: {_text(graph.title)}"]'
        yield from (f'    {ids[node.name]}["{_label(node)}"]' for node in graph.jobs)
        yield "  end"
    yield '  subgraph systems["Systems"]'
    yield from (f'    {system.name.lower()}[("{_text(_title(system))}")]' for system in systems)
    yield "  end"
    for graph, ids in zip(graphs, all_ids, strict=True):
        yield from _arrows(graph, ids)
        for node in graph.jobs:
            yield from (f"  {ids[node.name]} --- {system.name.lower()}" for system in _main(node))


def _main(node: JobNode) -> tuple[System, ...]:
    """The systems that a job works on; Vault and STS only where it is about credentials, for all others log in too."""
    return tuple(system for system in node.systems if system not in _CREDENTIALS) or node.systems


def _classes(graphs: list[Graph], *, has_systems: bool) -> Iterator[str]:
    members: dict[str, list[str]] = {name: [] for name, _ in _STYLES}
    for number, graph in enumerate(graphs, start=1):
        for at, node in enumerate(graph.jobs, start=1):
            members[_class(node)].append(f"p{number}j{at}" if has_systems else f"j{at}")
    if has_systems:
        used = {system for graph in graphs for node in graph.jobs for system in _main(node)}
        members["system"] = [system.name.lower() for system in System if system in used]
    for name, style in _STYLES:
        if members[name]:
            yield f"  classDef {name} {style}"
            yield f"  class {','.join(members[name])} {name}"


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
