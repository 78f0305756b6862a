"""What jobs say about each other, and what GitLab refuses of it."""

import pytest
from tests.generator.pipeline.test_judge import found

JOBS = """
build: {stage: build, script: a}
many: {stage: build, script: a, parallel: 2}
matrix:
  stage: build
  script: a
  parallel:
    matrix:
      - {REGION: [eu, us], SIZE: 1}
      - {REGION: [ap], SIZE: [1, 2]}
deploy: {stage: deploy, script: a}
"""

REFUSED = {
    "test: {script: a, needs: [biuld]}": "needs-undefined job 'test' needs 'biuld', which is no job of this pipeline "
    "[did you mean 'build'?]",
    "test: {script: a, needs: [something-else]}": "needs-undefined job 'test' needs 'something-else', which is no job "
    "of this pipeline [with 'optional: true' it may be missing]",
    "test: {script: a, needs: [.hidden]}\n.hidden: {script: a}": "needs-undefined job 'test' needs '.hidden', which is "
    "no job of this pipeline [a job whose name begins with a dot is hidden, and never runs]",
    "test: {script: a, needs: [{job: deploy}]}": "needs-undefined job 'test' needs 'deploy', which is in the later "
    "stage 'deploy' (this job is in 'test') [put this job into 'deploy' or a stage after it]",
    "test: {script: a, needs: [build, {job: build}]}": "needs-undefined job 'test' needs 'build' twice "
    "[a job is needed once]",
    "test: {script: a, needs: [many, many 1/2]}": "needs-undefined job 'test' needs 'many 1/2' twice "
    "[a job is needed once]",
    "test: {script: a, needs: ['matrix: [eu, 2]']}": "needs-undefined job 'test' needs 'matrix: [eu, 2]', which is no "
    "job of this pipeline [did you mean 'matrix: [eu, 1]'?]",
    "test: {script: a, needs: [{job: matrix, parallel: {matrix: [{REGION: eu, SIZE: 3}]}}]}": "needs-undefined job "
    "'test' needs 'matrix: [eu, 3]', which is no job of this pipeline [did you mean 'matrix: [eu, 1]'?]",
    "test: {script: a, rules: [{needs: [many]}]}": "needs-undefined job 'test' needs, in one of its rules, 'many', "
    "which is no job of this pipeline ['many' is parallel: name one of its jobs, such as 'many 1/2']",
    "test: {script: a, rules: [{needs: [deploy]}]}": "needs-undefined job 'test' needs, in one of its rules, 'deploy', "
    "which is in the later stage 'deploy' (this job is in 'test') [put this job into 'deploy' or a stage after it]",
    "test: {script: a, dependencies: [deploy]}": "needs-undefined job 'test' fetches artifacts of 'deploy', which is "
    "in the later stage 'deploy' (this job is in 'test') [put this job into 'deploy' or a stage after it]",
    "test: {script: a, dependencies: [nobody-at-all]}": "needs-undefined job 'test' fetches artifacts of "
    "'nobody-at-all', which is no job of this pipeline",
    "test: {script: a, needs: [build], dependencies: [many]}": "dependencies-outside-needs job 'test' fetches "
    "artifacts of 'many', which is not among its needs [add 'many' to 'needs']",
    "test: {script: a, needs: [{pipeline: $UP, job: a}], dependencies: [build]}": "dependencies-outside-needs job "
    "'test' has 'dependencies', but needs no job of this pipeline "
    "[leave 'dependencies' out: the needs fetch artifacts]",
    "test: {trigger: {include: [{artifact: a.yml, job: deploy}]}}": "needs-undefined job 'test' starts a file made by "
    "'deploy', which is in the later stage 'deploy' (this job is in 'test') "
    "[put this job into 'deploy' or a stage after it]",
    "test: {script: a, stage: biuld}": "stage-undefined job 'test' is in the stage 'biuld', which is not among the "
    "stages [did you mean 'build'?]",
    "test: {script: a, needs: [test]}": "needs-cycle job 'test' needs itself [take one of these needs out]",
    "a: {script: a, needs: [c]}\nb: {script: a, needs: [a]}\nc: {script: a, needs: [build, b]}": "needs-cycle job 'a' "
    "needs itself: a → c → b → a [take one of these needs out]",
    "test: {script: a, environment: {name: x, on_stop: halt}}": "on-stop-wiring 'environment:on_stop' names 'halt', "
    "which is no job of this pipeline",
    "test: {script: a, environment: {name: x, on_stop: build}}": "on-stop-wiring 'environment:on_stop' names 'build', "
    "which has no environment [give it: environment: {name: x, action: stop}]",
    "test: {script: a, environment: {name: x, on_stop: end}}\nend: {script: a, environment: y}": "on-stop-wiring "
    "'environment:on_stop' names 'end', which has another environment: 'y'",
    "test: {script: a, environment: {name: x, on_stop: end}}\nend: {script: a, environment: x}": "on-stop-wiring "
    "'environment:on_stop' names 'end', which does not stop its environment "
    "[add to 'end': environment: action: stop]",
    f"test: {{script: a, needs: [{'n' * 252}]}}\n{'n' * 252}: {{script: a, parallel: 1}}": "over-limit job 'test' "
    "needs a job whose name has 256 characters; 255 are allowed",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_does_not_hang_together_is_refused(text: str):
    assert [REFUSED[text]] == [fault.split(" ", 1)[1] for fault in found(JOBS + text)]


ACCEPTED = [
    "test: {script: a, needs: [build, many, matrix]}",
    "test: {script: a, needs: [many 2/2, 'matrix: [ap, 2]']}",
    "test: {script: a, needs: [{job: matrix, parallel: {matrix: [{REGION: [eu, us], SIZE: 1}]}}]}",
    "test: {script: a, needs: [{job: nowhere, optional: true}]}",
    "test: {script: a, needs: {job: build}}",
    "test: {script: a, needs: [[build], [[many]]]}",
    "test: {script: a, needs: []}",
    "test: {script: a, needs: [{project: g/p, ref: main, job: a}]}",
    "test: {script: a, needs: [build], dependencies: [build]}",
    "test: {script: a, needs: [], dependencies: [build]}",
    "test: {script: a, dependencies: [many, matrix]}",
    "same: {script: a, needs: [test]}\ntest: {script: a}",
    "up: {script: a, stage: build, parallel: {matrix: [{R: [eu, us]}]}}\n"
    "test: {script: a, parallel: {matrix: [{R: [eu, us]}]}, "
    "needs: [{job: up, parallel: {matrix: [{R: '$[[ matrix.R ]]'}]}}]}",
    "test: {script: a, parallel: {matrix: [{R: [eu, us]}]}, needs: ['other: [$[[ matrix.R ]]]']}\n"
    "other: {script: a, parallel: {matrix: [{R: [eu, us]}]}}",
    "test: {script: a, parallel: {matrix: [{N: [x, y]}]}, needs: [{job: 'a-$[[ matrix.N ]]'}]}\n"
    "a-x: {script: a}\na-y: {script: a, needs: ['test: [x]']}",
    "test: {script: a, environment: {name: x, on_stop: end}}\nend: {script: a, environment: {name: x, action: stop}}",
    "test: {needs: {pipeline: group/project}}",
]


@pytest.mark.parametrize("text", ACCEPTED)
def test_what_hangs_together_is_accepted(text: str):
    assert found(JOBS + text) == []


def test_a_circle_names_the_places_of_the_other_needs():
    from cigen.pipeline.judge import judge
    from cigen.pipeline.resolve import resolve

    [fault] = judge(resolve("ci.yml", "a:\n  script: a\n  needs: [b]\nb:\n  script: a\n  needs: [a]\n"))

    assert [(place.line, place.column, said) for place, said in fault.related] == [(5, 9, "the needs of 'b'")]
