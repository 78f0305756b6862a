"""Pipelines as people write them, with what misleads a linter: what is right must stay without a finding."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .examples import found_in, lint_example, subject_of

WELL_BUILT = r"""
stages: [build, test, release]

workflow:
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_TAG
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH

variables:
  GIT_DEPTH: 1
  PIP_CACHE_DIR: $CI_PROJECT_DIR/.cache/pip
  DRY_RUN:
    value: "false"
    description: Do everything but publish.

default:
  image: python:3.12.4
  interruptible: true

.python: &python
  before_script:
    - python -m venv .venv && . .venv/bin/activate
    - pip install --quiet -r requirements.txt
  cache:
    key: {files: [requirements.txt]}
    paths: [.cache/pip]

build:
  <<: *python
  stage: build
  script:
    - VERSION=$(git describe --tags)
    - echo "building ${VERSION:?no tag} for ${ARCH} in $HOME with $#/$1 and $$"
    - |
      while IFS='=' read -r KEY VALUE; do
        echo "$KEY -> $VALUE"
      done < settings.env
      for FILE in src/*.py; do python -m py_compile "$FILE"; done
      cat <<'END' > out/notes.txt
      $NOT_EXPANDED
      END
      awk '{print $NF, $FIELD}' out/notes.txt
      jq --arg V "$VERSION" '.version = $V' package.json > out/package.json
  parallel:
    matrix:
      - ARCH: [amd64, arm64]
  artifacts:
    paths: [out/notes.txt, out/package.json]
    expire_in: 1 week

unit:
  extends: .python
  stage: test
  needs: ["build: [amd64]"]
  script:
    - pytest --junitxml=report.xml
    - test -f out/notes.txt
  coverage: '/(?i)total.*? (100(?:\.0+)?\%|[1-9]?\d(?:\.\d+)?\%)$/'
  artifacts:
    when: always
    expire_in: 1 week
    reports: {junit: report.xml}

comment:
  stage: test
  needs: []
  script:
    - ./comment "$CI_MERGE_REQUEST_IID" "$CI_COMMIT_MESSAGE"
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"

describe:
  stage: test
  needs: []
  script:
    - if [ -n "$CI_COMMIT_TAG" ]; then ./tagged "$CI_COMMIT_TAG"; fi
    - echo "${CI_MERGE_REQUEST_IID:-none}"
  rules:
    - if: $CI_COMMIT_BRANCH

publish:
  stage: release
  script:
    - curl --fail --header "JOB-TOKEN:$CI_JOB_TOKEN" --upload-file out/package.json "$CI_API_V4_URL/x"
    - set -eux
    - bash -c 'echo done'
    - eval "$(ssh-agent -s)"
    - wget -qO- https://example.com/list.txt | sort | head
  rules:
    - if: $CI_COMMIT_TAG =~ /^v\d+/ && $DRY_RUN != "true"
      when: manual
      allow_failure: false
  environment: {name: registry}
  resource_group: registry
"""


def test_a_well_built_pipeline_has_no_finding() -> None:
    assert found_in(WELL_BUILT) == []


@pytest.mark.parametrize(
    "job",
    [
        "script: make\n  image:\n",
        "script: make\n  before_script:\n",
        "script: make\n  dependencies:\n",
        "script: make\n  image: $IMAGE\n  variables: {IMAGE: x}\n",
        "script: make\n  image: registry.example.com:5000/team/app@sha256:" + "a" * 64 + "\n",
        "script: make\n  image: {name: 'registry.example.com:5000/team/app:1.2'}\n",
        "script: make\n  services: [{name: 'postgres:16.3', alias: db}]\n  variables: {POSTGRES_PASSWORD: test}\n",
        'script: "echo $$HOME \\\\$NOT_THERE"\n',
        "script: ['Write-Host $env:NOT_THERE', '$Name = 5']\n",
        "script: [. ./environment.sh, 'echo \"$SET_BY_THE_FILE\"']\n",
        "script: [export $(cat settings.env), 'echo \"$SET_BY_THE_FILE\"']\n",
        "script: make\n  allow_failure: true\n  when: manual\n",
        "script: make\n  variables: {A_TOKEN: $CI_JOB_TOKEN}\n",
        "script: curl -fsSL https://example.com/x.sh -o x.sh\n",
        "script: echo 'curl https://example.com | sh' # curl https://example.com | sh\n",
        "script: 'true # eval $CI_COMMIT_MESSAGE'\n",
        'script: \'eval "$(ssh-agent)"; echo "$CI_COMMIT_MESSAGE"\'\n',
        'script: \'printf "%s" "$CI_COMMIT_TITLE" | bash publish.sh\'\n',
        "script: make\n  rules: [{when: never}]\n",
        "script: make\n  variables: {COUNT: 3, SWITCH: 'on', RATE: 1.5, EMPTY: , IS_ON: true}\n",
        'script: echo "$DEPLOY_TOKEN"\n  secrets: {DEPLOY_TOKEN: {vault: a/b/c@d}}\n',
        'script: echo "$TOKEN_ID"\n  id_tokens: {TOKEN_ID: {aud: x}}\n',
        "script: make\n  rules: [{if: $CI_PIPELINE_SOURCE == 'webide'}]\n",
        "script: make\n  rules: [{if: $CI_PIPELINE_SOURCE =~ /^(chat|api)$/}]\n",
        "script: make\n  rules: [{if: $NIGHTLY}]\n",
        "script: make\n  rules: [{if: $CI_COMMIT_REF_NAME == 'v1' && $CI_COMMIT_TAG == null}]\n",
        "script: make\n  retry: 2\n",
    ],
)
def test_what_gitlab_accepts_and_people_mean_has_no_finding(job: str) -> None:
    findings = [found for found in found_in(f"build:\n  {job}") if not re.search("variable-unused|SC2046", found)]

    assert findings == []


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        ("script: bash <(curl -s https://example.com/x.sh)", "2:11 warning remote-script-exec: build runs what the"),
        ('script: sh -c "$(curl -fsSL https://example.com)"', "2:11 warning remote-script-exec: build runs what the"),
        (
            "script: wget -O- https://example.com/x | sudo bash -",
            "2:11 warning remote-script-exec: build runs what the",
        ),
        (
            "script: 'eval \"deploy $CI_COMMIT_REF_NAME\"'",
            "2:25 error untrusted-injection: whoever writes $CI_COMMIT_R",
        ),
        ("script: [set -x]\n  id_tokens: {T: {aud: x}}", "2:12 warning debug-trace: build gets secrets and prints"),
        ("script: echo $CI_COMIT_SHA", "2:16 warning variable-typo: nothing defines $CI_COMIT_SHA"),
        ("script: echo $IMAGE_TGA\n  variables: {IMAGE_TAG: x}", "2:16 warning variable-typo: nothing defines $IMAGE"),
        ("script: |\n    make\n    rm -rf $FOLDER/cache", "4:12 info variable-undefined: nothing defines $FOLDER"),
        ("script: >\n    make\n    rm -rf $FOLDER/cache", "4:12 info variable-undefined: nothing defines $FOLDER"),
        ("script: ./x $CI_COMMIT_TAG\n  rules: [{if: $CI_COMMIT_BRANCH}]", "2:15 warning predefined-unavailable"),
        ("script: ./x $CI_MERGE_REQUEST_IID", "2:15 warning predefined-unavailable: GitLab sets $CI_MERGE_REQUEST"),
        ("script: make\n  image: [x]\n  only: [main]", "3:"),
    ],
)
def test_what_is_wrong_is_found_where_it_stands(job: str, expected: str) -> None:
    assert found_in(f"build:\n  {job}\n")[0].startswith(expected)


def test_a_needed_job_of_another_branch_is_found_in_the_pipeline_that_lacks_it() -> None:
    pipeline = """\
build:
  stage: build
  script: make
  rules: [{if: $CI_COMMIT_BRANCH == "main"}]

test:
  stage: test
  script: make test
  needs: [build]
  rules: [{if: $CI_COMMIT_BRANCH}]
"""

    assert found_in(pipeline) == [
        "9:11 warning needs-may-be-absent: test needs build, which is not there in a push to another branch"
        " and 2 other kinds"
    ]


def test_what_the_settings_decide_is_left_open() -> None:
    pipeline = """\
build:
  stage: build
  script: make
  rules: [{if: $BUILD_IT}]

test:
  stage: test
  script: make test
  needs: [build]
"""

    assert found_in(pipeline) == []


def test_production_jobs_of_ours_must_be_safe_and_those_of_others_are_warned_of() -> None:
    ours = "ship:\n  script: cigen-runtime deploy-lambda\n  variables: {CIGEN_ENVIRONMENT: prod}\n"
    theirs = "deploy-prod:\n  script: ./deploy\n"

    assert "1:1 error prod-environment: ship deploys to production without an environment" in found_in(ours)
    assert found_in(theirs) == [
        "1:1 warning prod-environment: deploy-prod deploys to production without an environment"
    ]
    assert found_in("deploy-preprod:\n  script: ./deploy\ndeploy-pre-prod:\n  script: ./deploy\n") == []


@settings(max_examples=150, deadline=None)
@given(
    st.recursive(
        st.sampled_from(
            ["make", "$A", "'x", "~", "1.10", "no", "[a, b]", "{a: b}", "*a", "&a x", "!reference [a, b]", "|"]
        ),
        lambda inner: st.dictionaries(
            st.sampled_from(
                [
                    "script",
                    "needs",
                    "rules",
                    "if",
                    "image",
                    "extends",
                    "variables",
                    "stages",
                    "include",
                    "local",
                    "job",
                    "artifacts",
                    "paths",
                    ".a",
                    "build",
                    "default",
                    "environment",
                    "retry",
                    "when",
                    "parallel",
                    "matrix",
                    "cache",
                    "services",
                    "workflow",
                    "only",
                    "trigger",
                    "dependencies",
                    "secrets",
                    "id_tokens",
                ]
            ),
            inner,
            max_size=4,
        ),
        max_leaves=14,
    )
)
def test_no_rule_crashes_whatever_stands_where(tree: object) -> None:
    for is_pipelines_repo in (False, True):
        report = lint_example(_written(tree), is_pipelines_repo=is_pipelines_repo)

        assert [finding.message for finding in report.findings if finding.name == "rule-crashed"] == []


def test_the_scripts_of_a_job_lead_back_to_their_lines() -> None:
    from cigen.lint.script import scripts

    subject = subject_of(
        'build:\n  before_script: ["a $ONE"]\n  script:\n    - |\n      b\n        c ${TWO}\n    - d $THREE\n'
    )
    (script,) = scripts(subject, subject.jobs["build"])

    places = {use.name: script.span_of(use) for use in script.words.uses}

    assert {name: (span.line, span.column, span.end_column) for name, span in places.items()} == {
        "ONE": (2, 22, 26),
        "TWO": (6, 11, 17),
        "THREE": (7, 9, 15),
    }


_VALUES = st.sampled_from(
    [
        "prod",
        "staging",
        "eu",
        "us",
        "$A",
        "~",
        "[]",
        "{}",
        "[{}]",
        "'[1]'",
        "'[{\"region\": 1}]'",
        "'{'",
        "true",
        "prod/eu",
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {"script": st.sampled_from(["deploy-lambda", "promote-to-rc", "s3-sync", "create-jira-tickets", "x"])},
            optional={
                "needs": st.sampled_from(["[]", "[a0]", "[{job: a1, artifacts: true}]", "{job: a0}", "[a0, a9]", "~"]),
                "environment": _VALUES,
                "resource_group": _VALUES,
                "allow_failure": _VALUES,
                "id_tokens": st.sampled_from(["{VAULT_ID_TOKEN: {aud: x}}", "{VAULT_ID_TOKEN: ~}", "[]", "x"]),
                "secrets": st.sampled_from(["{A: {vault: a/b@c}}", "{A: {vault: []}}", "{A: x}", "x"]),
                "artifacts": st.sampled_from(
                    ["{paths: [.aws/credentials, ~, [a]]}", "{reports: {dotenv: [a.env, {}]}}", "{paths: x}", "[]", "x"]
                ),
                "rules": st.sampled_from(["[]", "[{if: $A}]", "[{needs: [a0]}]", "[{allow_failure: {}}]", "x"]),
                "variables": st.dictionaries(
                    st.sampled_from(["CIGEN_ENVIRONMENT", "CIGEN_REGION", "CIGEN_REGIONS", "CIGEN_CONFIG_BUCKET", "A"]),
                    _VALUES,
                    max_size=4,
                ),
            },
        ),
        min_size=1,
        max_size=4,
    )
)
def test_no_rule_about_the_system_crashes_whatever_its_jobs_say(jobs: list[dict[str, object]]) -> None:
    lines: list[str] = []
    for number, job in enumerate(jobs):
        variables = job.pop("variables", {})
        assert isinstance(variables, dict)
        lines += [f"a{number}:", f"  script: cigen-runtime {job.pop('script')}"]
        lines += [f"  {key}: {value}" for key, value in job.items()]
        lines += ["  variables:", *(f"    {name}: {value}" for name, value in variables.items())]

    report = lint_example("\n".join(lines) + "\n")

    assert [finding.message for finding in report.findings if finding.name == "rule-crashed"] == []


def _written(tree: object, depth: int = 0) -> str:
    if not isinstance(tree, dict):
        return f" {tree}\n"
    lines = "".join(f"{'  ' * depth}{key}:{_written(value, depth + 1)}" for key, value in tree.items())
    return ("\n" if depth else "") + (lines or " {}\n")
