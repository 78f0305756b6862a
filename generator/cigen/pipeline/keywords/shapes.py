"""What a keyword may hold, said as data.

Each keyword of GitLab is declared once, in the tables beside this module, with the shape of its value. The judge walks
a pipeline along these shapes; hover texts and the check for a GitLab version read the same declarations.
"""

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from cigen.pipeline.fault import Fault
from cigen.pipeline.keywords.where import Where
from cigen.pipeline.node import Node

Check = Callable[[Node, Where], Iterator[Fault]]
"""What no shape can say, such as that two values must fit together; it sees the value and may find faults."""

Complaint = Callable[[str], str]
"""What is wrong with a text ("must not contain a slash"), or nothing."""

Kind = Literal["text", "number", "flag", "list", "mapping", "nothing"]
"""What a value is to YAML."""


@dataclass(frozen=True, slots=True, eq=False)
class Anything:
    """A value that GitLab does not look at."""

    wanted: str = "a value"


@dataclass(frozen=True, slots=True, eq=False)
class Text:
    """A text; a number or a truth value in its place is refused."""

    wanted: str = "text"
    is_blank_allowed: bool = True
    longest: int | None = None
    complaint: Complaint | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Command:
    """A text that a shell runs."""

    wanted: str = "a command, written as text"


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """A regular expression between slashes, for RE2."""

    wanted: str = "a regular expression between slashes"


@dataclass(frozen=True, slots=True, eq=False)
class Ref:
    """A name of a branch or tag, or a regular expression between slashes."""

    wanted: str = "text or a regular expression between slashes"


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """An expression of `rules:if`."""

    wanted: str = "a condition, written as text"


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """One of a few words."""

    values: tuple[str, ...]
    called: str = ""
    """What they are, where they are too many to be told."""
    since: Mapping[str, str] = field(default_factory=dict)
    """The GitLab version that brought a word, for those that came later than the keyword."""

    @property
    def wanted(self) -> str:
        """What it may be, for a message."""
        if self.called:
            return self.called
        if len(self.values) == 1:
            return f"'{self.values[0]}'"
        return f"one of {', '.join(self.values)}"


@dataclass(frozen=True, slots=True, eq=False)
class WholeNumber:
    """An integer."""

    least: int | None = None
    most: int | None = None
    is_text_allowed: bool = False
    """Whether GitLab also takes the number as text."""

    @property
    def wanted(self) -> str:
        """What it may be, for a message."""
        if self.least is None:
            return "a whole number"
        return f"a whole number from {self.least} to {self.most}"


@dataclass(frozen=True, slots=True, eq=False)
class Flag:
    """True or false."""

    wanted: str = "true or false"
    only: bool | None = None
    """The one of them that is allowed."""


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """A single value of some kinds."""

    kinds: frozenset[Kind]
    wanted: str
    may_be_fraction: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Duration:
    """A length of time in words, such as `1h 30m`."""

    most: int | None = None
    """How many seconds it may have."""
    limit: str = ""
    """The same in words."""
    may_be_never: bool = False
    wanted: str = "a duration such as '1h 30m'"


@dataclass(frozen=True, slots=True, eq=False)
class ListOf:
    """A list whose items have one shape."""

    item: "Shape"
    wanted: str
    least: int = 0
    most: int | None = None
    may_be_empty: bool = True
    levels: int | None = 1
    """How deep lists may stand in each other, as `!reference` leaves them; None for any depth."""
    may_hold_nothing: bool = False
    """Whether an item may be null."""
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Keyword:
    """One key with what it may hold, since when GitLab knows it, and where it is described."""

    name: str
    shape: "Shape"
    doc: str
    since: str
    """The GitLab version that brought it; 12.0 stands for that one and all before it."""
    address: str
    may_be_null: bool = True
    """Whether it may stand there without a value, which is the same to GitLab as leaving it out."""


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
    """A mapping with known keys."""

    keywords: tuple[Keyword, ...]
    wanted: str = "a mapping"
    required: tuple[str, ...] = ()
    """Keys that must be there."""
    exclusive: tuple[tuple[str, ...], ...] = ()
    """Groups of keys of which at most one may be there."""
    exactly_one: tuple[str, ...] = ()
    may_be_empty: bool = True
    is_nothing_when_empty: bool = False
    """Whether an empty one is the same to GitLab as none, and so needs no key."""
    elsewhere: frozenset[object] = frozenset()
    """Keys that GitLab knows, but not here."""
    elsewhere_hint: str = ""
    checks: tuple[Check, ...] = ()
    by_name: dict[str, Keyword] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {keyword.name: keyword for keyword in self.keywords})


@dataclass(frozen=True, slots=True, eq=False)
class MappingOf:
    """A mapping with keys of the user's own."""

    value: "Shape"
    key: Value
    wanted: str = "a mapping"
    null_is: "Shape | None" = None
    """The shape that a null value is judged by; None where GitLab takes null for an empty mapping and accepts that."""
    may_be_empty: bool = True
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Either:
    """Several shapes, of which the value's own kind chooses one."""

    cases: tuple[tuple[Kind, "Shape"], ...]
    wanted: str


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """A shape that a mapping has when certain keys are there, or are not."""

    shape: Fields
    has: tuple[str, ...] = ()
    has_any: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()

    def fits(self, keys: Container[object]) -> bool:
        """Is this the variant of a mapping with such keys?"""
        return (
            all(key in keys for key in self.has)
            and (not self.has_any or any(key in keys for key in self.has_any))
            and not any(key in keys for key in self.lacks)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Variants:
    """A mapping whose keys tell which of several it is; the first that fits counts."""

    variants: tuple[Variant, ...]
    wanted: str
    may_be_empty: bool = True
    checks: tuple[Check, ...] = ()


Shape = (
    Anything
    | Text
    | Command
    | Pattern
    | Ref
    | Condition
    | Choice
    | WholeNumber
    | Flag
    | Value
    | Duration
    | ListOf
    | Fields
    | MappingOf
    | Either
    | Variants
)

DOCS = "https://docs.gitlab.com/ci/yaml/"


def key(
    name: str, shape: Shape, doc: str, *, since: str = "12.0", at: str | None = None, may_be_null: bool = True
) -> Keyword:
    """A keyword; `at` is its heading on GitLab's page of keywords if not its own name, or an address."""
    place = name if at is None else at
    address = place if place.startswith("https://") else f"{DOCS}#{place}"
    return Keyword(name, shape, doc, since, address, may_be_null)


FLAG = Flag()
TEXT = Text()
NAMED = Text(is_blank_allowed=False)
"""A text that must say something."""
TEXTS = ListOf(TEXT, "a list of texts")
TEXT_OR_TEXTS = Either((("text", TEXT), ("list", TEXTS)), "text or a list of texts")
NUMBERS = Either(
    (("number", WholeNumber()), ("list", ListOf(WholeNumber(), "a list of whole numbers"))),
    "a whole number or a list of whole numbers",
)
NAME = Value(frozenset({"text", "number"}), "text or a whole number")
SCALAR = Value(frozenset({"text", "number", "flag"}), "a single value", may_be_fraction=True)
SCRIPT = Either(
    (("text", TEXT), ("list", ListOf(Command(), "a list of commands", levels=10))), "a command or a list of commands"
)


def keywords_in(shape: Shape, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Keyword]]:
    """Every keyword of a shape and of the shapes in it, with the keys that lead there."""
    match shape:
        case Fields():
            for keyword in shape.keywords:
                inside = (*path, keyword.name)
                yield inside, keyword
                yield from keywords_in(keyword.shape, inside)
        case ListOf():
            yield from keywords_in(shape.item, path)
        case MappingOf():
            yield from keywords_in(shape.value, (*path, "*"))
        case Either():
            for _, case in shape.cases:
                yield from keywords_in(case, path)
        case Variants():
            for variant in shape.variants:
                yield from keywords_in(variant.shape, path)
        case _:
            return
