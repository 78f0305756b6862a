"""A circle in a graph of names."""

from collections.abc import Mapping, Sequence


def circle(edges: Mapping[str, Sequence[str]]) -> list[str]:
    """The names of one circle in their order; an empty list where there is none."""
    done: set[str] = set()
    for start in edges:
        path: list[str] = []
        on_path: set[str] = set()
        stack: list[tuple[str, int]] = [(start, 0)] if start not in done else []
        while stack:
            name, next_edge = stack.pop()
            if next_edge == 0:
                path.append(name)
                on_path.add(name)
            following = edges.get(name, ())
            if next_edge == len(following):
                done.add(path.pop())
                on_path.discard(name)
                continue
            stack.append((name, next_edge + 1))
            target = following[next_edge]
            if target in on_path:
                return path[path.index(target) :]
            if target not in done:
                stack.append((target, 0))
    return []
