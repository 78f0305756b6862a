"""The pipeline of a context: who is in it, in which order, what holds it up, and why GitLab refuses it."""

from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cigen.pipeline.contexts import Circumstances, contexts
from cigen.pipeline.fault import FaultKind
from cigen.pipeline.model import Pipeline
from cigen.pipeline.order import Position, Waiting, positions
from cigen.pipeline.possibility import asked_variables, can_run
from cigen.pipeline.predefined import PREDEFINED, Moment, Where, is_read_by_runner
from cigen.pipeline.resolve import resolve
from cigen.pipeline.simulation import Simulation, simulate


def _pipeline(text: str) -> Pipeline:
    pipeline = resolve("ci.yml", dedent(text))
    assert pipeline.faults == ()
    return pipeline


def _simulated(text: str, kind: str = "push", circumstances: Circumstances | None = None) -> Simulation:
    return simulate(_pipeline(text), contexts(circumstances)[kind])


def _names(simulation: Simulation) -> list[str]:
    return [job.name for job in simulation.jobs]


def test_jobs_come_stage_after_stage_and_in_a_stage_by_what_they_need() -> None:
    simulation = _simulated("""\
        stages: [build, deploy]
        last: {stage: .post, script: x}
        smoke: {stage: deploy, script: x, needs: [deploy]}
        deploy: {stage: deploy, script: x, needs: [build]}
        build: {stage: build, script: x}
        lint: {stage: build, script: x, needs: []}
        first: {stage: .pre, script: x}
    """)

    assert [(job.name, job.layer) for job in simulation.jobs] == [
        ("first", 0),
        ("lint", 0),
        ("build", 1),
        ("deploy", 2),
        ("smoke", 3),
        ("last", 4),
    ]
    assert (simulation.is_created, simulation.faults, simulation.absent) == (True, (), ())


def test_a_need_that_the_rules_leave_out_makes_gitlab_refuse_the_pipeline() -> None:
    text = """\
        build: {script: x, rules: [{if: $CI_COMMIT_TAG}]}
        deploy: {script: x, needs: [build]}
    """

    push, tag = _simulated(text, "push"), _simulated(text, "tag")

    (fault,) = push.faults
    assert (push.is_created, tag.is_created, tag.faults) == (False, True, ())
    assert (fault.kind, fault.job) == (FaultKind.NEEDS_ABSENT, "deploy")
    assert fault.message == "deploy needs build, which is not in this pipeline"
    assert (fault.place.span.line, fault.place.span.column) == (2, 29)


def test_optional_needs_and_needs_of_other_projects_may_be_missing() -> None:
    simulation = _simulated("""\
        build: {script: x, rules: [{if: $CI_COMMIT_TAG}]}
        deploy:
          script: x
          needs:
            - {job: build, optional: true}
            - {job: image, project: group/images, ref: main, artifacts: true}
    """)

    assert (_names(simulation), simulation.faults) == (["deploy"], ())


def test_a_need_may_name_one_instance_of_a_parallel_job() -> None:
    simulation = _simulated("""\
        test: {script: x, parallel: {matrix: [{OS: [a, b], DB: [c, d, e]}, {OS: f}]}}
        split: {script: x, parallel: 3}
        report: {stage: deploy, script: x, needs: ['test: [a, c]', split 1/3]}
    """)

    assert [(job.name, job.instances, job.layer) for job in simulation.jobs] == [
        ("test", 7, 0),
        ("split", 3, 0),
        ("report", 1, 1),
    ]
    assert simulation.faults == ()


def test_a_need_may_be_filled_from_the_matrix() -> None:
    simulation = _simulated("""\
        build-a: {stage: build, script: x}
        test: {script: x, parallel: {matrix: [{N: [a]}]}, needs: ['build-$[[ matrix.N ]]']}
        other: {script: x, parallel: {matrix: [{N: [a]}]}, needs: ['nothing-$[[ matrix.N ]]']}
    """)

    assert [fault.message for fault in simulation.faults] == [
        "other needs nothing-$[[ matrix.N ]], which is not in this pipeline"
    ]


def test_needs_of_a_rule_replace_those_of_the_job_which_gitlab_checks_all_the_same() -> None:
    text = """\
        build: {stage: build, script: x, rules: [{if: $CI_COMMIT_TAG}]}
        quick: {stage: build, script: x}
        deploy:
          script: x
          needs: %s
          rules: [{if: $CI_COMMIT_BRANCH, needs: %s}]
    """

    checked = _simulated(text % ("[build]", "[quick]"))
    replaced = _simulated(text % ("[quick]", "[]"))
    missing = _simulated(text % ("[quick]", "[build]"))

    assert [fault.message for fault in checked.faults] == ["deploy needs build, which is not in this pipeline"]
    deploy = replaced.job("deploy")
    assert deploy is not None
    assert (deploy.needs, deploy.layer) == ((), 0)
    assert missing.notes == ("deploy starts without build: its rule needs what is not in this pipeline",)


def test_workflow_rules_decide_whether_there_is_a_pipeline_and_set_its_variables() -> None:
    text = """\
        workflow:
          name: deploy to $TARGET
          rules:
            - if: $CI_PIPELINE_SOURCE == "schedule"
              when: never
            - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
              variables: {TARGET: staging}
            - if: $CI_MERGE_REQUEST_IID
        variables: {TARGET: nowhere}
        deploy: {script: x, rules: [{if: $TARGET == "staging"}]}
        review: {script: x}
        alone: {script: x, inherit: {variables: false}, rules: [{if: $TARGET == null}]}
    """

    push, mr, schedule, tag = (_simulated(text, kind) for kind in ("push", "mr", "schedule", "tag"))

    assert (push.name, _names(push)) == ("deploy to staging", ["deploy", "review", "alone"])
    assert (mr.name, _names(mr)) == ("deploy to nowhere", ["review", "alone"])
    assert (schedule.is_created, schedule.reason) == (
        False,
        'workflow:rules: rule 1: $CI_PIPELINE_SOURCE == "schedule"',
    )
    assert (tag.is_created, tag.reason) == (False, "workflow:rules: no rule matches")


def test_without_workflow_rules_a_job_without_rules_is_not_in_merge_request_pipelines() -> None:
    simulation = _simulated("job: {script: x}\n", "mr")

    assert (simulation.is_created, simulation.reason) == (False, "no job is in it")
    assert [(job.name, job.reason) for job in simulation.absent] == [("job", "only:refs does not match")]


def test_jobs_of_pre_and_post_alone_make_no_pipeline() -> None:
    simulation = _simulated("notify: {stage: .post, script: x}\n")

    assert (simulation.is_created, simulation.reason) == (False, "all its jobs are in .pre and .post")


def test_the_later_variables_win_as_at_gitlab() -> None:
    text = """\
        variables: {A: root, B: root, CI_PROJECT_NAME: mine, GITLAB_USER_LOGIN: mine, D: {value: told, description: d}}
        job:
          script: x
          variables: {B: job, C: job}
          rules:
            - if: $A == "given" && $B == "job" && $CI_PROJECT_NAME == "mine" && $GITLAB_USER_LOGIN == "person"
              variables: {C: rule}
    """

    simulation = _simulated(text, "push", Circumstances(variables={"A": "given"}))

    job = simulation.job("job")
    assert job is not None
    assert {name: job.variables[name] for name in "ABCD"} == {"A": "root", "B": "job", "C": "rule", "D": "told"}


def test_a_condition_sees_its_job_but_the_workflow_does_not() -> None:
    text = """\
        workflow: {rules: [{if: $CI_JOB_NAME == null}]}
        job:
          script: x
          environment: {name: staging/$REGION, deployment_tier: staging}
          variables: {REGION: eu}
          rules:
            - if: $CI_JOB_NAME == "job" && $CI_ENVIRONMENT_NAME == "staging/eu" && $CI_ENVIRONMENT_TIER == "staging"
    """

    job = _simulated(text).job("job")

    assert job is not None
    assert job.environment == "staging/eu"


@pytest.mark.parametrize(
    ("text", "when", "allow_failure"),
    [
        ("when: manual", "manual", True),
        ("when: manual, allow_failure: false", "manual", False),
        ("rules: [{when: manual}]", "manual", False),
        ("rules: [{when: manual, allow_failure: true}]", "manual", True),
        ("when: manual, rules: [{if: $CI}]", "manual", True),
        ("allow_failure: true, rules: [{if: $CI, allow_failure: false}]", "on_success", False),
        ("allow_failure: {exit_codes: [75]}", "on_success", False),
        ("when: always", "always", False),
        ("when: delayed, start_in: 5 minutes", "delayed", False),
    ],
)
def test_a_manual_job_may_be_left_alone_unless_a_rule_made_it_manual(
    text: str, when: str, *, allow_failure: bool
) -> None:
    job = _simulated(f"job: {{script: x, {text}}}\n").job("job")

    assert job is not None
    assert (job.when, job.allow_failure) == (when, allow_failure)


def test_what_waits_for_a_person_is_held_by_that_job() -> None:
    simulation = _simulated("""\
        stages: [gate, deploy, report]
        blocking: {stage: gate, script: x, rules: [{when: manual}]}
        optional: {stage: gate, script: x, when: manual}
        after-optional: {stage: deploy, script: x, needs: [optional]}
        after-stage: {stage: deploy, script: x}
        free: {stage: deploy, script: x, needs: []}
        chained: {stage: report, script: x, needs: [after-stage]}
        end: {stage: report, script: x}
    """)

    assert {job.name: job.held_by for job in simulation.jobs} == {
        "blocking": (),
        "optional": (),
        "after-optional": ("optional",),
        "after-stage": ("blocking",),
        "free": (),
        "chained": ("blocking",),
        "end": ("blocking",),
    }


def test_a_circle_of_needs_does_not_stop_the_ordering() -> None:
    found = positions({"test": 0}, [Waiting("a", "test", ("b",)), Waiting("b", "test", ("a",))])

    assert found == {"b": Position(0), "a": Position(1)}


def test_a_long_chain_of_needs_is_ordered() -> None:
    jobs = [Waiting(str(number), "test", (str(number + 1),)) for number in range(5000)]

    assert positions({"test": 0}, jobs)["0"] == Position(4999)


def test_a_condition_that_is_no_text_is_a_fault() -> None:
    simulation = _simulated("job: {script: x, rules: [{if: [$CI]}]}\n")

    assert [fault.message for fault in simulation.faults] == ["a condition has to be one text"]


REACHABLE = [
    ("$CI_COMMIT_BRANCH", True),
    ("$CI_COMMIT_BRANCH && $CI_COMMIT_TAG", False),
    ("$CI_MERGE_REQUEST_IID && $CI_COMMIT_BRANCH", False),
    ('$CI_PIPELINE_SOURCE == "schedule" && $CI_COMMIT_TAG', True),
    ('$CI_PIPELINE_SOURCE == "merge_request"', False),
    ("$CI_PIPELINE_SOURCE =~ /^merge_request/", True),
    ('$CI_PIPELINE_SOURCE == "push" && $CI_PIPELINE_SOURCE == "web"', False),
    ('$CI_COMMIT_BRANCH == "develop"', True),
    ('$CI_COMMIT_BRANCH == ""', False),
    ("$CI_COMMIT_TAG =~ /^v/ && $WANTED", True),
    ('$WANTED == "yes" || $CI_COMMIT_SHA == null', True),
    ("$CI_COMMIT_SHA == null", False),
    ("!$CI_COMMIT_SHA", False),
    ("$CI_JOB_TOKEN && $CI_COMMIT_BRANCH", False),
    ('$CI_COMMIT_REF_PROTECTED == "true" && $CI_COMMIT_BRANCH != $CI_DEFAULT_BRANCH', True),
    ('$CI_DEFAULT_BRANCH == "master" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH', True),
    ("$CI_MERGE_REQUEST_TARGET_BRANCH_NAME == $CI_DEFAULT_BRANCH", True),
    ("$CI_COMMIT_TAG == $CI_DEFAULT_BRANCH && $CI_COMMIT_BRANCH", False),
    ('$CI_DEFAULT_BRANCH == ""', False),
    ("$CI_MERGE_REQUEST_LABELS =~ /deploy/", True),
    ("$CI_RELEASE_DESCRIPTION && $CI_COMMIT_TAG", True),
    ("$CI_EXTERNAL_PULL_REQUEST_IID", True),
    ('$CI_PIPELINE_SOURCE == "security_orchestration_policy"', True),
    ("$CI_DEPLOY_FREEZE", True),
    ("$CI_PIPELINE_SCHEDULE_DESCRIPTION && $CI_MERGE_REQUEST_IID", False),
]


@pytest.mark.parametrize(("condition", "is_reachable"), REACHABLE)
def test_a_job_that_no_kind_of_pipeline_can_have_is_known(condition: str, *, is_reachable: bool) -> None:
    pipeline = _pipeline(f"job:\n  script: x\n  rules:\n    - if: '{condition}'\n")

    job = pipeline.job("job")

    assert job is not None
    assert can_run(pipeline, job) is is_reachable


def test_a_rule_that_always_says_never_ends_the_list() -> None:
    pipeline = _pipeline("job: {script: x, rules: [{changes: [a], when: never}, {when: never}, {when: always}]}\n")

    job = pipeline.job("job")

    assert job is not None
    assert not can_run(pipeline, job)


def test_the_variables_that_rules_ask_for_are_those_that_have_no_value_and_might_have_one() -> None:
    pipeline = _pipeline(
        "job: {script: x, rules: [{if: $WANTED && $CI_COMMIT_TAG}, "
        "{if: $GIVEN || $CI_MERGE_REQUEST_LABELS || $WANTED}]}"
    )
    known = contexts(Circumstances(variables={"GIVEN": "1"}))

    job = pipeline.job("job")

    assert job is not None
    assert asked_variables(job.get("rules"), [known["push"]]) == ("WANTED",)
    assert asked_variables(job.get("rules"), [known["mr"]]) == ("WANTED", "CI_MERGE_REQUEST_LABELS")


def test_every_variable_that_a_context_sets_is_a_predefined_one_of_its_kind() -> None:
    for context in contexts().values():
        for name in context.predefined:
            predefined = PREDEFINED[name]
            assert predefined.moment is not Moment.JOB
            assert predefined.where in {Where.ALWAYS, Where.SETTING, *context.wheres} or (
                name.endswith("_BRANCH_SHA") and context.predefined[name] == ""
            )


def test_predefined_variables_say_when_where_and_since_which_version() -> None:
    tag, token, draft = (PREDEFINED[name] for name in ("CI_COMMIT_TAG", "CI_JOB_TOKEN", "CI_MERGE_REQUEST_DRAFT"))

    assert (tag.moment, tag.where, tag.since) == (Moment.BEFORE, Where.TAG, "")
    assert (token.moment, token.where) == (Moment.JOB, Where.ALWAYS)
    assert (draft.where, draft.since) == (Where.MERGE_REQUEST, "17.10")
    assert [is_read_by_runner(name) for name in ("GIT_DEPTH", "FF_USE_FASTZIP", "MY_VARIABLE")] == [True, True, False]


_TOKENS = (
    "script rules if when manual never needs a b $A only refs parallel matrix 3 null workflow stage [ ] { } '$A ='"
)
_WORDS = st.sampled_from([*_TOKENS.split(" "), ": ", ", ", "\n", "  ", "- ", "variables"])


@settings(deadline=None)
@given(st.lists(_WORDS, max_size=40))
def test_any_text_is_simulated_or_has_faults(words: list[str]) -> None:
    pipeline = resolve("ci.yml", "".join(words))

    found = [simulate(pipeline, context) for context in contexts().values()]

    assert all(isinstance(simulation, Simulation) for simulation in found)


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 99)
    | st.sampled_from(["a", "b", "manual", "never", "$A == 1", "$A", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["if", "when", "job", "paths", "refs", "name", "matrix", "A", "variables"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)

_KEYWORDS = "rules only except needs when stage variables environment parallel allow_failure inherit start_in"


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(_KEYWORDS.split(" ")),
        _VALUES,
    ),
    st.dictionaries(st.sampled_from(["rules", "name"]), _VALUES),
)
def test_values_of_any_shape_break_nothing(job: dict[str, object], workflow: dict[str, object]) -> None:
    import json

    text = json.dumps(
        {"a": {"script": "x", **job}, "b": {"script": "x"}, "workflow": workflow or None, "variables": job}
    )
    pipeline = resolve("ci.yml", text)

    found = [simulate(pipeline, context) for context in contexts(Circumstances(changed=("a",), files=())).values()]
    possible = [can_run(pipeline, each) for each in pipeline.visible_jobs]

    assert len(found) == len(contexts())
    assert all(isinstance(answer, bool) for answer in possible)
