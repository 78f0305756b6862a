"""`cigen-runtime semantic-versioning`, on real repositories with a real remote."""

import io
import json
import subprocess
from pathlib import Path

import pytest

from cigen_runtime.cli import main
from cigen_runtime.contract import COMMANDS
from runtime.repository import ENVIRONMENT, Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "service")


def run(folder: Path, *options: str, **variables: str) -> tuple[int, str]:
    stream = io.StringIO()
    code = main(["semantic-versioning", *options], {**ENVIRONMENT, **variables}, folder, stream)
    return code, stream.getvalue()


def versions(folder: Path) -> dict[str, str]:
    return {name: entry["version"] for name, entry in json.loads((folder / "versions.json").read_text()).items()}


def test_a_first_release_is_1_0_0_for_every_folder(repository: Repository) -> None:
    repository.commit("feat: start", {"functions/orders_api/.deployment": "PROJECT=orders-api\nACTUAL_LAMBDA_NAME=o\n"})
    repository.commit("feat: add", {"functions/billing/app.py": ""})

    code, log = run(repository.folder)

    assert code == 0, log
    assert (
        (repository.folder / "versions.json").read_text()
        == """\
{
  "billing": {
    "version": "1.0.0",
    "folder": "billing",
    "changed": true,
    "previous": null,
    "bump": "major"
  },
  "orders-api": {
    "version": "1.0.0",
    "folder": "orders_api",
    "changed": true,
    "previous": null,
    "bump": "major"
  }
}
"""
    )
    assert repository.remote_tags() == ["billing-v1.0.0", "orders-api-v1.0.0"]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("feat: search", "1.1.0"),
        ("feat(api): search", "1.1.0"),
        ("fix: rounding", "1.0.1"),
        ("perf: cache", "1.0.1"),
        ("build(deps): newer library", "1.0.1"),
        ("Fix rounding, no convention", "1.0.1"),
        ("feat!: new contract", "2.0.0"),
        ("fix: x\n\nBREAKING CHANGE: the field is gone", "2.0.0"),
        ("docs: explain", "1.0.0"),
        ("chore: tidy", "1.0.0"),
        ("Merge branch 'x'\n\nnothing: here", "1.0.1"),
    ],
)
def test_the_commit_message_decides_the_bump(repository: Repository, message: str, expected: str) -> None:
    repository.commit("feat: start", {"functions/orders/app.py": "1"})
    run(repository.folder)
    repository.commit(message, {"functions/orders/app.py": "2"})

    run(repository.folder)

    assert versions(repository.folder) == {"orders": expected}


def test_only_the_folders_that_a_commit_touches_are_released(repository: Repository) -> None:
    repository.commit("feat: start", {"functions/api/app.py": "1", "functions/api-v2/app.py": "1", "README.md": ""})
    run(repository.folder)
    repository.commit("feat: more", {"functions/api-v2/app.py": "2", "README.md": "new"})

    run(repository.folder)

    assert versions(repository.folder) == {"api": "1.0.0", "api-v2": "1.1.0"}
    assert repository.remote_tags() == ["api-v1.0.0", "api-v2-v1.0.0", "api-v2-v1.1.0"]


def test_a_second_run_on_one_commit_writes_the_same_file_and_pushes_nothing(repository: Repository) -> None:
    repository.commit("feat: start", {"functions/orders/app.py": "1"})
    run(repository.folder)
    repository.commit("fix: more", {"functions/orders/app.py": "2"})
    run(repository.folder)
    first, tags = (repository.folder / "versions.json").read_bytes(), repository.remote_tags()

    code, _ = run(repository.folder)

    assert code == 0
    assert (repository.folder / "versions.json").read_bytes() == first
    assert repository.remote_tags() == tags


def test_commits_of_a_merged_branch_count_and_those_before_the_tag_do_not(repository: Repository) -> None:
    repository.commit("feat: start", {"functions/orders/app.py": "1", "functions/billing/app.py": "1"})
    repository.git("checkout", "--quiet", "-b", "topic")
    repository.commit("feat: on the branch", {"functions/orders/app.py": "2"})
    repository.git("checkout", "--quiet", "main")
    repository.commit("fix: on main", {"functions/billing/app.py": "2"})
    run(repository.folder)
    repository.git("merge", "--quiet", "--no-edit", "topic")
    repository.git("push", "--quiet", "origin", "HEAD")

    run(repository.folder)

    assert versions(repository.folder) == {"billing": "1.0.0", "orders": "1.1.0"}


def test_a_shallow_clone_is_completed_before_it_is_read(repository: Repository, tmp_path: Path) -> None:
    repository.commit("feat: start", {"functions/orders/app.py": "1"})
    run(repository.folder)
    repository.commit("feat: middle", {"functions/orders/app.py": "2"})
    repository.commit("docs: last", {"functions/orders/app.py": "3"})
    shallow = tmp_path / "shallow"
    subprocess.run(
        ["git", "clone", "--quiet", "--depth=1", repository.origin.as_uri(), str(shallow)], check=True, env=ENVIRONMENT
    )

    code, log = run(shallow)

    assert code == 0, log
    assert versions(shallow) == {"orders": "1.1.0"}


def test_a_version_that_another_pipeline_took_is_computed_again(repository: Repository, tmp_path: Path) -> None:
    repository.commit("feat: start", {"functions/orders/app.py": "1"})
    run(repository.folder)
    repository.commit("feat: ours", {"functions/orders/app.py": "2"})
    other = tmp_path / "other"
    subprocess.run(["git", "clone", "--quiet", repository.origin.as_uri(), str(other)], check=True, env=ENVIRONMENT)
    repository.commit("feat: theirs", {"functions/orders/app.py": "3"})
    run(repository.folder)
    subprocess.run(["git", "tag", "--delete", "orders-v1.1.0"], cwd=other, check=False, env=ENVIRONMENT)

    code, log = run(other)

    assert code == 0, log
    assert versions(repository.folder) == {"orders": "1.1.0"}
    assert versions(other) == {"orders": "1.2.0"}
    assert repository.remote_tags() == ["orders-v1.0.0", "orders-v1.1.0", "orders-v1.2.0"]


def test_two_pipelines_that_push_at_once_never_share_a_version(repository: Repository, tmp_path: Path) -> None:
    """The remote takes the other pipeline's tag between our look and our push."""
    repository.commit("feat: start", {"functions/orders/app.py": "1"})
    run(repository.folder)
    first = repository.commit("feat: more", {"functions/orders/app.py": "2"})
    base = repository.git("rev-parse", "HEAD~1").strip()
    hook = repository.origin / "hooks" / "pre-receive"
    hook.write_text(f'#!/bin/sh\nrm "$0"\nunset GIT_QUARANTINE_PATH\ngit update-ref refs/tags/orders-v1.1.0 {base}\n')
    hook.chmod(0o755)

    code, log = run(repository.folder)

    assert code == 0, log
    assert "another pipeline took one of the versions" in log
    assert versions(repository.folder) == {"orders": "1.2.0"}
    repository.git("fetch", "--quiet", "--tags")
    assert repository.git("rev-parse", "orders-v1.2.0").strip() == first


def test_a_dry_run_says_the_versions_and_writes_nothing(repository: Repository) -> None:
    repository.commit("feat: start", {"functions/orders/app.py": "1"})

    code, log = run(repository.folder, "--dry-run")

    assert code == 0
    assert "orders   -       1.0.0  major" in log
    assert not (repository.folder / "versions.json").exists()
    assert repository.remote_tags() == []


def test_a_repository_without_functions_says_where_they_belong(repository: Repository) -> None:
    repository.commit("feat: start", {"README.md": ""})

    code, log = run(repository.folder)

    assert code == 12
    assert "error: the repository has no folder below functions/ (not found)" in log


def test_a_remote_that_refuses_the_tags_is_a_permission_error_and_no_tag_stays_behind(repository: Repository) -> None:
    repository.commit("feat: start", {"functions/orders/app.py": "1"})
    hook = repository.origin / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'GitLab: You are not allowed to create this tag' >&2\nexit 1\n")
    hook.chmod(0o755)

    code, log = run(repository.folder, VERSIONING_TOKEN="glpat-not-for-the-log")

    assert code == 11, log
    assert "glpat-not-for-the-log" not in log
    assert repository.git("tag", "--list") == ""
    assert not (repository.folder / "versions.json").exists()


def test_where_one_tag_is_refused_none_is_pushed(repository: Repository) -> None:
    repository.commit("feat: start", {"functions/billing/app.py": "", "functions/orders/app.py": ""})
    hook = repository.origin / "hooks" / "update"
    hook.write_text('#!/bin/sh\ncase "$1" in *orders*) echo "GitLab: protected tag" >&2; exit 1;; esac\n')
    hook.chmod(0o755)

    code, log = run(repository.folder)

    assert code == 11, log
    assert repository.remote_tags() == []


def test_paths_with_spaces_quotes_and_other_alphabets_are_read_as_they_are(repository: Repository) -> None:
    repository.commit("feat: start", {'functions/orders/a "b" ü.py': "1", "functions/billing/app.py": ""})
    run(repository.folder)
    repository.commit("fix: it", {'functions/orders/a "b" ü.py': "2"})

    run(repository.folder)

    assert versions(repository.folder) == {"billing": "1.0.0", "orders": "1.0.1"}


def test_a_remote_that_knows_no_push_options_gets_the_tags_all_the_same(repository: Repository) -> None:
    subprocess.run(
        ["git", "config", "receive.advertisePushOptions", "false"], cwd=repository.origin, check=True, env=ENVIRONMENT
    )
    repository.commit("feat: start", {"functions/orders/app.py": "1"})

    code, log = run(repository.folder)

    assert code == 0, log
    assert repository.remote_tags() == ["orders-v1.0.0"]


def test_a_remote_that_is_gone_ends_with_the_code_that_gitlab_retries_and_says_what_git_said(
    repository: Repository,
) -> None:
    repository.commit("feat: start", {"functions/orders/app.py": "1"})
    repository.git("remote", "set-url", "origin", "https://127.0.0.1:1/team/orders.git")

    code, log = run(repository.folder)

    assert code == 75, log
    assert "unable to access 'https://127.0.0.1:1/team/orders.git/'" in log


def test_git_sees_no_secret_of_the_job_but_the_one_it_pushes_with(repository: Repository, tmp_path: Path) -> None:
    repository.commit("feat: start", {"functions/orders/app.py": ""})
    spy = tmp_path / "spy"
    spy.mkdir()
    (spy / "git").write_text(f'#!/bin/sh\n(env; echo "$@") >>{spy}/seen\nPATH=/usr/bin:/bin exec git "$@"\n')
    (spy / "git").chmod(0o755)
    secrets = {
        variable.name: f"the-value-of-{variable.name}"
        for command in COMMANDS
        for variable in command.variables
        if variable.secret
    }

    code, log = run(repository.folder, PATH=f"{spy}:/usr/bin:/bin", HTTPS_PROXY="http://proxy.example.com", **secrets)

    assert code == 0, log
    seen = (spy / "seen").read_text()
    assert "HTTPS_PROXY=http://proxy.example.com" in seen
    assert [value for value in secrets.values() if value in seen] == []
