"""TARGET_VERSIONS_JSON: what a person pastes, in every form, and every way to get it wrong."""

import contextlib
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cigen_runtime.contract.images import GENERATE_MAPPINGS
from cigen_runtime.errors import ConfigurationError
from cigen_runtime.files import Project
from cigen_runtime.job import Job, open_job
from cigen_runtime.target_versions import read_target_versions

Read = Callable[[str], list[Project] | None]
ORDERS = Project("orders-api", "1.4.0", "orders_api", changed=True)
BILLING = Project("billing", "2.0.0-rc.1+b7", "billing", changed=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A service repo with the projects orders-api (in orders_api), billing and search; the last has no function."""
    folder = tmp_path_factory.mktemp("service")
    for name, text in (("orders_api", "ACTUAL_LAMBDA_NAME=orders\nPROJECT=orders-api\n"), ("billing", "billing\n")):
        (folder / "functions" / name).mkdir(parents=True)
        (folder / "functions" / name / ".deployment").write_text(text)
    (folder / "functions" / "search").mkdir()
    return folder


def job_with(folder: Path, value: str) -> Job:
    given = {variable.name: "0" * 12 for variable in GENERATE_MAPPINGS.variables if variable.required}
    place = {"CIGEN_ENVIRONMENT": "prod", "CI_ENVIRONMENT_NAME": "prod/eu", "VAULT_ADDR": "https://vault.example.com"}
    return open_job(GENERATE_MAPPINGS, {**given, **place, "TARGET_VERSIONS_JSON": value}, folder, io.StringIO())


@pytest.fixture
def read(folder: Path) -> Read:
    return lambda value: read_target_versions(job_with(folder, value))


@pytest.mark.parametrize(
    "value",
    [
        '{"orders-api": "1.4.0", "billing": "2.0.0-rc.1+b7"}',
        '\n {"orders-api": {"version": "1.4.0"}, "billing": "2.0.0-rc.1+b7"}\n',
        '{"orders-api": {"version": "1.4.0", "folder": "orders_api", "changed": false, "bump": "minor"},'
        ' "billing": {"version": "2.0.0-rc.1+b7", "previous": null}}',
    ],
    ids=["short", "mixed", "long"],
)
def test_the_short_and_the_long_form_say_the_same(read: Read, value: str) -> None:
    assert read(value) == [ORDERS, BILLING]


def test_a_file_type_variable_holds_the_path_of_the_text(read: Read, tmp_path: Path) -> None:
    file = tmp_path / "TARGET_VERSIONS_JSON"
    file.write_bytes(b'\xef\xbb\xbf{"orders-api": "1.4.0"}\r\n')

    assert read(str(file)) == [ORDERS]


def test_an_at_sign_names_a_file_of_the_repository(read: Read, folder: Path) -> None:
    (folder / "release.json").write_text('{"orders-api": "1.4.0"}')

    assert read("@release.json") == [ORDERS]


@pytest.mark.parametrize("value", ["", "  \n"])
def test_nothing_is_asked_for_by_an_empty_value(read: Read, value: str) -> None:
    assert read(value) is None


@pytest.mark.parametrize(
    ("value", "words", "remedy"),
    [
        (
            "orders-api=1.4.0",
            "TARGET_VERSIONS_JSON is not JSON: Expecting value (line 1, column 1)",
            'Paste one JSON object: {"billing": "1.4.0"}',
        ),
        (
            '{"orders-api": "1.4.0"',
            "TARGET_VERSIONS_JSON is not JSON: Expecting ',' delimiter (line 1, column 23)",
            'Paste one JSON object: {"billing": "1.4.0"}',
        ),
        (
            '["orders-api"]',
            "TARGET_VERSIONS_JSON is a list, not an object",
            'Paste one JSON object: {"billing": "1.4.0"}',
        ),
        ("null", "TARGET_VERSIONS_JSON is null, not an object", 'Paste one JSON object: {"billing": "1.4.0"}'),
        ("{}", "TARGET_VERSIONS_JSON names no project", 'Paste one JSON object: {"billing": "1.4.0"}'),
        (
            '{"billing": "1.0.0", "billing": "2.0.0"}',
            "TARGET_VERSIONS_JSON: 'billing' stands twice",
            "Leave the one that is meant.",
        ),
        (
            '{"order-api": "1.4.0"}',
            "TARGET_VERSIONS_JSON: there is no project 'order-api'",
            "Did you mean orders-api?",
        ),
        (
            '{"zzz": "1.4.0"}',
            "TARGET_VERSIONS_JSON: there is no project 'zzz'",
            "The projects are: billing, orders-api, search.",
        ),
        (
            '{"orders_api": "1.4.0"}',
            "TARGET_VERSIONS_JSON: there is no project 'orders_api'",
            "Did you mean orders-api?",
        ),
        (
            '{"billing": "v1.4.0"}',
            "TARGET_VERSIONS_JSON: billing has 'v1.4.0', which is no semantic version",
            'Paste "billing": "1.4.0".',
        ),
        (
            '{"billing": "1.4"}',
            "TARGET_VERSIONS_JSON: billing has '1.4', which is no semantic version",
            'Paste "billing": "1.4.0", with the version you mean.',
        ),
        (
            '{"billing": "$(rm -rf /)"}',
            "TARGET_VERSIONS_JSON: billing has '$(rm -rf /)', which is no semantic version",
            'Paste "billing": "1.4.0", with the version you mean.',
        ),
        (
            '{"billing": 1.4}',
            "TARGET_VERSIONS_JSON: the version of billing is a number, not a text in quotes",
            'Paste "billing": "1.4.0", with the version you mean.',
        ),
        (
            '{"billing": {"folder": "billing"}}',
            "TARGET_VERSIONS_JSON: billing has no version",
            'Paste "billing": "1.4.0", with the version you mean.',
        ),
        (
            '{"billing": {"version": "1.0.0", "folder": "orders_api"}}',
            "TARGET_VERSIONS_JSON: billing is in folder billing, not 'orders_api'",
            'Leave the folder out, or paste "folder": "billing".',
        ),
        (
            "@nowhere.json",
            "the file that TARGET_VERSIONS_JSON names with @ is not there",
            "Name a file of the repository, or paste the JSON itself.",
        ),
        (
            "@functions",
            "the file that TARGET_VERSIONS_JSON names with @ cannot be read as text (IsADirectoryError)",
            "Paste the JSON itself.",
        ),
        (
            "/nowhere/TARGET_VERSIONS_JSON",
            "the file of the file-type variable TARGET_VERSIONS_JSON is not there",
            "Name a file of the repository, or paste the JSON itself.",
        ),
        (
            '{"billing": "' + "1" * 70_000 + '"}',
            "TARGET_VERSIONS_JSON is larger than 64 KiB",
            "Paste one line per project that is to change.",
        ),
        (
            "[" * 60_000,
            "TARGET_VERSIONS_JSON is nested too deeply",
            'Paste one JSON object: {"billing": "1.4.0"}',
        ),
    ],
)
def test_each_mistake_has_one_error_that_says_what_to_paste(read: Read, value: str, words: str, remedy: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(value)

    assert (str(caught.value), caught.value.remedy) == (words, remedy)


def test_all_mistakes_are_told_at_once(read: Read) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read('{"bill": "1.0.0", "orders-api": "one", "search": "1.0.0"}')

    assert caught.value.attempted == "TARGET_VERSIONS_JSON cannot be used (2 problems)"
    assert caught.value.answer.splitlines() == [
        "TARGET_VERSIONS_JSON: there is no project 'bill'",
        "TARGET_VERSIONS_JSON: orders-api has 'one', which is no semantic version",
    ]


def test_a_long_input_is_not_echoed_whole(read: Read) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read('{"billing": "' + "x" * 5000 + '"}')

    assert len(str(caught.value)) < 200


def test_of_a_file_that_is_no_json_nothing_is_echoed(read: Read, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hunter2")

    with pytest.raises(ConfigurationError) as caught:
        read(str(file))

    assert "hunter2" not in str(caught.value) + caught.value.remedy


@given(st.text(max_size=40) | st.dictionaries(st.text(max_size=8), st.text(max_size=8)).map(repr))
def test_whatever_is_pasted_is_read_or_refused_in_our_own_words(folder: Path, value: str) -> None:
    with contextlib.suppress(ConfigurationError):
        projects = read_target_versions(job_with(folder, value))
        assert projects is None or {project.name for project in projects} <= {"orders-api", "billing", "search"}
