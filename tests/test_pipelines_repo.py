"""The pipelines repo as a whole: every name of the system, and which jobs a service has for each way to start one."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from cigen.config.checks import INCLUDES_BESIDE_REGIONS
from cigen.pipeline.contexts import Circumstances, contexts
from cigen.pipeline.knowledge import knowledge_of
from cigen.pipeline.resolve import resolve
from cigen.pipeline.simulation import Simulator
from cigen.pipeline.sources import LocalTree
from system_names import CONFIGS, PRODUCTION, STAGING, TEMPLATES

ROOT = Path(__file__).parents[1]
RENDERED = ROOT / "rendered"
SERVICE = ROOT / "tests/lab/service"

ENTRIES = {
    "aws/lambda/build-deploy/staging-deploy.gitlab-ci.yml": STAGING,
    "aws/lambda/build-deploy/prod-deploy.gitlab-ci.yml": PRODUCTION,
    "aws/s3-deploy.yml": CONFIGS,
}
OF_SERVICE = {"build-images"}
VERSIONS = '{"orders-api": "1.0.0"}'
PROTECTED = {"CI_COMMIT_REF_PROTECTED": "true"}


def in_both(names: set[str]) -> set[str]:
    """The same for both regions."""
    return names | {name.removesuffix("-eu") + "-us" for name in names if name.endswith("-eu")}


def jobs_of(
    text: str, context: str, variables: Mapping[str, str] | None = None, changed: tuple[str, ...] = ("app.py",)
) -> set[str]:
    """The jobs of a service's pipeline in a context, and that GitLab would not refuse it."""
    sources = LocalTree(SERVICE, {"platform/pipelines": LocalTree(RENDERED)})
    circumstances = Circumstances(variables=dict(variables or {}), changed=changed)
    chosen = contexts(circumstances)[context]
    pipeline = resolve(".gitlab-ci.yml", text.encode(), sources, knowledge_of(chosen))
    simulation = Simulator(pipeline).run(chosen)
    assert (pipeline.faults, simulation.faults) == ((), ())
    return {job.name for job in simulation.jobs}


def including(*files: str) -> str:
    listed = "".join(f"\n      - {file}" for file in files)
    return f"include:\n  - project: platform/pipelines\n    ref: main\n    file:{listed}\n"


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_job_of_the_system_has_its_name(entry: str) -> None:
    sources = LocalTree(RENDERED)
    pipeline = resolve(entry, (RENDERED / entry).read_bytes(), sources)

    assert {job.name for job in pipeline.visible_jobs} == in_both(ENTRIES[entry])


def test_every_template_of_the_system_has_its_name() -> None:
    files = sorted(path.relative_to(RENDERED).as_posix() for path in (RENDERED / "jobs").glob("*.yml"))
    text = including(*files)
    sources = LocalTree(SERVICE, {"platform/pipelines": LocalTree(RENDERED)})

    pipeline = resolve(".gitlab-ci.yml", text.encode(), sources)

    names = {job.name for job in pipeline.jobs if job.name.startswith(".") and not job.name.startswith(".cigen-")}
    assert (
        names
        - {
            ".transition-jira-tickets-template",
            ".comment-jira-tickets-template",
            ".update-jira-instructions-template",
            ".backfill-images-template",
        }
        == TEMPLATES
    )


@pytest.mark.parametrize(
    ("context", "variables", "changed", "expected"),
    [
        ("push", {}, ("app.py",), in_both(STAGING) | OF_SERVICE),
        (
            "push",
            {},
            ("configs/base/orders-api/limits.yml",),
            in_both(STAGING | {name for name in CONFIGS if "-staging-" in name}) | OF_SERVICE,
        ),
        ("push", {"TARGET_VERSIONS_JSON": VERSIONS}, ("app.py",), set()),
        ("web", {**PROTECTED, "TARGET_VERSIONS_JSON": VERSIONS}, ("app.py",), in_both(PRODUCTION)),
        ("api", {**PROTECTED, "TARGET_VERSIONS_JSON": VERSIONS}, ("app.py",), in_both(PRODUCTION)),
        ("trigger", {**PROTECTED, "TARGET_VERSIONS_JSON": VERSIONS}, ("app.py",), in_both(PRODUCTION)),
        (
            "web",
            {**PROTECTED, "S3_CONFIG_VERSIONS_JSON": VERSIONS},
            ("configs/base/orders-api/limits.yml",),
            in_both({name for name in CONFIGS if "-prod-" in name}),
        ),
        (
            "web",
            {**PROTECTED, "TARGET_VERSIONS_JSON": VERSIONS, "CI_DEPLOY_FREEZE": "1"},
            ("app.py",),
            set(),
        ),
        ("web", {"TARGET_VERSIONS_JSON": VERSIONS, "CI_COMMIT_REF_PROTECTED": "false"}, ("app.py",), set()),
        ("web", PROTECTED, ("app.py",), set()),
        ("schedule", PROTECTED, ("app.py",), set()),
        ("mr", {}, ("configs/base/orders-api/limits.yml",), set()),
        ("tag", {}, ("app.py",), set()),
        ("branch", {}, ("configs/base/orders-api/limits.yml",), set()),
    ],
)
def test_the_service_has_the_jobs_that_one_expects(
    context: str, variables: dict[str, str], changed: tuple[str, ...], expected: set[str]
) -> None:
    text = (SERVICE / ".gitlab-ci.yml").read_text()

    assert jobs_of(text, context, variables, changed) == expected


def test_the_config_counts_the_files_that_a_service_includes() -> None:
    sources = LocalTree(SERVICE, {"platform/pipelines": LocalTree(RENDERED)})
    pipeline = resolve(".gitlab-ci.yml", (SERVICE / ".gitlab-ci.yml").read_bytes(), sources)

    assert len(pipeline.included) <= INCLUDES_BESIDE_REGIONS + 2 * 4
    assert len(pipeline.included) >= INCLUDES_BESIDE_REGIONS + 2 * 4 - 2, "the reserve is small"


@pytest.mark.parametrize("entry", ENTRIES)
def test_each_entry_works_alone(entry: str) -> None:
    text = including(entry)
    changed = ("configs/base/x.yml",)

    started = {**PROTECTED, "TARGET_VERSIONS_JSON": VERSIONS, "S3_CONFIG_VERSIONS_JSON": VERSIONS}
    found = jobs_of(text, "push", {}, changed) | jobs_of(text, "web", started, changed)

    assert found == in_both(ENTRIES[entry])


def test_a_service_may_use_some_hidden_jobs_only() -> None:
    text = including("jobs/rules.yml", "jobs/semantic-versioning.yml", "jobs/publish-image.yml") + (
        "versions:\n"
        "  extends: [.semantic-versioning-template, .cigen-rules-staging]\n"
        "  stage: build\n"
        "images:\n"
        "  extends: [.publish-image-template, .cigen-rules-build]\n"
        "  needs: [versions]\n"
    )

    assert jobs_of(text, "push") == {"versions", "images"}
    assert jobs_of(text, "mr") == set()


def test_a_service_that_adds_the_lint_job_has_it_in_merge_requests_alone() -> None:
    text = (SERVICE / ".gitlab-ci.yml").read_text().replace("file:\n", "file:\n      - jobs/lint.yml\n")
    text += "\nlint:\n  extends: .cigen-lint-template\n"

    assert jobs_of(text, "mr") == {"lint"}
    assert "lint" not in jobs_of(text, "push") | jobs_of(text, "branch") | jobs_of(text, "web", PROTECTED)


def test_a_third_region_is_one_command_and_no_edit(tmp_path: Path) -> None:
    (tmp_path / "cigen.yaml").write_text((ROOT / "cigen.yaml").read_text())

    for arguments in (("region", "add", "ap", "--aws-region", "ap-southeast-2"), ("render",), ("lint",)):
        done = subprocess.run(
            [sys.executable, "-m", "cigen", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    for entry, names in ENTRIES.items():
        rendered = tmp_path / "rendered"
        jobs = resolve(entry, (rendered / entry).read_bytes(), LocalTree(rendered)).visible_jobs
        third = {name.removesuffix("-eu") + "-ap" for name in names if name.endswith("-eu")}
        assert {job.name for job in jobs} == in_both(names) | third


@pytest.mark.parametrize("pipelines", ["rendered", "cigen.yaml"])
def test_the_example_service_is_clean_under_all_rules(pipelines: str) -> None:
    command = [sys.executable, "-m", "cigen", "lint", "--pipelines", str(ROOT / pipelines), "--fail-level", "info"]

    done = subprocess.run(command, cwd=SERVICE, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "46 jobs in 1 pipeline, 37 files: nothing found\n", "")
