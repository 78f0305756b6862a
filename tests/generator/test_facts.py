"""The table of values that cigen.yaml gives to variables of the contract."""

import json
import re

import pytest

import cigen_runtime
from cigen import __version__
from cigen.config import load
from cigen.render.context import company_context, environment_view
from cigen.render.facts import COMPANY_FACTS, ENVIRONMENT_FACTS, REGION_FACTS, Deployment
from cigen.render.prerequisites import prerequisites
from cigen_runtime.contract import COMMANDS
from cigen_runtime.contract.model import Origin, Variable

from .conftest import Project


def variables(origin: Origin) -> dict[str, Variable]:
    """The contract's variables of an origin."""
    return {variable.name: variable for command in COMMANDS for variable in command.variables_of(origin)}


@pytest.mark.parametrize(
    ("origin", "facts"),
    [
        (Origin.COMPANY, COMPANY_FACTS),
        (Origin.REGION, REGION_FACTS),
        (Origin.ENVIRONMENT, ENVIRONMENT_FACTS),
    ],
)
def test_every_variable_from_cigen_yaml_has_a_value_and_no_value_is_left_over(
    origin: Origin, facts: dict[str, object]
) -> None:
    assert sorted(variables(origin)) == sorted(facts)


def test_every_value_is_what_the_contract_lets_the_runtime_accept(project: Project) -> None:
    project.configure(
        "regions:\n  eu",
        "jira: {url: https://jira.example.com, project: REL}\n"
        "dashboard: {backend: http, url: https://versions.example.com}\n"
        "regions:\n  eu",
    )
    config = load(project.folder / "cigen.yaml")
    deployment = Deployment(config, "staging", "eu")

    company = {name: COMPANY_FACTS[name](config) for name in COMPANY_FACTS}
    region = {name: REGION_FACTS[name](deployment) for name in REGION_FACTS}

    declared = {**variables(Origin.COMPANY), **variables(Origin.REGION)}
    refused = [
        name
        for name, value in {**company, **region}.items()
        if value and not re.fullmatch(declared[name].pattern or ".*", value)
    ]
    assert refused == []


def test_a_job_for_all_regions_is_told_each_with_its_registry_and_logs_in_as_the_first(project: Project) -> None:
    project.configure("us: {aws_region: us-east-1}", 'us: {aws_region: us-east-1, ecr_account: "999900001111"}')

    variables = environment_view(load(project.folder / "cigen.yaml"), "staging").variables["generate-mappings"]

    assert json.loads(variables.pop("CIGEN_REGIONS")) == [
        {
            "region": "eu",
            "aws_region": "eu-west-2",
            "ecr_account": "111122223333",
            "ecr_repository": "lambda-images",
        },
        {
            "region": "us",
            "aws_region": "us-east-1",
            "ecr_account": "999900001111",
            "ecr_repository": "lambda-images",
        },
    ]
    assert variables == {
        "CIGEN_ENVIRONMENT": "staging",
        "CIGEN_AWS_REGION": "eu-west-2",
        "CIGEN_AWS_ACCOUNT": "111122223333",
        "CIGEN_VAULT_ROLE": "lambda-staging",
    }


def test_a_region_with_an_account_and_roles_of_its_own_is_told_with_them(project: Project) -> None:
    project.configure("regions: [eu, us]", 'regions: [eu, us]\n    overrides: {us: {account: "777788889999"}}')
    project.configure("vault:\n", "vault:\n  role: lambda-{environment}-{region}\n  auth_role: ci-{environment}\n")
    config = load(project.folder / "cigen.yaml")
    deployments = [Deployment(config, "staging", region) for region in ("eu", "us")]

    first, second = json.loads(ENVIRONMENT_FACTS["CIGEN_REGIONS"](deployments))

    assert REGION_FACTS["CIGEN_VAULT_AUTH_ROLE"](deployments[0]) == "ci-staging"
    assert "variables" not in first
    assert second["variables"] == {"CIGEN_AWS_ACCOUNT": "777788889999", "CIGEN_VAULT_ROLE": "lambda-staging-us"}


def test_without_a_jira_section_its_variables_are_empty(project: Project) -> None:
    config = load(project.folder / "cigen.yaml")

    assert {name: value(config) for name, value in COMPANY_FACTS.items() if "JIRA" in name} == {
        "JIRA_URL": "",
        "CIGEN_JIRA_PROJECT": "",
        "CIGEN_JIRA_ISSUE_TYPE": "",
        "CIGEN_JIRA_STATUSES": "",
    }


@pytest.mark.parametrize(
    ("section", "variables", "settings", "id_tokens"),
    [
        (
            "{backend: http, url: https://versions.example.com}",
            {"CIGEN_DASHBOARD_BACKEND": "http", "VERSION_DASHBOARD_URL": "https://versions.example.com"},
            ["VERSION_DASHBOARD_TOKEN"],
            {},
        ),
        (
            '{backend: s3, bucket: versions, account: "111122223333", aws_region: eu-west-1}',
            {
                "CIGEN_DASHBOARD_BACKEND": "s3",
                "CIGEN_DASHBOARD_BUCKET": "versions",
                "CIGEN_DASHBOARD_ACCOUNT": "111122223333",
                "CIGEN_DASHBOARD_AWS_REGION": "eu-west-1",
                "VAULT_ADDR": "https://vault.example.com",
                "CIGEN_VAULT_AUTH": "jwt",
                "CIGEN_VAULT_AUTH_MOUNT": "jwt",
                "CIGEN_VAULT_AWS_MOUNT": "aws",
            },
            [],
            {"VAULT_ID_TOKEN": {"aud": "https://vault.example.com"}},
        ),
    ],
    ids=["http", "s3"],
)
def test_the_dashboards_job_is_told_what_its_backend_reads_and_nothing_else(
    project: Project, section: str, variables: dict[str, str], settings: list[str], id_tokens: dict[str, object]
) -> None:
    project.configure("regions:\n  eu", f"dashboard: {section}\nregions:\n  eu")
    project.configure("  address: https://vault.example.com\n", "  address: https://vault.example.com\n  auth: jwt\n")

    view = company_context(load(project.folder / "cigen.yaml"))["command"]["update-version-dashboard"]

    assert view.variables == variables
    assert [setting.name for setting in view.settings] == settings
    assert view.id_tokens == id_tokens


def test_only_the_statuses_that_differ_are_told_under_the_names_of_the_command_line(project: Project) -> None:
    project.configure(
        "regions:\n  eu",
        "jira:\n"
        "  url: https://jira.example.com\n"
        "  project: REL\n"
        "  issue_type: Release\n"
        "  statuses: {pp_testing: In Test, closed: Closed}\n"
        "regions:\n  eu",
    )
    config = load(project.folder / "cigen.yaml")

    assert {name: value(config) for name, value in COMPANY_FACTS.items() if "JIRA" in name} == {
        "JIRA_URL": "https://jira.example.com",
        "CIGEN_JIRA_PROJECT": "REL",
        "CIGEN_JIRA_ISSUE_TYPE": "Release",
        "CIGEN_JIRA_STATUSES": '{"pp-testing": "In Test"}',
    }


def test_a_sync_is_told_its_bucket_its_prefix_and_every_layer_that_there_may_be(project: Project) -> None:
    project.configure(
        "  bucket: config-{environment}-{region}\n",
        "  bucket: config-{environment}-{region}\n  prefix: orders/{region}/\n  delete: true\n",
    )
    config = load(project.folder / "cigen.yaml")

    assert {
        **{name: REGION_FACTS[name](Deployment(config, "staging", "us")) for name in REGION_FACTS if "CONFIG" in name},
        **{name: COMPANY_FACTS[name](config) for name in ("CIGEN_CONFIG_DELETE", "CIGEN_ENVIRONMENTS")},
    } == {
        "CIGEN_CONFIG_BUCKET": "config-staging-us",
        "CIGEN_CONFIG_PREFIX": "orders/us/",
        "CIGEN_CONFIG_DELETE": "true",
        "CIGEN_ENVIRONMENTS": '{"staging": ["eu", "us"], "prod": ["eu"]}',
    }


def test_the_generator_and_the_runtime_have_one_version() -> None:
    assert cigen_runtime.__version__ == __version__


def test_what_one_region_of_an_environment_has_otherwise_is_what_its_jobs_are_told(project: Project) -> None:
    project.configure('account: "111122223333"\n  repository', "per_environment: true\n  repository")
    project.configure("lambda-images", '"{environment}/{project}"')
    project.configure(
        "regions: [eu, us]",
        "regions: [eu, us]\n"
        "    overrides:\n"
        '      us: {account: "777788889999", vault_role: "far-{region}", vault_auth_role: ci-far,\n'
        '        vault_role_arn: "arn:aws:iam::{account}:role/{environment}", bucket: far-config, ecr_repository: far}',
    )
    config = load(project.folder / "cigen.yaml")
    names = {
        "CIGEN_AWS_ACCOUNT",
        "CIGEN_VAULT_ROLE",
        "CIGEN_VAULT_AUTH_ROLE",
        "CIGEN_VAULT_ROLE_ARN",
        "CIGEN_CONFIG_BUCKET",
        "CIGEN_ECR_ACCOUNT",
        "CIGEN_ECR_REPOSITORY",
    }

    told = {
        region: {name: REGION_FACTS[name](Deployment(config, "staging", region)) for name in sorted(names)}
        for region in ("eu", "us")
    }

    assert told == {
        "eu": {
            "CIGEN_AWS_ACCOUNT": "111122223333",
            "CIGEN_CONFIG_BUCKET": "config-staging-eu",
            "CIGEN_ECR_ACCOUNT": "111122223333",
            "CIGEN_ECR_REPOSITORY": "staging/{project}",
            "CIGEN_VAULT_AUTH_ROLE": "",
            "CIGEN_VAULT_ROLE": "lambda-staging",
            "CIGEN_VAULT_ROLE_ARN": "",
        },
        "us": {
            "CIGEN_AWS_ACCOUNT": "777788889999",
            "CIGEN_CONFIG_BUCKET": "far-config",
            "CIGEN_ECR_ACCOUNT": "777788889999",
            "CIGEN_ECR_REPOSITORY": "far",
            "CIGEN_VAULT_AUTH_ROLE": "ci-far",
            "CIGEN_VAULT_ROLE": "far-us",
            "CIGEN_VAULT_ROLE_ARN": "arn:aws:iam::777788889999:role/staging",
        },
    }


def test_images_must_be_there_before_production_only_where_it_does_not_copy_them(project: Project) -> None:
    shared = dict(prerequisites(load(project.folder / "cigen.yaml"), "prod", "eu"))
    project.configure('account: "111122223333"\n  repository', "per_environment: true\n  repository")
    own = dict(prerequisites(load(project.folder / "cigen.yaml"), "prod", "eu"))

    assert "images" in shared
    assert "images" not in own
    assert own["ECR repository"] == (
        "444455556666.dkr.ecr.eu-west-2.amazonaws.com/lambda-images, for Lambda in 444455556666"
    )
