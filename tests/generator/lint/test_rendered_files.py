"""`cigen lint` in a pipelines repo: the files are what was rendered, and what would be rendered now."""

from pathlib import Path

import pytest

from ..conftest import Project, Run

JOB = "deploy:\n  image: <% config.jobs.image | yaml %>\n  script: ./deploy\n"

REGION = "include: [{local: jobs/gate.yml}]\n\ndeploy-<% region.name %>:\n  extends: .gate\n"


@pytest.fixture
def rendered(project: Project, cigen: Run) -> Project:
    """A project that was rendered, with nothing wrong in it."""
    project.template("jobs/gate.yml", ".gate:\n  script: ./gate\n  image: <% config.jobs.image | yaml %>\n")
    project.template("regions/staging-[region].yml", REGION)
    project.template("deploy.yml", JOB)
    cigen("render")
    assert cigen("lint").out == "3 jobs in 3 pipelines, 4 files: nothing found\n"
    return project


def test_an_edit_by_hand_is_found_with_and_without_the_config(rendered: Project, cigen: Run) -> None:
    path = rendered.folder / "rendered" / "deploy.yml"
    path.write_text(path.read_text() + "  tags: [big]\n")

    whole, folder = cigen("lint"), cigen("lint", "rendered")

    assert whole.exit_code == folder.exit_code == 1
    assert whole.out == (
        "rendered/deploy.yml:7:1: warning: it is not what was rendered: somebody edited it by hand"
        " [rendered-file-edited]\n"
        "    7 |   tags: [big]\n"
        "      | ^\n"
        "hint: move the edit to cigen.yaml or a template, then: cigen render --force\n"
        "\n"
        "3 jobs in 3 pipelines, 4 files: 1 warning\n"
    )
    assert folder.out.startswith("rendered/deploy.yml: warning: it is not what was rendered")


def test_a_deleted_file_is_found_though_no_pipeline_includes_it(rendered: Project, cigen: Run) -> None:
    rendered.template("README.md", "Read me.\n")
    cigen("render")
    (rendered.folder / "rendered" / "README.md").unlink()

    assert "rendered/README.md: warning: it was rendered, and somebody deleted it" in cigen("lint").out


def test_a_change_of_the_config_that_nobody_rendered_is_found(rendered: Project, cigen: Run) -> None:
    rendered.configure("cigen-runtime:0.1.0", "cigen-runtime:0.2.0")

    outcome = cigen("lint")

    assert outcome.exit_code == 1
    assert [line for line in outcome.out.splitlines() if "warning" in line] == [
        f"rendered/{path}: warning: cigen.yaml, the template or cigen changed since it was rendered"
        " [rendered-file-stale]"
        for path in ("deploy.yml:5:1", "jobs/gate.yml:6:1")
    ] + ["3 jobs in 3 pipelines, 4 files: 2 warnings"]
    assert cigen("lint", "rendered").exit_code == 0


def test_a_region_that_nobody_rendered_is_found(rendered: Project, cigen: Run) -> None:
    rendered.configure("    regions: [eu]\n", "    regions: [eu]\n  # more\n")
    rendered.configure("    regions: [eu, us]\n", "    regions: [eu]\n")

    out = cigen("lint").out

    assert "rendered/regions/staging-us.yml: warning: no template makes it any more [rendered-file-stale]" in out


def test_what_cannot_be_compared_is_a_finding_and_no_end_of_the_look(rendered: Project, cigen: Run) -> None:
    lock = Path("rendered/.cigen.lock")
    lock.write_text("<<<<<<< ours\n" + lock.read_text())
    rendered.template("deploy.yml", JOB + "  tags: [<% config.nothing %>]\n")

    folder, whole = cigen("lint", "rendered"), cigen("lint")

    assert folder.exit_code == whole.exit_code == 1
    assert "rendered/.cigen.lock: warning: it cannot be compared: rendered/.cigen.lock: not a lock file" in folder.out
    assert "rendered/.cigen.lock: warning: it cannot be compared: " in whole.out
    assert "jobs in" in whole.out


def test_a_lock_of_another_version_tells_that_the_files_are_stale(rendered: Project, cigen: Run) -> None:
    lock = Path("rendered/.cigen.lock")
    lock.write_text(lock.read_text().replace('"cigen": "', '"cigen": "9.'))

    assert "rendered/.cigen.lock: warning: cigen 9." in cigen("lint", "rendered").out


def test_a_repo_that_cigen_did_not_render_has_no_such_finding(tmp_path: Path, cigen: Run) -> None:
    (tmp_path / "a.yml").write_text("build: {script: make}\n")

    assert cigen("lint", str(tmp_path)).exit_code == 0
