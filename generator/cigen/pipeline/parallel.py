"""The jobs that `parallel` makes of one: `test 1/3`, or `deploy: [eu, arm64]`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from cigen.pipeline.keywords.order import MOST_JOBS
from cigen.pipeline.node import Mapping, Node, Scalar, Sequence

MATRIX_VALUE = re.compile(r"\$\[\[\s*matrix\.([A-Za-z_]\w*)\s*\]\]", re.ASCII)
"""`$[[ matrix.NAME ]]`, which GitLab fills in each copy of a matrix job."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One of the jobs that a parallel job becomes."""

    name: str
    values: dict[str, str]
    """Its values of the matrix; empty for a job that is only numbered."""


def copies(name: str, parallel: Node | None) -> tuple[Copy, ...]:
    """What a job becomes; nothing where it is not parallel, or not as it should be."""
    match parallel:
        case Scalar(value=int() as count) if not isinstance(count, bool) and 0 < count <= MOST_JOBS:
            return tuple(Copy(f"{name} {number}/{count}", {}) for number in range(1, count + 1))
        case Mapping() if isinstance(matrix := parallel.get("matrix"), Sequence):
            return tuple(Copy(f"{name}: [{', '.join(values.values())}]", values) for values in combinations(matrix))
        case _:
            return ()


def combinations(matrix: Sequence) -> Iterator[dict[str, str]]:
    """Each combination of a matrix, in GitLab's order; at most as many as it allows."""
    made = 0
    for item in matrix.items:
        if not isinstance(item, Mapping) or not item.entries:
            continue
        names = [str(entry.key.value) for entry in item]
        for values in product(*(_values(entry.value) for entry in item)):
            if made == MOST_JOBS:
                return
            made += 1
            yield dict(zip(names, values, strict=True))


def _values(node: Node) -> list[str]:
    items = node.items if isinstance(node, Sequence) else (node,)
    return [str(item.value) for item in items if isinstance(item, Scalar) and item.value is not None]
