"""What in a file an older GitLab does not know: keywords, their values, conditions, variables, `!reference`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from cigen.pipeline.expressions import ExpressionError, parse
from cigen.pipeline.header import INPUT_KEYS_SINCE, INPUT_TYPES_SINCE, INPUTS_SINCE, Header
from cigen.pipeline.keywords.job import JOB, PIPELINE, TRIGGER_JOB
from cigen.pipeline.keywords.shapes import (
    Choice,
    Condition,
    Either,
    Fields,
    Keyword,
    ListOf,
    MappingOf,
    Shape,
    Variants,
    keywords_in,
)
from cigen.pipeline.keywords.trigger import INCLUDED
from cigen.pipeline.keywords.walk import kind_of
from cigen.pipeline.keywords.where import flat, text_of
from cigen.pipeline.node import Entry, Mapping, Node, Place, Reference, Scalar, Sequence
from cigen.pipeline.predefined import PREDEFINED

REFERENCE_SINCE = "13.9"

_VARIABLE = re.compile(r"\$(?:\{(\w+)|(\w+))")
_FILES = ListOf(INCLUDED, "a list of files", levels=None)
_INCLUDE = Either((("text", INCLUDED), ("mapping", INCLUDED), ("list", _FILES)), "files")


@dataclass(frozen=True, slots=True)
class Newer:
    """Something that GitLab knows from a version on, and where it stands."""

    what: str
    """Such as `the keyword 'artifacts:access'`."""
    since: str
    place: Place


def number(version: str) -> tuple[int, ...]:
    """A version to compare: 16.11 is later than 16.2."""
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())


@cache
def since(path: str) -> str:
    """The GitLab version that brought a keyword of a job, such as `artifacts:access`."""
    return next(keyword.since for keys, keyword in keywords_in(JOB) if ":".join(keys) == path)


def newer_than(version: str, document: Mapping, header: Header | None = None) -> Iterator[Newer]:
    """What of a file GitLab knows only from a later version on; what stands inside such a keyword is not told too."""
    limit = number(version)
    found = [*_of_header(header), *_of_document(document, limit)]
    yield from (each for each in found if number(each.since) > limit)


def _of_header(header: Header | None) -> Iterator[Newer]:
    for entry in header.inputs.values() if header else ():
        yield Newer("the keyword 'spec:inputs'", INPUTS_SINCE, entry.key.place)
        for option in entry.value if isinstance(entry.value, Mapping) else ():
            name = str(option.key.value)
            if name in INPUT_KEYS_SINCE:
                yield Newer(f"the keyword 'spec:inputs:{name}'", INPUT_KEYS_SINCE[name], option.key.place)
            if name == "type" and text_of(option.value) in INPUT_TYPES_SINCE:
                kind = text_of(option.value)
                yield Newer(f"the type '{kind}' of an input", INPUT_TYPES_SINCE[kind], option.value.place)


def _of_document(document: Mapping, limit: tuple[int, ...]) -> Iterator[Newer]:
    for entry in document:
        name = str(entry.key.value)
        if name == "include":
            yield from _inside(_INCLUDE, entry.value, name, limit)
        elif name in PIPELINE.by_name:
            yield from _keyword(PIPELINE.by_name[name], entry, name, limit)
        else:
            is_trigger = isinstance(entry.value, Mapping) and "trigger" in entry.value
            yield from _inside(TRIGGER_JOB if is_trigger else JOB, entry.value, "", limit)
        yield from _everywhere(entry.value)


def _keyword(keyword: Keyword, entry: Entry, path: str, limit: tuple[int, ...]) -> Iterator[Newer]:
    if number(keyword.since) > limit:
        yield Newer(f"the keyword '{path}'", keyword.since, entry.key.place)
    else:
        yield from _inside(keyword.shape, entry.value, path, limit)


def _inside(shape: Shape, node: Node, path: str, limit: tuple[int, ...]) -> Iterator[Newer]:
    """The keywords and values of a value that has this shape; one that has another is for others to judge."""
    match shape, node:
        case Fields(), Mapping():
            for entry in node:
                keyword = shape.by_name.get(str(entry.key.value))
                if keyword is not None:
                    yield from _keyword(keyword, entry, f"{path}:{keyword.name}" if path else keyword.name, limit)
        case ListOf(), Sequence():
            for item in flat(node):
                yield from _inside(shape.item, item, path, limit)
        case MappingOf(), Mapping():
            for entry in node:
                yield from _inside(shape.value, entry.value, f"{path}:{entry.key.value}", limit)
        case Either(), _:
            fitting = next((case for kind, case in shape.cases if kind == kind_of(node)), None)
            if fitting is not None:
                yield from _inside(fitting, node, path, limit)
        case Variants(), Mapping():
            variant = next((each for each in shape.variants if each.fits(node)), None)
            if variant is not None:
                yield from _inside(variant.shape, node, path, limit)
        case Choice(), Scalar() if text_of(node) in shape.since:
            yield Newer(f"'{path}: {text_of(node)}'", shape.since[text_of(node)], node.place)
        case Condition(), Scalar():
            yield from _of_condition(node)
        case _:
            pass


def _of_condition(node: Scalar) -> Iterator[Newer]:
    try:
        read_from = parse(text_of(node)).since
    except ExpressionError:
        return
    if read_from:
        yield Newer("the operator '!' of a condition", read_from, node.place)


def _everywhere(node: Node) -> Iterator[Newer]:
    """Variables and references, which may stand in any value."""
    match node:
        case Mapping():
            for entry in node:
                yield from _everywhere(entry.value)
        case Sequence():
            for item in node.items:
                yield from _everywhere(item)
        case Reference():
            yield Newer("'!reference'", REFERENCE_SINCE, node.place)
        case Scalar() if "$" in (text := text_of(node)):
            for match in _VARIABLE.finditer(text):
                known = PREDEFINED.get(match[1] or match[2])
                if known is not None and known.since:
                    yield Newer(f"the variable '{known.name}'", known.since, node.place)
