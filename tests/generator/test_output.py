"""The output folder: what differs is told apart, what is written is all or nothing."""

import json
import os
from pathlib import Path

import pytest

from cigen.config import load
from cigen.errors import EditedByHandError, WorkError
from cigen.lock import Facts
from cigen.render import RenderedFile, render
from cigen.render.compare import State, compare
from cigen.render.writer import write
from cigen.resources import templates_folder

from .conftest import Project

FACTS = Facts("17.5")


def states(files: dict[str, str], folder: Path) -> dict[str, State]:
    """The state of each file, when these are to be rendered."""
    return {file.path: file.state for file in compare(made(files), folder, FACTS).files}


def made(files: dict[str, str]) -> tuple[RenderedFile, ...]:
    """Files as the engine gives them."""
    return tuple(RenderedFile(path, text) for path, text in sorted(files.items()))


def put(files: dict[str, str], folder: Path, *, force: bool = False) -> None:
    """Bring a folder up to date."""
    write(compare(made(files), folder, FACTS), folder, force=force)


def tree(folder: Path) -> dict[str, str | None]:
    """Everything below a folder: texts of files, None for folders."""
    return {
        path.relative_to(folder).as_posix(): None if path.is_dir() else path.read_text()
        for path in sorted(folder.rglob("*"))
    }


def test_every_state_of_a_file_is_told_apart(tmp_path: Path) -> None:
    put(dict.fromkeys(("same", "stale", "edited", "missing", "obsolete", "edited-obsolete"), "1\n"), tmp_path)
    (tmp_path / "edited").write_text("mine\n")
    (tmp_path / "edited-obsolete").write_text("mine\n")
    (tmp_path / "foreign").write_text("yours\n")
    (tmp_path / "in-the-way").mkdir()
    (tmp_path / "missing").unlink()
    now = {"same": "1\n", "stale": "2\n", "edited": "1\n", "missing": "1\n", "foreign": "1\n", "new": "1\n"}

    result = states({**now, "in-the-way": "1\n"}, tmp_path)

    assert result == {
        "edited": State.EDITED,
        "edited-obsolete": State.EDITED,
        "foreign": State.FOREIGN,
        "in-the-way": State.FOREIGN,
        "missing": State.MISSING,
        "new": State.NEW,
        "obsolete": State.OBSOLETE,
        "same": State.UNCHANGED,
        "stale": State.STALE,
    }


def test_what_is_written_is_listed_with_its_hash(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "rendered"

    put({"b/two.yml": "2\n", "a.yml": "1\n"}, folder)

    one = "sha256:4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865"
    two = "sha256:53c234e5e8472b6ac51c1ae1cab3fe06fad053beb8ebfd8977b010655bfdd3c3"
    lock = {"cigen": "0.1.0", "gitlab": "17.5", "files": {"a.yml": one, "b/two.yml": two}}
    assert tree(folder) == {
        ".cigen.lock": json.dumps(lock, indent=2) + "\n",
        "a.yml": "1\n",
        "b": None,
        "b/two.yml": "2\n",
    }
    assert [path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()] == [0o644] * 3


def test_what_is_no_longer_made_goes_with_its_empty_folders(tmp_path: Path) -> None:
    put({"keep.yml": "1\n", "a/b/gone.yml": "1\n", "c/gone.yml": "1\n"}, tmp_path)
    (tmp_path / "c" / "yours.txt").write_text("stays\n")

    put({"keep.yml": "1\n"}, tmp_path)

    assert list(tree(tmp_path)) == [".cigen.lock", "c", "c/yours.txt", "keep.yml"]


def test_a_file_gives_way_to_a_folder_of_its_name_and_back(tmp_path: Path) -> None:
    put({"a": "1\n"}, tmp_path)

    put({"a/b.yml": "1\n"}, tmp_path)

    assert list(tree(tmp_path)) == [".cigen.lock", "a", "a/b.yml"]


def test_a_second_run_touches_nothing(tmp_path: Path) -> None:
    put({"a/b.yml": "1\n"}, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}

    put({"a/b.yml": "1\n"}, tmp_path)

    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}


def test_a_foreign_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("yours\n")
    before = tree(tmp_path)

    with pytest.raises(WorkError) as caught:
        put({"a.yml": "ours\n", "b.yml": "ours\n"}, tmp_path, force=True)

    assert str(caught.value) == (
        f"error: not rendered by cigen, and never overwritten: {tmp_path}/a.yml\n"
        "hint: move it away or delete it, then run again; or set `output` to another folder"
    )
    assert before == tree(tmp_path)


def test_a_hand_edit_is_kept_unless_forced(tmp_path: Path) -> None:
    put({"a.yml": "1\n", "b.yml": "1\n"}, tmp_path)
    (tmp_path / "a.yml").write_text("mine\n")
    before = tree(tmp_path)

    with pytest.raises(EditedByHandError) as caught:
        put({"a.yml": "2\n", "b.yml": "2\n"}, tmp_path)
    kept = tree(tmp_path)
    put({"a.yml": "2\n", "b.yml": "2\n"}, tmp_path, force=True)

    assert str(caught.value) == (
        f"error: edited by hand, and rendering would lose that: {tmp_path}/a.yml\n"
        "hint: cigen render --check shows it: move it to cigen.yaml or a template, or overwrite it with --force"
    )
    assert before == kept
    assert states({"a.yml": "2\n", "b.yml": "2\n"}, tmp_path) == {"a.yml": State.UNCHANGED, "b.yml": State.UNCHANGED}


def test_files_as_they_should_be_are_adopted_when_the_lock_is_lost(tmp_path: Path) -> None:
    put({"a.yml": "1\n"}, tmp_path)
    before = tree(tmp_path)
    (tmp_path / ".cigen.lock").unlink()

    was_clean = compare(made({"a.yml": "1\n"}), tmp_path, FACTS).is_clean
    put({"a.yml": "1\n"}, tmp_path)

    assert not was_clean
    assert before == tree(tmp_path)


@pytest.mark.parametrize("failing", range(1, 9))
def test_when_one_step_fails_everything_is_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    put({"a.yml": "1\n", "b.yml": "1\n", "gone/c.yml": "1\n"}, tmp_path)
    before, steps, replace = tree(tmp_path), iter(range(1, 1000)), os.replace

    def full_disk(source: str, target: str) -> None:
        if next(steps) == failing:
            raise OSError(28, "No space left on device", str(source), None, str(target))
        replace(source, target)

    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(WorkError) as caught:
        put({"a.yml": "2\n", "b.yml": "2\n", "new/d.yml": "1\n"}, tmp_path)

    assert str(caught.value).endswith("cannot be written: No space left on device\nhint: no file was changed")
    assert before == tree(tmp_path)


def test_an_interrupt_leaves_everything_as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put({"a.yml": "1\n", "b.yml": "1\n"}, tmp_path)
    before, steps, replace = tree(tmp_path), iter(range(1, 1000)), os.replace

    def interrupted(source: str, target: str) -> None:
        if next(steps) == 4:
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        put({"a.yml": "2\n", "b.yml": "2\n"}, tmp_path)

    assert before == tree(tmp_path)


def test_a_file_where_a_folder_must_be_stops_before_anything_changes(tmp_path: Path) -> None:
    (tmp_path / "jobs").write_text("a file\n")
    before = tree(tmp_path)

    with pytest.raises(WorkError) as caught:
        put({"a.yml": "1\n", "jobs/b.yml": "1\n"}, tmp_path)

    assert str(caught.value) == (
        f"error: {tmp_path}/jobs: cannot be written: a file stands where a folder must be\nhint: no file was changed"
    )
    assert before == tree(tmp_path)


def test_a_new_output_folder_goes_again_when_rendering_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(source: str, target: str) -> None:
        raise OSError(28, "No space left on device", str(source), None, str(target))

    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(WorkError):
        put({"a.yml": "1\n"}, tmp_path / "deep" / "rendered")

    assert tree(tmp_path) == {}


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    folder, outside = tmp_path / "rendered", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (folder / "jobs").symlink_to(outside)

    with pytest.raises(WorkError) as caught:
        put({"jobs/a.yml": "1\n"}, folder)

    assert str(caught.value) == (
        f"error: {folder}/jobs/a.yml: a symbolic link leads out of {folder}\nhint: replace the link by what it leads to"
    )
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "<<<<<<< ours\n",
        "[]",
        '{"files": []}',
        '{"files": {"../../etc/passwd": "sha256:0"}}',
        '{"files": {"/etc/passwd": "sha256:0"}}',
        '{"files": {"a": 1}}',
    ],
)
def test_a_lock_that_cigen_did_not_write_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / ".cigen.lock").write_text(text)

    with pytest.raises(WorkError) as caught:
        compare((), tmp_path, FACTS)

    assert str(caught.value) == (
        f"error: {tmp_path}/.cigen.lock: not a lock file that cigen wrote\n"
        "hint: after a merge conflict: git checkout --ours, then cigen render --force"
    )


def test_the_shipped_templates_render_with_the_example_config(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    config = load(root / "cigen.yaml")

    rendered = render(config, [root / "templates"], "cigen.yaml")
    write(compare(rendered, tmp_path, FACTS), tmp_path)

    assert compare(render(config, [root / "templates"], "cigen.yaml"), tmp_path, FACTS).is_clean


def test_the_shipped_templates_are_found_with_a_short_path_from_the_repository(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root = Path(__file__).parents[2]

    monkeypatch.chdir(root)
    inside = templates_folder()
    monkeypatch.chdir(tmp_path)
    outside = templates_folder()

    assert (inside, outside) == (Path("templates"), root / "templates")


def test_a_project_is_rendered_where_the_config_says(project: Project) -> None:
    config = load(project.folder / "cigen.yaml")
    folder = project.folder / config.output

    write(compare(render(config, [project.templates], "cigen.yaml"), folder, FACTS), folder)

    assert list(project.files()) == [".cigen.lock", "jobs/gate.yml", "regions/staging-eu.yml", "regions/staging-us.yml"]
