"""The filters `yaml`, `block` and `optional`: what PyYAML reads back is what went in."""

import math
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from cigen.render.yaml_text import LEFT_OUT, block, comment, optional
from cigen.render.yaml_text import yaml as one_line

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)
COLLECTIONS = st.lists(VALUES, max_size=5) | st.dictionaries(st.text(), VALUES, max_size=5)


@given(VALUES)
@example("yes")
@example("17.5")
@example("012")
@example("1e3")
@example("")
@example("~")
@example("<<")
@example("=")
@example("a: b")
@example("a #b")
@example("- a")
@example("--- a")
@example("\x85\u2028\ufeff\x7f\U0001f600")
@example(1e16)
@example(-math.inf)
@example([["a:b", "{x}"], {"a:": ":"}])
def test_what_yaml_writes_is_read_back_equal(value: Any) -> None:
    text = f"key: {one_line(value)}\nother: 1\n"

    assert yaml.safe_load(text) == {"key": value, "other": 1}
    assert "\n" not in one_line(value)


@given(COLLECTIONS)
def test_what_block_writes_is_read_back_equal(value: Any) -> None:
    text = f"job:\n  key: {block(value, 4)}\n  other: 1\n"

    assert yaml.safe_load(text) == {"job": {"key": value, "other": 1}}


@given(st.text())
def test_libyaml_reads_the_same(value: str) -> None:
    text = f"{{key: {one_line([value, {value: value}])}}}"

    assert yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) == {"key": [value, {value: value}]}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("staging/eu", "staging/eu"),
        ("registry.example.com/image:0.1.0", "registry.example.com/image:0.1.0"),
        ("17.5", '"17.5"'),
        (".1.2", '".1.2"'),
        ("yes", '"yes"'),
        ("y", '"y"'),
        ("111122223333", '"111122223333"'),
        ("2026-01-01", '"2026-01-01"'),
        ("", '""'),
        ('a "b"', "'a \"b\"'"),
        ('it\'s "b"', '"it\'s \\"b\\""'),
        ('"a\n', '"\\"a\\n"'),
        (True, "true"),
        (None, "null"),
        (["a", "b:c"], '[a, "b:c"]'),
        ({"aud": "https://vault"}, '{aud: "https://vault"}'),
    ],
)
def test_a_text_has_quotes_only_where_it_needs_them(value: Any, expected: str) -> None:
    assert expected == one_line(value)


def test_a_block_is_indented_below_its_key() -> None:
    value = {"max": 2, "when": ["a", "b"], "more": [{"job": "x", "artifacts": False}, ["z"]], "none": []}

    text = block(value, 4)

    assert text == (
        "\n    max: 2"
        "\n    when:"
        "\n      - a"
        "\n      - b"
        "\n    more:"
        "\n      - job: x"
        "\n        artifacts: false"
        "\n      - - z"
        "\n    none: []"
    )


def test_an_empty_block_stays_on_the_line_of_its_key() -> None:
    assert (block([], 4), block({}, 4)) == ("[]", "{}")


def test_a_block_of_a_text_says_what_to_use() -> None:
    with pytest.raises(TypeError) as caught:
        block("text", 4)

    assert str(caught.value) == "`block` takes a list or a mapping, not a value of type str: use `yaml`"


def test_optional_leaves_out_what_says_nothing() -> None:
    assert [optional(value, 4) for value in ({}, [], "", None)] == [LEFT_OUT] * 4
    assert [optional(value, 4) for value in (0, False, ["a"])] == ["0", "false", "\n    - a"]


def test_a_comment_stays_on_its_line() -> None:
    assert comment("two\nlines: # 'and more'") == "two lines: # 'and more'"
