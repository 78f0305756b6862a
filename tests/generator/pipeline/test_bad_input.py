"""Whatever stands in a file: never a traceback, never more than bounded time, always something that is said."""

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cigen.pipeline.model import Pipeline
from cigen.pipeline.node import plain
from cigen.pipeline.resolve import resolve
from cigen.pipeline.sources import LocalTree

_WORDS = st.sampled_from(
    [
        *"-:[]{},&*!|>'\"%@`#?\t\n \r",
        "a",
        "&a ",
        "*a",
        "<<: *a",
        "- ",
        ": ",
        "\n  ",
        "\n---\n",
        "...\n",
        "!reference [a, b]",
        "!reference ",
        "extends: ",
        "include: ",
        "local: a.yml",
        "spec:\n  inputs:\n    a: {default: x}\n---\n",
        "$[[ inputs.a ]]",
        "$[[ ",
        " | truncate(0,1) ]]",
        "job:\n  script: x\n",
        ".a: {extends: [job, .a]}\n",
        "2024-01-01",
        "0x",
        ":x",
        "~",
        "\ufeff",
        "\u2028",
        "\x85",
        "é",
        "\ud800",
        "\0",
        "rules: [{if: $A}]",
        "variables: ",
        "default: ",
        "stages: ",
    ]
)
_FEW = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _look_at_everything(pipeline: Pipeline) -> None:
    plain(pipeline.root)
    assert pipeline.stages
    for fault in pipeline.faults:
        assert fault.message
        assert min(fault.place[1:]) >= 0
    for job in pipeline.jobs:
        plain(job.effective)
        plain(job.variables)
        assert isinstance(job.script(), tuple)
        assert (job.stage_name, job.needs, job.rules, job.origin(job.value.place)) is not None


@_FEW
@given(st.binary(max_size=300))
def test_any_bytes_are_taken(content: bytes) -> None:
    _look_at_everything(resolve("ci.yml", content))


@_FEW
@given(st.lists(_WORDS, max_size=40).map("".join))
def test_anything_like_yaml_is_taken(text: str) -> None:
    _look_at_everything(resolve("ci.yml", text))


_VALUES = st.recursive(
    st.sampled_from(["a", "~", "1", "!reference [a, b]", "!reference [b]", "'$[[ inputs.a ]]'", "*x", "2024-01-01"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(st.sampled_from(["a", "b", "extends", "inputs", "default", "type"]), inner, max_size=3).map(
            lambda items: f"{{{', '.join(f'{key}: {value}' for key, value in items.items())}}}"
        ),
    ),
    max_leaves=8,
)
_KEYS = ["a", "b", "job", "include", "stages", "default", "variables", "workflow", "image"]


@_FEW
@given(st.dictionaries(st.sampled_from(_KEYS), _VALUES, max_size=5), st.none() | _VALUES)
def test_any_value_may_stand_anywhere(
    tmp_path_factory: pytest.TempPathFactory, keys: dict[str, str], spec: str
) -> None:
    header = "" if spec is None else f"spec: {{inputs: {spec}}}\n---\n"
    text = header + "x: &x {a: 1}\n" + "".join(f"{key}: {value}\n" for key, value in keys.items())

    _look_at_everything(resolve("ci.yml", text, LocalTree(tmp_path_factory.getbasetemp() / "none")))


def _chain(count: int, line: str, last: str) -> str:
    return "".join(line.format(at=at, next=at + 1) for at in range(count)) + last.format(at=count)


_BOMBS = {
    "aliases of lists": "a0: &a0 [x, x]\n" + _chain(60, "a{next}: &a{next} [*a{at}, *a{at}]\n", "z: 1"),
    "aliases of mappings": "a0: &a0 {{x: 1}}\n".replace("{{", "{").replace("}}", "}")
    + _chain(60, "a{next}: &a{next} {{p: *a{at}, q: *a{at}}}\n", "z: 1"),
    "an alias of itself": "a: &a [*a]",
    "deep lists": "a: " + "[" * 100_000,
    "deep mappings": "a: " + "{a: " * 100_000,
    "deep blocks": "\n".join(" " * depth + "a:" for depth in range(1_000)),
    "many dashes": "- " * 50_000,
    "many anchors": "".join(f"a{at}: &a{at} [1]\n" for at in range(10_000)),
    "a long chain of extends": _chain(2_000, "j{at}: {{extends: j{next}}}\n", "j{at}: {{script: x}}"),
    "a long circle of extends": _chain(2_000, "j{at}: {{extends: j{next}}}\n", "j{at}: {{extends: j0}}"),
    "everything extends all above": "".join(
        f"j{at}: {{extends: [{', '.join(f'j{above}' for above in range(at))}], v{at}: 1}}\n" for at in range(1, 60)
    ),
    "a long chain of references": _chain(2_000, "j{at}: {{s: !reference [j{next}, s]}}\n", "j{at}: {{s: x}}"),
    "references that multiply": _chain(
        40, "j{at}: {{s: [!reference [j{next}, s], !reference [j{next}, s]]}}\n", "j{at}: {{s: x}}"
    ),
    "a value that is filled in often": "spec:\n  inputs: {a: {default: "
    + "x" * 9_000
    + "}}\n---\n"
    + "".join(f"a{at}: $[[ inputs.a ]]\n" for at in range(5_000)),
    "blocks that are opened and not closed": "spec: {inputs: {a: }}\n---\na: |\n  " + "$[[ " * 100_000,
    "a long list in many jobs": f".t: {{rules: [{', '.join(['x'] * 5_000)}]}}\n"
    + "".join(f"j{at}: {{extends: .t}}\n" for at in range(3_000)),
    "a giant text": 'a: "' + "x" * 9_000_000 + '"',
    "a giant file": "x" * 11_000_000,
    "giant numbers": f"0x{'f' * 5_000}: !!float {'9' * 900}\n0x{'e' * 900}: {'1' * 5_000}\n? {'1' * 900}\n",
}


@pytest.mark.parametrize("name", _BOMBS)
def test_bombs_are_said_and_cost_little(name: str) -> None:
    start = time.process_time()

    pipeline = resolve("ci.yml", _BOMBS[name])

    assert time.process_time() - start < 10
    _look_at_everything(pipeline)
    assert pipeline.faults or name in {"many anchors", "giant numbers", "blocks that are opened and not closed"}
    assert len(pipeline.faults) < 5 or name == "everything extends all above"


def test_a_chain_of_merges_is_no_bomb() -> None:
    text = "a0: &a0 {x: 1}\n" + _chain(150, "a{next}: &a{next} {{<<: *a{at}}}\n", "z: 1")

    assert resolve("ci.yml", text).faults == ()


def test_includes_that_multiply_end_at_the_limit(tmp_path: Path) -> None:
    for at in range(12):
        (tmp_path / f"{at}.yml").write_text(
            f"include: [{at + 1}.yml, {at + 1}.yml, {at + 1}.yml]\nj{at}: {{script: x}}\n"
        )
    (tmp_path / "12.yml").write_text("end: {script: x}\n")

    pipeline = resolve("ci.yml", "include: 0.yml", LocalTree(tmp_path))

    assert [fault.message for fault in pipeline.faults] == ["more than 150 files are included; GitLab takes no more"]
    assert len(pipeline.included) == 150
