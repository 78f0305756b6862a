"""`cigen simulate` as a person types it: the table, one pipeline in detail, JSON, a drawing, and what is refused."""

import json
from pathlib import Path

import pytest

from .conftest import Run

PIPELINE = """\
stages: [build, test, deploy]

variables:
  TARGET: {value: "", description: what to release}

build:
  stage: build
  script: make

test:
  stage: test
  script: make test
  parallel: 3
  needs: [build]

lint:
  stage: test
  script: make lint
  needs: []
  allow_failure: true
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH
      changes: [src/**/*]

gate:
  stage: deploy
  script: make gate
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
      when: manual

deploy:
  stage: deploy
  script: make deploy
  needs: [gate, {job: lint, optional: true}]
  environment: prod/eu
  rules:
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
    - if: $CI_COMMIT_TAG

release:
  stage: deploy
  script: make release
  rules:
    - if: $TARGET == "now" && $CI_PIPELINE_SOURCE == "web"

never:
  stage: deploy
  script: make never
  rules:
    - if: $CI_COMMIT_TAG && $CI_COMMIT_BRANCH
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, a service's project."""
    (tmp_path / ".gitlab-ci.yml").write_text(PIPELINE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_all_kinds_of_pipelines_stand_side_by_side(folder: Path, cigen: Run) -> None:
    result = cigen("simulate")

    assert (result.exit_code, result.err) == (1, "")
    assert (
        result.out
        == """\
           push    branch  mr    tag      schedule  web     api     trigger
build
  build    run     run     ·     run      run       run     run     run
test
  test     run     run     ·     run      run       run     run     run
  lint     run~?   run~?   run~  ·        run~      run~    run~    run~
deploy
  gate     manual  ·       ·     ·        manual    manual  manual  manual
  deploy   run     ·       ·     run      run       run     run     run
  release  ·       ·       ·     ·        ·         ·       ·       ·
  never    ·       ·       ·     ·        ·         ·       ·       ·
pipeline                         refused

manual = somebody has to start it, and the pipeline waits; ~ = may fail; ? = if the files that its rules ask for changed
or exist (say which: --changed PATH); · = not in the pipeline

error: GitLab refuses the pipeline of tag: deploy needs gate, which is not in this pipeline
hint: give both the same rules, or say `optional: true` in the need

note: a push to a branch with an open merge request starts two pipelines, with lint in both
hint: in workflow:rules, first {if: $CI_COMMIT_BRANCH && $CI_OPEN_MERGE_REQUESTS, when: never}, then {when: always}

note: never is in no pipeline of any kind: its rules can never match
hint: they are in .gitlab-ci.yml, line 52

note: release is not in any of these pipelines; the rules ask for TARGET
hint: try --variable TARGET=…

note: push, schedule, web, api and trigger: somebody has to start gate before deploy can run
"""
    )


def test_one_pipeline_is_shown_with_what_each_job_comes_after(folder: Path, cigen: Run) -> None:
    result = cigen("simulate", "--context", "web", "--variable", "TARGET=now")

    assert (result.exit_code, result.err) == (0, "")
    assert (
        result.out
        == """\
web: a start by hand on the default branch (main)

stage   job        when    after
build   build      run     -
test    lint       run~    -
        test (3x)  run     build
deploy  gate       manual  all stages before
        release    run     all stages before
        deploy     run     gate, lint (if it is there)

not in it (no rule matches): never

manual = somebody has to start it, and the pipeline waits; ~ = may fail

note: never is in no pipeline of any kind: its rules can never match
hint: they are in .gitlab-ci.yml, line 52

note: web: somebody has to start gate before deploy can run
"""
    )


def test_changed_files_and_branches_are_said_on_the_command_line(folder: Path, cigen: Run) -> None:
    told = ["--context", "push", "--context", "branch", "--branch", "next", "--default-branch", "trunk"]

    other = cigen("simulate", *told, "--changed", "README.md")
    source = cigen("simulate", *told, "--changed", "README.md", "--changed", "src/app.py")

    assert "  lint     ·       ·\n" in other.out
    assert "  lint     run~    run~\n" in source.out
    assert "  gate     manual  ·\n" in source.out


FROZEN = """\
release:
  script: make release
  rules:
    - if: $CI_COMMIT_REF_PROTECTED != "true" || $CI_DEPLOY_FREEZE
      when: never
    - if: $TARGET && $CI_PIPELINE_SOURCE == "web"
either:
  script: make either
  rules:
    - if: $CI_DEPLOY_FREEZE
      when: never
    - if: $ONE
    - if: $OTHER
both:
  script: make both
  rules:
    - if: $ONE && $OTHER
"""


def told(out: str) -> str:
    """The notes and their hints."""
    return out[out.index("note: ") :]


def test_a_variable_is_asked_for_only_where_it_brings_a_job(folder: Path, cigen: Run) -> None:
    (folder / ".gitlab-ci.yml").write_text(FROZEN)

    result = cigen("simulate", "--context", "web")

    assert (
        told(result.out)
        == """\
note: release is not in this pipeline; the rules ask for TARGET
hint: try --variable TARGET=…

note: either and both are not in this pipeline; the rules ask for ONE and OTHER
hint: try --variable ONE=…

note: GitLab makes no pipeline for web: no job is in it
"""
    )


def test_a_given_variable_that_keeps_a_job_out_is_named(folder: Path, cigen: Run) -> None:
    (folder / ".gitlab-ci.yml").write_text(FROZEN)
    given = [f"--variable={name}=true" for name in ("TARGET", "CI_DEPLOY_FREEZE", "ONE")]

    result = cigen("simulate", "--context", "web", "--context", "push", *given)

    assert (
        told(result.out)
        == """\
note: release and either are not in any of these pipelines because of the given CI_DEPLOY_FREEZE
hint: try it without --variable CI_DEPLOY_FREEZE, or with another value

note: both is not in any of these pipelines; the rules ask for OTHER
hint: try --variable OTHER=…

note: GitLab makes no pipeline for web and push: no job is in it
"""
    )


def test_json_holds_all_that_is_known_but_no_given_value(folder: Path, cigen: Run) -> None:
    result = cigen("simulate", "--context", "tag", "--format", "json", "--variable", "PASSWORD=s3cret")

    document = json.loads(result.out)
    (pipeline,) = document["pipelines"]
    build, _, deploy = pipeline["jobs"]
    assert (result.exit_code, "s3cret" in result.out) == (1, False)
    assert {key: pipeline[key] for key in ("context", "source", "ref", "created", "reason", "faults")} == {
        "context": "tag",
        "source": "push",
        "ref": {"kind": "tag", "name": "v1.0.0"},
        "created": False,
        "reason": "",
        "faults": [
            {
                "kind": "needs-may-be-absent",
                "path": ".gitlab-ci.yml",
                "line": 36,
                "column": 11,
                "message": "deploy needs gate, which is not in this pipeline",
                "hint": "give both the same rules, or say `optional: true` in the need",
                "job": "deploy",
            }
        ],
    }
    assert build["needs"] is None
    assert deploy == {
        "name": "deploy",
        "stage": "deploy",
        "layer": 0,
        "when": "on_success",
        "start_in": "",
        "allow_failure": False,
        "needs": [
            {"job": "gate", "optional": False, "artifacts": True},
            {"job": "lint", "optional": True, "artifacts": True},
        ],
        "held_by": [],
        "environment": "prod/eu",
        "instances": 1,
        "variables": {"TARGET": ""},
        "because": "rule 2: $CI_COMMIT_TAG",
        "depends_on_files": False,
    }
    assert {note["kind"] for note in document["notes"]} == {"refused", "job-never-runs"}


def test_a_drawing_is_a_mermaid_flowchart_of_one_pipeline(folder: Path, cigen: Run) -> None:
    (folder / "ci.yml").write_text("""\
stages: [build, deploy]
'say "hi" <b>':
  stage: build
  script: x
wait: {stage: deploy, script: x, when: manual}
go: {stage: deploy, script: x, needs: [wait, {job: 'say "hi" <b>', optional: true}], parallel: 2}
""")

    result = cigen("simulate", "ci.yml", "--format", "mermaid")
    both = cigen("simulate", "ci.yml", "--format", "mermaid", "--context", "push", "--context", "tag")

    assert (result.exit_code, result.err) == (0, "")
    assert (
        result.out
        == """\
flowchart LR
  %% push: a push to the default branch
  subgraph stage1["build"]
    job1["say #quot;hi#quot; #lt;b#gt;"]
  end
  subgraph stage2["deploy"]
    job2["wait (manual)"]
    job3["go (2x)"]
  end
  stage1 --> job2
  job2 --> job3
  job1 -.-> job3
  classDef manual stroke-width:3px
  class job2 manual
  classDef optional stroke-dasharray:5 5
  class job2 optional
"""
    )
    assert (both.exit_code, both.err) == (
        2,
        "error: a drawing shows one pipeline\nhint: choose it with --context push\n",
    )


def test_a_drawing_of_no_pipeline_says_so(folder: Path, cigen: Run) -> None:
    (folder / "ci.yml").write_text("job: {script: x}\n")

    result = cigen("simulate", "ci.yml", "--context", "mr", "--format", "mermaid")

    assert (result.exit_code, result.out) == (
        0,
        'flowchart LR\n  %% mr: a merge request\n  none["no pipeline: no job is in it"]\n',
    )


def test_included_projects_come_from_checkouts_and_what_is_missing_is_said(folder: Path, cigen: Run) -> None:
    (folder / ".gitlab-ci.yml").write_text("""\
include:
  - project: platform/pipelines
    file: deploy.yml
build:
  extends: .build
  script: make
""")
    for checkouts in ("checkouts/platform/pipelines", "alone"):
        (folder / checkouts).mkdir(parents=True)
        (folder / checkouts / "deploy.yml").write_text("include: {local: jobs.yml}\ndeploy: {script: x}\n")
        (folder / checkouts / "jobs.yml").write_text(".build: {rules: [{if: $CI_COMMIT_TAG}]}\n")

    missing = cigen("simulate", "--context", "push")
    by_name = cigen("simulate", "--context", "push", "--pipelines", "checkouts")
    alone = cigen("simulate", "--context", "push", "--pipelines", "alone")

    assert (missing.exit_code, missing.out) == (
        0,
        """\
push: a push to the default branch (main)

stage  job    when     after
test   build  unknown  -

unknown = its rules are in a file that was not looked at

not looked at: platform/pipelines:deploy.yml: no checkout of platform/pipelines is at hand
hint: --pipelines DIR names the checkouts of included projects
""",
    )
    assert by_name.out == alone.out
    assert (
        by_name.out
        == """\
push: a push to the default branch (main)

stage  job     when  after
test   deploy  run   -

not in it (no rule matches): build
"""
    )


def test_rules_of_an_include_are_evaluated_for_each_pipeline(folder: Path, cigen: Run) -> None:
    (folder / ".gitlab-ci.yml").write_text("""\
workflow: {rules: [{when: always}]}
include:
  - local: extra.yml
    rules: [{if: $CI_COMMIT_TAG}]
job: {script: x}
""")
    (folder / "extra.yml").write_text("extra: {script: x}\n")

    result = cigen("simulate", "--context", "push", "--context", "tag")

    assert (
        result.out
        == """\
         push  tag
test
  extra  ·     run
  job    run   run

· = not in the pipeline
"""
    )


def test_what_an_include_lacks_in_one_pipeline_refuses_that_one_alone(folder: Path, cigen: Run) -> None:
    (folder / ".gitlab-ci.yml").write_text("""\
include:
  - local: extra.yml
    rules: [{if: $CI_COMMIT_TAG}]
job: {extends: .template, script: x}
""")
    (folder / "extra.yml").write_text(".template: {stage: test}\n")

    result = cigen("simulate", "--context", "push", "--context", "tag")

    assert result.exit_code == 1
    assert result.out.startswith("""\
          push     tag
test
  job     ·        run
pipeline  refused
""")
    assert "error: GitLab refuses the pipeline of push: " in result.out


def test_files_that_exist_are_those_of_the_project(folder: Path, cigen: Run) -> None:
    (folder / ".gitlab-ci.yml").write_text("""\
here: {script: x, rules: [{exists: [docs/*.md]}]}
gone: {script: x, rules: [{exists: ['*.md']}]}
""")
    (folder / "docs").mkdir()
    (folder / "docs" / "a.md").write_text("")

    result = cigen("simulate", "--context", "push")

    assert (
        result.out
        == """\
push: a push to the default branch (main)

stage  job   when  after
test   here  run   -

not in it (no rule matches): gone
"""
    )


def test_faults_of_the_files_are_shown_with_their_place(folder: Path, cigen: Run) -> None:
    (folder / ".gitlab-ci.yml").write_text("job:\n  extends: .missing\n  script: x\n")

    result = cigen("simulate")

    assert result.exit_code == 1
    assert result.out.startswith(".gitlab-ci.yml:2:12: error: ")
    assert result.err == "error: GitLab would refuse these files, so there is no pipeline to show\n"


def test_a_broken_condition_refuses_the_pipeline(folder: Path, cigen: Run) -> None:
    (folder / ".gitlab-ci.yml").write_text("job: {script: x, rules: [{if: '$A = 1'}]}\n")

    result = cigen("simulate", "--context", "push")

    assert result.exit_code == 1
    assert "error: GitLab refuses the pipeline of push: `$A = 1`: a single = compares nothing\n" in result.out


@pytest.mark.parametrize(
    ("arguments", "err"),
    [
        (
            ["nothing.yml"],
            "error: cannot read nothing.yml: No such file or directory\n"
            "hint: name the pipeline file: cigen simulate FILE\n",
        ),
        (["--context", "tags"], "error: there is no context 'tags'\nhint: did you mean 'tag'?\n"),
        (["--variable", "A"], "error: --variable A has no value\nhint: write --variable NAME=VALUE\n"),
        (
            ["--pipelines", "nowhere"],
            "error: nowhere is not a folder\nhint: --pipelines takes a checkout of the included projects\n",
        ),
    ],
)
def test_wrong_usage_is_told_in_one_message(folder: Path, cigen: Run, arguments: list[str], err: str) -> None:
    result = cigen("simulate", *arguments)

    assert (result.exit_code, result.out, result.err) == (2, "", err)


def test_a_table_is_never_wider_than_a_terminal(folder: Path, cigen: Run) -> None:
    long = "a-job-with-quite-a-long-name-for-all-of-the-regions-of-the-world-and-for-each-environment"
    needs = ", ".join(f"{long}-{number}" for number in range(4))
    jobs = "".join(f"{long}-{number}: {{script: x, rules: [{{if: $CI}}]}}\n" for number in range(4))
    (folder / ".gitlab-ci.yml").write_text(f"{jobs}last: {{script: x, needs: [{needs}], rules: [{{if: $CI}}]}}\n")

    for arguments in ([], ["--context", "push"]):
        result = cigen("simulate", *arguments)

        assert max(len(line) for line in result.out.splitlines()) <= 120


def test_the_rendered_staging_pipeline_runs_for_pushes_to_the_default_branch_alone(cigen: Run) -> None:
    file = Path(__file__).parents[2] / "rendered/aws/lambda/build-deploy/staging-deploy.gitlab-ci.yml"

    result = cigen("simulate", str(file), "--format", "json")

    found = {pipeline["context"]: len(pipeline["jobs"]) for pipeline in json.loads(result.out)["pipelines"]}
    assert result.exit_code == 0
    assert found.pop("push") > 0
    assert set(found.values()) == {0}
