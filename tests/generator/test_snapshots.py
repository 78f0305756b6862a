"""What small configs render to, and which jobs run then: `pytest tests/generator/test_snapshots.py --snapshot-update`.

The smallest config is kept whole; of the others only what differs from it.
"""

from collections.abc import Iterable
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from cigen.config import load
from cigen.pipeline.model import Pipeline
from cigen.pipeline.resolve import resolve
from cigen.pipeline.simulation_table import table
from cigen.pipeline.sources import LocalTree
from cigen.pipeline.tree import Tree
from cigen.pipeline.usual_contexts import simulated, usual_contexts
from cigen.render.in_memory import rendered_tree

from .conftest import CONFIG, Run

SERVICE = Path(__file__).parents[1] / "lab/service"
SHOWN = ("push", "mr", "tag", "schedule", "production start")

ONE_REGION = (
    CONFIG.replace("  us: {aws_region: us-east-1}\n", "").replace("regions: [eu, us]", "regions: [eu]")
    + """\
jira: {url: https://jira.example.com, project: REL}
dashboard: {backend: http, url: https://versions.example.com}
"""
)
THREE_REGIONS = """\
regions:
  eu: {aws_region: eu-west-2}
  us: {aws_region: us-east-1}
  ap: {aws_region: ap-southeast-2}
"""
OWN_REGION = """\
regions:
  eu: {aws_region: eu-west-2}
  us: {aws_region: us-east-1, ecr_replicated: true}
"""
FAMILIES = """\
  families:
    deploy-lambda: {timeout: 2h, tags: [in-the-vpc], variables: {AWS_MAX_ATTEMPTS: "1"}}
    promote-to-rc: {image: "registry.example.com/our-runtime:1.0"}
    update-version-dashboard: {rules: [{if: $QUIET == "true", when: never}]}
"""
Changes = tuple[tuple[str, str], ...]
CONFIGS: dict[str, Changes] = {
    "three regions in waves": (
        ("regions:\n  eu: {aws_region: eu-west-2}\n", THREE_REGIONS),
        (
            '  prod:\n    account: "444455556666"\n    regions: [eu]\n',
            '  prod:\n    account: "444455556666"\n    regions: [eu, us, ap]\n'
            "    waves: [[eu], {regions: [us, ap], manual: true}]\n",
        ),
        ("    regions: [eu]\n", "    regions: [eu, us, ap]\n"),
    ),
    "waves that a person starts on an old GitLab": (
        ('version: "17.5"', 'version: "17.0"'),
        (
            '  prod:\n    account: "444455556666"\n    regions: [eu]\n',
            '  prod:\n    account: "444455556666"\n    regions: [eu]\n    waves: [{regions: [eu], manual: true}]\n',
        ),
    ),
    "credentials handed over": (("ecr:\n", "credentials: {handover: artifact, lifetime: 30}\necr:\n"),),
    "a registry per environment": (
        ('  account: "111122223333"\n  repository', "  per_environment: true\n  repository"),
    ),
    "a region of production alone, with what it has of its own": (
        ("regions:\n  eu: {aws_region: eu-west-2}\n", OWN_REGION),
        (
            '  prod:\n    account: "444455556666"\n    regions: [eu]\n',
            '  prod:\n    account: "444455556666"\n    regions: [eu, us]\n'
            "    overrides: {us: {vault_role: deploy-us, bucket: us-config, ecr_repository: mirrored}}\n",
        ),
    ),
    "copies of images shared by jobs": (("jobs:\n", "jobs:\n  families: {retag-push-ecr: {parallel: 3}}\n"),),
    "families of jobs": (("jobs:\n", f"jobs:\n{FAMILIES}"),),
    "jwt": (("address: https://vault.example.com\n", "address: https://vault.example.com\n  auth: jwt\n"),),
    "an old GitLab": (('version: "17.5"', 'version: "16.5"'),),
    "custom templates": (("output: rendered\n", "output: rendered\ntemplates: our-templates\n"),),
    "neither tickets nor dashboard": (
        ("jira: {url: https://jira.example.com, project: REL}\n", ""),
        ("dashboard: {backend: http, url: https://versions.example.com}\n", ""),
    ),
    "staging alone": (('  prod:\n    account: "444455556666"\n    regions: [eu]\n', ""),),
    "versions of the service's own": (("jobs:\n", "versioning: external\njobs:\n"),),
}
LINTED_TOO: dict[str, Changes] = {
    "components, with an image of their own for one": (
        ("output: rendered\n", "output: rendered\ncomponents: true\n"),
        ("jobs:\n", 'jobs:\n  families: {promote-to-rc: {image: "registry.example.com/our-runtime:1.0"}}\n'),
        ("ecr:\n", "credentials: {handover: artifact}\necr:\n"),
    ),
}
"""What is too long for a snapshot, and must be right all the same."""
OWN_TEMPLATES = {
    "jobs/smoke-test.yml": ".smoke-test-template:\n  image: <% config.jobs.image | yaml %>\n  script: [./smoke-test]\n",
    "jobs/promote-to-rc.yml": ".promote-to-rc-template:\n  extends: .promote-artifacts-template\n  script: [./ours]\n",
    "aws/lambda/build-deploy/regions/smoke-staging-[region].gitlab-ci.yml": (
        "include: [{local: jobs/smoke-test.yml}]\n"
        "smoke-test-staging-<% region.name %>:\n  extends: .smoke-test-template\n"
    ),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with the templates that a team might have of its own."""
    for path, text in OWN_TEMPLATES.items():
        place = tmp_path / "our-templates" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_smallest_config_renders_to_this(folder: Path, snapshot: SnapshotAssertion) -> None:
    tree = rendered(folder)

    assert snapshot == "\n".join(f"===== {path} =====\n{text}" for path, text in texts(tree).items())


@pytest.mark.parametrize("name", CONFIGS)
def test_another_config_differs_from_it_in_this(folder: Path, snapshot: SnapshotAssertion, name: str) -> None:
    smallest, other = texts(rendered(folder)), texts(rendered(folder, CONFIGS[name]))

    assert snapshot == "".join(difference(smallest, other))


@pytest.mark.parametrize("name", ["one region", *CONFIGS])
def test_these_jobs_of_the_example_service_run(folder: Path, snapshot: SnapshotAssertion, name: str) -> None:
    pipeline = service_with(rendered(folder, CONFIGS.get(name, ())))

    assert snapshot == runs(pipeline)


@pytest.mark.parametrize("name", ["one region", *CONFIGS, *LINTED_TOO])
def test_the_linter_finds_nothing_in_what_is_rendered(folder: Path, cigen: Run, name: str) -> None:
    configure(folder, (CONFIGS | LINTED_TOO).get(name, ()))

    assert cigen("render").exit_code == 0
    linted = cigen("lint")

    assert (linted.exit_code, linted.err) == (0, ""), linted.out
    assert linted.out.endswith(" files: nothing found\n")


def rendered(folder: Path, changes: Changes = ()) -> Tree:
    """What the smallest config renders to with these changes."""
    configure(folder, changes)
    return rendered_tree(load(Path("cigen.yaml")), Path("cigen.yaml"))


def configure(folder: Path, changes: Changes) -> None:
    """Write the smallest config with these changes."""
    text = ONE_REGION
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "cigen.yaml").write_text(text)


def texts(tree: Tree) -> dict[str, str]:
    return {path: content.decode() for path, content in tree.files.items()}


def difference(before: dict[str, str], after: dict[str, str]) -> Iterable[str]:
    """One unified diff over all files, without context."""
    for path in sorted({*before, *after}):
        lines = [side.get(path, "").splitlines(keepends=True) for side in (before, after)]
        names = [f"{path}" if path in side else "(no file)" for side in (before, after)]
        yield from unified_diff(*lines, *names, n=0)


def service_with(tree: Tree) -> Pipeline:
    """The example service, including these pipelines."""
    text = (SERVICE / ".gitlab-ci.yml").read_text()
    for path in ("prod-deploy.gitlab-ci.yml", "s3-deploy.yml"):
        if not any(name.endswith(path) for name in tree.files):
            text = "".join(line for line in text.splitlines(keepends=True) if not line.rstrip().endswith(path))
    return resolve(".gitlab-ci.yml", text, LocalTree(SERVICE, {"platform/pipelines": tree}))


def runs(pipeline: Pipeline) -> str:
    """The table of `cigen simulate`, for the pipelines that the service is meant to have."""
    known = {name: replace(context, name=name) for name, context in usual_contexts().items() if name in SHOWN}
    simulations = [simulation for _, simulation in simulated(pipeline, known)]
    stages = [stage.name for stage in pipeline.stages]
    jobs = sorted(pipeline.visible_jobs, key=lambda job: stages.index(job.stage_name))
    return table(simulations, (), [(job.name, job.stage_name) for job in jobs])
