"""Headers, inputs and interpolation: what values come in where, and what GitLab refuses."""

from collections.abc import Callable, Mapping

import pytest

from cigen.pipeline.include_rules import Knowledge
from cigen.pipeline.interpolation import Value, interpolate
from cigen.pipeline.model import Pipeline
from cigen.pipeline.node import Place, plain
from cigen.pipeline.resolve import resolve

Project = Callable[[dict[str, str]], Pipeline]
Resolve = Callable[[str], Pipeline]
Said = Callable[[Pipeline], list[str]]


def test_a_value_fills_keys_numbers_lists_and_parts_of_texts(project: Project, said: Said) -> None:
    pipeline = project(
        {
            "ci.yml": "include: {local: a.yml, inputs: {name: api, count: 3, tags: [a, 'b c']}}\n",
            "a.yml": """\
                spec:
                  inputs:
                    name: {regex: ^a}
                    count: {type: number}
                    tags: {type: array, default: []}
                    debug: {type: boolean, default: false}
                ---
                job-$[[ inputs.name ]]:
                  parallel: $[[ inputs.count ]]
                  tags: $[[ inputs.tags ]]
                  interruptible: $[[ inputs.debug ]]
                  script:
                    - echo $[[ inputs.name ]]-$[[ inputs.count ]] $[[ inputs.tags[1] | posix_escape ]]
                    - echo $[[ inputs.name | expand_vars | truncate(1,5) ]] $[[ matrix.X ]]
            """,
        }
    )

    assert said(pipeline) == []
    assert plain(pipeline.root) == {
        "job-api": {
            "parallel": 3,
            "tags": ["a", "b c"],
            "interruptible": False,
            "script": ["echo api-3 b\\ c", "echo pi $[[ matrix.X ]]"],
        }
    }


def test_places_are_those_of_the_file_and_not_of_the_filled_text(pipeline_of: Resolve) -> None:
    pipeline = pipeline_of("""\
        spec:
          inputs:
            long: {default: "a long value of many words"}
        ---
        job:
          variables: {A: "$[[ inputs.long ]]", B: here}
          script: x
    """)

    job = pipeline.job("job")
    assert job is not None
    variables = job.own_variables
    assert variables is not None
    assert variables.entries["A"].key.place[1:] == (5, 14, 5, 15)
    assert variables.entries["B"].key.place[1:] == (5, 39, 5, 40)
    assert Place("ci.yml", 6, 2, 6, 8) == job.mapping.entries["script"].key.place


def test_wrong_declarations_are_all_said(pipeline_of: Resolve, said: Said) -> None:
    pipeline = pipeline_of("""\
        spec:
          inputs:
            a: {typ: string, default: x}
            b: {type: strnig, default: x}
            c: {default: x, options: [y, z]}
            d: {type: number, default: x}
            e: {regex: "^v", default: x}
            f: {regex: "(?=x)", default: x}
            g: {type: boolean, default: true, options: [true]}
            h: text
            i: {rules: [{if: '$[[ inputs.a ]] == "x"', options: [p]}]}
            j: {rules: [{default: p, options: [q]}], default: z}
            k: {type: number, regex: x, default: 1}
          components: [name]
          component: [nam]
        ---
        job: {script: x}
    """)

    assert said(pipeline) == [
        "ci.yml:14:3 input-mismatch: `spec` has no 'components' (did you mean 'component'?)",
        "ci.yml:15:15 input-mismatch: `spec:component` knows name, sha, version, reference only (did you mean 'name'?)",
        "ci.yml:3:9 input-mismatch: input 'a' has no 'typ' (did you mean 'type'?)",
        "ci.yml:4:15 input-mismatch: `type` of input 'b' has to be one of array, boolean, number, string "
        "(did you mean 'string'?)",
        "ci.yml:10:8 input-mismatch: the declaration of input 'h' has to be a mapping",
        "ci.yml:11:17 input-mismatch: a rule of input 'i' needs a `default`, which is one of its `options`",
        "ci.yml:12:46 input-mismatch: input 'j' has `rules`, and then no `default` beside them",
        "ci.yml:12:27 input-mismatch: the default 'p' in a rule of input 'j' is not one of its options",
        "ci.yml:5:5 input-mismatch: the default of input 'c' is 'x', which is not one of its options: y, z",
        "ci.yml:6:5 input-mismatch: the default of input 'd' is no number",
        "ci.yml:7:5 input-mismatch: the default of input 'e' is 'x', which its regex /^v/ does not match",
        "ci.yml:8:5 input-mismatch: the default of input 'f' has the regex /(?=x)/, which RE2 does not read",
        "ci.yml:9:5 input-mismatch: the default of input 'g' has `options`, which a boolean may not have",
        "ci.yml:13:5 input-mismatch: the default of input 'k' has a `regex`, which only a string may have",
    ]


def test_given_values_are_checked_where_they_are_given(project: Project, said: Said) -> None:
    pipeline = project(
        {
            "ci.yml": """\
                include:
                  - {local: a.yml, inputs: {nmae: x, stage: deploy, count: many}}
                  - {local: b.yml, inputs: {x: 1}}
            """,
            "a.yml": """\
                spec:
                  inputs:
                    name:
                    stage: {options: [build, test]}
                    count: {type: number}
                ---
                $[[ inputs.name ]]: {script: x, stage: $[[ inputs.stag ]]}
            """.replace("stage: $[[ inputs.stag ]]", "stage: '$[[ inputs.stag ]]'"),
            "b.yml": "b: {script: x}\n",
        }
    )

    assert said(pipeline) == [
        "ci.yml:2:29 input-mismatch: the included file has no input 'nmae' (did you mean 'name'?)",
        "ci.yml:2:13 input-mismatch: the included file needs the input 'name'",
        "ci.yml:2:45 input-mismatch: the value of input 'stage' is 'deploy', "
        "which is not one of its options: build, test",
        "ci.yml:2:60 input-mismatch: the value of input 'count' is no number",
        "a.yml:7:41 input-mismatch: 'inputs.stag' means nothing: there is no 'stag' (did you mean 'stage'?)",
        "ci.yml:3:28 input-mismatch: the included file declares no inputs: it has no `spec` above a second document",
    ]
    assert (pipeline.stand_ins, pipeline.is_complete) == (("name",), False)


def test_inputs_may_be_declared_in_a_file_of_their_own(project: Project, said: Said) -> None:
    pipeline = project(
        {
            "ci.yml": """\
                spec:
                  include: [inputs.yml]
                  inputs: {own: {default: o}}
                ---
                job: {script: "$[[ inputs.own ]]$[[ inputs.shared ]]"}
            """,
            "inputs.yml": "inputs: {shared: {default: s}}\n",
        }
    )

    assert said(pipeline) == []
    assert plain(pipeline.root) == {"job": {"script": "os"}}


@pytest.mark.parametrize(
    ("block", "result"),
    [
        ("$[[ inputs.text ]]", "a b"),
        ("$[[inputs.text]]", "a b"),
        ("$[[ inputs.text", "$[[ inputs.text"),
        ("$[[ x ]]", "$[[ x ]]"),
        ("$[[ inputs.list ]]", '["x",{"y":1}]'),
        ("$[[ inputs.list[1].y ]]", "1"),
        ("$[[ inputs.none ]]", "null"),
        ("$[[ inputs.text\n| truncate(0,1) ]]", "$[[ inputs.text\n| truncate(0,1) ]]"),
        ("$[[ inputs.text | posix_escape ]]", "a\\ b"),
        ("$[[ inputs.text | split(' ') ]]", '["a","b"]'),
        ("$[[ matrix.OS ]]", "$[[ matrix.OS ]]"),
    ],
)
def test_blocks_are_filled_in(block: str, result: str) -> None:
    context = {"inputs": {"text": "a b", "list": ["x", {"y": 1}], "none": None}}

    assert result == interpolate(block, context).text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("$[[ input.text ]]", "'input.text' means nothing: there is no 'input'"),
        ("$[[ text ]]", "'text' is no access to an input"),
        ("$[[ inputs.text.more ]]", "'inputs.text.more' means nothing: there is no 'more'"),
        ("$[[ inputs.text[0] ]]", "'inputs.text[0]' asks for item 0 of what is no list"),
        ("$[[ inputs.list[7] ]]", "'inputs.list[7]' asks for item 7 of a list with 1 items"),
        ("$[[ inputs.list[x] ]]", "'inputs.list[x]' has no index that can be read"),
        ("$[[ inputs.text | upper ]]", "there is no function `upper`, or not with these arguments"),
        ("$[[ inputs.list | truncate(0,1) ]]", "`truncate` takes a text; this input is none"),
        (
            "$[[ inputs.text | expand_vars | expand_vars | expand_vars | expand_vars ]]",
            "4 functions stand in one interpolation; GitLab takes 3",
        ),
    ],
)
def test_blocks_that_cannot_be_filled_in_stay_and_are_said(block: str, message: str) -> None:
    filled = interpolate(f"a {block} b", {"inputs": {"text": "x", "list": ["x"]}})

    assert (f"a {block} b", [(2, 2 + len(block), message)]) == (
        filled.text,
        [(mistake.start, mistake.end, mistake.message) for mistake in filled.mistakes],
    )


@pytest.mark.parametrize(
    ("text", "jobs"),
    [
        ("---\njob: {script: x}\n", ["job"]),
        ("spec: {}\n---\njob: {script: x}\n", ["job"]),
        ("---\nspec:\n---\njob: {script: x}\n", ["job"]),
        ("one: {script: x}\n---\ntwo: {script: x}\n", ["one"]),
        ("spec: {}\n---\none: {script: x}\n---\ntwo: {script: x}\n", ["two"]),
        ("# c\n---\n---\njob: {script: x}\n", ["job"]),
        ("spec: {script: x}\n", ["spec"]),
    ],
)
def test_documents_are_told_apart_as_by_gitlab(pipeline_of: Resolve, text: str, jobs: list[str]) -> None:
    pipeline = pipeline_of(text)

    assert ((), jobs) == (pipeline.faults, [job.name for job in pipeline.jobs])


def test_the_default_of_a_rule_counts_where_its_condition_holds() -> None:
    text = """\
spec:
  inputs:
    env: {default: prod}
    size:
      rules:
        - {if: '$[[ inputs.env ]] == "prod"', options: [large], default: large}
        - {options: [small], default: small}
---
job: {script: "$[[ inputs.size ]]"}
"""

    def condition(_: str, inputs: Mapping[str, Value]) -> bool:
        return inputs["env"] == "prod"

    known = resolve("ci.yml", text, knowledge=Knowledge(input_rule=condition))
    guessed = resolve("ci.yml", text.replace("default: prod", "default: test"))

    assert (known.faults, known.stand_ins, plain(known.root)) == ((), (), {"job": {"script": "large"}})
    assert (guessed.faults, guessed.stand_ins, plain(guessed.root)) == ((), ("size",), {"job": {"script": "large"}})
