"""From templates and config to texts: holes, logic, loops over regions, and what is wrong in a template."""

from pathlib import Path

import pytest

from cigen.config import load
from cigen.errors import TemplateError
from cigen.render import render
from cigen.render.context import company_context, file_context
from cigen_runtime.contract import COMMANDS
from cigen_runtime.contract.model import Origin

from .conftest import Project

HEADER = """\
# Rendered by cigen 0.1.0 from cigen.yaml, template {}.
# Do not edit: change cigen.yaml or the template, then run: cigen render

"""


def rendered(project: Project, *more: Path) -> dict[str, str]:
    """The texts by path."""
    config = load(project.folder / "cigen.yaml")
    return {file.path: file.text for file in render(config, [project.templates, *more], "cigen.yaml")}


def one(project: Project, text: str, path: str = "jobs/x.yml") -> str:
    """What one template renders to, below its header."""
    project.template(path, text)
    return rendered(project)[path].split("\n\n", 1)[1]


def problem(project: Project, text: str, path: str = "jobs/x.yml") -> str:
    """What is wrong with one template, with its path from the folder of templates."""
    project.template(path, text)
    with pytest.raises(TemplateError) as caught:
        rendered(project)
    return str(caught.value).replace(f"{project.templates}/", "")


def test_a_template_per_region_renders_once_for_each_region_of_its_environment(project: Project) -> None:
    project.template("regions/prod-[region].yml", "deploy-<% region.environment_name %>: {}\n")

    texts = rendered(project)

    assert texts == {
        "jobs/gate.yml": HEADER.format("jobs/gate.yml") + ".gate:\n  image: registry.example.com/cigen-runtime:0.1.0\n",
        "regions/prod-eu.yml": HEADER.format("regions/prod-[region].yml") + "deploy-prod/eu: {}\n",
        "regions/staging-eu.yml": HEADER.format("regions/staging-[region].yml") + "deploy-eu:\n  extends: .gate\n",
        "regions/staging-us.yml": HEADER.format("regions/staging-[region].yml") + "deploy-us:\n  extends: .gate\n",
    }


def test_without_production_no_file_of_production_is_rendered(project: Project) -> None:
    project.configure('  prod:\n    account: "444455556666"\n    regions: [eu]\n', "")
    project.template("prod-entry.yml", "a: 1\n")
    project.template("regions/prod-[region].yml", "a: 1\n")

    paths = list(rendered(project))

    assert paths == ["jobs/gate.yml", "regions/staging-eu.yml", "regions/staging-us.yml"]


def test_the_file_of_an_environment_sees_its_regions(project: Project) -> None:
    text = "include:\n#% for region in environment.regions\n  - local: <% region.name %>.yml\n#% endfor\n"

    entry = one(project, text, "staging-entry.yml")

    assert entry == "include:\n  - local: eu.yml\n  - local: us.yml\n"


def test_logic_leaves_no_blank_line_and_shell_is_left_alone(project: Project) -> None:
    text = """\
job:
  script:
    #% if config.versioning == "semantic"
    - echo "${#list[@]} {{ not.ours }} {% raw %} ${x#%y}"
    #% endif
"""

    result = one(project, text)

    assert result == 'job:\n  script:\n    - echo "${#list[@]} {{ not.ours }} {% raw %} ${x#%y}"\n'


def test_a_block_leaves_no_blank_behind_its_key_and_an_empty_optional_no_line(project: Project) -> None:
    text = "job:\n  tags: <% config.jobs.tags | optional(4) %>\n  paths: <% ['a', '1'] | block(4) %>\n"

    result = one(project, text)

    assert result == 'job:\n  paths:\n    - a\n    - "1"\n'


def test_markdown_takes_any_text_and_keeps_its_line_breaks(project: Project) -> None:
    text = 'A "quoted": <% \'it is "so" # here\' %>  \nend'

    result = one(project, text, "README.md")

    assert result == 'A "quoted": it is "so" # here  \nend\n'
    assert rendered(project)["README.md"].startswith(
        "<!-- Rendered by cigen 0.1.0 from cigen.yaml, template README.md. -->\n"
    )


def test_a_script_keeps_its_first_line_and_json_has_no_comment(project: Project) -> None:
    project.template("run.sh", "#!/bin/sh\ntrue\n")
    project.template("data.json", "{}\n")

    texts = rendered(project)

    assert texts["run.sh"].splitlines()[0] == "#!/bin/sh"
    assert texts["run.sh"].splitlines()[1] == "# Rendered by cigen 0.1.0 from cigen.yaml, template run.sh."
    assert texts["data.json"] == "{}\n"


@pytest.mark.parametrize(
    ("hole", "shown"),
    [
        ("'say ' ~ '\"hi\"'", "'say \"hi\"'"),
        ("'a:' ~ ' b'", "'a: b'"),
        ("'a ' ~ '#b'", "'a #b'"),
        ("'a\\nb'", "'a\\nb'"),
        ("'a\\\\b'", "'a\\\\b'"),
        ("'*a'", "'*a'"),
        ("'[a]'", "'[a]'"),
        ("'end:'", "'end:'"),
        ("'- a'", "'- a'"),
        ("' a'", "' a'"),
    ],
)
def test_a_bare_hole_refuses_a_text_that_yaml_would_read_differently(project: Project, hole: str, shown: str) -> None:
    text = problem(project, f"a: 1\nb: <% {hole} %>\n")

    assert text == (f"jobs/x.yml:2: error: {shown} is not safe in a bare hole: use `| yaml`\n    2 | b: <% {hole} %>")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("none", "nothing (null) in a bare hole: use `| yaml`"),
        ("true", "true or false in a bare hole: use `| yaml`"),
        ("[1]", "a list in a bare hole: use `| yaml`"),
        ("retry", "a mapping in a bare hole: use `| yaml`"),
        ("config.vault.namespace", "an empty text in a bare hole: use `| yaml`"),
        ("1.5", "a float in a bare hole: use `| yaml`"),
    ],
)
def test_a_bare_hole_refuses_what_is_no_text(project: Project, value: str, shown: str) -> None:
    text = problem(project, f"a: <% {value} %>\n")

    assert text == f"jobs/x.yml:1: error: {shown}\n    1 | a: <% {value} %>"


def test_an_undefined_name_is_told_with_its_line_and_the_name_that_was_meant(project: Project) -> None:
    text = problem(project, "a: 1\nb:\n  c: <% regon.name %>\n", "staging-[region].yml")

    assert text == (
        "staging-[region].yml:3: error: undefined name 'regon'\n"
        "    3 |   c: <% regon.name %>\n"
        "hint: did you mean 'region'?"
    )


@pytest.mark.parametrize(
    ("hole", "message", "hint"),
    [
        ("config.jobs.imag", "there is no 'imag' in a Jobs", "did you mean 'image'?"),
        ('command["retag-push-ec"].name', "there is no 'retag-push-ec' in a mapping", "did you mean 'retag-push-ecr'?"),
        ("environments[0].teir", "there is no 'teir' in a EnvironmentView", "did you mean 'tier'?"),
        (
            "config | yam",
            "no filter named 'yam'",
            "filters of cigen's own: yaml, block(indent), optional(indent), comment",
        ),
    ],
)
def test_every_misspelt_name_has_a_hint(project: Project, hole: str, message: str, hint: str) -> None:
    text = problem(project, f"a: <% {hole} %>\n")

    assert text == f"jobs/x.yml:1: error: {message}\n    1 | a: <% {hole} %>\nhint: {hint}"


def test_a_filter_that_cannot_write_the_value_is_told_at_the_template(project: Project) -> None:
    text = problem(project, "a: <% config | yaml %>\n")

    assert text == (
        "jobs/x.yml:1: error: a value of type Config cannot be written as YAML\n    1 | a: <% config | yaml %>"
    )


def test_a_template_that_is_not_yaml_before_rendering_is_refused(project: Project) -> None:
    text = problem(project, "a: 1\nb: [<% config.jobs.image %>\n")

    assert text == (
        "jobs/x.yml:3: error: not YAML: did not find expected ',' or ']'\n"
        "hint: a template must be YAML before it is rendered too"
    )


def test_an_unfinished_if_is_told_with_its_line(project: Project) -> None:
    text = problem(project, "a: 1\n#% if config.jobs.tags\nb: 1\n")

    assert text == (
        "jobs/x.yml:3: error: unexpected end of template. Jinja was looking for the following tags: "
        "'elif' or 'else' or 'endif'. The innermost block that needs to be closed is 'if'\n    3 | b: 1"
    )


def test_what_renders_to_a_duplicate_key_is_told_at_the_template(project: Project) -> None:
    text = problem(project, "#% for region in environments[0].regions\njob:\n  a: <% region.name %>\n#% endfor\n")

    assert text == (
        "jobs/x.yml:2: error: duplicate key 'job': it stands in line 4 already\n"
        "    2 | job:\n"
        "hint: this is line 6 of jobs/x.yml as it would be rendered"
    )


def test_gitlabs_reference_tag_is_yaml(project: Project) -> None:
    result = one(project, "a:\n  rules:\n    - !reference [.b, rules]\n")

    assert result == "a:\n  rules:\n    - !reference [.b, rules]\n"


def test_all_broken_templates_are_told_about_at_once(project: Project) -> None:
    project.template("jobs/one.yml", "a: <% x %>\n")
    project.template("jobs/two.yml", "a: <% y %>\nb: [\n")

    text = problem(project, "a: <% zzz %>\n", "staging-[region].yml")

    assert [line for line in text.splitlines() if ": error: " in line] == [
        "jobs/one.yml:1: error: undefined name 'x'",
        "jobs/two.yml:3: error: not YAML: did not find expected node content",
        "staging-[region].yml:1: error: undefined name 'zzz'",
    ]


def test_a_template_that_is_not_utf8_is_told_with_its_line(project: Project) -> None:
    (project.templates / "jobs/x.yml").write_bytes(b"a: 1\nb: \xff\n")

    with pytest.raises(TemplateError) as caught:
        rendered(project)

    assert str(caught.value) == (
        f"{project.templates}/jobs/x.yml:2: error: the template is not UTF-8\nhint: save it as UTF-8"
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (
            "staging-[regoin].yml",
            "staging-[regoin].yml: error: unknown word [regoin] in the template's path\nhint: did you mean 'region'?",
        ),
        (
            "test-[region].yml",
            "test-[region].yml: error: [region] does not say of which environment\n"
            "hint: write staging-[region] or prod-[region]",
        ),
        (
            "regions/staging-eu.yml",
            "regions/staging-eu.yml: error: renders to regions/staging-eu.yml, as regions/staging-[region].yml does\n"
            "hint: rename one of them",
        ),
    ],
)
def test_a_wrong_path_of_a_template_is_told(project: Project, path: str, expected: str) -> None:
    text = problem(project, "a: 1\n", path)

    assert text == expected


def test_a_team_replaces_a_template_and_adds_one(project: Project) -> None:
    project.write("own/jobs/gate.yml", "ours: 1\n")
    project.write("own/extra.yml", "more: 1\n")

    texts = rendered(project, project.folder / "own")

    assert texts["jobs/gate.yml"] == HEADER.format("jobs/gate.yml") + "ours: 1\n"
    assert texts["extra.yml"] == HEADER.format("extra.yml") + "more: 1\n"
    assert list(texts) == ["extra.yml", "jobs/gate.yml", "regions/staging-eu.yml", "regions/staging-us.yml"]


def test_a_file_of_one_template_where_another_needs_a_folder_is_told(project: Project) -> None:
    project.write("own/jobs", "a: 1\n")

    with pytest.raises(TemplateError) as caught:
        rendered(project, project.folder / "own")

    assert str(caught.value) == (
        f"{project.folder}/own/jobs: error: renders to the file jobs, which {project.templates}/jobs/gate.yml needs "
        "as a folder\nhint: rename one of them"
    )


def test_rendering_twice_gives_the_same_bytes(project: Project) -> None:
    assert rendered(project) == rendered(project)


def test_a_region_tells_its_jobs_what_they_work_for(project: Project) -> None:
    config = load(project.folder / "cigen.yaml")

    region = file_context(company_context(config), "prod", "eu")["region"]

    assert (region.name, region.aws_region, region.environment_name) == ("eu", "eu-west-2", "prod/eu")
    assert region.resource_group == "deploy/prod/eu"
    assert region.variables == {
        "CIGEN_ENVIRONMENT": "prod",
        "CIGEN_REGION": "eu",
        "CIGEN_AWS_REGION": "eu-west-2",
        "CIGEN_AWS_ACCOUNT": "444455556666",
        "CIGEN_VAULT_ROLE": "lambda-prod",
        "CIGEN_ECR_ACCOUNT": "111122223333",
        "CIGEN_ECR_REPOSITORY": "lambda-images",
        "CIGEN_CONFIG_BUCKET": "config-prod-eu",
        "CIGEN_ON_MISSING": "fail",
        "CIGEN_ON_FAILURE": "stop",
    }


def test_a_region_may_have_its_own_account_registry_and_role(project: Project) -> None:
    project.configure("regions: [eu, us]\n", 'regions: [eu, us]\n    overrides: {us: {account: "555566667777"}}\n')
    project.configure(
        "us: {aws_region: us-east-1}",
        'us: {aws_region: us-east-1, ecr_account: "999900001111", ecr_repository: "images/{project}"}',
    )
    role = '  role: "{environment}-{region}"\n  role_arn: arn:aws:iam::{account}:role/deploy-{region}\n'
    project.configure("  address: https://vault.example.com\n", f"  address: https://vault.example.com\n{role}")
    config = load(project.folder / "cigen.yaml")

    region = file_context(company_context(config), "staging", "us")["region"]

    assert region.variables == {
        "CIGEN_ENVIRONMENT": "staging",
        "CIGEN_REGION": "us",
        "CIGEN_AWS_REGION": "us-east-1",
        "CIGEN_AWS_ACCOUNT": "555566667777",
        "CIGEN_VAULT_ROLE": "staging-us",
        "CIGEN_VAULT_ROLE_ARN": "arn:aws:iam::555566667777:role/deploy-us",
        "CIGEN_ECR_ACCOUNT": "999900001111",
        "CIGEN_ECR_REPOSITORY": "images/{project}",
        "CIGEN_CONFIG_BUCKET": "config-staging-us",
        "CIGEN_ON_MISSING": "skip",
        "CIGEN_ON_FAILURE": "stop",
    }


def test_a_command_is_seen_with_its_variables_artifacts_and_settings(project: Project) -> None:
    context = company_context(load(project.folder / "cigen.yaml"))

    command = context["command"]["retag-push-ecr"]

    assert command.variables == {
        "VAULT_ADDR": "https://vault.example.com",
        "CIGEN_VAULT_AUTH": "approle",
        "CIGEN_VAULT_AUTH_MOUNT": "approle",
        "CIGEN_VAULT_AWS_MOUNT": "aws",
        "CIGEN_ARTIFACTORY_REGISTRY": "artifactory.example.com/{repository}",
        "CIGEN_BUILD_REPOSITORY": "docker-local",
    }
    assert command.artifacts == [
        "cigen-out/$CIGEN_ENVIRONMENT/$CIGEN_REGION/lambda-ecr-mappings.json",
        "cigen-out/results/$CI_JOB_NAME_SLUG.json",
    ]
    assert [variable.name for variable in command.settings] == [
        "VAULT_ROLE_ID",
        "VAULT_SECRET_ID",
        "DOCKER_AUTH_CONFIG",
    ]
    assert [view.name for view in context["commands"]] == list(context["command"])


def test_the_checklist_names_what_must_be_set_and_who_reads_it(project: Project) -> None:
    context = company_context(load(project.folder / "cigen.yaml"))

    checklist = {setting.name: (setting.secret, setting.required, setting.commands) for setting in context["checklist"]}

    assert checklist["VERSIONING_TOKEN"] == (
        True,
        False,
        ["semantic-versioning", "find-versions", "merge-configs"],
    )
    assert checklist["VAULT_ROLE_ID"][:2] == (False, True)
    assert checklist["VAULT_SECRET_ID"][:2] == (True, True)
    assert {"aws-credentials", "retag-push-ecr", "deploy-lambda"} <= set(checklist["VAULT_SECRET_ID"][2])
    assert checklist["DOCKER_AUTH_CONFIG"][:2] == (True, True)
    assert set(checklist) == {
        variable.name
        for command in COMMANDS
        for variable in command.variables
        if variable.origin is Origin.SETTINGS and variable.login in {None, "approle"}
    } - {"JIRA_USER", "JIRA_API_TOKEN", "VERSION_DASHBOARD_TOKEN"}, "what the company does not have needs nothing"


def test_with_jwt_no_approle_is_asked_for_and_jobs_get_an_id_token(project: Project) -> None:
    project.configure("  address: https://vault.example.com\n", "  address: https://vault.example.com\n  auth: jwt\n")

    context = company_context(load(project.folder / "cigen.yaml"))

    assert context["id_tokens"] == {"VAULT_ID_TOKEN": {"aud": "https://vault.example.com"}}
    assert [setting.name for setting in context["checklist"]] == [
        "VERSIONING_TOKEN",
        "DOCKER_AUTH_CONFIG",
        "ARTIFACTORY_USER",
        "ARTIFACTORY_PASS",
    ]
    assert context["command"]["aws-credentials"].variables["CIGEN_VAULT_AUTH_MOUNT"] == "jwt"


@pytest.mark.parametrize(("version", "codes"), [("16.10", {}), ("16.11", {"exit_codes": [75, 76]}), ("9.0", {})])
def test_exit_codes_are_retried_if_gitlab_knows_them(project: Project, version: str, codes: dict[str, object]) -> None:
    project.configure('"17.5"', f'"{version}"')

    context = company_context(load(project.folder / "cigen.yaml"))

    when = ["runner_system_failure", "stuck_or_timeout_failure", "api_failure", "scheduler_failure"]
    assert context["retry"] == {"max": 2, "when": when, **codes}
