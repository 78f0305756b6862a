"""Each character of a value leads to where it is written, in every style that YAML has."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cigen.pipeline.node import Mapping, Scalar, Sequence
from cigen.pipeline.scalar_characters import characters
from cigen.pipeline.yaml_file import read_document

_PARTS = [
    "a",
    "b c",
    " ",
    "  ",
    "\n",
    "\n\n",
    '"',
    "'",
    "\\",
    "$X",
    "#",
    ": ",
    "- ",
    "é",
    "\t",
    "%",
    "{",
    "|",
    ">",
    "\n  ",
]
_TEXTS = st.lists(st.sampled_from(_PARTS), min_size=1, max_size=9).map("".join)


def _scalars(text: str) -> list[Scalar]:
    root = read_document("ci.yml", text).root
    assert isinstance(root, Mapping)
    items = root.get("script")
    assert isinstance(items, Sequence)
    return [item for item in items.items if isinstance(item, Scalar)]


def _places(scalar: Scalar, text: str) -> list[tuple[str, str]] | None:
    """Each character of the value with the one that stands where it is said to be written."""
    lines = [*text.splitlines(), ""]
    places = characters(scalar, lambda number: lines[number])
    if places is None:
        return None
    assert len(places) == len(str(scalar.value))
    return [
        (meant, lines[line][column : column + 1])
        for meant, (line, column) in zip(str(scalar.value), places, strict=True)
    ]


@settings(max_examples=400, deadline=None)
@given(
    st.lists(_TEXTS, min_size=1, max_size=3),
    st.sampled_from([None, '"', "'", "|", ">"]),
    st.sampled_from([10, 20, 80]),
    st.sampled_from([2, 4]),
    st.booleans(),
)
def test_every_character_is_found(texts: list[str], style: str | None, width: int, indent: int, is_raw: bool) -> None:
    text = yaml.dump({"script": texts}, default_style=style, width=width, indent=indent, allow_unicode=is_raw)

    for scalar, meant in zip(_scalars(text), texts, strict=True):
        places = _places(scalar, text)

        assert places is not None
        assert "".join(character for character, _ in places) == meant
        assert all(
            character in ("\\", "'", "") or character == read
            for read, character in places
            if read not in " \n\"'\\\t" and read.isascii()
        )


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("&name !!str ls", [(1, 16), (1, 17)]),
        ("|2-\n      ls", [(2, 4), (2, 5), (2, 6), (2, 7)]),
        (">-\n    a\n    b", [(2, 4), (2, 5), (3, 4)]),
        ("a\n\n    b", [(1, 4), (2, 0), (3, 4)]),
        ('"\\x41\\\n    b"', [(1, 5), (2, 4)]),
        ("''", []),
    ],
)
def test_a_place_is_a_line_and_a_column(item: str, expected: list[tuple[int, int]]) -> None:
    text = f"script:\n  - {item}\n"
    lines = text.splitlines()

    assert list(characters(_scalars(text)[0], lambda number: lines[number]) or ()) == expected


def test_a_value_that_the_file_does_not_hold_is_not_found() -> None:
    scalar = _scalars("script: [ls]")[0]

    assert characters(scalar, lambda _: "script: [$[[ inputs.command ]]]") is None
