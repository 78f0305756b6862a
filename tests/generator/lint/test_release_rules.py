"""Releases: who starts them, what they deploy, and how much of it GitLab takes."""

import pytest

from .examples import found_in

COMMAND = """\
{name}:
  script: cigen-runtime semantic-versioning
  variables: {{CIGEN_ENVIRONMENT: prod}}
  {rules}
"""


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (
            "rules: [{if: $TARGET_VERSIONS_JSON != ''}]",
            "error prod-gate: for production, tell runs in a merge request and 10 other kinds of pipeline",
        ),
        (
            "rules: [{if: $TARGET_VERSIONS_JSON}]",
            "warning prod-gate: for production, tell may run in a merge request and 10 other kinds of pipeline",
        ),
        (
            "rules: [{if: $CI_PIPELINE_SOURCE == 'schedule'}]",
            "error prod-gate: for production, tell runs in a schedule on the default branch",
        ),
        (
            "rules: [{if: $CI_COMMIT_TAG}]",
            "error prod-gate: for production, tell runs in a push of a tag",
        ),
        (
            "rules: [{if: $CI_PIPELINE_SOURCE == 'web'}]",
            "error prod-gate: for production, tell runs in a start by hand on a branch that is not protected"
            " and 1 other kind of pipeline",
        ),
        (
            "rules: [{if: $CI_PIPELINE_SOURCE == 'web' && $CI_COMMIT_TAG}]",
            "error prod-gate: for production, tell runs in a start by hand on a tag that is not protected",
        ),
        ("rules: [{if: $CI_PIPELINE_SOURCE == 'web' && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH}]", ""),
        ("rules: [{if: $CI_PIPELINE_SOURCE == 'api' && $CI_COMMIT_REF_PROTECTED == 'true'}]", ""),
        ("rules: [{when: never}]", ""),
    ],
)
def test_a_job_of_production_is_started_by_a_person_on_a_protected_ref(rules: str, expected: str) -> None:
    findings = [line.partition(" ")[2] for line in found_in(COMMAND.format(name="tell", rules=rules))]

    assert [line for line in findings if "prod-gate" in line] == ([expected] if expected else [])


def test_a_look_at_production_may_start_by_itself_and_a_rollback_may_not() -> None:
    schedule = COMMAND.format(name="look", rules="rules: [{if: $CI_PIPELINE_SOURCE == 'schedule'}]")

    assert "prod-gate" not in "".join(found_in(schedule.replace("semantic-versioning", "status")))
    assert "prod-gate" in "".join(found_in(schedule.replace("semantic-versioning", "rollback-lambda")))


def test_what_the_workflow_rules_out_needs_no_rule_in_the_job() -> None:
    workflow = """\
workflow:
  rules:
    - if: $CI_PIPELINE_SOURCE == "web" && $CI_COMMIT_REF_PROTECTED == "true"

"""

    assert found_in(workflow + COMMAND.format(name="tell", rules="")) == []


def test_a_deployment_of_others_is_only_kept_out_of_merge_requests() -> None:
    job = "deploy-prod:\n  script: ./deploy\n  environment: prod\n  resource_group: prod\n  rules: [{{if: {}}}]\n"

    assert found_in(job.format("$CI_PIPELINE_SOURCE == 'merge_request_event'")) == [
        "5:10 warning prod-gate: deploy-prod deploys to production and runs in a merge request"
        " and 2 other kinds of pipeline"
    ]
    assert found_in(job.format("$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH")) == []
    assert found_in(job.format("$DEPLOY_IT")) == []


IMMUTABLE = """\
deploy-prod:
  script: {script}
  environment: prod
  resource_group: prod
  rules: [{{if: $CI_COMMIT_TAG}}]
"""


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("docker buildx build -t x .", "builds what it deploys to production"),
        ("buildah bud -t x .", "builds what it deploys to production"),
        ("/kaniko/executor --context .", "builds what it deploys to production"),
        ("sam build && sam deploy", "builds what it deploys to production"),
        (
            "aws lambda update-function-code --function-name x --image-uri 1.dkr.ecr.eu-west-2.amazonaws.com/x:latest",
            "deploys the tag latest to production",
        ),
        ("kubectl set image deployment/x x=registry.example.com/x:latest", "deploys the tag latest to production"),
        ("helm upgrade x ./chart --set image.tag=latest", "deploys the tag latest to production"),
        ("helm upgrade x ./chart --set image.tag=latest-1.2", ""),
        ("./docker-build-info && ./deploy", ""),
        ("kubectl set image deployment/x x=registry.example.com/x:1.4.0", ""),
    ],
)
def test_production_gets_what_was_tested(script: str, expected: str) -> None:
    found = found_in(IMMUTABLE.format(script=f"'{script}'"))

    assert [line.partition(": ")[2] for line in found] == ([f"deploy-prod {expected}"] if expected else [])


def test_images_of_production_are_neither_built_there_nor_taken_from_the_builds() -> None:
    jobs = """\
publish:
  script: [cigen-runtime publish-image, cigen-runtime retag-push-ecr]
  variables:
    CIGEN_ENVIRONMENT: prod
    CIGEN_BUILD_REPOSITORY: builds
    CIGEN_RC_REPOSITORY: candidates
"""

    found = [line for line in found_in(jobs) if "immutable" in line]

    assert found == [
        "2:12 error prod-immutable-artifact: publish builds images in production",
        "5:29 error prod-immutable-artifact: publish takes images from builds,"
        " where they are before staging has tested them",
    ]
    assert [line for line in found_in(jobs.replace(": builds", ": candidates")) if "takes" in line] == []
    sources = "    CIGEN_BUILD_REPOSITORY: builds\n    CIGEN_SOURCE_REPOSITORIES: {}\n"
    copied = jobs.replace("    CIGEN_BUILD_REPOSITORY: builds\n", sources)
    assert [line for line in found_in(copied.format("candidates")) if "takes" in line] == []
    assert [line for line in found_in(copied.format("candidates builds")) if "takes" in line] == [
        "6:32 error prod-immutable-artifact: publish takes images from builds,"
        " where they are before staging has tested them",
    ]


def _jobs(count: int, more: str = "") -> str:
    return "".join(f"job-{number}:\n  stage: build\n  script: make\n  {more}\n" for number in range(count))


@pytest.mark.parametrize(("count", "expected"), [(50, 0), (51, 1)])
def test_a_job_needs_fifty_jobs_at_most(count: int, expected: int) -> None:
    needs = ", ".join(f"job-{number}" for number in range(count))

    found = found_in(f"{_jobs(count)}last:\n  script: make\n  needs: [{needs}]\n")

    assert [line.partition(" ")[2] for line in found] == [
        "error over-creation-limit: last needs 51 jobs; GitLab makes no pipeline with more than 50"
    ] * expected


def test_each_copy_of_a_parallel_job_counts_as_a_need() -> None:
    pipeline = """\
many: {stage: build, script: make, parallel: 51}
last: {script: make, needs: [many]}
"""

    assert found_in(pipeline) == [
        "2:29 error over-creation-limit: last needs 51 jobs; GitLab makes no pipeline with more than 50"
    ]


def test_a_pipeline_deploys_five_hundred_times_at_most() -> None:
    deploying = _jobs(3, "parallel: 167\n  environment: {name: x, deployment_tier: testing}")
    looking = _jobs(3, "parallel: 167\n  environment: {name: x, action: access}")

    assert [line.partition(" ")[2] for line in found_in(deploying)] == [
        "error over-creation-limit: 501 jobs deploy; GitLab makes no pipeline with more than 500 deployments"
    ]
    assert found_in(looking) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("deploy:eu", "a name with ':'"),
        ("/deploy/eu", "a name with '/' at an end"),
        ("deploy/eu/", "a name with '/' at an end"),
        ("x" * 256, "256 characters"),
        ("deploy/$CIGEN_ENVIRONMENT/${CIGEN_REGION} 1.2-a_b", ""),
        ("x" * 255, ""),
    ],
)
def test_a_resource_group_has_a_name_that_gitlab_takes(name: str, expected: str) -> None:
    found = found_in(f"build:\n  script: make\n  resource_group: {name}\n")

    assert [line.partition(": ")[2] for line in found] == (
        [f"the resource group of build has {expected}, which GitLab does not take: it locks nothing"]
        if expected
        else []
    )


@pytest.mark.parametrize(("count", "expected"), [(20, 0), (21, 1)])
def test_a_dotenv_report_has_twenty_variables_at_most(count: int, expected: int) -> None:
    lines = "".join(f"    - echo NAME_{number}=1 >> x.env\n" for number in range(count))
    pipeline = f"build:\n  script:\n{lines}  artifacts: {{reports: {{dotenv: x.env}}, expire_in: 1 day}}\n"

    assert [line.partition(" ")[2] for line in found_in(pipeline) if "shell-script" not in line] == [
        "warning over-creation-limit: build hands on 21 variables; a dotenv report may have 20"
    ] * expected


def test_a_pipeline_includes_a_hundred_and_fifty_files_each_as_often_as_it_is_named() -> None:
    files = {"main.yml": "include: [" + ", ".join(["a.yml"] * 151) + "]\n", "a.yml": "build: {script: make}\n"}

    assert found_in(files) == [
        "1:1061 error over-limit: more than 150 files are included; GitLab takes no more",
    ]
