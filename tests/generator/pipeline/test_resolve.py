"""Extends, references and defaults: what each job is in the end, and what GitLab refuses about it."""

from collections.abc import Callable

from cigen.pipeline.model import Pipeline
from cigen.pipeline.node import plain

Resolve = Callable[[str], Pipeline]
Said = Callable[[Pipeline], list[str]]


def _jobs(pipeline: Pipeline) -> dict[str, object]:
    return {job.name: plain(job.value) for job in pipeline.jobs}


def test_a_job_lies_over_all_it_extends_in_order(pipeline_of: Resolve) -> None:
    pipeline = pipeline_of("""
        .a: {image: a, variables: {X: a, Y: a}, script: [a, a]}
        .b: {extends: .a, variables: {Y: b}}
        .c: {script: [c], tags: [c]}
        job: {extends: [.b, .c], variables: {Z: job}}
    """)

    assert pipeline.faults == ()
    assert _jobs(pipeline)["job"] == {
        "image": "a",
        "variables": {"X": "a", "Y": "b", "Z": "job"},
        "script": ["c"],
        "extends": [".b", ".c"],
        "tags": ["c"],
    }


def test_a_value_knows_from_which_template_it_came(pipeline_of: Resolve) -> None:
    pipeline = pipeline_of("""\
        .a: {image: a}
        .b: {extends: .a}
        job:
          extends: .b
          script: x
    """)

    job = pipeline.job("job")
    assert job is not None
    image, script = job.mapping.entries["image"], job.mapping.entries["script"]
    assert (image.value.place.line, job.key.place.line) == (0, 2)
    chain = [(place.line, words) for place, words in job.origin(image.value.place)]
    assert chain == [(3, "'.b' extended from here"), (1, "'.a' extended from here")]
    assert job.origin(script.value.place) == ()


def test_wrong_extends_are_all_said(pipeline_of: Resolve, said: Said) -> None:
    pipeline = pipeline_of("""\
        .build: {script: x}
        stages: [test]
        a: {extends: .biuld}
        b: {extends: stages}
        c: {extends: d}
        d: {extends: c}
        e: {extends: 123}
    """)

    assert said(pipeline) == [
        "ci.yml:3:14 extends-undefined: 'a' extends '.biuld', which is not defined (did you mean '.build'?)",
        "ci.yml:4:14 extends-undefined: 'b' extends 'stages', which is no job: its value is no mapping",
        "ci.yml:6:14 extends-cycle: 'd' extends itself: c → d → c",
        "ci.yml:7:14 extends-undefined: 'e' extends '123', which is not defined",
    ]
    assert [job.name for job in pipeline.jobs if job.is_complete] == [".build"]


def test_eleven_levels_of_extends_are_taken_and_twelve_are_not(pipeline_of: Resolve, said: Said) -> None:
    def chain(levels: int) -> str:
        return "\n".join([*(f"j{at}: {{extends: j{at + 1}}}" for at in range(levels)), f"j{levels}: {{script: x}}"])

    assert said(pipeline_of(chain(11))) == []
    assert said(pipeline_of(chain(12))) == ["ci.yml:1:6 over-limit: 'j0' extends 12 jobs in a row; GitLab takes 11"]


def test_references_are_put_in_after_extends_and_lists_stay_nested(pipeline_of: Resolve) -> None:
    pipeline = pipeline_of("""
        .base: {script: [base]}
        .setup: {extends: .base, rules: [{if: $A}]}
        job:
          script: [!reference [.setup, script], end]
          rules: !reference [.setup, rules]
          variables: {A: !reference [.deep, list]}
        .deep: {list: [{x: !reference [.base, script]}]}
    """)

    assert pipeline.faults == ()
    assert _jobs(pipeline)["job"] == {
        "script": [["base"], "end"],
        "rules": [{"if": "$A"}],
        "variables": {"A": [{"x": ["base"]}]},
    }
    job = pipeline.job("job")
    assert job is not None
    assert [plain(line) for line in job.script()] == ["base", "end"]


def test_wrong_references_are_all_said(pipeline_of: Resolve, said: Said) -> None:
    pipeline = pipeline_of("""\
        .setup: {script: [x], nothing: null, flag: off}
        a: {script: [!reference [.setup, scrpt]]}
        b: {script: !reference [c, script]}
        c: {script: !reference [b, script]}
        d: {script: !reference .setup}
        e: {script: !reference [.setup, nothing]}
        f: {script: !reference [.setup, flag]}
        g: {script: !reference [.setup, 1]}
        h: {script: !reference [b, script, x]}
    """)

    assert said(pipeline) == [
        "ci.yml:2:14 reference-undefined: !reference [.setup, scrpt] could not be found: "
        "'.setup' has no 'scrpt' (did you mean 'script'?)",
        "ci.yml:3:13 reference-undefined: `!reference` goes in a circle: "
        "!reference [c, script] → !reference [b, script] → !reference [c, script]",
        "ci.yml:5:13 reference-undefined: this `!reference` cannot be one: "
        "it stands before the text '.setup', not before a list",
        "ci.yml:6:13 reference-undefined: !reference [.setup, nothing] is null, which GitLab takes for not there",
        "ci.yml:7:13 reference-undefined: !reference [.setup, flag] is false, which GitLab takes for not there",
        "ci.yml:8:13 reference-undefined: this `!reference` cannot be one: its list may have texts only",
        "ci.yml:9:13 reference-undefined: !reference [b, script, x] could not be found: "
        "'b.script' is itself a reference, which GitLab does not look into",
    ]


def test_a_broken_reference_in_a_template_is_said_once_and_marks_every_job(pipeline_of: Resolve, said: Said) -> None:
    pipeline = pipeline_of("""\
        .base: {script: [!reference [.nope]]}
        a: {extends: .base}
        b: {extends: .base}
    """)

    assert said(pipeline) == [
        "ci.yml:1:18 reference-undefined: !reference [.nope] could not be found: there is no '.nope'"
    ]
    assert [job.is_complete for job in pipeline.jobs] == [False, False, False]


def test_defaults_come_from_default_then_from_the_top_level(pipeline_of: Resolve) -> None:
    pipeline = pipeline_of("""
        image: top
        cache: {key: top}
        default: {image: default, tags: [default], retry: 1}
        variables: {A: top, B: top}
        a: {script: x, tags: [own], retry: null}
        b: {script: x, inherit: {default: [tags], variables: [B]}, variables: {C: own}}
        c: {script: x, inherit: {default: false, variables: false}}
    """)

    effective = {job.name: plain(job.effective) for job in pipeline.jobs}
    assert effective["a"] == {
        "script": "x",
        "tags": ["own"],
        "retry": 1,
        "cache": {"key": "top"},
        "image": "default",
    }
    assert {
        key: value for key, value in effective["b"].items() if key in {"script", "tags", "image", "cache", "retry"}
    } == {"script": "x", "tags": ["default"]}
    assert effective["c"] == {"script": "x", "inherit": {"default": False, "variables": False}}
    variables = {job.name: plain(job.variables) for job in pipeline.jobs}
    assert variables == {"a": {"A": "top", "B": "top"}, "b": {"B": "top", "C": "own"}, "c": {}}


def test_stages_are_framed_by_those_of_gitlab(pipeline_of: Resolve) -> None:
    written = pipeline_of("stages: [a, [b, .pre]]\njob: {script: x, stage: b}")
    default = pipeline_of("job: {script: x}")

    assert [stage.name for stage in written.stages] == [".pre", "a", "b", ".post"]
    assert [stage.name for stage in default.stages] == [".pre", "build", "test", "deploy", ".post"]
    assert [job.stage_name for pipeline in (written, default) for job in pipeline.jobs] == ["b", "test"]


def test_hidden_jobs_are_told_from_those_that_run(pipeline_of: Resolve) -> None:
    pipeline = pipeline_of(".t: {script: x}\nspec: {script: x}\nworkflow: {name: w}\n1: {script: x}")

    assert [job.name for job in pipeline.hidden_jobs] == [".t"]
    assert [job.name for job in pipeline.visible_jobs] == ["spec", "1"]
    assert plain(pipeline.workflow) == {"name": "w"} if pipeline.workflow else False
