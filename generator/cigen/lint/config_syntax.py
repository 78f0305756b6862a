"""What keeps a JSON or YAML file from being merged: no such syntax, or a key that stands twice."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import yaml
from yaml.events import (
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

_MAX_EVENTS = 200_000


@dataclass(slots=True)
class _Open:
    """A mapping or a list that has begun."""

    is_mapping: bool
    is_key_next: bool = True
    keys: dict[str, int] = field(default_factory=dict)


def syntax_mistakes(path: str, text: str) -> Iterator[tuple[int, str]]:
    """Each mistake with its line, counted from 1."""
    if not text.strip():
        return
    if PurePosixPath(path).suffix == ".json":
        try:
            json.loads(text.removeprefix("\ufeff"))
        except json.JSONDecodeError as error:
            yield error.lineno, f"it is not JSON: {error.msg}"
            return
        except RecursionError:
            yield 1, "it is nested too deeply"
            return
    try:
        yield from _doubled(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if PurePosixPath(path).suffix != ".json":
            yield (mark.line + 1 if mark else 1), f"it is not YAML: {error.problem or error.context}"
    except yaml.YAMLError as error:
        yield 1, f"it is not YAML: {type(error).__name__}"


def _doubled(text: str) -> Iterator[tuple[int, str]]:
    """The keys that stand twice in one mapping."""
    around: list[_Open] = []
    documents = 0
    for number, event in enumerate(yaml.parse(text, Loader=yaml.CSafeLoader)):
        if number > _MAX_EVENTS:
            return
        documents += isinstance(event, DocumentStartEvent)
        if documents > 1:
            yield _line(event), "a second document begins here, and only one can be merged"
            return
        yield from _seen(event, around)


def _seen(event: Event, around: list[_Open]) -> Iterator[tuple[int, str]]:
    if isinstance(event, (MappingEndEvent, SequenceEndEvent)):
        around.pop()
        return
    if not isinstance(event, NodeEvent):
        return
    inside = around[-1] if around else None
    if inside is not None and inside.is_mapping:
        if inside.is_key_next and isinstance(event, ScalarEvent) and event.value != "<<":
            line = _line(event)
            if event.value in inside.keys:
                yield line, f"{event.value!r} stands twice, first in line {inside.keys[event.value]}"
            inside.keys.setdefault(event.value, line)
        inside.is_key_next = not inside.is_key_next
    if isinstance(event, (MappingStartEvent, SequenceStartEvent)):
        around.append(_Open(isinstance(event, MappingStartEvent)))


def _line(event: Event) -> int:
    return event.start_mark.line + 1 if event.start_mark is not None else 1
