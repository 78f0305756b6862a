"""The files of a service that jobs read: what is wrong with one is found in its line, before a pipeline runs."""

import shutil
from pathlib import Path

import pytest

from cigen.checkouts import Checkouts
from cigen.lint.engine import lint
from cigen.lint.settings import NO_SETTINGS
from cigen.lint.subjects import Root, read_subject
from cigen.pipeline.other_projects import ProjectSources
from cigen.pipeline.sources import LocalTree

from .test_service_rules import PRODUCTION, QUICK, ROOT, SERVICE, STAGING, head

CODES = ("CG857", "CG858", "CG859", "CG860")


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """The checkout of a service in which nothing is wrong."""
    folder = tmp_path / "service"
    shutil.copytree(SERVICE, folder)
    (folder / ".gitlab-ci.yml").write_text(head(STAGING, PRODUCTION, "aws/s3-deploy.yml"))
    return folder


def found(folder: Path) -> list[str]:
    """The findings about files of the contract: where, how bad, what."""
    sources = ProjectSources(LocalTree(folder), (Checkouts(ROOT / "rendered"),))
    path = folder / ".gitlab-ci.yml"
    report = lint([read_subject(Root(str(path), path.read_bytes(), sources))], NO_SETTINGS, QUICK)
    assert [each.message for each in report.findings if each.name == "rule-crashed"] == []
    return [
        f"{Path(each.span.path).relative_to(folder)}:{each.span.line}:{each.span.column} {each.severity} {each.message}"
        for each in report.findings
        if each.code in CODES
    ]


def write(folder: Path, path: str, text: str) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text)


def test_the_service_of_the_lab_is_right(service: Path) -> None:
    assert found(service) == []


def test_a_folder_without_the_file_is_found_and_what_git_does_not_have_is_no_folder(service: Path) -> None:
    (service / "functions/reports/.deployment").unlink()
    write(service, "functions/__pycache__/app.pyc", "")
    write(service, "functions/.pytest_cache/x", "")
    write(service, "functions/README.md", "")

    assert found(service) == [
        "functions/reports/.deployment:0:0 error "
        "functions/reports has no .deployment, so nobody knows which Lambda function it is"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["1:0 error it has no ACTUAL_LAMBDA_NAME; a function's name has 1 to 64 letters, digits, - and _"]),
        (
            "# only a comment\n",
            ["1:1 error it has no ACTUAL_LAMBDA_NAME; a function's name has 1 to 64 letters, digits, - and _"],
        ),
        (
            "  report mailer\n",
            ["1:3 error ACTUAL_LAMBDA_NAME is 'report mailer'; a function's name has 1 to 64 letters, digits, - and _"],
        ),
        (
            "ACTUAL_LAMBDA_NAME=a\nACTUAL_LAMBDA_NAME=b\nlambda: c\n",
            [
                "2:1 error ACTUAL_LAMBDA_NAME stands twice, first in line 1",
                "3:1 error 'lambda: c' is not KEY=VALUE",
            ],
        ),
        (
            "ACTUAL_LAMBDA_NAME=a\nACTUAL_LAMBDA_NAME_PROD=b c\nACTUAL_LAMBDA_NAME_PRODUCTION=b\n",
            [
                "2:1 error ACTUAL_LAMBDA_NAME is 'b c'; a function's name has 1 to 64 letters, digits, - and _",
                "3:1 warning ACTUAL_LAMBDA_NAME_PRODUCTION is for no environment: there are staging and prod",
            ],
        ),
        (
            "ACTUAL_LAMBDA_NAME=a\nARCHITECTURE=arm\nARCHITEKTUR=arm64\n",
            [
                "2:1 error ARCHITECTURE is 'arm', not x86_64 or arm64",
                "3:1 warning nobody reads ARCHITEKTUR",
            ],
        ),
        ("\ufeff# why\n\nACTUAL_LAMBDA_NAME = report-mailer # said\n", []),
        ("report-mailer\n", []),
    ],
)
def test_each_mistake_of_a_file_is_found_in_its_line(service: Path, text: str, expected: list[str]) -> None:
    write(service, "functions/reports/.deployment", text)

    assert found(service) == [f"functions/reports/.deployment:{each}" for each in expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "ACTUAL_LAMBDA_NAME=invoice-writer\n",
            "1:1 error functions/invoices and functions/reports are both the function invoice-writer",
        ),
        (
            "ACTUAL_LAMBDA_NAME=x\nACTUAL_LAMBDA_NAME_PROD=invoice-writer\n",
            "2:1 error functions/invoices and functions/reports are both the function invoice-writer in prod",
        ),
        (
            "ACTUAL_LAMBDA_NAME=x\nPROJECT=orders-api\n",
            "2:1 error functions/orders_api and functions/reports are both the project orders-api",
        ),
        ("ACTUAL_LAMBDA_NAME=invoice-writer\nACTUAL_LAMBDA_NAME_STAGING=x\nACTUAL_LAMBDA_NAME_PROD=y\n", None),
    ],
)  # fmt: skip
def test_two_folders_are_never_one_function(service: Path, text: str, expected: str | None) -> None:
    write(service, "functions/reports/.deployment", text)

    assert found(service) == ([f"functions/reports/.deployment:{expected}"] if expected else [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"orders-api": {"version": "1.4.0", "folder": "orders_api", "changed": true}}', []),
        ("", ["1:0 error it is not JSON: Expecting value"]),
        ('{\n  "a": {\n  "version" 1}}', ["3:3 error it is not JSON: Expecting ':' delimiter"]),
        ("[]", ["1:1 error the file: [] is not of type 'object'"]),
        ("{}", ["1:1 error the file: {} should be non-empty"]),
        (
            '{\n\t"orders-api": {\n\t\t"version": "v1.4",\n\t\t"folder": ""\n\t},\n'
            '\t"bad name": {"version": "1.0.0"}\n}\n',
            [
                "1:1 error the file: 'bad name' does not match '^[A-Za-z0-9][A-Za-z0-9._-]*$'",
                "3:14 error orders-api.version: 'v1.4' does not match '^\\\\d+\\\\.\\\\d+\\\\.\\\\d+([-+].+)?$'",
                "4:13 error orders-api.folder: '' should be non-empty",
                "6:14 error bad name: 'folder' is a required property",
            ],
        ),
        (
            '{"a": {"version": "1.0.0", "folder": "a"},\n "a": {"version": "1.0.1", "folder": "a"}}',
            ['2:2 error "a" stands twice, and one of the two is lost'],
        ),
        ("[" * 100_000, ["0:0 error it is nested too deeply"]),
    ],
)
def test_a_committed_versions_file_is_held_against_the_schema_of_its_readers(
    service: Path, text: str, expected: list[str]
) -> None:
    write(service, "versions.json", text)

    assert [each.replace("versions.json:", "") for each in found(service)] == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("''", []),
        ("$VERSIONS", []),
        ("'@versions/next.json'", []),
        ("""'{"orders-api": "1.4.0", "reports": {"version": "2.0.0-rc.1", "folder": "reports"}}'""", []),
        ("""'{"orders-api": "v1.4"}'""", ["TARGET_VERSIONS_JSON: orders-api has 'v1.4', which is no semantic version"]),
        ("""'{"orders": "1.4.0", "reports": 2}'""", [
            "TARGET_VERSIONS_JSON: the version of reports is a number, not a text in quotes",
            "TARGET_VERSIONS_JSON: there is no project 'orders'",
        ]),
        ("""'{"reports": "1.4.0", "reports": "1.5.0"}'""", ["TARGET_VERSIONS_JSON: 'reports' stands twice"]),
        ("orders-api=1.4.0", ["TARGET_VERSIONS_JSON is not JSON: Expecting value (line 1, column 1)"]),
        ("'[]'", ["TARGET_VERSIONS_JSON is a list, not an object"]),
    ],
)  # fmt: skip
def test_versions_that_are_written_out_must_be_such_as_a_start_takes(
    service: Path, value: str, expected: list[str]
) -> None:
    job = "again:\n  stage: build\n  script: ./start\n  rules: [{when: manual}]\n"
    with (service / ".gitlab-ci.yml").open("a") as file:
        file.write(f"{job}  variables:\n    TARGET_VERSIONS_JSON: {value}\n")

    assert sorted(each.partition(" error ")[2] for each in found(service)) == expected


def test_a_trigger_may_name_the_projects_of_another_repo(service: Path) -> None:
    with (service / ".gitlab-ci.yml").open("a") as file:
        file.write("""next:
  stage: build
  trigger: {project: team/other}
  rules: [{when: manual}]
  variables: {TARGET_VERSIONS_JSON: '{"somebody-elses": "1.4.0"}'}
""")

    assert found(service) == []


def test_a_value_for_all_jobs_keeps_staging_from_ever_running(service: Path) -> None:
    text = (service / ".gitlab-ci.yml").read_text()
    write(service, ".gitlab-ci.yml", f"""{text}variables: {{TARGET_VERSIONS_JSON: '{{"reports": "1.4.0"}}'}}\n""")

    assert [each.partition(" error ")[2] for each in found(service)] == [
        "with a value for TARGET_VERSIONS_JSON here, no push deploys to staging"
    ]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("configs/stagin/a/x.yml", "a: 1\n", ["stagin/a/x.yml:0:0 error configs/stagin is a folder that is no layer"]),
        ("configs/notes.txt", "", ["notes.txt:0:0 error configs/notes.txt is a file that is no layer"]),
        ("configs/merge.yml", "lists: {}\n", []),
        ("configs/prod/us/orders-api/limits.yml", "a: 1\n", []),
        ("configs/prod/orders-api/limits.yaml", "a: 1\n", [
            "base/orders-api/limits.yml:0:0 error it never meets configs/prod/orders-api/limits.yaml",
        ]),
        ("configs/base/a/x.json", '{"a": 1,\n "a": 2}', ["base/a/x.json:2:2 error 'a' stands twice, first in line 1"]),
        ("configs/base/a/x.json", '{"a": 1,\n"b"}', ["base/a/x.json:2:1 error it is not JSON: Expecting ':'"]),
        ("configs/base/a/x.yml", "a: 1\nb: [1\n", ["base/a/x.yml:2:1 error it is not YAML"]),
        ("configs/base/a/x.yml", "a: 1\nb: {a: 1}\na: 2\n", ["base/a/x.yml:3:1 error 'a' stands twice, first in"]),
        ("configs/base/a/x.yml", "a: 1\n---\nb: 1\n", ["base/a/x.yml:2:1 error a second document begins here"]),
        ("configs/base/a/x.yml", "a: &x {b: 1}\nc: {<<: *x, b: 2}\nd: !!str 1\n2: 3\n", []),
        ("configs/base/a/logo.svg", "<svg", []),
    ],
)  # fmt: skip
def test_configs_lie_in_layers_and_can_be_merged(service: Path, path: str, text: str, expected: list[str]) -> None:
    write(service, path, text)

    told = [each.removeprefix("configs/") for each in found(service)]
    assert len(told) == len(expected), told
    for each, start in zip(told, expected, strict=True):
        assert each.startswith(start)


def test_a_repo_that_has_nothing_to_do_with_cigen_may_have_such_files(tmp_path: Path) -> None:
    write(tmp_path, ".gitlab-ci.yml", "build:\n  script: make\n  image: alpine:3.20\n")
    write(tmp_path, "versions.json", "[]")
    write(tmp_path, "functions/a/.deployment", "hello world\n")
    write(tmp_path, "configs/x/y.json", "{")

    assert found(tmp_path) == []
