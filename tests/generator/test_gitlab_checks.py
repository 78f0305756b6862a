"""What GitLab would make of rendered files: keywords of a later one, names it refuses, jobs that stand twice."""

from pathlib import Path

import pytest

from cigen.config import load
from cigen.errors import TemplateError
from cigen.render import render

from .conftest import Project, Run


def problem(project: Project) -> str:
    """What is wrong with what the templates render to, with paths from the project's folders."""
    config = load(Path("cigen.yaml"))
    folders = [project.templates, *([Path(config.templates)] if config.templates else [])]
    with pytest.raises(TemplateError) as caught:
        render(config, folders, "cigen.yaml")
    return str(caught.value).replace(f"{project.templates}/", "")


@pytest.fixture
def own(project: Project) -> Project:
    """The project with a folder of templates of its own."""
    project.write("ours/README.md", "ours\n")
    project.configure("output: rendered\n", "output: rendered\ntemplates: ours\n")
    return project


@pytest.mark.parametrize(
    ("version", "text", "expected"),
    [
        (
            "16.5",
            ".a:\n  script: [make]\n  artifacts:\n    access: none\n    paths: [x]\n",
            "jobs/x.yml:4: error: the keyword 'artifacts:access' came with GitLab 16.11, and gitlab.version is 16.5\n"
            "    4 |     access: none\n"
            "hint: raise gitlab.version, or leave credentials.handover out",
        ),
        (
            "15.6",
            ".a:\n  script: [make]\n  id_tokens: {T: {aud: x}}\n",
            "jobs/x.yml:3: error: the keyword 'id_tokens' came with GitLab 15.7, and gitlab.version is 15.6\n"
            "    3 |   id_tokens: {T: {aud: x}}\n"
            "hint: raise gitlab.version, or set vault.auth to approle",
        ),
        (
            "17.0",
            ".a:\n  script: [make]\n  manual_confirmation: Sure?\n",
            "jobs/x.yml:3: error: the keyword 'manual_confirmation' came with GitLab 17.1, and gitlab.version is 17.0\n"
            "    3 |   manual_confirmation: Sure?\n"
            "hint: raise gitlab.version, or replace the template with one of your own",
        ),
        (
            "14.10",
            ".a:\n  script: [make]\n  environment: {name: x, action: access}\n",
            "jobs/x.yml:3: error: 'environment:action: access' came with GitLab 15.0, and gitlab.version is 14.10\n"
            "    3 |   environment: {name: x, action: access}\n"
            "hint: raise gitlab.version, or replace the template with one of your own",
        ),
        (
            "16.2",
            ".a:\n  script: [make]\n  needs:\n    - job: b\n      parallel: {matrix: [{X: y}]}\n",
            "jobs/x.yml:5: error: the keyword 'needs:parallel' came with GitLab 16.3, and gitlab.version is 16.2\n"
            "    5 |       parallel: {matrix: [{X: y}]}\n"
            "hint: raise gitlab.version, or replace the template with one of your own",
        ),
        (
            "16.10",
            "spec:\n  inputs:\n    names:\n      type: array\n      default: []\n---\n.a:\n  script: [make]\n",
            "jobs/x.yml:4: error: the type 'array' of an input came with GitLab 16.11, and gitlab.version is 16.10\n"
            "    4 |       type: array\n"
            "hint: raise gitlab.version, or replace the template with one of your own",
        ),
        (
            "15.3",
            ".a:\n  script:\n    - echo $CI_JOB_NAME_SLUG\n",
            "jobs/x.yml:3: error: the variable 'CI_JOB_NAME_SLUG' came with GitLab 15.4, and gitlab.version is 15.3\n"
            "    3 |     - echo $CI_JOB_NAME_SLUG\n"
            "hint: raise gitlab.version, or replace the template with one of your own",
        ),
        (
            "13.8",
            ".a:\n  script:\n    - !reference [.b, script]\n",
            "jobs/x.yml:3: error: '!reference' came with GitLab 13.9, and gitlab.version is 13.8\n"
            "    3 |     - !reference [.b, script]\n"
            "hint: raise gitlab.version, or replace the template with one of your own",
        ),
        (
            "16.11",
            "include:\n  - remote: https://example.com/a.yml\n    integrity: sha256-abc\n",
            "jobs/x.yml:3: error: the keyword 'include:integrity' came with GitLab 17.9, and gitlab.version is 16.11\n"
            "    3 |     integrity: sha256-abc\n"
            "hint: raise gitlab.version, or replace the template with one of your own",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 6 else "",
)
def test_what_came_with_a_later_gitlab_is_refused_at_its_template(
    project: Project, version: str, text: str, expected: str
) -> None:
    project.configure('"17.5"', f'"{version}"')
    project.template("jobs/x.yml", text)

    assert problem(project) == expected


def test_what_many_shipped_templates_have_is_told_once(project: Project) -> None:
    project.configure('"17.5"', '"15.0"')
    for name in ("x", "y", "z"):
        project.template(f"jobs/{name}.yml", f".{name}:\n  script: [make]\n  id_tokens: {{T: {{aud: x}}}}\n")

    assert problem(project) == (
        "jobs/x.yml:3: error: the keyword 'id_tokens' came with GitLab 15.7, and gitlab.version is 15.0\n"
        "    3 |   id_tokens: {T: {aud: x}}\n"
        "hint: raise gitlab.version, or set vault.auth to approle; so have 2 other templates"
    )


def test_a_line_that_a_hole_made_is_told_at_that_hole(project: Project) -> None:
    project.configure('"17.5"', '"15.3"')
    project.template(
        "jobs/x.yml",
        '.a:\n  artifacts:\n    paths: <% command["aws-credentials"].artifacts | block(6) %>\n  script: [make]\n',
    )

    assert problem(project).splitlines()[:2] == [
        "jobs/x.yml:3: error: the variable 'CI_JOB_NAME_SLUG' came with GitLab 15.4, and gitlab.version is 15.3",
        "    3 |       - cigen-out/results/$CI_JOB_NAME_SLUG.json",
    ]


def test_a_name_that_gitlab_refuses_is_told_at_the_template(own: Project) -> None:
    own.write("ours/x.yml", f"true:\n  script: [make]\n? {'a' * 256}\n: script: [make]\n? ''\n: script: [make]\n")

    told = [line for line in problem(own).splitlines(keepends=True) if "aaa" not in line]
    assert "".join(told) == (
        "ours/x.yml:1: error: job 'true' has a name that YAML reads as true\n"
        "    1 | true:\n"
        "hint: put the name in quotes\n"
        "ours/x.yml:3: error: a job's name has 256 characters; 255 are allowed\n"
        "hint: GitLab refuses a pipeline with such a job\n"
        "ours/x.yml:5: error: a job has no name\n"
        "    5 | ? ''\n"
        "hint: give it one"
    )


def test_a_job_that_stands_twice_in_one_template_is_told(own: Project) -> None:
    own.write("ours/x.yml", "deploy:\n  script: [one]\ndeploy:\n  script: [two]\n")

    assert problem(own) == (
        "ours/x.yml:3: error: duplicate key 'deploy': it stands in line 4 already\n"
        "    3 | deploy:\n"
        "hint: this is line 6 of x.yml as it would be rendered"
    )


def test_a_job_that_a_file_of_the_same_pipeline_has_too_is_told_with_both_places(own: Project) -> None:
    own.template("staging-entry.yml", "include:\n  - local: jobs/gate.yml\n  - local: /ours.yml\n")
    own.write("ours/ours.yml", "# ours\n\n.gate:\n  timeout: 1 hour\n")
    own.write("ours/alone.yml", ".gate:\n  timeout: 2 hours\n")

    assert problem(own) == (
        "ours/ours.yml:3: error: the job '.gate' stands in jobs/gate.yml:1 already, and staging-entry.yml includes "
        "both\n"
        "    3 | .gate:\n"
        "hint: GitLab would merge the two: rename it, extend the other, or replace the template of the same path"
    )


def test_an_unknown_keyword_of_a_team_is_passed_on_with_a_warning(own: Project, cigen: Run) -> None:
    own.write("ours/jobs/x.yml", ".x:\n  script: [make]\n  retyr: 2\n  artifacts:\n    pathss: [a]\n")

    done = cigen("render")

    assert done.exit_code == 0
    assert done.err == (
        "ours/jobs/x.yml:3: warning: job '.x' has the unknown keyword 'retyr', and is passed on as it is\n"
        "    3 |   retyr: 2\n"
        "hint: did you mean 'retry'?\n"
        "ours/jobs/x.yml:5: warning: 'artifacts' has the unknown keyword 'pathss', and is passed on as it is\n"
        "    5 |     pathss: [a]\n"
        "hint: did you mean 'paths'?\n"
    )
    assert own.files()["jobs/x.yml"].endswith(".x:\n  script: [make]\n  retyr: 2\n  artifacts:\n    pathss: [a]\n")


def test_what_an_older_gitlab_can_do_without_is_left_out_and_said(project: Project, cigen: Run) -> None:
    project.configure('"17.5"', '"16.5"')
    project.configure("    regions: [eu]\n", "    regions: [eu]\n    waves: [{regions: [eu], manual: true}]\n")
    project.template("jobs/x.yml", ".x:\n  script: [make]\n  retry: <% retry | block(4) %>\n")

    done = cigen("render")

    assert done.exit_code == 0
    assert done.err == (
        "note: 'retry:exit_codes' is left out, which came with GitLab 16.11: a job is run again only when its runner "
        "failed\n"
        "note: 'manual_confirmation' is left out, which came with GitLab 17.1: a manual wave starts without a "
        "question\n"
    )
    assert "exit_codes" not in project.files()["jobs/x.yml"]


def test_a_job_that_needs_one_whose_family_is_left_out_is_told(project: Project) -> None:
    project.configure(
        "jobs:\n",
        'jobs:\n  families:\n    create-jira-tickets: {rules: [{if: $QUIET == "1", when: never}]}\n',
    )
    project.template(
        "staging-jira.yml",
        "#% for region in environment.regions\n"
        "create-<% region.name %>:\n"
        '  rules: <% narrowed("create-jira-tickets", ".all") | optional(4) %>\n'
        "  script: [make]\n"
        "#% endfor\n"
        "optional:\n"
        "  script: [make]\n"
        "  needs: [{job: create-eu, optional: true}]\n"
        "quiet:\n"
        "  script: [make]\n"
        '  rules: [{if: $QUIET == "1", when: never}, {when: always}]\n'
        "  needs: [create-eu]\n"
        "later:\n"
        "  script: [make]\n"
        "  needs: [create-eu, create-us]\n",
    )

    assert problem(project) == (
        "staging-jira.yml:15: error: 'later' needs 'create-eu', which the rules of its family leave out if "
        '$QUIET == "1"\n'
        "   15 |   needs: [create-eu, create-us]\n"
        "hint: GitLab refuses a pipeline that lacks a needed job: give both families the same rule"
    )
