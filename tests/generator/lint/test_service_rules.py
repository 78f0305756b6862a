"""A service that includes the rendered pipelines, and what it may and may not do to them."""

from pathlib import Path

import pytest

from cigen.checkouts import Checkouts
from cigen.lint.engine import Report, lint
from cigen.lint.registry import RULES, what_gitlab_refuses
from cigen.lint.settings import NO_SETTINGS
from cigen.lint.subjects import Root, read_subject
from cigen.pipeline.other_projects import ProjectSources
from cigen.pipeline.sources import LocalTree

ROOT = Path(__file__).parents[3]
SERVICE = ROOT / "tests/lab/service"
STAGING = "aws/lambda/build-deploy/staging-deploy.gitlab-ci.yml"
PRODUCTION = "aws/lambda/build-deploy/prod-deploy.gitlab-ci.yml"
BUILD = """
build-images:
  extends: .cigen-rules-build
  stage: build
  needs: [semantic-versioning]
  image: python:3.13.1
  script: [python3 build.py]
"""


def head(*files: str) -> str:
    listed = "".join(f"      - {file}\n" for file in files)
    return f"include:\n  - project: platform/pipelines\n    ref: v1.4.0\n    file:\n{listed}"


QUICK = [rule for rule in RULES if rule.name != "shell-script"]
"""All rules but the one that starts another program for every script of the pipelines repo."""
LOOKED_AT = (
    "protected-key-overridden",
    "list-replaced",
    "reserved-name",
    "template-deprecated",
    "production-start-builds",
    "variable-shadows-protected",
    "extends-undefined",
    "stage-undefined",
    "needs-may-be-absent",
)
"""What rules about commands say of the same change is tested with them."""
WHOLE = head(STAGING, PRODUCTION, "aws/s3-deploy.yml")
FIRST_LINE = WHOLE.count("\n") + 1


def report_of(text: str, *, as_gitlab: bool = False) -> Report:
    sources = ProjectSources(LocalTree(SERVICE), (Checkouts(ROOT / "rendered"),))
    subject = read_subject(Root(".gitlab-ci.yml", text.encode(), sources))
    return lint([subject], NO_SETTINGS, what_gitlab_refuses() if as_gitlab else QUICK)


def found(text: str) -> list[str]:
    """The findings below the includes: line from there, severity, rule and message."""
    report = report_of(WHOLE + text)
    assert report.skipped == ()
    assert [each.message for each in report.findings if each.name == "rule-crashed"] == []
    return [
        f"{each.span.line - FIRST_LINE if each.span.path == '.gitlab-ci.yml' else Path(each.span.path).name} "
        f"{each.severity} {each.name}: {each.message}"
        for each in report.findings
        if each.name in LOOKED_AT
    ]


@pytest.mark.parametrize(
    "files",
    [
        (STAGING,),
        (PRODUCTION,),
        ("aws/s3-deploy.yml",),
        (STAGING, PRODUCTION, "aws/s3-deploy.yml"),
        (STAGING, "jobs/publish-image.yml"),
        ("jobs/rules.yml", STAGING),
    ],
)
def test_a_service_that_includes_and_builds_is_clean(files: tuple[str, ...]) -> None:
    build = BUILD if STAGING in files else ""

    assert report_of(head(*files) + build).findings == ()


@pytest.mark.parametrize(
    "text",
    [
        "deploy-lambda-staging-eu:\n  tags: [large]\n",
        "deploy-lambda-prod-us:\n  variables: {OUR_OWN: x}\n  timeout: 2 hours\n",
        "retag-push-ecr-staging-eu:\n  parallel: 4\n",
        "default:\n  before_script: [make prepare]\n  image: python:3.13.1\n",
        "before_script: [make prepare]\n",
        "variables: {GIT_DEPTH: '5', GIT_STRATEGY: clone}\n",
        "images:\n  extends: [.cigen-rules-build]\n  stage: build\n  script: make\n  variables: {GIT_STRATEGY: none}\n",
        "test:\n  script: make test\n  rules: [{if: $CI_PIPELINE_SOURCE == 'merge_request_event'}]\n",
        "smoke:\n  stage: version-dashboard\n  script: make smoke\n  needs: [deploy-lambda-prod-eu]\n"
        "  rules: [!reference [.cigen-rules-prod, rules]]\n",
        "images:\n  stage: build\n  script: make\n"
        "  rules: [{if: $SKIP, when: never}, !reference [.cigen-rules-build, rules]]\n",
        "images:\n  extends: .cigen-rules-build\n  stage: build\n  script: make\n"
        "  rules: [{if: $SKIP, when: never}, !reference [.cigen-rules-build, rules]]\n",
        ".ours:\n  rules: [{if: $CI_COMMIT_BRANCH}]\n",
        "announce:\n  stage: build\n  script: make announce\n  rules: [{if: $TARGET_VERSIONS_JSON}]\n",
    ],
)
def test_what_a_service_may_do_is_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "deploy-lambda-prod-eu:\n  allow_failure: true\n  resource_group: ours\n",
            [
                "1 error protected-key-overridden: deploy-lambda-prod-eu is a job of the pipelines repo, "
                "and this changes its allow_failure",
                "2 error protected-key-overridden: deploy-lambda-prod-eu is a job of the pipelines repo, "
                "and this changes its resource_group",
            ],
        ),
        (
            ".deploy-lambda-template:\n  before_script: [make]\n",
            [
                "1 error protected-key-overridden: .deploy-lambda-template is a job of the pipelines repo, "
                "and this changes its before_script"
            ],
        ),
        (
            "transition-jira-tickets-pre-prod:\n  rules: [{when: never}]\n",
            [
                "staging-deploy.gitlab-ci.yml warning needs-may-be-absent: update-jira-instructions needs "
                "transition-jira-tickets-pre-prod, which is not there in a push to the default branch",
                "1 warning protected-key-overridden: transition-jira-tickets-pre-prod is a job of the pipelines repo, "
                "and this changes its rules",
            ],
        ),
        (
            "promote-to-rc-build-artifacts:\n  needs: [semantic-versioning]\n",
            [
                "1 warning list-replaced: the list needs of promote-to-rc-build-artifacts replaces that of the "
                "pipelines repo, and lacks deploy-lambda-staging-eu and deploy-lambda-staging-us"
            ],
        ),
        (
            "deploy-lambda-staging-eu:\n  artifacts: {paths: [ours/]}\n",
            [
                "1 warning list-replaced: the list artifacts:paths of deploy-lambda-staging-eu replaces that of the "
                "pipelines repo, and lacks cigen-out/$CIGEN_ENVIRONMENT/$CIGEN_REGION/deploy-result.json and "
                "cigen-out/results/$CI_JOB_NAME_SLUG.json"
            ],
        ),
        (
            "aws-credentials-staging-eu:\n  needs: []\n",
            [
                "1 warning list-replaced: aws-credentials-staging-eu waits for every job of the stages before it, "
                "and with needs it would not"
            ],
        ),
        (
            "build:\n  extends: .cigen-rules-build\n  stage: build\n  script: make\n"
            "  rules: [{if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $CI_PIPELINE_SOURCE == 'push'}]\n",
            ["4 warning list-replaced: build extends .cigen-rules-build, and replaces its rules"],
        ),
        (
            ".ours:\n  rules: [{if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $CI_PIPELINE_SOURCE == 'push'}]\n"
            "build:\n  extends: [.cigen-rules-build, .ours]\n  stage: build\n  script: make\n",
            ["3 warning list-replaced: build extends .cigen-rules-build, and replaces its rules"],
        ),
        (
            "stages: [build, test]\n",
            [
                "0 error list-replaced: stages here replace those of the pipelines repo, and lack versioning, "
                "aws-credentials, prepare-docker-config, retag-push-ecr and 6 more, which its jobs are in"
            ],
        ),
        (
            "update-jira-instructions:\n  stage: jira\n  script: ./ours\n",
            [
                "0 error reserved-name: the pipelines repo has a job update-jira-instructions too, "
                "and GitLab makes one job of both"
            ],
        ),
        (
            ".cigen-ours:\n  tags: [x]\nbuild:\n  extends: [.cigen-rules-build, .cigen-ours]\n  stage: build\n"
            "  script: make\n",
            [
                "0 warning reserved-name: names that begin with .cigen- are cigen's, "
                "and a later version may use .cigen-ours"
            ],
        ),
        (
            "build:\n  stage: build\n  script: make\n",
            [
                "0 warning production-start-builds: build runs when a person starts production: a start by hand "
                "on the default branch"
            ],
        ),
        (
            "variables: {VERSIONING_TOKEN: x, CIGEN_ON_MISSING: live}\n",
            [
                "0 warning variable-shadows-protected: CIGEN_ON_MISSING is rendered from cigen.yaml of the "
                "pipelines repo",
                "0 warning variable-shadows-protected: the settings of the GitLab project or group define "
                "VERSIONING_TOKEN, and win over the value here",
            ],
        ),
        (
            "deploy-lambda-prod-eu:\n  variables: {CIGEN_AWS_REGION: us-east-1, VAULT_ADDR: https://other}\n",
            [
                "1 error variable-shadows-protected: deploy-lambda-prod-eu is a job of the pipelines repo, "
                "and CIGEN_AWS_REGION says what it works with",
                "1 error variable-shadows-protected: deploy-lambda-prod-eu is a job of the pipelines repo, "
                "and VAULT_ADDR says what it works with",
            ],
        ),
        (
            "variables: {GIT_STRATEGY: none}\n",
            [
                "0 error variable-shadows-protected: with GIT_STRATEGY: none, the jobs of the pipelines repo find "
                "no files of this repository"
            ],
        ),
        (
            "images:\n  extends: [.publish-image-template, .cigen-rules-build]\n",
            ["1 error extends-undefined: 'images' extends '.publish-image-template', which is not defined"],
        ),
    ],
    ids=lambda value: value.partition("\n")[0] if isinstance(value, str) else "",
)
def test_what_a_service_does_by_accident_is_found_where_it_does_it(text: str, expected: list[str]) -> None:
    assert sorted(found(text)) == sorted(expected)


def test_as_gitlab_the_stages_that_are_missing_are_told_where_gitlab_would() -> None:
    report = report_of(f"{WHOLE}stages: [build, test]\n", as_gitlab=True)

    assert {finding.name for finding in report.findings} == {"stage-undefined"}
    assert len(report.findings) > 10


def test_a_template_that_is_not_included_leads_to_its_file() -> None:
    report = report_of(f"{WHOLE}images:\n  extends: [.publish-image-template, .cigen-rules-build]\n")

    assert [finding.hint for finding in report.findings] == ["include jobs/publish-image.yml of the pipelines repo too"]
