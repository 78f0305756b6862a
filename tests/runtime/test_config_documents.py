"""Config files as trees: what they take, what they refuse, and that nothing is lost on the way."""

import json
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from cigen_runtime.configs.documents import Entry, Items, Place, Scalar, Table, parse
from cigen_runtime.configs.writing import dump
from cigen_runtime.errors import ConfigurationError

unhurried = settings(deadline=None)
HERE = Place("a.yml", 1)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]))
VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def strictly(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A dict, unless a key stands twice."""
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError(pairs)
    return dict(pairs)


def refuse(constant: str) -> None:
    raise ValueError(constant)


@unhurried
@given(VALUES, st.sampled_from([None, 1, 4]))
def test_json_comes_out_as_it_went_in(value: object, indent: int | None) -> None:
    root = parse("a.json", json.dumps(value, indent=indent).encode())

    assert root is not None
    assert json.loads(dump("a.json", root)) == value


@unhurried
@given(VALUES)
def test_yaml_comes_out_as_it_went_in(value: object) -> None:
    quoted = parse("a.yml", json.dumps({"root": value}, ensure_ascii=False).encode())
    bare = parse("a.json", json.dumps({"root": value}).encode())

    for root in (quoted, bare):
        assert root is not None
        assert YAML(typ="safe", pure=True).load(dump("a.yml", root)) == {"root": value}


@unhurried
@given(st.lists(TEXT, min_size=1, max_size=3))
def test_a_bare_text_in_brackets_stays_a_text(texts: list[str]) -> None:
    items = tuple(Scalar(HERE, "str", text) for text in texts)
    root = Table(HERE, {text: Entry(HERE, None, Items(HERE, items)) for text in texts}, in_a_row=True)

    assert YAML(typ="safe", pure=True).load(dump("a.yml", root)) == dict.fromkeys(texts, texts)


@unhurried
@given(st.lists(st.sampled_from([*'{}[],:" \n\t\\u0d81-+.eE"ab', "true", "null", "NaN", '"a"', '"b":'])).map("".join))
def test_json_is_what_pythons_own_parser_takes_without_doubles_and_nan(text: str) -> None:
    try:
        json.loads(text, object_pairs_hook=strictly, parse_constant=refuse).__repr__().encode()
        is_json = True
    except (ValueError, UnicodeEncodeError):
        is_json = not text.strip()

    try:
        parse("a.json", text.encode())
        is_taken = True
    except ConfigurationError:
        is_taken = False

    assert is_taken == is_json


@pytest.mark.parametrize("name", ["a.json", "a.yml"])
@unhurried
@given(st.binary(max_size=200))
def test_no_bytes_make_it_fall_over(name: str, content: bytes) -> None:
    with suppress(ConfigurationError):
        root = parse(name, content)
        assert root is None or dump(name, root)


def test_a_few_aliases_cannot_stand_for_everything() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]

    with pytest.raises(ConfigurationError, match="its aliases stand for too much"):
        parse("a.yml", "\n".join(lines).encode())


def test_a_megabyte_of_json_takes_no_time() -> None:
    content = json.dumps([{"key": number} for number in range(50_000)], indent=1).encode()
    started = time.monotonic()

    root = parse("a.json", content)

    assert root is not None
    assert time.monotonic() - started < 10
