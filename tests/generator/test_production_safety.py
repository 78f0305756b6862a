"""Production runs when a person starts it, on a protected ref, with versions, outside of a freeze: else never."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from cigen.config import load
from cigen.pipeline.contexts import Context, contexts
from cigen.pipeline.model import Job, Pipeline
from cigen.pipeline.node import plain
from cigen.pipeline.resolve import resolve
from cigen.pipeline.simulation import Simulation, Simulator
from cigen.pipeline.sources import LocalTree
from cigen.render.in_memory import rendered_tree

ROOT = Path(__file__).parents[2]
SERVICE = ROOT / "tests/lab/service"
CONFIG = (
    (ROOT / "cigen.yaml")
    .read_text()
    .replace(
        '    account: "444455556666"\n    regions: [eu, us]\n',
        '    account: "444455556666"\n    regions: [eu, us]\n    waves: [[eu], {regions: [us], manual: true}]\n',
    )
)
VERSIONS = '{"orders-api": "1.4.0"}'
BY_HAND = {"web", "api", "trigger"}


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def service(config: str) -> Pipeline:
    """The example service with the pipelines of a config."""
    Path("cigen.yaml").write_text(config)
    pipelines = rendered_tree(load(Path("cigen.yaml")), Path("cigen.yaml"))
    text = (SERVICE / ".gitlab-ci.yml").read_text()
    pipeline = resolve(".gitlab-ci.yml", text, LocalTree(SERVICE, {"platform/pipelines": pipelines}))
    assert pipeline.faults == ()
    return pipeline


def of_production(simulation: Simulation) -> set[str]:
    """The jobs of a pipeline that work for production."""
    return {job.name for job in simulation.jobs if job.environment.startswith("prod/") or "-prod-" in job.name}


def circumstances() -> list[tuple[Context, bool]]:
    """Every kind of pipeline, protected or not, frozen or not, with versions, without and with empty ones."""
    versions: list[dict[str, str]] = [{}, {"TARGET_VERSIONS_JSON": ""}, {"TARGET_VERSIONS_JSON": VERSIONS}]
    found = []
    for context, protected, frozen, given in product(contexts().values(), ("true", "false"), (False, True), versions):
        if context.source not in BY_HAND and (protected == "false" or frozen):
            continue  # what does not start where it is allowed starts nowhere
        own: Mapping[str, str] = {"CI_DEPLOY_FREEZE": "true"} if frozen else {}
        predefined = {**context.predefined, "CI_COMMIT_REF_PROTECTED": protected, **own}
        may = context.source in BY_HAND and protected == "true" and not frozen
        is_asked_for = bool(given.get("TARGET_VERSIONS_JSON"))
        found.append((replace(context, predefined=predefined).with_variables(given), may and is_asked_for))
    return found


def test_production_runs_for_a_person_on_a_protected_ref_with_versions_outside_a_freeze_and_never_else(
    tree: Path,
) -> None:
    families = 'families: {update-version-dashboard: {rules: [{if: $CI_PIPELINE_SOURCE == "web", when: never}]}}'
    simulator = Simulator(service(CONFIG.replace("  tags: []", f"  {families}\n  tags: []")))

    wrong = [
        (context.name, dict(context.variables), context.predefined["CI_COMMIT_REF_PROTECTED"], sorted(jobs))
        for context, may in circumstances()
        if bool(jobs := of_production(simulator.run(context))) is not may
    ]

    assert wrong == []


def test_a_production_start_builds_nothing_and_leaves_staging_alone(tree: Path) -> None:
    start = contexts()["web"].with_variables({"TARGET_VERSIONS_JSON": VERSIONS})

    simulation = Simulator(service(CONFIG)).run(start)

    assert simulation.is_created
    assert [job.name for job in simulation.jobs if "staging" in job.name or job.stage in {"build", "versioning"}] == []


def test_a_manual_wave_asks_at_its_gate_and_all_that_follows_waits(tree: Path) -> None:
    pipeline = service(CONFIG)
    start = contexts()["web"].with_variables({"TARGET_VERSIONS_JSON": VERSIONS})

    simulation = Simulator(pipeline).run(start)

    gate = simulation.job("aws-credentials-prod-us")
    assert gate is not None
    assert (gate.when, gate.allow_failure, gate.environment) == ("manual", False, "prod/us")
    assert plain(job(pipeline, gate.name).effective)["manual_confirmation"] == "Deploy to prod/us?"  # type: ignore[index]
    held = {job.name for job in simulation.jobs if gate.name in job.held_by}
    assert {"deploy-lambda-prod-us", "promote-to-release-artifacts", "transition-jira-tickets-closed"} <= held
    assert {"deploy-lambda-prod-eu", "aws-credentials-prod-eu"}.isdisjoint(held)


def test_what_changes_something_in_production_is_never_cancelled_by_a_newer_pipeline(tree: Path) -> None:
    pipeline = service(CONFIG.replace('  account: "111122223333"         # one registry', "  per_environment: true #"))

    cancelled = {
        job.name
        for job in pipeline.visible_jobs
        if "-prod-" in job.name and plain(job.effective)["interruptible"] is not False  # type: ignore[index]
    }

    assert {name.rsplit("-prod-", 1)[0] for name in cancelled} == {
        "aws-credentials",
        "aws-credentials-s3",
        "prepare-docker-config",
        "find-versions",
        "merge-configs",
    }, "these change nothing"


def test_no_job_takes_the_files_that_are_handed_over(tree: Path) -> None:
    """A service's own job may; of ours each logs in for itself."""
    config = CONFIG.replace('  account: "111122223333"         # one registry', "  per_environment: true #")
    pipeline = service(config.replace("artifactory:\n", "credentials: {handover: artifact}\nartifactory:\n"))

    keepers = {job.name for job in pipeline.visible_jobs if "access" in artifacts(job)}
    families = ("aws-credentials", "aws-credentials-s3", "prepare-docker-config")
    places = [f"{environment}-{region}" for environment in ("staging", "prod") for region in ("eu", "us")]
    assert keepers == {f"{family}-{place}" for family in families for place in places}
    for job_ in pipeline.visible_jobs:
        own = plain(job_.effective)
        needs = own.get("needs", []) if isinstance(own, dict) else []
        taken = [need["job"] for need in needs if isinstance(need, dict) and need.get("artifacts") is not False]
        assert keepers.isdisjoint(taken), job_.name
        if job_.name in keepers:
            assert artifacts(job_)["access"] == "none"
            assert artifacts(job_)["expire_in"] == "60 minutes"
            assert "reports" not in artifacts(job_), "never dotenv"


def artifacts(job: Job) -> dict[str, object]:
    """What a job keeps."""
    found = plain(job.effective)
    kept = found.get("artifacts") if isinstance(found, dict) else None
    return kept if isinstance(kept, dict) else {}


def job(pipeline: Pipeline, name: str) -> Job:
    """The job of a name."""
    return next(each for each in pipeline.visible_jobs if each.name == name)
