"""What the judge finds in a pipeline: which fault, where, and that it finds all of them."""

from collections.abc import Iterator
from textwrap import dedent

import pytest

from cigen.pipeline.judge import judge
from cigen.pipeline.resolve import resolve


def found(text: str) -> list[str]:
    """Each fault as `line:column name message [hint]`."""
    return list(_found(dedent(text)))


def _found(text: str) -> Iterator[str]:
    pipeline = resolve("ci.yml", text)
    for fault in (*pipeline.faults, *judge(pipeline)):
        hint = f" [{fault.hint}]" if fault.hint else ""
        yield f"{fault.place.line + 1}:{fault.place.column + 1} {fault.kind} {fault.message}{hint}"


def test_all_faults_are_found_in_one_run_also_inside_a_faulty_job():
    faults = found(
        """
        stages: [build, tset]
        build:
          script: make
          imgae: alpine
          when: sometimes
          artifacts:
            expire_in: soon
            path: [out/]
        test:
          stage: test
          script: make test
          needs: [biuld]
        """
    )

    assert faults == [
        "5:3 unknown-keyword job 'build' has the unknown keyword 'imgae' [did you mean 'image'?]",
        "6:9 bad-enum 'when' must be one of on_success, on_failure, always, manual, delayed, and is 'sometimes'",
        "8:16 bad-duration 'artifacts:expire_in' must be a duration such as '1 week', or never, and is 'soon': "
        "'soon' is no unit of time",
        "9:5 unknown-keyword 'artifacts' has the unknown keyword 'path' [did you mean 'paths'?]",
        "3:1 stage-undefined job 'build' has no 'stage', and there is no stage 'test', which it would be in "
        "[known: .pre, build, tset, .post]",
        "11:10 stage-undefined job 'test' is in the stage 'test', which is not among the stages [did you mean 'tset'?]",
        "13:11 needs-undefined job 'test' needs 'biuld', which is no job of this pipeline [did you mean 'build'?]",
    ]


def test_a_fault_of_a_template_is_told_once_however_many_jobs_extend_it():
    faults = found(
        """
        .base:
          retry: 3
        a: {extends: .base, script: a}
        b: {extends: .base, script: b}
        """
    )

    assert faults == ["3:10 over-limit 'retry' must be a whole number from 0 to 2, and is 3"]


def test_a_hidden_job_is_not_judged_but_must_not_be_empty():
    faults = found(
        """
        .template:
          anything: {goes: [here]}
        .nothing:
        job: {script: make}
        """
    )

    assert faults == ["4:1 wrong-shape the hidden job '.nothing' is empty [take it out]"]


def test_a_job_that_two_names_share_is_judged_by_each_of_them():
    faults = found(
        """
        pages: &job
          script: make
          publish: html
        other: *job
        """
    )

    assert faults == ["4:3 conflicting-keywords job 'other' has 'publish', but makes no pages [add: pages: true]"]


def test_what_may_stand_in_a_file_that_was_not_looked_at_is_not_called_missing():
    faults = found(
        """
        include:
          - project: platform/pipelines
            file: jobs.yml
        deploy:
          stage: deploy-lambda
          script: make
          needs: [gate]
          dependencies: [other]
          environment: {on_stop: stop}
        overridden:
          image: {entrypoint: [sh]}
          needs: [deploy]
          cache: {key: {prefix: a}}
        started: {trigger: {branch: main}}
        .hidden:
        stages: [deploy-lambda]
        """
    )

    assert faults == [
        "9:18 dependencies-outside-needs job 'deploy' fetches artifacts of 'other', which is not among its needs "
        "[add 'other' to 'needs']"
    ]


def test_what_is_wrong_whatever_else_there_is_is_told_though_a_file_was_not_looked_at():
    faults = found(
        """
        include: https://example.com/jobs.yml
        stages: [build]
        job:
          stage: test
          imgae: ruby
          retry: 3
        """
    )

    assert faults == [
        "6:3 unknown-keyword job 'job' has the unknown keyword 'imgae' [did you mean 'image'?]",
        "7:10 over-limit 'retry' must be a whole number from 0 to 2, and is 3",
        "5:10 stage-undefined job 'job' is in the stage 'test', which is not among the stages "
        "[known: .pre, build, .post]",
    ]


def test_what_a_missing_template_or_reference_may_have_is_not_asked_for_again():
    faults = found(
        """
        stages: [build]
        a: {extends: .missing}
        b: {stage: build, script: !reference [.missing, script]}
        """
    )

    assert faults == [
        "3:14 extends-undefined 'a' extends '.missing', which is not defined",
        "4:27 reference-undefined !reference [.missing, script] could not be found: there is no '.missing'",
    ]


def test_a_reference_to_a_whole_job_in_a_script_is_explained():
    faults = found(
        """
        .setup: {script: [make setup]}
        job: {script: [!reference [.setup], make]}
        """
    )

    assert faults == [
        "2:10 script-parsed-as-map an item of 'script' has a command that YAML reads as a mapping with the key "
        "'script' [a !reference has to name the script too, such as [.job, script]]"
    ]


REFUSED = {
    # jobs
    "job: make": "1:1 job-without-script job 'job' is no mapping but 'make', so it is no job "
    "[give it a script, or a name that begins with a dot if it is a template]",
    "job:": "1:1 job-without-script job 'job' has nothing under it "
    "[give it a script, or a name that begins with a dot if it is a template]",
    "job: {image: a}": "1:1 job-without-script job 'job' has no 'script', 'run' or 'trigger' "
    "[give it a script, or a name that begins with a dot if it is a template]",
    "job: {scirpt: a}": "1:1 job-without-script job 'job' has no 'script', 'run' or 'trigger' "
    "[is 'scirpt' meant to be 'script'?]",
    "variabels: {A: b}\njob: {script: a}": "1:1 job-without-script job 'variabels' has no 'script', 'run' or 'trigger' "
    "[did you mean the keyword 'variables'? GitLab takes any other name for a job]",
    "rules: [{when: always}]\njob: {script: a}": "1:1 job-without-script job 'rules' is no mapping but a list, so "
    "it is no job ['rules' belongs into a job: indent it under the job's name]",
    "default: {rules: [{when: always}]}\njob: {script: a}": "1:11 unknown-keyword 'default' cannot have 'rules' "
    "[there is no default for it: write it in each job, or in a template that they extend]",
    "job: {needs: []}": "1:1 job-without-script job 'job' has no 'script', 'run' or 'trigger' "
    "[give it a script, or a name that begins with a dot if it is a template]",
    "job: {script: }": "1:7 job-without-script job 'job' has an empty 'script' "
    "[a job that does nothing can say: script: 'true']",
    "job: {script: []}": "1:7 job-without-script job 'job' has an empty 'script' "
    "[a job that does nothing can say: script: 'true']",
    "10: {script: a}": "1:1 wrong-shape job '10' has a name that YAML reads as the number 10 [put the name in quotes]",
    "on: {script: a}": "1:1 wrong-shape job 'on' has a name that YAML reads as true [put the name in quotes]",
    "'': {script: a}": "1:1 wrong-shape a job has no name [give it one]",
    f"{'a' * 256}: {{script: a}}": "1:1 over-limit a job's name has 256 characters; 255 are allowed",
    ".a: {script: a}": "1:1 no-visible-job a pipeline needs a job that is not hidden, and all its jobs are hidden "
    "[add a job with a script]",
    "stages: [a]": "1:1 no-visible-job a pipeline needs a job that is not hidden, and it has none "
    "[add a job with a script]",
    "image: a\ndefault: {image: b}\njob: {script: a}": "1:1 conflicting-keywords 'image' stands at the top and under "
    "'default' as well [keep the one under 'default']",
    "default: {script: a, needs: [b]}\nb: {script: b, stage: deploy}": "1:30 needs-undefined job 'default' needs 'b', "
    "which is in the later stage 'deploy' (this job is in 'test') [put this job into 'deploy' or a stage after it]",
    "workflow: {variables: {A: b}}\njob: {script: a}": "1:12 unknown-keyword 'workflow' has the unknown keyword "
    "'variables' [known: rules, name, auto_cancel]",
    "stages: [a, [b, 1]]\njob: {script: a, stage: a}": "1:17 wrong-shape an item of 'stages' must be text, and is the "
    "number 1",
    "stages: []\njob: {script: a}": "2:1 stage-undefined job 'job' has no 'stage', and there is no stage 'test', "
    "which it would be in",
}


@pytest.mark.parametrize("text", REFUSED)
def test_a_pipeline_is_refused_where_its_jobs_are_none(text: str):
    assert [REFUSED[text]] == found(text)


ACCEPTED = [
    "pages: {script: a, publish: html}",
    "spec: {script: a}",
    "default: {script: a}",
    "job: {script: a, extends: }",
    "default:\nworkflow:\nvariables:\nstages:\nimage:\njob: {script: a, needs: , rules: , only: [main]}",
    "default: {image: }\nimage: a\njob: {script: a}",
    "stages: [[a, [b]], c]\njob: {script: a, stage: b}",
    "first: {script: a, stage: .pre}\nlast: {script: a, stage: .post, needs: [first]}",
    "workflow: {rules: [{when: always}, null, [{when: never}]]}\njob: {script: a}",
]


@pytest.mark.parametrize("text", ACCEPTED)
def test_strange_pipelines_that_gitlab_accepts_are_accepted(text: str):
    assert found(text) == []
