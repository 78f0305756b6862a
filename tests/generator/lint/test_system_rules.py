"""One line of the rendered repo changed by hand: each fault is found once, where it stands, and nothing else is."""

import pytest

from .examples import found_in
from .rendered_repo import (
    CONFIGS,
    PROD,
    PROD_EU,
    PROD_US,
    STAGING,
    STAGING_EU,
    STAGING_US,
    findings_after,
    findings_in,
    found_after,
    in_short,
    rendered_files,
)
from .test_service_rules import WHOLE, report_of


@pytest.mark.parametrize("entry", [STAGING, PROD, CONFIGS])
def test_what_is_rendered_has_no_finding(entry: str) -> None:
    assert in_short(findings_in(rendered_files(), entry)) == []


@pytest.mark.parametrize(
    ("path", "old", "new", "entry", "expected"),
    [
        (
            PROD_EU,
            "CIGEN_REGION: eu",
            "CIGEN_REGION: us",
            PROD,
            "prod-eu: error aws-target-mismatch: CIGEN_REGION says us,"
            " and aws-credentials-prod-eu and 2 more jobs should work for eu",
        ),
        (
            STAGING_EU,
            "CIGEN_ENVIRONMENT: staging",
            "CIGEN_ENVIRONMENT: prod",
            STAGING,
            "staging-eu: error aws-target-mismatch: CIGEN_ENVIRONMENT says prod,"
            " and aws-credentials-staging-eu and 5 more jobs should work for staging",
        ),
        (
            PROD_EU,
            "CIGEN_AWS_REGION: eu-west-2",
            "CIGEN_AWS_REGION: us-east-1",
            PROD,
            "prod-eu: error aws-target-mismatch: CIGEN_AWS_REGION says us-east-1,"
            " and aws-credentials-prod-eu and 2 more jobs should work for eu-west-2",
        ),
        (
            "aws/regions/s3-prod-us.gitlab-ci.yml",
            "CIGEN_AWS_REGION: us-east-1",
            "CIGEN_AWS_REGION: eu-west-2",
            "aws/s3-deploy.yml",
            "s3-prod-us: error aws-target-mismatch: CIGEN_AWS_REGION says eu-west-2,"
            " and aws-credentials-s3-prod-us and 3 more jobs should work for us-east-1",
        ),
        (
            PROD_EU,
            'CIGEN_AWS_ACCOUNT: "444455556666"',
            'CIGEN_AWS_ACCOUNT: "111122223333"',
            PROD,
            "prod-deploy: error aws-target-mismatch: CIGEN_AWS_ACCOUNT says 444455556666,"
            " and generate-on-demand-mappings should work for 111122223333",
        ),
        (
            PROD_EU,
            'CIGEN_ECR_ACCOUNT: "111122223333"',
            'CIGEN_ECR_ACCOUNT: "444455556666"',
            PROD,
            "prod-eu: error aws-target-mismatch: CIGEN_ECR_ACCOUNT says 444455556666,"
            " and aws-credentials-prod-eu and 2 more jobs should work for 111122223333",
        ),
        (
            PROD_EU,
            "native-config-prod-eu",
            "native-config-staging-eu",
            PROD,
            "prod-eu: error aws-target-mismatch: CIGEN_CONFIG_BUCKET says staging,"
            " and aws-credentials-prod-eu and 2 more jobs should work for prod",
        ),
        (
            PROD_EU,
            "native-config-prod-eu",
            "native-config-prod-us",
            PROD,
            "prod-eu: error aws-target-mismatch: CIGEN_CONFIG_BUCKET says us,"
            " and aws-credentials-prod-eu and 2 more jobs should work for eu",
        ),
        (
            STAGING_EU,
            "name: staging/eu",
            "name: staging/us",
            STAGING,
            "staging-eu: error aws-target-mismatch: environment says staging/us,"
            " and aws-credentials-staging-eu should work for staging/eu",
        ),
        (
            PROD_US,
            "resource_group: deploy/prod/us",
            "resource_group: deploy/prod/eu",
            PROD,
            "prod-us: error aws-target-mismatch: resource_group says eu, and deploy-lambda-prod-us should work for us",
        ),
        (
            STAGING_EU,
            "CIGEN_VAULT_ROLE: lambda-staging",
            "CIGEN_VAULT_ROLE: lambda-prod",
            STAGING,
            "staging-eu: error vault-scope: CIGEN_VAULT_ROLE is of prod,"
            " and aws-credentials-staging-eu and 5 more jobs should work for staging",
        ),
        (
            PROD_EU,
            "CIGEN_VAULT_ROLE: lambda-prod",
            "CIGEN_VAULT_ROLE: lambda-staging",
            PROD,
            "prod-eu: error vault-scope: CIGEN_VAULT_ROLE is of staging,"
            " and aws-credentials-prod-eu and 2 more jobs should work for prod",
        ),
        (
            PROD_EU,
            "CIGEN_VAULT_ROLE: lambda-prod",
            "CIGEN_VAULT_ROLE: lambda-prod\n    CIGEN_VAULT_ROLE_ARN: arn:aws:iam::111122223333:role/deploy",
            PROD,
            "prod-eu: error aws-target-mismatch: CIGEN_VAULT_ROLE_ARN says 111122223333,"
            " and aws-credentials-prod-eu and 2 more jobs should work for 444455556666",
        ),
    ],
)
def test_a_name_or_a_value_of_another_place_is_found(path: str, old: str, new: str, entry: str, expected: str) -> None:
    assert found_after(path, old, new, entry) == [expected]


@pytest.mark.parametrize(
    ("path", "old", "new", "entry", "line"),
    [
        (PROD_EU, "CIGEN_REGION: eu", "CIGEN_REGION: us", PROD, "    CIGEN_REGION: us"),
        (PROD_EU, "native-config-prod-eu", "cfg-prod-us", PROD, "    CIGEN_CONFIG_BUCKET: cfg-prod-us"),
        (STAGING_EU, "name: staging/eu", "name: staging/us", STAGING, "    name: staging/us"),
        (PROD_US, "deploy/prod/us", "deploy/prod/eu", PROD, "  resource_group: deploy/prod/eu"),
        (PROD_US, "CIGEN_REGION: us", "CIGEN_REGOIN: us", PROD, "    CIGEN_REGOIN: us"),
        (PROD_US, "    CIGEN_REGION: us\n", "", PROD, "aws-credentials-prod-us:"),
    ],
)
def test_a_finding_stands_at_what_is_wrong(path: str, old: str, new: str, entry: str, line: str) -> None:
    changed = rendered_files()[path].replace(old, new, 1)

    first = findings_after(path, old, new, entry)[0]

    assert changed.splitlines()[first.span.line - 1] == line


def with_roles(**roles: str) -> list[str]:
    """What is found where the regions of production have these Vault roles."""
    files = rendered_files()
    for region, role in roles.items():
        path = f"aws/regions/s3-prod-{region}.gitlab-ci.yml"
        files[path] = files[path].replace("CIGEN_VAULT_ROLE: lambda-prod", f"CIGEN_VAULT_ROLE: {role}")
    return in_short(findings_in(files, CONFIGS))


def test_a_vault_role_of_another_region_is_found_and_a_shared_one_is_right() -> None:
    assert with_roles(eu="eu-lambda-prod", us="eu-lambda-prod") == []
    assert with_roles(eu="lambda-prod-eu", us="lambda-prod-us") == []
    assert with_roles(eu="lambda-prod-us", us="lambda-prod-us-new") == [
        "s3-prod-eu: error vault-scope: CIGEN_VAULT_ROLE is of us,"
        " and aws-credentials-s3-prod-eu and 3 more jobs should work for eu"
    ]


def test_two_regions_of_one_environment_are_not_the_same_place_of_aws() -> None:
    files = rendered_files()
    path = "aws/regions/s3-staging-us.gitlab-ci.yml"
    files[path] = files[path].replace("us-east-1", "eu-west-2")
    other = "aws/regions/s3-prod-us.gitlab-ci.yml"
    files[other] = files[other].replace("us-east-1", "eu-west-2")

    assert in_short(findings_in(files, CONFIGS)) == [
        "s3-prod-us: error aws-target-mismatch: CIGEN_AWS_REGION says eu-west-2 for aws-credentials-s3-prod-us"
        " and 3 more jobs, and prod/eu is there already",
        "s3-staging-us: error aws-target-mismatch: CIGEN_AWS_REGION says eu-west-2 for aws-credentials-s3-staging-us"
        " and 3 more jobs, and staging/eu is there already",
    ]


@pytest.mark.parametrize(
    ("path", "old", "new", "entry", "expected"),
    [
        (
            PROD_US,
            "update-version-dashboard-prod-us:",
            ".update-version-dashboard-prod-us:",
            PROD,
            "prod-us: warning region-parity: prod/us has no update-version-dashboard-prod-us, and prod/eu has one",
        ),
        (
            STAGING_US,
            "    deployment_tier: staging\n    action: start\n",
            "    deployment_tier: testing\n    action: start\n",
            STAGING,
            "staging-us: warning region-parity: deploy-lambda-staging-us has another environment.deployment_tier"
            " than deploy-lambda-staging-eu",
        ),
    ],
)
def test_a_region_that_is_not_like_the_others_is_found(
    path: str, old: str, new: str, entry: str, expected: str
) -> None:
    assert found_after(path, old, new, entry) == [expected]


def test_waves_and_the_click_on_a_wave_are_no_difference() -> None:
    files = rendered_files()
    files[PROD_US] = files[PROD_US].replace(
        "  extends: [.aws-credentials-template, .cigen-prod-us]\n  stage: deploy-lambda\n  needs:\n",
        "  extends: [.aws-credentials-template, .cigen-prod-us, .cigen-rules-prod-manual]\n  stage: deploy-lambda\n"
        "  needs:\n    - job: deploy-lambda-prod-eu\n      artifacts: false\n",
    )

    assert ".cigen-rules-prod-manual" in files[PROD_US]
    assert in_short(findings_in(files, PROD)) == []


@pytest.mark.parametrize(
    ("path", "old", "new", "entry", "expected"),
    [
        (
            STAGING_EU,
            "    - job: retag-push-ecr-staging-eu\n      artifacts: true",
            "    - job: retag-push-ecr-staging-eu\n      artifacts: false",
            STAGING,
            [
                "staging-eu: error contract-file-not-fetched: deploy-lambda-staging-eu runs deploy-lambda, which reads"
                " cigen-out/staging/eu/lambda-ecr-mappings.json, and fetches it from no job"
            ],
        ),
        (
            PROD,
            "    - job: deploy-lambda-prod-us\n      artifacts: true           # deploy-result.json\n  environment",
            "  environment",
            PROD,
            [
                "prod-deploy: error contract-file-not-fetched: promote-to-release-artifacts runs promote-to-release,"
                " which reads cigen-out/prod/us/deploy-result.json, and fetches it from no job"
            ],
        ),
        (
            PROD,
            "    - job: generate-on-demand-mappings\n      artifacts: true           # versions.json\n"
            "    - job: transition-jira-tickets-deploying\n      artifacts: true           # jira-tickets.json\n"
            "    - job: comment-production",
            "    - job: comment-production",
            PROD,
            [
                "prod-deploy: warning contract-file-not-fetched: transition-jira-tickets-closed runs"
                " transition-jira-tickets, which reads versions.json, and fetches it from no job"
            ],
        ),
        (
            "jobs/retag-push-ecr.yml",
            "      - cigen-out/$CIGEN_ENVIRONMENT/$CIGEN_REGION/lambda-ecr-mappings.json\n",
            "",
            STAGING,
            [
                f"staging-{region}: error contract-file-not-fetched: deploy-lambda-staging-{region} runs deploy-lambda,"
                f" which reads cigen-out/staging/{region}/lambda-ecr-mappings.json, and fetches it from no job"
                for region in ("eu", "us")
            ],
        ),
        (
            PROD_EU,
            "    - job: aws-credentials-prod-eu\n      artifacts: false",
            "    - job: aws-credentials-prod-eu",
            PROD,
            [
                "prod-eu: info artifact-not-read: deploy-lambda-prod-eu fetches the artifacts of"
                " aws-credentials-prod-eu and reads none of them"
            ],
        ),
    ],
)
def test_a_file_of_the_contract_comes_from_a_job_of_the_same_place(
    path: str, old: str, new: str, entry: str, expected: list[str]
) -> None:
    assert found_after(path, old, new, entry) == expected


def test_who_lacks_a_file_is_told_which_job_has_it() -> None:
    need = "    - job: retag-push-ecr-staging-eu\n      artifacts: "
    (not_fetched,) = findings_after(STAGING_EU, f"{need}true", f"{need}false", STAGING)
    kept = "      - cigen-out/$CIGEN_ENVIRONMENT/$CIGEN_REGION/lambda-ecr-mappings.json\n"
    not_kept = findings_after("jobs/retag-push-ecr.yml", kept, "", STAGING)[0]

    assert not_fetched.hint == "needs: [{job: retag-push-ecr-staging-eu, artifacts: true}]"
    assert not_kept.hint == "let retag-push-ecr-staging-eu keep it, with artifacts: paths"
    assert [related.message for related in not_fetched.related] == ["called here"]


def test_a_file_that_the_job_makes_itself_is_not_missed() -> None:
    job = """\
publish:
  script:
    - ./versions > versions.json
    - cigen-runtime publish-image
  variables: {CIGEN_ARTIFACTORY_REGISTRY: "a/{repository}", CIGEN_BUILD_REPOSITORY: builds}
  needs: []
"""

    assert found_in(job) == []
    assert found_in(job.replace("./versions > versions.json", "set -e")) == [
        "6:10 error contract-file-not-fetched: publish runs publish-image, which reads versions.json,"
        " and fetches it from no job"
    ]
    assert found_in(job.replace("./versions > versions.json", "./prepare")) == [
        "6:10 warning contract-file-not-fetched: publish runs publish-image, which reads versions.json,"
        " and fetches it from no job"
    ]


@pytest.mark.parametrize(
    ("path", "old", "new", "entry", "expected"),
    [
        (
            PROD_US,
            '    CIGEN_AWS_ACCOUNT: "444455556666"\n',
            "",
            PROD,
            [
                "prod-us: error required-variable-missing: aws-credentials needs CIGEN_AWS_ACCOUNT,"
                " and nothing sets it for aws-credentials-prod-us",
                "prod-us: error required-variable-missing: deploy-lambda needs CIGEN_AWS_ACCOUNT,"
                " and nothing sets it for deploy-lambda-prod-us",
            ],
        ),
        (
            "jobs/deploy-lambda.yml",
            "    VAULT_ADDR: https://vault.example.com\n",
            "",
            PROD,
            [
                "prod-eu: warning required-variable-missing: deploy-lambda needs VAULT_ADDR,"
                " and nothing sets it for deploy-lambda-prod-eu and 1 more job"
            ],
        ),
        (
            "jobs/deploy-lambda.yml",
            "CIGEN_VAULT_AUTH: approle",
            "CIGEN_VAULT_AUTH: jwt",
            PROD,
            [
                "prod-eu: error required-variable-missing: deploy-lambda needs VAULT_ID_TOKEN,"
                " and nothing sets it for deploy-lambda-prod-eu and 1 more job"
            ],
        ),
        (
            PROD_US,
            "CIGEN_REGION: us",
            "CIGEN_REGOIN: us",
            PROD,
            ["prod-us: error cigen-variable-unknown: no command of cigen-runtime reads CIGEN_REGOIN"],
        ),
        (
            PROD_US,
            "CIGEN_ON_FAILURE: stop",
            "CIGEN_ON_FALURE: rollback",
            PROD,
            ["prod-us: warning cigen-variable-unknown: no command of cigen-runtime reads CIGEN_ON_FALURE"],
        ),
        (
            "jobs/generate-mappings.yml",
            "    CIGEN_RC_REPOSITORY: docker-native-rc\n",
            "",
            "jobs/generate-mappings.yml",
            [
                "generate-mappings: error required-variable-missing: generate-mappings needs CIGEN_RC_REPOSITORY,"
                " and nothing sets it for .generate-mappings-template"
            ],
        ),
    ],
)
def test_a_variable_that_a_command_needs_is_set(path: str, old: str, new: str, entry: str, expected: list[str]) -> None:
    assert found_after(path, old, new, entry) == expected


@pytest.mark.parametrize(
    ("path", "old", "new", "entry", "expected"),
    [
        (
            PROD_US,
            "CIGEN_ON_FAILURE: stop",
            "CIGEN_ON_FAILURE: roll-back",
            PROD,
            "prod-us: error variable-value-refused: deploy-lambda-prod-us refuses CIGEN_ON_FAILURE:"
            " 'roll-back' does not match stop|rollback",
        ),
        (
            "jobs/deploy-lambda.yml",
            "CIGEN_VAULT_AUTH: approle",
            "CIGEN_VAULT_AUTH: token",
            PROD,
            "deploy-lambda: error variable-value-refused: deploy-lambda-prod-eu and 1 more job refuse CIGEN_VAULT_AUTH:"
            " 'token' does not match approle|jwt",
        ),
        (
            PROD,
            "CIGEN_REGIONS: '[{",
            "CIGEN_REGIONS: '{",
            PROD,
            "prod-deploy: error variable-value-refused: generate-on-demand-mappings refuses CIGEN_REGIONS:"
            ' \'{"region": "eu", "aws_region": "eu-west-2", "ecr_account": "\' is not JSON',
        ),
    ],
)
def test_a_value_is_one_that_the_command_takes(path: str, old: str, new: str, entry: str, expected: str) -> None:
    assert found_after(path, old, new, entry) == [expected]


def test_an_account_that_yaml_takes_for_a_number_is_refused() -> None:
    account = 'CIGEN_AWS_ACCOUNT: "444455556666"'

    found = found_after(PROD_US, account, "CIGEN_AWS_ACCOUNT: 012345670123", PROD)

    assert [line for line in found if "refused" in line] == [
        "prod-us: error variable-value-refused: aws-credentials-prod-us and 1 more job refuse CIGEN_AWS_ACCOUNT:"
        " '1402433619' does not match \\d{12}"
    ]


def test_a_misspelt_variable_is_told_with_the_one_that_was_meant() -> None:
    (finding,) = findings_after(PROD_US, "CIGEN_REGION: us", "CIGEN_REGOIN: us", PROD)

    assert finding.hint == "did you mean 'CIGEN_REGION'?"


@pytest.mark.parametrize(
    ("path", "old", "new", "hint"),
    [
        (PROD_US, "    CIGEN_AWS_REGION: us-east-1\n", "", "extend the hidden job with the variables of the region"),
        ("jobs/deploy-lambda.yml", "    VAULT_ADDR: https://vault.example.com\n", "", "extend .deploy-lambda-template"),
        (
            "jobs/deploy-lambda.yml",
            "AUTH: approle",
            "AUTH: jwt",
            "id_tokens: {VAULT_ID_TOKEN: {aud: <address of Vault>}}",
        ),
        (
            STAGING_EU,
            "  environment:\n    name: staging/eu\n    deployment_tier: staging\n    action: prepare\n",
            "",
            "environment: {name: <environment>/<region>}, from which GitLab sets it",
        ),
    ],
)
def test_where_a_variable_comes_from_is_told(path: str, old: str, new: str, hint: str) -> None:
    first, *_ = findings_after(path, old, new, STAGING if path == STAGING_EU else PROD)

    assert first.name == "required-variable-missing"
    assert first.hint.startswith(hint)


def test_once_the_settings_are_listed_the_checklist_is_complete() -> None:
    listed = frozenset({"VAULT_ROLE_ID", "DOCKER_AUTH_CONFIG", "JIRA_USER", "JIRA_API_TOKEN", "ARTIFACTORY_USER"})

    findings = findings_in(rendered_files(), PROD, listed)

    assert in_short(findings) == [
        "prod-deploy: warning required-variable-missing: promote-to-release-artifacts needs ARTIFACTORY_PASS,"
        " and lint.variables does not name it",
        "prod-eu: warning required-variable-missing: aws-credentials-prod-eu and 4 more jobs need VAULT_SECRET_ID,"
        " and lint.variables does not name it",
        "prod-eu: warning required-variable-missing: update-version-dashboard-prod-eu and 1 more job need"
        " VERSION_DASHBOARD_TOKEN, and lint.variables does not name it",
    ]
    assert findings[1].hint == (
        "define it in the CI/CD settings of the project or group, masked and protected, for prod/eu and prod/us,"
        " and name it under lint.variables in cigen.yaml"
    )


def test_settings_that_name_nothing_of_ours_say_nothing_of_the_checklist() -> None:
    assert findings_in(rendered_files(), PROD, frozenset({"DEPLOY_TOKEN"})) == ()


def test_a_wrapped_secret_id_stands_for_the_secret_id() -> None:
    checklist = "VAULT_ROLE_ID DOCKER_AUTH_CONFIG JIRA_USER JIRA_API_TOKEN ARTIFACTORY_USER ARTIFACTORY_PASS"
    listed = frozenset([*checklist.split(), "VERSION_DASHBOARD_TOKEN", "VAULT_WRAPPED_SECRET_ID"])

    assert findings_in(rendered_files(), PROD, listed) == ()


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        (
            "jobs/deploy-lambda.yml",
            "  timeout: 1 hour",
            "  timeout: 1 hour\n  allow_failure: true",
            "deploy-lambda: error deploy-failure-ignored: a failure of deploy-lambda-prod-eu and 1 more job stops"
            " nothing",
        ),
        (
            "jobs/deploy-lambda.yml",
            "  timeout: 1 hour",
            "  timeout: 1 hour\n  allow_failure: {exit_codes: 20}",
            "deploy-lambda: error deploy-failure-ignored: a failure of deploy-lambda-prod-eu and 1 more job stops"
            " nothing",
        ),
        (
            "jobs/update-version-dashboard.yml",
            "  allow_failure: true           # a dashboard never stops a pipeline\n",
            "",
            "update-version-dashboard: warning ticket-failure-blocks: a failure of update-version-dashboard-prod-eu"
            " and 1 more job fails the pipeline, though all that is lost is what people are told",
        ),
        (
            PROD,
            "    - job: deploy-lambda-prod-eu\n      artifacts: true           # deploy-result.json\n",
            "    - job: deploy-lambda-prod-eu\n      artifacts: true           # deploy-result.json\n"
            "    - job: comment-production\n      artifacts: false\n",
            "prod-deploy: error deploy-waits-for-ticket: promote-to-release-artifacts runs promote-to-release and waits"
            " for comment-production",
        ),
        (
            "jobs/rules.yml",
            '    - if: $CI_PIPELINE_SOURCE != "web" &&',
            '    - if: $CI_PIPELINE_SOURCE == "merge_request_event" &&',
            "rules: warning prod-gate: for production, aws-credentials-prod-eu and 5 more jobs may run in a push to the"
            " default branch and 7 other kinds of pipeline",
        ),
        (
            "jobs/rules.yml",
            '$CI_COMMIT_REF_PROTECTED != "true" || ',
            "",
            "rules: warning prod-gate: for production, aws-credentials-prod-eu and 5 more jobs may run in a start by"
            " hand on a branch that is not protected and 1 other kind of pipeline",
        ),
    ],
)
def test_a_release_is_started_by_people_and_stopped_by_its_own_failures_alone(
    path: str, old: str, new: str, expected: str
) -> None:
    assert expected in found_after(path, old, new, PROD)


GATE = "    - job: aws-credentials-prod-us\n      artifacts: false\n"


def test_a_deployment_waits_for_the_gate_of_its_region() -> None:
    found = found_after(PROD_US, f"{GATE}    - job: generate", "    - job: generate", PROD)

    assert [line for line in found if "gate-bypassed" in line] == [
        "prod-us: warning gate-bypassed: deploy-lambda-prod-us does not wait for aws-credentials-prod-us,"
        " the gate of its region"
    ]


def test_of_a_chain_that_goes_round_the_gate_the_first_job_is_told() -> None:
    gate = "    - job: aws-credentials-staging-us\n      artifacts: false\n"

    found = found_after(STAGING_US, gate, "    - job: semantic-versioning\n      artifacts: false\n", STAGING)

    assert found == [
        "staging-us: warning region-parity: prepare-docker-config-staging-us has another needs"
        " than prepare-docker-config-staging-eu",
        "staging-us: warning gate-bypassed: retag-push-ecr-staging-us does not wait for aws-credentials-staging-us,"
        " the gate of its region",
    ]


def test_a_gate_with_a_click_that_is_gone_round_is_an_error() -> None:
    files = rendered_files()
    gate = "  extends: [.aws-credentials-template, .cigen-prod-us]\n"
    assert gate in files[PROD_US]
    files[PROD_US] = files[PROD_US].replace(gate, gate.replace("]", ", .cigen-rules-prod-manual]"))
    files[PROD_US] = files[PROD_US].replace(GATE, "", 1)

    assert [finding.severity for finding in findings_in(files, PROD) if finding.name == "gate-bypassed"] == ["error"]


def test_a_way_to_a_ticket_is_told_with_the_jobs_on_it() -> None:
    files = rendered_files()
    files[PROD] += "\nwait:\n  stage: promote-artifacts\n  script: [sleep 1]\n  needs: [comment-production]\n"
    need = "    - job: deploy-lambda-prod-eu\n      artifacts: true           # deploy-result.json\n"
    files[PROD] = files[PROD].replace(need, f"{need}    - job: wait\n      artifacts: false\n", 1)

    assert [line for line in in_short(findings_in(files, PROD)) if "waits" in line] == [
        "prod-deploy: error deploy-waits-for-ticket: promote-to-release-artifacts runs promote-to-release and waits"
        " for comment-production, through wait"
    ]


def test_a_job_with_a_template_that_nobody_knows_is_left_alone() -> None:
    job = "ship:\n  extends: .unknown\n  script: cigen-runtime deploy-lambda\n  allow_failure: true\n"

    assert found_in(job) == ["2:12 error extends-undefined: 'ship' extends '.unknown', which is not defined"]


def test_a_file_that_was_not_looked_at_may_have_what_is_missing() -> None:
    pipeline = """\
include: {project: platform/pipelines, ref: v1.0.0, file: variables.yml}
find-versions:
  script: cigen-runtime find-versions
  environment: {name: staging/eu, action: prepare}
  variables: {CIGEN_ENVIRONMENT: staging, CIGEN_REGION: eu}
merge-configs:
  script: cigen-runtime merge-configs
  needs: [find-versions]
  environment: {name: staging/eu, action: prepare}
  variables: {CIGEN_ENVIRONMENT: staging, CIGEN_REGION: eu}
"""

    assert found_in(pipeline) == []


def test_what_a_service_changes_in_a_job_of_the_pipelines_repo_is_told_once() -> None:
    change = """\
deploy-lambda-prod-eu:
  allow_failure: true
  variables: {CIGEN_AWS_REGION: us-east-1, CIGEN_ON_FAILURE: undo}
"""

    found = [finding.name for finding in report_of(WHOLE + change).findings]

    assert found == ["protected-key-overridden", "variable-shadows-protected", "variable-shadows-protected"]
