"""`cigen-runtime find-versions`: which commit each config is taken from."""

import json

import pytest

from runtime.configs import Configs

APP = "configs/base/orders-api/app.yml"


def pins(configs: Configs) -> dict[str, tuple[str | None, str, str]]:
    document = json.loads(configs.path("config-versions.json").read_text())
    return {name: (pin["version"], pin["commit"], pin["source"]) for name, pin in document["configs"].items()}


def test_without_a_wish_all_configs_are_of_this_commit_and_belong_to_the_highest_version_in_it(
    configs: Configs,
) -> None:
    configs.has("orders-api", "invoices")
    configs.commit({APP: "a: 1\n"}, tag="orders-api-v1.9.0")
    configs.commit({}, tag="orders-api-v1.10.0")
    configs.git("checkout", "--quiet", "-b", "elsewhere")
    configs.commit({}, tag="orders-api-v2.0.0")
    configs.git("checkout", "--quiet", "main")
    head = configs.commit({"configs/staging/invoices/i.json": "{}", "configs/base/shared.yml": "b: 1\n"})

    done = configs.run("find-versions")

    assert done.code == 0, done.log
    assert json.loads(configs.path("config-versions.json").read_text()) == {
        "schema": 1,
        "environment": "staging",
        "region": "eu",
        "complete": True,
        "configs": {
            "*": {"version": None, "commit": head, "source": "checkout"},
            "invoices": {"version": None, "commit": head, "source": "checkout"},
            "orders-api": {"version": "1.10.0", "commit": head, "source": "checkout"},
        },
    }


def test_a_version_is_its_tag_and_only_what_is_named_is_taken(configs: Configs) -> None:
    configs.has("orders-api", "invoices")
    tagged = configs.commit({APP: "a: 1\n", "configs/base/invoices/i.yml": "b: 1\n"}, tag="orders-api-v1.4.0")
    configs.commit({APP: "a: 2\n"})

    done = configs.run("find-versions", S3_CONFIG_VERSIONS_JSON='{"orders-api": "1.4.0"}')

    assert done.code == 0, done.log
    assert pins(configs) == {"orders-api": ("1.4.0", tagged, "tag")}
    assert "orders-api: its configs changed after 1.4.0, last in" in done.log
    assert configs.run("merge-configs").code == 0
    assert configs.merged() == {"orders-api/app.yml": "a: 1\n"}


def test_the_long_form_and_a_file_are_accepted(configs: Configs) -> None:
    configs.has("orders-api")
    tagged = configs.commit({APP: "a: 1\n"}, tag="orders-api-v1.4.0")
    (configs.folder / "wish.json").write_text('{"orders-api": {"version": "1.4.0", "folder": "orders-api"}}')

    configs.run("find-versions", S3_CONFIG_VERSIONS_JSON="@wish.json")

    assert pins(configs) == {"orders-api": ("1.4.0", tagged, "tag")}


def test_in_a_repository_with_one_project_all_configs_are_its(configs: Configs) -> None:
    configs.has("orders-api")
    tagged = configs.commit({"configs/base/app.yml": "a: 1\n"}, tag="orders-api-v1.4.0")

    configs.run("find-versions", S3_CONFIG_VERSIONS_JSON='{"orders-api": "1.4.0"}')

    assert pins(configs) == {"orders-api": ("1.4.0", tagged, "tag")}
    assert json.loads(configs.path("config-versions.json").read_text())["complete"] is False


def test_a_change_of_configs_alone_is_named_by_its_commit(configs: Configs) -> None:
    commit = configs.commit({"configs/base/app.yml": "a: 1\n"})
    configs.commit({"configs/base/app.yml": "a: 2\n"})

    done = configs.run("find-versions", S3_CONFIG_VERSIONS_JSON=json.dumps({"*": commit[:8]}))

    assert done.code == 0, done.log
    assert pins(configs) == {"*": (None, commit, "commit")}
    assert configs.run("merge-configs").code == 0
    assert configs.merged() == {"app.yml": "a: 1\n"}


def test_a_commit_that_was_not_merged_is_refused(configs: Configs) -> None:
    configs.commit({"configs/base/app.yml": "a: 1\n"})
    configs.git("checkout", "--quiet", "-b", "feature")
    unmerged = configs.commit({"configs/base/app.yml": "a: 666\n"})
    configs.git("checkout", "--quiet", "main")

    done = configs.run("find-versions", S3_CONFIG_VERSIONS_JSON=json.dumps({"*": unmerged}))

    assert done.code == 2
    assert "is not part of the branch that this pipeline runs on" in done.error
    assert "Merge it first: only what was reviewed is synced." in done.log


def test_a_project_without_configs_is_told_and_left_out(configs: Configs) -> None:
    configs.has("orders-api", "invoices")
    configs.commit({APP: "a: 1\n"}, tag="orders-api-v1.4.0")
    configs.git("tag", "invoices-v3.0.0")
    wish = '{"orders-api": "1.4.0", "invoices": "3.0.0"}'

    done = configs.run("find-versions", S3_CONFIG_VERSIONS_JSON=wish)

    assert done.code == 0, done.log
    assert list(pins(configs)) == ["orders-api"]
    assert "invoices has no configs for staging/eu in" in done.log


@pytest.mark.parametrize(
    ("wish", "code", "error", "hint"),
    [
        (
            '{"orders-api": "1.5.0"}',
            12,
            "S3_CONFIG_VERSIONS_JSON: there is no tag orders-api-v1.5.0",
            "nearest: orders-api-v1.3.0, orders-api-v1.4.0, orders-api-v1.6.0, orders-api-v1.7.0",
        ),
        (
            '{"invoices": "1.0.0"}',
            12,
            "S3_CONFIG_VERSIONS_JSON: there is no tag invoices-v1.0.0",
            "invoices has no tag at all",
        ),
        (
            '{"order-api": "1.4.0"}',
            2,
            "S3_CONFIG_VERSIONS_JSON: there is no config 'order-api'",
            "Did you mean orders-api?",
        ),
        (
            '{"orders-api": "v1.4.0"}',
            2,
            "S3_CONFIG_VERSIONS_JSON: orders-api has 'v1.4.0', which is no version and no commit",
            'Paste "orders-api": "1.4.0".',
        ),
        (
            '{"orders-api": 1.4}',
            2,
            "S3_CONFIG_VERSIONS_JSON: the version of orders-api is a number, not a text in quotes",
            'Paste "orders-api": "1.4.0"',
        ),
        (
            '{"*": "1.4.0"}',
            2,
            "S3_CONFIG_VERSIONS_JSON: * has '1.4.0', which is no version and no commit",
            'Paste "*": "3f2a91c" with a commit',
        ),
        (
            '{"*": "0123abc"}',
            12,
            "S3_CONFIG_VERSIONS_JSON: there is no commit 0123abc for *",
            "Copy it from the commit's page in GitLab.",
        ),
        (
            '{"orders-api": "1.4.0", "orders-api": "1.3.0"}',
            2,
            "S3_CONFIG_VERSIONS_JSON: 'orders-api' stands twice",
            "Leave the one that is meant.",
        ),
        ("orders-api=1.4.0", 2, "S3_CONFIG_VERSIONS_JSON is not JSON", "Paste one JSON object: {"),
        ("@gone.json", 2, "the file that S3_CONFIG_VERSIONS_JSON names with @ is not there", "Name a file"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_paste(
    configs: Configs, wish: str, code: int, error: str, hint: str
) -> None:
    configs.has("orders-api", "invoices")
    for minor in (1, 3, 4, 6, 7, 9):
        configs.commit({APP: f"a: {minor}\n"}, tag=f"orders-api-v1.{minor}.0")

    done = configs.run("find-versions", S3_CONFIG_VERSIONS_JSON=wish)

    assert done.code == code, done.log
    assert error in done.error
    assert hint in done.log
    assert not configs.path("config-versions.json").exists()


def test_everything_that_is_wrong_is_told_at_once(configs: Configs) -> None:
    configs.has("orders-api", "invoices")
    configs.commit({APP: "a: 1\n"})

    done = configs.run("find-versions", S3_CONFIG_VERSIONS_JSON='{"orders-api": "1.0.0", "invoces": "1.0.0"}')

    assert done.error == "error: S3_CONFIG_VERSIONS_JSON cannot be used (2 problems) (not found)"
    assert "Did you mean invoices?" in done.log


def test_an_older_version_is_found_from_a_shallow_clone(configs: Configs) -> None:
    configs.has("orders-api")
    tagged = configs.commit({APP: "a: 1\n"}, tag="orders-api-v1.4.0")
    configs.commit({APP: "a: 2\n"})
    shallow = configs.repository.folder.parent / "shallow"
    configs.git("clone", "--quiet", "--depth=1", "--no-tags", configs.repository.origin.as_uri(), str(shallow))
    configs.folder = shallow

    done = configs.run("find-versions", S3_CONFIG_VERSIONS_JSON='{"orders-api": "1.4.0"}')

    assert done.code == 0, done.log
    assert pins(configs) == {"orders-api": ("1.4.0", tagged, "tag")}


def test_environments_that_are_overridden_are_told(configs: Configs) -> None:
    configs.commit({"configs/base/a.yml": "a: 1\n"})

    done = configs.run("find-versions", CIGEN_ENVIRONMENTS="staging")

    assert done.code == 2
    assert "CIGEN_ENVIRONMENTS is not an object of environments with lists of regions" in done.error
