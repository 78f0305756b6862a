"""Where variables are defined, where they are read, and which of the names that are read nobody knows."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from cigen.findings import Span
from cigen.lint.conditions import all_rules, conditions, read_variables
from cigen.lint.known_variables import PREDEFINED, is_set_elsewhere
from cigen.lint.script import scripts, span_within
from cigen.lint.subject import Job, Subject, items_of
from cigen.pipeline.node import Mapping, Node, Place, Scalar

_MENTION = re.compile(r"(\$\{?)?\b([A-Za-z_]\w*)\b(?![\"']?:(?:\s|$))|\$\{?([A-Za-z_]\w*)")
_SHORTEST = 5
"""How long a name is at least that may be a misspelling: of short ones every other is near."""
_FILLED_IN = (("image",), ("image", "name"), ("environment",), ("environment", "name"), ("environment", "url"))
_CHECKED = re.compile(r"[A-Z][A-Z0-9_]*")
"""Names in capitals are those of CI/CD variables; a script has many others."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One variable with a value in the pipeline's files."""

    name: str
    key: Scalar
    value: Node | None
    job: str
    """Empty where it holds for all jobs."""
    is_for_people: bool = False
    """Whether it has a description: a person sees it when starting a pipeline."""


@dataclass(frozen=True, slots=True)
class UndefinedUse:
    """A read of a name that nothing defines."""

    name: str
    span: Span
    job: str
    meant: str
    """The known name that is nearly the same; empty where there is none."""
    is_in_script: bool


def definitions(subject: Subject) -> Iterator[Definition]:
    """Every definition once, though several jobs may have it from one template."""
    return iter(subject.once(_each_definition))


def _each_definition(subject: Subject) -> tuple[Definition, ...]:
    found: dict[Place, Definition] = {}
    for definition in _definitions(subject):
        found.setdefault(definition.key.place, definition)
    return tuple(found.values())


def _definitions(subject: Subject) -> Iterator[Definition]:
    yield from _in_mapping(subject.section("variables"), "")
    for job in subject.jobs.values():
        yield from _in_mapping(job.get("variables"), job.name)
        for entry in items_of(job.get("parallel", "matrix")):
            yield from _in_matrix(entry, job.name)
    for name, rules in all_rules(subject):
        for rule in rules:
            yield from _in_mapping(rule.get("variables"), name)


def _in_mapping(node: Node | None, job: str) -> Iterator[Definition]:
    for entry in node if isinstance(node, Mapping) else ():
        is_long = isinstance(entry.value, Mapping)
        value = entry.value.get("value") if isinstance(entry.value, Mapping) else entry.value
        yield Definition(str(entry.key.value), entry.key, value, job, is_for_people=is_long)


def _in_matrix(node: Node, job: str) -> Iterator[Definition]:
    for entry in node if isinstance(node, Mapping) else ():
        for value in items_of(entry.value):
            yield Definition(str(entry.key.value), entry.key, value, job)


def mentioned_words(subject: Subject) -> frozenset[str]:
    """Every word of the files that is not the key of a mapping there."""
    return frozenset(match[2] or match[3] for text in subject.texts.values() for match in _MENTION.finditer(text))


def undefined_uses(subject: Subject) -> tuple[UndefinedUse, ...]:
    """Every read of a name in capitals that nothing defines; none where a part of the pipeline is not known."""
    return subject.once(_undefined_uses)


def _undefined_uses(subject: Subject) -> tuple[UndefinedUse, ...]:
    if not subject.is_complete or any(job.get("artifacts", "reports", "dotenv") for job in subject.jobs.values()):
        return ()
    everywhere = frozenset(definition.name for definition in definitions(subject))
    shared = frozenset(definition.name for definition in definitions(subject) if not definition.job)
    uses: list[UndefinedUse] = []
    for job in subject.jobs.values():
        uses += _uses_of_job(subject, job, everywhere if job.is_template else shared, everywhere)
    for condition in conditions(subject):
        text = str(condition.scalar.value)
        for name, offset, length in read_variables(text):
            if not _is_known(name, everywhere, subject):
                span = span_within(subject, condition.scalar, offset, length)
                uses.append(UndefinedUse(name, span, condition.job, _meant(name, everywhere), False))
    return tuple(uses)


def _uses_of_job(
    subject: Subject, job: Job, shared: frozenset[str], everywhere: frozenset[str]
) -> Iterator[UndefinedUse]:
    known = shared | _known_to(job)
    shells = list(scripts(subject, job))
    if not any(shell.is_foreign or shell.words.is_opaque for shell in shells):
        known |= {name for shell in shells for name in shell.words.assigned}
        told: set[str] = set()
        for shell in shells:
            for use in shell.words.uses:
                if not use.has_default and use.name not in told and not _is_known(use.name, known, subject):
                    told.add(use.name)
                    meant = _meant(use.name, everywhere | known)
                    yield UndefinedUse(use.name, shell.span_of(use), job.name, meant, True)
    for path in _FILLED_IN:
        node = job.get(*path)
        if isinstance(node, Scalar) and isinstance(node.value, str):
            for name, offset, length in read_variables(node.value):
                if not _is_known(name, known, subject):
                    span = span_within(subject, node, offset, length)
                    yield UndefinedUse(name, span, job.name, _meant(name, everywhere | known), False)


def _known_to(job: Job) -> frozenset[str]:
    """What the job itself defines, in any of the ways there are."""
    names: set[str] = set()
    mappings = [job.get("variables"), job.get("id_tokens"), job.get("secrets")]
    mappings += [rule.get("variables") for rule in items_of(job.get("rules")) if isinstance(rule, Mapping)]
    mappings += items_of(job.get("parallel", "matrix"))
    for mapping in mappings:
        if isinstance(mapping, Mapping):
            names.update(str(entry.key.value) for entry in mapping)
    return frozenset(names)


def _is_known(name: str, known: frozenset[str], subject: Subject) -> bool:
    if not _CHECKED.fullmatch(name) or name in known or name in subject.settings_variables:
        return True
    return is_set_elsewhere(name)


@lru_cache(maxsize=4096)
def _meant(name: str, known: frozenset[str]) -> str:
    if len(name) < _SHORTEST:
        return ""
    candidates: Iterable[str] = sorted({*known, *PREDEFINED})
    return next((candidate for candidate in candidates if is_one_slip_away(name, candidate)), "")


def is_one_slip_away(name: str, other: str) -> bool:
    """Whether one letter more, less or other, or two changed places, make the one out of the other."""
    if abs(len(name) - len(other)) > 1 or name == other:
        return False
    start = 0
    while start < min(len(name), len(other)) and name[start] == other[start]:
        start += 1
    one, two = name[start:], other[start:]
    swapped = one[1::-1] + one[2:] == two
    slipped = one[1:] == two[1:] or one[1:] == two or one == two[1:]
    changed = {*one[:1], *two[:1]}
    return (swapped or slipped) and not any(letter.isdigit() for letter in changed)
