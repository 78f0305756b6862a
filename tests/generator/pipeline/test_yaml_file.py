"""YAML as GitLab's parser reads it: values, places, anchors, and what it refuses."""

import math

import pytest

from cigen.pipeline.node import Mapping, Place, Scalar, Symbol, plain
from cigen.pipeline.plain_scalar import RefusedScalarError, plain_value
from cigen.pipeline.yaml_file import read_document


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", True),
        ("No", False),
        ("y", "y"),
        ("nULL", None),
        ("~", None),
        ("", None),
        ("012", 10),
        ("08", "08"),
        ("0x1F", 31),
        ("0b101", 5),
        ("1_000", 1000),
        ("1,000", 1000),
        ("-12", -12),
        ("1.10", 1.1),
        ("1.", 1.0),
        ("1e3", "1e3"),
        ("1.5e+3", 1500.0),
        ("1:30", 5400),
        ("1:2:3.5", 3723.5),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("1.2.3", "1.2.3"),
        ("2024-02-31", "2024-02-31"),
        (":name", Symbol("name")),
        ("-", "-"),
        ("a: b", "a: b"),
    ],
)
def test_plain_words_are_read_as_by_ruby(text: str, value: object) -> None:
    read = plain_value(text)

    assert (type(value), value) == (type(read), read)


@pytest.mark.parametrize("text", ["2024-01-01", "2024-1-1", "2024-01-01 10:00:00", "2001-12-14t21:59:43.10-05:00"])
def test_dates_and_times_are_refused(text: str) -> None:
    with pytest.raises(RefusedScalarError):
        plain_value(text)


def _values(text: str) -> object:
    document = read_document("ci.yml", text)
    assert document.root is not None
    return plain(document.root)


def test_a_key_that_stands_twice_is_kept_in_mind() -> None:
    root = read_document("ci.yml", "a: 1\nb: 2\na: 3\n").root

    assert isinstance(root, Mapping)
    assert plain(root) == {"a": 3, "b": 2}
    assert [(twice.lost.key.place.line, twice.counts.key.place.line) for twice in root.duplicates] == [(0, 2)]


def test_a_merge_beats_what_stands_above_it_and_is_no_duplicate() -> None:
    text = "base: &base {a: 1, b: 1}\njob: {a: 0, <<: *base, b: 2}\n"

    root = read_document("ci.yml", text).root

    assert isinstance(root, Mapping)
    job = root.get("job")
    assert isinstance(job, Mapping)
    assert plain(job) == {"a": 1, "b": 2}
    assert job.duplicates == ()


def test_of_a_list_of_merges_the_first_wins() -> None:
    text = "x: &x {a: 1}\ny: &y {a: 2, b: 2}\njob: {<<: [*x, *y]}\n"

    assert _values(text) == {"x": {"a": 1}, "y": {"a": 2, "b": 2}, "job": {"a": 1, "b": 2}}


def test_tags_of_yaml_are_followed_and_strange_ones_are_not() -> None:
    assert _values("a: !!str 12\nb: !foo x\nc: !!binary aGk=\nd: !!float 2\n") == {
        "a": "12",
        "b": "x",
        "c": "hi",
        "d": 2.0,
    }


def test_quoted_words_stay_text() -> None:
    assert _values("a: 'on'\nb: ':x'\nc: \"2024-01-01\"\n") == {"a": "on", "b": ":x", "c": "2024-01-01"}


def test_each_value_knows_where_it_stands() -> None:
    root = read_document("ci.yml", "job:\n  script: [make, test]\n").root

    assert isinstance(root, Mapping)
    job = root.get("job")
    assert isinstance(job, Mapping)
    script = job.entries["script"]
    assert Place("ci.yml", 1, 2, 1, 8) == script.key.place
    assert Place("ci.yml", 1, 10, 1, 22) == script.value.place


def test_what_stands_behind_the_first_document_is_not_read() -> None:
    document = read_document("ci.yml", "a: 1\n...\n'\n")

    assert (document.faults, plain(document.root or Scalar(0, Place("", 0, 0, 0, 0)))) == ((), {"a": 1})


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a:\n\t- b\n", "2 yaml-syntax: the line is indented with a tab: YAML wants spaces"),
        ('a: "b\nc: d\n', "3 yaml-syntax: a quote is opened and not closed"),
        (
            "job:\n  script: echo a: b\n",
            "2 yaml-syntax: the text has a colon followed by a space: put the whole text in quotes",
        ),
        (
            "job:\n  needs: [$[[ inputs.x ]]]\n",
            "2 flow-interpolation: inside of [ ] or { } an interpolation has to stand in quotes: "
            '["$[[ inputs.name ]]"]',
        ),
        ("a: @b\n", "1 yaml-syntax: a text that begins with @ has to stand in quotes"),
        (
            "a: *b\n",
            "1 anchor-undefined: anchors do not reach across files or documents: "
            "use `!reference` or `extends` for that",
        ),
        ("a: 2024-01-01\n", '1 yaml-syntax: put it in quotes: "2024-01-01"'),
        ("a: !ruby/object:Foo {}\n", "1 yaml-syntax: remove the tag"),
        ("a: &a [*a]\n", "1 file-too-large: "),
        ("a: \0\n", "1 yaml-syntax: "),
        ("a: \ud800\n", "1 yaml-syntax: "),
    ],
)
def test_what_is_no_yaml_is_one_fault_with_a_hint(text: str, fault: str) -> None:
    faults = read_document("ci.yml", text).faults

    assert [fault] == [f"{found.place.line + 1} {found.kind}: {found.hint}" for found in faults]
