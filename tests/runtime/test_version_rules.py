"""What counts as a change of which project, and which tags count, in repositories as they grow in years."""

import io
import json
import subprocess
from pathlib import Path

import pytest

from cigen_runtime.cli import main
from runtime.repository import ENVIRONMENT, Repository


class Releases(Repository):
    """A service repository whose every release was made."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        (self.folder / ".git" / "info" / "exclude").write_text("versions.json\ncigen-out\n")

    def release(self, *options: str) -> dict[str, str]:
        """The versions of all projects at this commit; their tags are pushed."""
        code, log = self.attempt(*options)
        assert code == 0, log
        return {name: entry["version"] for name, entry in json.loads(self.document.read_text()).items()}

    def attempt(self, *options: str) -> tuple[int, str]:
        stream = io.StringIO()
        code = main(["semantic-versioning", *options], ENVIRONMENT, self.folder, stream)
        return code, stream.getvalue()

    @property
    def document(self) -> Path:
        return self.folder / "versions.json"

    def tag(self, name: str, *options: str) -> None:
        self.git("tag", *options, name)
        self.git("push", "--quiet", "origin", name)


@pytest.fixture
def repository(tmp_path: Path) -> Releases:
    return Releases(tmp_path / "service")


def test_the_tags_of_a_project_whose_name_begins_alike_do_not_count(repository: Releases) -> None:
    repository.commit("feat: start", {"functions/api/a": "1", "functions/api-v2/a": "1"})
    repository.tag("api-v2-v9.0.0")
    repository.tag("api-v3.0.0")
    repository.commit("fix: both", {"functions/api/a": "2", "functions/api-v2/a": "2"})

    assert repository.release() == {"api": "3.0.1", "api-v2": "9.0.1"}


def test_with_tags_of_other_projects_alone_a_project_begins_at_1_0_0(repository: Releases) -> None:
    repository.commit("feat: start", {"functions/orders/a": "1"})
    for name in ("v4.0.0", "billing-v2.0.0", "orders-v", "orders-vnext", "orders-1.0.0"):
        repository.tag(name)

    assert repository.release() == {"orders": "1.0.0"}


def test_of_two_tags_on_one_commit_the_higher_counts(repository: Releases) -> None:
    repository.commit("feat: start", {"functions/orders/a": "1"})
    repository.tag("orders-v1.9.0")
    repository.tag("orders-v1.10.0")
    repository.commit("fix: it", {"functions/orders/a": "2"})

    assert repository.release() == {"orders": "1.10.1"}


def test_annotated_and_plain_tags_count_alike(repository: Releases) -> None:
    repository.commit("feat: start", {"functions/orders/a": "1", "functions/billing/a": "1"})
    repository.tag("orders-v2.0.0", "--annotate", "--message", "by hand")
    repository.tag("billing-v3.0.0")
    repository.commit("fix: both", {"functions/orders/a": "2", "functions/billing/a": "2"})

    assert repository.release() == {"orders": "2.0.1", "billing": "3.0.1"}


def test_a_tag_on_a_branch_that_was_not_merged_is_no_base_and_its_version_is_not_given_again(
    repository: Releases,
) -> None:
    repository.commit("feat: start", {"functions/orders/a": "1"})
    repository.release()
    repository.git("checkout", "--quiet", "-b", "hotfix")
    repository.commit("fix: elsewhere", {"functions/orders/b": "1"})
    assert repository.release() == {"orders": "1.0.1"}
    repository.git("checkout", "--quiet", "main")
    repository.commit("fix: here", {"functions/orders/a": "2"})

    assert repository.release() == {"orders": "1.0.2"}


def test_a_prerelease_is_no_release_so_the_final_version_has_its_number(repository: Releases) -> None:
    repository.commit("feat: start", {"functions/orders/a": "1"})
    repository.release()
    repository.commit("feat: more", {"functions/orders/a": "2"})
    repository.tag("orders-v1.1.0-rc.1")
    repository.commit("fix: more", {"functions/orders/a": "3"})
    repository.tag("orders-v1.1.0-rc.2")

    assert repository.release() == {"orders": "1.1.0"}


def test_one_commit_changes_each_project_that_it_touches(repository: Releases) -> None:
    files = {f"functions/{name}/a": "1" for name in ("orders", "billing", "search", "other")}
    repository.commit("feat: start", files)
    repository.release()
    repository.commit("feat: three", dict.fromkeys(list(files)[:3], "2"))

    assert repository.release() == {"orders": "1.1.0", "billing": "1.1.0", "search": "1.1.0", "other": "1.0.0"}


def test_a_file_that_moves_changes_where_it_was_and_where_it_is(repository: Releases) -> None:
    repository.commit("feat: start", {"functions/orders/a": "x" * 500, "functions/orders/b": "", "functions/new/a": ""})
    repository.release()
    repository.git("mv", "functions/orders/a", "functions/new/moved")
    repository.commit("refactor: move", {})

    assert repository.release() == {"orders": "1.0.1", "new": "1.0.1"}


def test_a_revert_is_a_change(repository: Releases) -> None:
    repository.commit("feat: start", {"functions/orders/a": "1"})
    repository.release()
    repository.commit("feat: regretted", {"functions/orders/a": "2"})
    assert repository.release() == {"orders": "1.1.0"}
    repository.git("revert", "--no-edit", "HEAD")
    repository.git("push", "--quiet", "origin", "HEAD")

    assert repository.release() == {"orders": "1.1.1"}


def test_a_squashed_merge_counts_with_its_header_and_its_footers(repository: Releases) -> None:
    repository.commit("feat: start", {"functions/orders/a": "1"})
    repository.release()
    message = "fix: many things\n\n* feat: one of them\n* docs: another\n\nBREAKING CHANGE: the field is gone\n"
    repository.commit(message, {"functions/orders/a": "2"})

    assert repository.release() == {"orders": "2.0.0"}


def test_a_detached_head_is_what_gitlab_checks_out(repository: Releases) -> None:
    repository.commit("feat: start", {"functions/orders/a": "1"})
    repository.git("checkout", "--quiet", "--detach")

    assert repository.release() == {"orders": "1.0.0"}
    assert repository.remote_tags() == ["orders-v1.0.0"]


@pytest.mark.parametrize(
    "message",
    [b"feat: \xe9t\xe9 in latin-1", b"feat: a \x01 and a \x02 and a tab\t", b"feat: x\n\n\x1b[0Ksection_end:0:x\r"],
    ids=["latin-1", "control characters", "terminal"],
)
def test_a_message_may_hold_any_bytes(repository: Releases, message: bytes) -> None:
    repository.commit("feat: start", {"functions/orders/a": "1"})
    repository.release()
    (repository.folder / "functions/orders/a").write_text("2")
    repository.git("add", "--all")
    subprocess.run(
        ["git", "commit", "--quiet", "--cleanup=verbatim", "--file=-"],
        input=message,
        cwd=repository.folder,
        env=ENVIRONMENT,
        check=True,
        capture_output=True,
    )
    repository.git("push", "--quiet", "origin", "HEAD")

    assert repository.release() == {"orders": "1.1.0"}


def test_when_nothing_changed_every_version_stays_and_the_job_is_fine(repository: Releases) -> None:
    repository.commit("feat: start", {"functions/orders/a": "1"})
    repository.release()
    repository.commit("docs: explain", {"README.md": "new"})

    assert repository.release() == {"orders": "1.0.0"}
    assert json.loads(repository.document.read_text())["orders"]["changed"] is False
    assert repository.remote_tags() == ["orders-v1.0.0"]


def test_a_shared_path_changes_each_project_that_is_built_from_it(repository: Releases) -> None:
    repository.commit(
        "feat: start",
        {
            "libs/common/money.py": "1",
            "libs/common-ui/page.py": "1",
            "schemas/order.json": "{}",
            "functions/orders/.deployment": "ACTUAL_LAMBDA_NAME=orders\nSHARED_PATHS=libs/common, schemas/order.json\n",
            "functions/billing/.deployment": "ACTUAL_LAMBDA_NAME=billing\nSHARED_PATHS=libs/common/\n",
            "functions/search/.deployment": "search\n",
        },
    )
    repository.release()

    repository.commit("fix: rounding", {"libs/common/money.py": "2"})
    assert repository.release() == {"orders": "1.0.1", "billing": "1.0.1", "search": "1.0.0"}
    repository.commit("feat: a field", {"schemas/order.json": "[]"})
    assert repository.release() == {"orders": "1.1.0", "billing": "1.0.1", "search": "1.0.0"}
    repository.commit("feat: page", {"libs/common-ui/page.py": "2"})
    assert repository.release() == {"orders": "1.1.0", "billing": "1.0.1", "search": "1.0.0"}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("libs/comon", "SHARED_PATHS names what is not there: libs/comon"),
        ("../other", "SHARED_PATHS has '../other', which is no path below the repository"),
    ],
)
def test_a_shared_path_that_is_none_is_told_before_any_tag_is_pushed(
    repository: Releases, path: str, words: str
) -> None:
    text = f"ACTUAL_LAMBDA_NAME=orders\nSHARED_PATHS={path}\n"
    repository.commit("feat: start", {"libs/common/a": "1", "functions/orders/.deployment": text})

    code, log = repository.attempt()

    assert code == 2, log
    assert words in log
    assert repository.remote_tags() == []
