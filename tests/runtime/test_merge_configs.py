"""`cigen-runtime merge-configs` (and `find-versions` before it): the layers of each config as one."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from runtime.configs import Configs

Make = Callable[[Mapping[str, str]], Configs]


@pytest.fixture
def merged(configs: Configs) -> Callable[[Mapping[str, str]], Mapping[str, str]]:
    """Commits files, runs both commands, gives back what lies in merged-files/."""

    def merged(files: Mapping[str, str]) -> Mapping[str, str]:
        configs.commit(files)
        assert configs.run("find-versions").code == 0
        done = configs.run("merge-configs")
        assert done.code == 0, done.log
        return configs.merged()

    return merged


Merged = Callable[[Mapping[str, str]], Mapping[str, str]]


def test_the_region_wins_over_the_environment_and_that_over_the_base(merged: Merged) -> None:
    assert merged(
        {
            "configs/base/app.yml": "database:\n  host: localhost\n  port: 5432\nname: app\n",
            "configs/staging/app.yml": "database:\n  host: staging.example.com\ndebug: true\n",
            "configs/staging/eu/app.yml": "database:\n  host: eu.staging.example.com\n",
            "configs/staging/us/app.yml": "database:\n  host: never.example.com\n",
            "configs/prod/app.yml": "database:\n  host: never.example.com\n",
        }
    ) == {"app.yml": "database:\n  host: eu.staging.example.com\n  port: 5432\nname: app\ndebug: true\n"}


def test_json_is_merged_as_yaml_is_and_other_files_are_taken_whole(merged: Merged) -> None:
    assert merged(
        {
            "configs/base/app.json": '{"a": {"b": 1, "c": [1, 2]}, "d": "\\u00e9"}',
            "configs/staging/app.json": '{"a": {"c": [], "e": {}}}\n',
            "configs/base/motd.txt": "hello\n",
            "configs/staging/eu/motd.txt": "hello eu\n",
            "configs/base/only/here.ini": "[a]\n",
        }
    ) == {
        "app.json": '{\n  "a": {\n    "b": 1,\n    "c": [],\n    "e": {}\n  },\n  "d": "é"\n}\n',
        "motd.txt": "hello eu\n",
        "only/here.ini": "[a]\n",
    }


def test_a_file_of_one_layer_keeps_its_comments(merged: Merged) -> None:
    text = "# why\na:   1 # because\n"

    assert merged({"configs/base/app.yml": text, "configs/staging/app.yml": "# nothing yet\n"}) == {"app.yml": text}


def test_no_value_is_what_a_parser_makes_of_it(merged: Merged) -> None:
    text = 'country: no\nversion: 1.10\nmode: 0644\nday: 2026-01-02\n"yes": "on"\nbig: 12345678901234567890\n'
    text += "text: |\n  a\n  b\n"
    numbers = '{"price": 1.10, "big": 12345678901234567890, "tiny": 1E-400}'

    found = merged(
        {
            "configs/base/app.yml": text,
            "configs/staging/app.yml": "extra: ~\n",
            "configs/base/n.json": numbers,
            "configs/staging/n.json": '{"more": null}',
        }
    )

    assert found["app.yml"] == text + "extra: ~\n"
    assert found["n.json"] == (
        '{\n  "price": 1.10,\n  "big": 12345678901234567890,\n  "tiny": 1E-400,\n  "more": null\n}\n'
    )


def test_aliases_and_merge_keys_are_written_out(merged: Merged) -> None:
    assert merged(
        {
            "configs/base/app.yml": "default: &d {size: 1, kind: a}\none:\n  <<: *d\n  size: 2\n",
            "configs/staging/app.yml": "default: {kind: b}\n",
        }
    ) == {"app.yml": "default: {size: 1, kind: b}\none:\n  size: 2\n  kind: a\n"}


LAYERS = {
    "configs/base/routes.yml": "endpoints:\n- {name: a, port: 1}\n- {name: b, port: 2}\nhosts: [x]\n",
    "configs/staging/routes.yml": "endpoints:\n- {name: b, port: 3}\n- {name: c, port: 4}\nhosts: [y]\n",
}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("", "endpoints:\n- {name: b, port: 3}\n- {name: c, port: 4}\nhosts: [y]\n"),
        (
            'lists:\n  "*": append\n',
            "endpoints:\n- {name: a, port: 1}\n- {name: b, port: 2}\n- {name: b, port: 3}\n- {name: c, port: 4}\n"
            "hosts: [x, y]\n",
        ),
        (
            'lists:\n  "routes.yml:endpoints": by name\n  "*": append\n',
            "endpoints:\n- {name: a, port: 1}\n- {name: b, port: 3}\n- {name: c, port: 4}\nhosts: [x, y]\n",
        ),
        (
            'lists:\n  "other.yml:*": append\n',
            "endpoints:\n- {name: b, port: 3}\n- {name: c, port: 4}\nhosts: [y]\n",
        ),
    ],
    ids=["replace", "append", "by name", "another file"],
)
def test_lists_merge_as_the_service_says(merged: Merged, rules: str, expected: str) -> None:
    assert merged({**LAYERS, "configs/merge.yml": rules}) == {"routes.yml": expected}


@pytest.mark.parametrize(
    ("rules", "expected"), [("", "a: null\nb: 2\n"), ("nulls: remove\n", "b: 2\n")], ids=["keep", "remove"]
)
def test_null_is_a_value_unless_the_service_says_that_it_removes(merged: Merged, rules: str, expected: str) -> None:
    files = {"configs/base/a.yml": "a: {x: 1}\nb: 2\n", "configs/staging/a.yml": "a: null\n"}

    assert merged({**files, "configs/merge.yml": rules}) == {"a.yml": expected}


def test_the_same_layers_give_the_same_bytes_and_nothing_of_an_earlier_run_stays(
    merged: Merged, configs: Configs
) -> None:
    first = merged(LAYERS)
    configs.remove("configs/staging/routes.yml")

    second = merged({"configs/base/routes2.yml": "a: 1\n"})

    assert set(second) == {"routes.yml", "routes2.yml"}
    assert merged(LAYERS) == {**first, "routes2.yml": "a: 1\n"}


def test_it_is_written_down_which_file_gave_which_key(merged: Merged, configs: Configs) -> None:
    found = merged(
        {
            "configs/base/a.yml": "x:\n  y: 1\n  z: 2\nlist: [1, 2]\nempty: {}\n",
            "configs/staging/eu/a.yml": '\nx:\n  z: 3\n"a.b": 4\n',
            "configs/base/b.bin": "whole",
        }
    )

    head = configs.git("rev-parse", "HEAD").strip()
    assert json.loads(configs.path("provenance.json").read_text()) == {
        "schema": 1,
        "environment": "staging",
        "region": "eu",
        "complete": True,
        "configs": {"*": {"version": None, "commit": head, "source": "checkout"}},
        "files": {
            "a.yml": {
                "config": "*",
                "sha256": hashlib.sha256(found["a.yml"].encode()).hexdigest(),
                "size": len(found["a.yml"]),
                "sources": ["configs/base/a.yml", "configs/staging/eu/a.yml"],
                "keys": {
                    "x.y": "configs/base/a.yml:2",
                    "x.z": "configs/staging/eu/a.yml:3",
                    "list": "configs/base/a.yml:4",
                    "empty": "configs/base/a.yml:5",
                    '"a.b"': "configs/staging/eu/a.yml:4",
                },
            },
            "b.bin": {
                "config": "*",
                "sha256": hashlib.sha256(b"whole").hexdigest(),
                "size": 5,
                "sources": ["configs/base/b.bin"],
                "keys": {"": "configs/base/b.bin"},
            },
        },
    }


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"configs/base/a.yml": "a: 1\na: 2\n"}, "configs/base/a.yml:2: 'a' stands twice, first in line 1"),
        ({"configs/base/a.json": '{"a": 1,\n "a": 2}'}, "configs/base/a.json:2: 'a' stands twice, first in line 1"),
        (
            {"configs/base/a.json": '{"a": NaN}'},
            "configs/base/a.json:1: it is not JSON: a value is expected, not 'NaN}'",
        ),
        (
            {"configs/base/a.json": '{"a": 012}'},
            "configs/base/a.json:1: it is not JSON: ',' or '}' is expected, not '12'",
        ),
        (
            {"configs/base/a.json": '{"a": 1,\n}'},
            "configs/base/a.json:2: it is not JSON: a key in quotes is expected, not '}'",
        ),
        (
            {"configs/base/a.json": "[1] 2"},
            "configs/base/a.json:1: it is not JSON: the end of the file is expected, not '2'",
        ),
        (
            {"configs/base/a.json": '{"a": [1,'},
            "configs/base/a.json:1: it is not JSON: the file ends before it is complete",
        ),
        ({"configs/base/a.json": "[" * 200}, "configs/base/a.json:1: it is nested deeper than 100 levels"),
        ({"configs/base/a.yml": "a: .nan\n"}, "configs/base/a.yml:1: .nan is no number that a config can hold"),
        (
            {"configs/base/a.yml": "a:\n\tb: 1\n"},
            "configs/base/a.yml:2: it is not YAML: found character '\\t' that cannot start any token",
        ),
        ({"configs/base/a.yml": "x: 1\n1: a\n"}, "configs/base/a.yml:2: the key '1' is no text"),
        ({"configs/base/a.yml": "a: !secret x\n"}, "configs/base/a.yml:1: the tag !secret"),
        ({"configs/base/a.yml": "%YAML 1.1\n---\na: no\n"}, "configs/base/a.yml:1: a YAML directive"),
        (
            {"configs/base/a.yml": "a: 1\n---\nb: 1\n"},
            "configs/base/a.yml:2: it is not YAML: but found another document",
        ),
        (
            {"configs/base/a.yml": "a: &a [*a]\n"},
            "configs/base/a.yml:1: it is nested too deeply, or its aliases stand for too much",
        ),
        (
            {"configs/base/a.yml": "a: 1\n", "configs/staging/a.yml": "b: 1\na: {c: 1}\n"},
            "configs/staging/a.yml:2: a is a mapping, and a value in configs/base/a.yml:1",
        ),
        (
            {"configs/base/a.yml": "a: [1]\n", "configs/staging/a.yml": "a: {c: 1}\n"},
            "configs/staging/a.yml:1: a is a mapping, and a list in configs/base/a.yml:1",
        ),
        (
            {**LAYERS, "configs/merge.yml": 'lists: {"*": by id}\n'},
            "an item of endpoints has no id, and the list merges by it",
        ),
        (
            {"configs/base/a.yml": "l: [{n: 1}, {n: 1}]\n", "configs/staging/a.yml": "l: []\n",
             "configs/merge.yml": 'lists: {"*": by n}\n'},
            "configs/base/a.yml:1: two items of l have n '1', first in line 1",
        ),
        ({**LAYERS, "configs/merge.yml": "list: {}\n"}, "configs/merge.yml:1: unknown key 'list'"),
        (
            {**LAYERS, "configs/merge.yml": 'lists:\n  "*": concat\n'},
            "configs/merge.yml:2: 'concat' is neither replace, append nor 'by <key>'",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_merged_is_told_with_its_line_and_nothing_is_written(
    configs: Configs, files: Mapping[str, str], error: str
) -> None:
    configs.commit(files)
    assert configs.run("find-versions").code == 0

    done = configs.run("merge-configs")

    assert done.code == 2, done.log
    assert error in done.log
    assert not configs.path("provenance.json").exists()
    assert not configs.path("merged-files").exists()


@pytest.mark.parametrize("written", ["the-s3cret/of=jira", json.dumps("the-s3cret/of=jira").replace("=", r"\u003d")])
def test_a_secret_of_the_job_is_no_config(configs: Configs, written: str) -> None:
    written = written.strip('"')
    configs.commit({"configs/base/a.yml": "a: 1\n", "configs/staging/a.json": f'{{"b": 1,\n "jira": "{written}"}}\n'})
    secret = {"JIRA_API_TOKEN": "the-s3cret/of=jira"}
    assert configs.run("find-versions", **secret).code == 0

    done = configs.run("merge-configs", **secret)

    assert done.code == 2, done.log
    assert "configs/staging/a.json:2: a secret of this job stands in it" in done.error
    assert "s3cret" not in done.log
    assert not configs.path("merged-files").exists()


def test_bytes_that_are_no_text_are_told_with_their_line(configs: Configs) -> None:
    configs.commit({"configs/base/a.yml": "a: 1\n"})
    (configs.folder / "configs/base/a.yml").write_bytes(b"a: 1\nb: \xff\n")
    assert configs.run("find-versions").code == 0

    done = configs.run("merge-configs")

    assert (done.code, done.error) == (2, "error: configs/base/a.yml:2: it is not UTF-8 text (wrong input)")


def test_every_problem_of_every_file_is_told_at_once(configs: Configs) -> None:
    configs.commit({"configs/base/a.yml": "a: 1\na: 2\n", "configs/base/b.json": "{", "configs/base/c.yml": "c: 1\n"})
    configs.run("find-versions")

    done = configs.run("merge-configs")

    assert done.error == "error: the configs cannot be merged, so nothing was written (2 problems) (wrong input)"


@pytest.mark.parametrize(
    ("files", "error", "remedy"),
    [
        (
            {"configs/stagin/a.yml": "a: 1\n", "configs/base/a.yml": "a: 1\n"},
            "configs/stagin is a folder that is no layer",
            "Did you mean configs/staging/?",
        ),
        (
            {"configs/app.yml": "a: 1\n"},
            "configs/app.yml is a file that is no layer",
            "Files lie below base or staging or prod.",
        ),
        (
            {"configs/base/a.yml": "a: 1\n", "configs/staging/a.yaml": "a: 1\n"},
            "configs/base/a.yml:1: it never meets configs/staging/a.yaml",
            "Give both the same ending.",
        ),
        (
            {"configs/prod/a.yml": "a: 1\n"},
            "there is no config for staging/eu below configs/",
            "Put files into configs/base/, configs/staging/ or configs/staging/eu/.",
        ),
        ({}, "there is no config for staging/eu below configs/", "Put files into configs/base/"),
    ],
)
def test_files_that_lie_in_no_layer_are_told_before_anything_is_found(
    configs: Configs, files: Mapping[str, str], error: str, remedy: str
) -> None:
    configs.commit(files)

    done = configs.run("find-versions")

    assert done.code in {2, 12}
    assert error in done.error
    assert remedy in done.log
    assert "Check in this order, the likeliest first (S3 config sync)" in done.log


def test_a_link_is_refused(configs: Configs) -> None:
    configs.commit({"configs/base/a.yml": "a: 1\n"})
    (configs.folder / "configs/base/b.yml").symlink_to("/etc/passwd")

    done = configs.run("find-versions")

    assert (done.code, done.error) == (2, "error: configs/base/b.yml is a link, not a file (wrong input)")


def test_a_link_in_an_older_commit_is_refused(configs: Configs) -> None:
    configs.commit({"configs/base/a.yml": "a: 1\n"})
    (configs.folder / "configs/base/b.yml").symlink_to("a.yml")
    commit = configs.commit({})

    done = configs.run("find-versions", S3_CONFIG_VERSIONS_JSON=json.dumps({"*": commit}))

    assert (done.code, done.error) == (
        2,
        f"error: configs/base/b.yml is a link in {commit[:8]}, not a file (wrong input)",
    )


def test_what_an_earlier_job_made_counts_as_a_config_of_this_commit(merged: Merged, configs: Configs) -> None:
    merged({"configs/base/a.yml": "a: 1\n"})
    (configs.folder / "configs/base/made.json").write_text("{}")

    configs.run("merge-configs")

    assert configs.merged() == {"a.yml": "a: 1\n", "made.json": "{}"}


def test_without_find_versions_it_says_so(configs: Configs) -> None:
    configs.commit({"configs/base/a.yml": "a: 1\n"})

    done = configs.run("merge-configs")

    assert done.code == 12
    assert "error: cigen-out/staging/eu/config-versions.json is not there" in done.log
    assert "It is written by find-versions" in done.log


def test_versions_of_another_place_are_refused(configs: Configs) -> None:
    configs.commit({"configs/base/a.yml": "a: 1\n"})
    configs.run("find-versions")
    path = Path(configs.path("config-versions.json"))
    path.write_text(path.read_text().replace('"eu"', '"us"'))

    done = configs.run("merge-configs")

    assert done.code == 2
    assert "was made for staging/us, this job is for staging/eu" in done.error
