"""`components: true`: the templates once more as GitLab CI/CD components, valid with and without their inputs."""

from pathlib import Path

import pytest

from cigen.config import load
from cigen.pipeline.model import Pipeline
from cigen.pipeline.resolve import resolve
from cigen.pipeline.sources import LocalTree
from cigen.render import render

from .conftest import Project, Run

ROOT = Path(__file__).parents[2]
CONFIG = (ROOT / "cigen.yaml").read_text()


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repo")
    (folder / "cigen.yaml").write_text(CONFIG + "\ncomponents: true\n")
    for file in render(load(folder / "cigen.yaml"), [ROOT / "templates"], "cigen.yaml"):
        (folder / "rendered" / file.path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "rendered" / file.path).write_text(file.text)
    return folder / "rendered"


def used(repo: Path, text: str) -> Pipeline:
    """The pipeline of a service that includes components of the repo."""
    sources = LocalTree(repo.parent / "service", {"platform/pipelines": LocalTree(repo)})
    return resolve(".gitlab-ci.yml", text.encode(), sources)


def component(name: str, inputs: str = "") -> str:
    return f"include:\n  - component: gitlab.example.com/platform/pipelines/{name}@1.0.0\n{inputs}"


def test_there_is_a_component_for_each_file_of_jobs_and_each_entry(repo: Path) -> None:
    jobs = {path.stem for path in (repo / "jobs").glob("*.yml")}

    assert {path.parent.name for path in repo.glob("templates/*/template.yml")} == jobs | {
        "staging-deploy",
        "prod-deploy",
        "s3-deploy",
    }


def test_every_component_is_valid_as_it_is(repo: Path) -> None:
    for path in sorted(repo.glob("templates/*/template.yml")):
        pipeline = used(repo, component(path.parent.name) + "\nown: {script: make}\n")

        assert (path.parent.name, pipeline.faults, pipeline.skipped) == (path.parent.name, (), ())


def test_a_component_makes_the_same_job_as_the_file_until_an_input_says_otherwise(repo: Path) -> None:
    own = "\ndeploy: {extends: .deploy-lambda-template}\n"
    file = used(repo, "include:\n  - project: platform/pipelines\n    file: jobs/deploy-lambda.yml\n" + own)

    plain = used(repo, component("deploy-lambda") + own)
    changed = used(
        repo,
        component("deploy-lambda", "    inputs: {stage: rollout, image: mine:1.0.0, timeout: 5 minutes}\n")
        + "\nstages: [rollout]\n"
        + own,
    )

    assert values(plain) == values(file)
    assert changed.faults == ()
    assert {key: value for key, value in values(changed).items() if value != values(file)[key]} == {
        "stage": "rollout",
        "image": "mine:1.0.0",
        "timeout": "5 minutes",
    }


def test_a_component_of_the_same_gitlab_is_found_whatever_the_name_of_the_server(repo: Path) -> None:
    pipeline = used(repo, component("s3-sync").replace("gitlab.example.com", "$CI_SERVER_FQDN"))

    assert (pipeline.faults, pipeline.skipped) == ((), ())
    assert [job.name for job in pipeline.hidden_jobs] == [".s3-sync-template"]


def test_an_input_that_a_component_does_not_have_is_refused(repo: Path) -> None:
    pipeline = used(repo, component("deploy-lambda", "    inputs: {stages: rollout}\n"))

    assert [fault.message for fault in pipeline.faults] == ["the included file has no input 'stages'"]


def test_an_entry_component_has_the_jobs_of_the_entry(repo: Path) -> None:
    pipeline = used(repo, component("s3-deploy"))

    assert "s3-sync-prod-us" in {job.name for job in pipeline.visible_jobs}


def test_own_templates_cannot_lie_where_components_go(project: Project, cigen: Run) -> None:
    project.write("templates/mine.yml", "x: {script: make}\n")
    project.configure("output: rendered\n", "output: .\ntemplates: templates\ncomponents: true\n")

    result = cigen("render")

    assert (result.exit_code, result.err) == (
        2,
        "cigen.yaml:2:12: error: templates: components are rendered into 'templates'\n"
        "    2 | templates: templates\n"
        "      |            ^\n"
        "hint: move your own templates into another folder\n",
    )


def values(pipeline: Pipeline) -> dict[str, object]:
    job = next(job for job in pipeline.visible_jobs if job.name == "deploy")
    return {key: plain(job.get(key)) for key in ("stage", "image", "timeout", "script", "retry", "variables")}


def plain(node: object) -> object:
    from cigen.pipeline.inputs import value_of

    return value_of(node)  # type: ignore[arg-type]
