"""Which folder stands for which project: what it says of itself, and what nobody can tell."""

from pathlib import Path

import pytest

from cigen.checkouts import Checkouts
from cigen.pipeline.other_projects import Nobody, ProjectSources
from cigen.pipeline.resolve import resolve
from cigen.pipeline.sources import Found, LocalTree, Missing, Sources, Unknown

from ..conftest import CONFIG

FILE = "jobs/a.yml"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with a file of templates; nothing says whose it is."""
    folder = tmp_path / "ours"
    (folder / "jobs").mkdir(parents=True)
    (folder / FILE).write_text(".a: {script: make}\n")
    return folder


def cloned_from(folder: Path, address: str) -> None:
    (folder / ".git").mkdir()
    upstream = '[core]\n\tbare = false\n[remote "upstream"]\n\turl = https://x.y/no/no.git\n'
    (folder / ".git/config").write_text(f'{upstream}[remote "origin"]\n\turl = {address}\n')


def asked(folder: Path, project: str, path: str = FILE) -> str:
    """What becomes of a file of a project: found, missing, or why nobody knows."""
    sources = Checkouts(folder).project(project, "v1")
    answer = sources if isinstance(sources, Missing | Unknown) else sources.local(path)
    match answer:
        case Found():
            return "found"
        case Missing():
            return "missing"
        case _:
            return answer.reason


@pytest.mark.parametrize(
    "address",
    [
        "https://gitlab.example.com/platform/pipelines.git",
        "https://gitlab.example.com/platform/pipelines",
        "https://oauth2:secret@example.com/gitlab/platform/Pipelines.git",
        "git@gitlab.example.com:platform/pipelines.git",
        "ssh://git@gitlab.example.com:2222/platform/pipelines.git",
    ],
)
def test_a_clone_stands_for_the_project_that_it_came_from_and_for_no_other(checkout: Path, address: str) -> None:
    cloned_from(checkout, address)

    assert asked(checkout, "platform/pipelines") == "found"
    assert asked(checkout, "platform/pipelines", "jobs/gone.yml") == "missing"
    assert "is a checkout of" in asked(checkout, "security/scanners")


def test_a_clone_of_a_fork_serves_and_what_it_lacks_is_not_called_missing(checkout: Path) -> None:
    cloned_from(checkout, "git@gitlab.example.com:alice/pipelines.git")

    assert asked(checkout, "platform/pipelines") == "found"
    assert asked(checkout, "platform/pipelines", "jobs/gone.yml") == (
        f"{checkout} has no such file, and may be no checkout of platform/pipelines"
    )


@pytest.mark.parametrize("address", ["", "/srv/git/pipelines.git", "../pipelines", "file:///srv/git/pipelines.git"])
def test_a_folder_that_does_not_say_whose_it_is_serves_as_far_as_it_goes(checkout: Path, address: str) -> None:
    if address:
        cloned_from(checkout, address)

    assert asked(checkout, "platform/pipelines") == "found"
    assert "may be no checkout of" in asked(checkout, "platform/pipelines", "jobs/gone.yml")


def test_the_config_says_whose_a_folder_is_and_where_its_files_are(tmp_path: Path) -> None:
    (tmp_path / "cigen.yaml").write_text(CONFIG)
    (tmp_path / "rendered/jobs").mkdir(parents=True)
    (tmp_path / "rendered" / FILE).write_text(".a: {script: make}\n")

    for folder in (tmp_path, tmp_path / "rendered"):
        assert asked(folder, "platform/pipelines") == "found"
        assert asked(folder, "platform/pipelines", "jobs/gone.yml") == "missing"
        assert "is a checkout of platform/pipelines" in asked(folder, "security/scanners")


def test_several_projects_lie_below_one_folder_by_their_paths_or_names(tmp_path: Path) -> None:
    for folder, file in (("platform/pipelines", FILE), ("scanners", "scan.yml")):
        (tmp_path / folder / file).parent.mkdir(parents=True)
        (tmp_path / folder / file).write_text(".a: {script: make}\n")
    (tmp_path / "scanners/.gitlab-ci.yml").write_text("a: {script: make}\n")

    assert asked(tmp_path, "platform/pipelines") == "found"
    assert asked(tmp_path, "security/scanners", "scan.yml") == "found"
    assert asked(tmp_path, "platform/pipelines", "jobs/gone.yml") == "missing"


@pytest.mark.parametrize("project", ["../other", "a/../../b", ""])
def test_no_project_leads_out_of_the_folder(checkout: Path, project: str) -> None:
    assert "is no path of a project" in asked(checkout, project)


def test_what_an_included_project_includes_is_looked_up_in_the_same_places(tmp_path: Path) -> None:
    for project, text in (("a/one", "include: [{project: a/two, file: x.yml}]\n"), ("a/two", "job: {script: make}\n")):
        (tmp_path / project).mkdir(parents=True)
        (tmp_path / project / "x.yml").write_text(text)
    sources: Sources = ProjectSources(LocalTree(tmp_path), (Checkouts(tmp_path), Nobody("ask somebody")))

    pipeline = resolve("ci.yml", "include: [{project: a/one, file: x.yml}, {project: b/x, file: y.yml}]\n", sources)

    assert [job.name for job in pipeline.jobs] == ["job"]
    assert [skipped.reason for skipped in pipeline.skipped] == [
        f"{tmp_path} has no such file, and may be no checkout of b/x"
    ]
