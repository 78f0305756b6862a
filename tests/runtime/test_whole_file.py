"""Files that are written whole or not at all, whoever else writes them, and whoever was killed while writing them."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cigen_runtime.whole_file import write_whole

WRITE = """
import os, sys
from pathlib import Path
from cigen_runtime.whole_file import write_whole

def in_the_middle(part, place):
    {middle}
    os.replace(part, place)

Path.replace = in_the_middle
write_whole(Path(sys.argv[1]), "theirs", for_owner_alone=True)
"""
KILLED = WRITE.format(middle="os.kill(os.getpid(), 9)")
WAITING = WRITE.format(middle="print('written', flush=True), sys.stdin.read()")


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def killed_in_the_middle(path: Path) -> Path:
    """What a run leaves that was killed while it wrote."""
    ended = subprocess.run([sys.executable, "-c", KILLED, path], check=False)
    assert ended.returncode == -9
    (part,) = path.parent.glob("*.part")
    return part


def test_what_a_killed_run_leaves_is_removed_by_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "out" / "versions.json"
    killed_in_the_middle(path)

    write_whole(path, "ours")

    assert names(path.parent) == ["versions.json"]
    assert path.read_text() == "ours"


def test_what_another_run_is_writing_is_left_to_it(tmp_path: Path) -> None:
    path = tmp_path / "versions.json"
    with subprocess.Popen(
        [sys.executable, "-c", WAITING, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "written\n"

        write_whole(path, "ours")

        assert (path.read_text(), len(names(tmp_path))) == ("ours", 2)
        other.communicate("go on")
    assert other.returncode == 0
    assert (path.read_text(), names(tmp_path)) == ("theirs", ["versions.json"])


def test_many_runs_at_once_all_write_the_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "versions.json"
    texts = [str(number) * 40 for number in range(8)]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: [write_whole(path, text) for _ in range(50)], texts))

    assert path.read_text() in texts
    assert names(tmp_path) == ["versions.json"]


def test_a_file_of_a_similar_name_is_somebody_elses(tmp_path: Path) -> None:
    for name in ("versions.json.part", "versions.json.old.part", "other.json.0123456789abcdef.part"):
        (tmp_path / name).write_text("theirs")
    before = names(tmp_path)

    write_whole(tmp_path / "versions.json", "ours")

    assert names(tmp_path) == sorted([*before, "versions.json"])


def test_a_secret_is_its_owners_alone_from_the_first_byte_on(tmp_path: Path) -> None:
    part = killed_in_the_middle(tmp_path / "aws-credentials")

    assert (part.read_text(), part.stat().st_mode & 0o777) == ("theirs", 0o600)


def test_a_file_that_is_there_already_keeps_nobodys_rights(tmp_path: Path) -> None:
    path = tmp_path / "aws-credentials"
    path.write_text("old")
    path.chmod(0o644)

    write_whole(path, "new", for_owner_alone=True)

    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o600)


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "versions.json"
    path.mkdir()

    with pytest.raises(IsADirectoryError):
        write_whole(path, "ours")

    assert names(tmp_path) == ["versions.json"]
