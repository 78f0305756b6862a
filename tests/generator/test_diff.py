"""`cigen diff` as a person types it: what the example renders to, committed, and then a change of its config."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from cigen.diff.model import Diff, JobFact, Reason, Step
from cigen.diff.report_markdown import MARKER, MAX_BYTES, markdown
from cigen.diff.revision import of_folder
from cigen.pipeline.scope import Scope
from cigen.pipeline.tree import resolved

from .conftest import Run

ROOT = Path(__file__).parents[2]
SERVICE = """\
include:
  - project: platform/pipelines
    ref: v1.4.2
    file:
      - aws/lambda/build-deploy/staging-deploy.gitlab-ci.yml
      - aws/lambda/build-deploy/prod-deploy.gitlab-ci.yml

build-images:
  extends: .cigen-rules-build
  stage: build
  needs: [semantic-versioning]
  script: [make]

smoke-test:
  stage: version-dashboard
  extends: .comment-jira-tickets-staging
  needs: [deploy-lambda-staging-us]
  script:
    - !reference [.deploy-lambda-template, script]

deploy-lambda-prod-us:
  timeout: 2h

aws-credentials-staging-ap:
  script: mine
"""


@dataclass(frozen=True, slots=True)
class PipelinesRepo:
    """A git repository with cigen.yaml and what it renders to."""

    folder: Path

    def configure(self, *changes: tuple[str, str]) -> None:
        """Replace texts that stand in cigen.yaml."""
        path = self.folder / "cigen.yaml"
        text = path.read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text)

    def git(self, *arguments: str) -> str:
        """Run git in it."""
        who = ("-c", "user.name=A Person", "-c", "user.email=person@example.com", "-c", "commit.gpgsign=false")
        done = subprocess.run(["git", *who, *arguments], cwd=self.folder, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, tag: str) -> str:
        """Commit everything under a tag."""
        self.git("add", "-A")
        self.git("commit", "-q", "-m", tag)
        self.git("tag", tag)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cigen: Run) -> PipelinesRepo:
    """The example as its first release, the current folder its own."""
    result = PipelinesRepo(tmp_path / "pipelines")
    result.folder.mkdir()
    (result.folder / "cigen.yaml").write_text((ROOT / "cigen.yaml").read_text())
    monkeypatch.chdir(result.folder)
    for name in ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "GIT_DIR", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)
    result.git("init", "-q", "-b", "main")
    assert cigen("render").exit_code == 0
    result.commit("v1.4.2")
    return result


THIRD_REGION = (
    ("  us: {aws_region: us-east-1}\n", "  us: {aws_region: us-east-1}\n  ap: {aws_region: ap-southeast-2}\n"),
    ("regions: [eu, us]", "regions: [eu, us, ap]"),
)


def test_a_new_region_adds_exactly_its_own_jobs(repo: PipelinesRepo, cigen: Run, snapshot: SnapshotAssertion) -> None:
    repo.configure(*THIRD_REGION)

    result = cigen("diff")

    assert (result.exit_code, result.err) == (0, "")
    assert snapshot == result.out


def test_every_job_of_a_new_region_is_one_that_the_others_have_too(repo: PipelinesRepo, cigen: Run) -> None:
    before = resolved(of_folder(repo.folder / "rendered"))
    repo.configure(*THIRD_REGION)

    told = json.loads(cigen("diff", "--format", "json").out)

    names = {job.name for pipeline in before.entries.values() for job in pipeline.visible_jobs}
    of_eu = {name.removesuffix("eu") for name in names if name.endswith("-eu")}
    assert {job["name"].removesuffix("ap") for job in told["added"]} == of_eu
    assert {(job["scope"]["environment"], job["scope"]["region"]) for job in told["added"]} == {
        ("staging", "ap"),
        ("prod", "ap"),
    }
    assert [told[key] for key in ("removed", "renamed", "templates_added", "templates_removed")] == [[]] * 4


def test_a_change_in_all_regions_is_told_once(repo: PipelinesRepo, cigen: Run, snapshot: SnapshotAssertion) -> None:
    repo.configure(("  role: lambda-{environment} ", "  role: deploy-{environment} "))

    result = cigen("diff", "v1.4.2")

    assert snapshot == result.out


def test_nothing_changed_says_so(repo: PipelinesRepo, cigen: Run) -> None:
    results = [cigen("diff"), cigen("diff", "--exit-code"), cigen("diff", "./rendered")]

    assert [result.exit_code for result in results] == [0, 0, 0]
    assert [result.out for result in results] == [
        f"{name} → cigen.yaml\n\nnothing changed\n" for name in ("HEAD", "HEAD", "rendered")
    ]


def test_a_change_of_comments_alone_is_no_change_of_the_pipelines(repo: PipelinesRepo, cigen: Run) -> None:
    folder = repo.folder / "old"
    (repo.folder / "rendered").rename(folder)
    (folder / "jobs/rules.yml").write_text("# Another comment.\n" + (folder / "jobs/rules.yml").read_text())

    result = cigen("diff", "old", "--exit-code")

    assert result.exit_code == 1
    assert (
        result.out
        == "old → cigen.yaml\n\nno pipeline changes: 1 file differs in comments and text alone\n  jobs/rules.yml\n"
    )


def test_a_job_under_another_name_is_taken_for_the_same_job(repo: PipelinesRepo, cigen: Run) -> None:
    entry = repo.folder / "rendered/aws/lambda/build-deploy/prod-deploy.gitlab-ci.yml"
    entry.write_text(entry.read_text().replace("promote-to-release-artifacts", "promote-everything"))
    template = repo.folder / "rendered/jobs/deploy-lambda.yml"
    template.write_text(template.read_text() + "\n.old-template:\n  script: old\n")
    repo.commit("v1.5.0")

    told = json.loads(cigen("diff", "--format", "json").out)

    assert [(pair["before"]["name"], pair["after"]["name"]) for pair in told["renamed"]] == [
        ("promote-everything", "promote-to-release-artifacts")
    ]
    assert (told["added"], told["removed"], told["templates_removed"]) == ([], [], [".old-template"])
    assert (told["step"], told["next_tag"]) == ("major", "v2.0.0")
    assert told["reasons"][:2] == [
        {"step": "major", "message": "promote-everything is called promote-to-release-artifacts now"},
        {"step": "major", "message": "services cannot extend .old-template any more"},
    ]


def test_a_job_in_another_stage_and_what_a_template_gives_to_jobs_are_told_at_the_jobs(
    repo: PipelinesRepo, cigen: Run
) -> None:
    for path, old, new in (
        ("jobs/deploy-lambda.yml", "timeout: 1 hour", "timeout: 2 hours"),
        ("jobs/promote-artifacts.yml", "stage: promote-artifacts", "stage: jira"),
    ):
        place = repo.folder / "rendered" / path
        assert old in place.read_text()
        place.write_text(place.read_text().replace(old, new))
    repo.commit("v1.5.0")

    result = cigen("diff")

    assert (
        result.out
        == """\
HEAD → cigen.yaml

jobs changed: staging and prod
  deploy-lambda-prod-<region>, deploy-lambda-staging-<region>  (in 2 regions: eu, us)
    ~ timeout: 2 hours → 1 hour
  promote-to-rc-build-artifacts, promote-to-release-artifacts
    ~ stage: jira → promote-artifacts

templates changed
  .deploy-lambda-template
    ~ timeout: 2 hours → 1 hour
  .promote-artifacts-template, .promote-to-rc-template, .promote-to-release-template
    ~ stage: jira → promote-artifacts

next version: patch, v1.5.1
  patch: values changed: timeout, stage
"""
    )


def test_components_are_compared_by_what_they_ask_for(repo: PipelinesRepo, cigen: Run) -> None:
    (repo.folder / "cigen.yaml").write_text((repo.folder / "cigen.yaml").read_text() + "\ncomponents: true\n")
    come = json.loads(cigen("diff", "--format", "json").out)
    assert cigen("render").exit_code == 0
    repo.commit("v1.5.0")
    unchanged = cigen("diff")
    template = repo.folder / "rendered/templates/deploy-lambda/template.yml"
    (repo.folder / "rendered/templates/old.yml").write_text("old: {script: make}\n")
    (repo.folder / "rendered/.cigen.lock").unlink()
    template.write_text(
        template.read_text()
        .replace("    timeout:\n      default: 1 hour\n", "    timeout:\n      default: 2 hours\n    colour:\n")
        .replace(
            "    stage:\n      default: deploy-lambda\n      description: Stage of the jobs; ",
            "    stage:\n      regex: ^[a-z]+$\n      default: deploy-lambda\n      description: Phase; ",
        )
    )
    repo.commit("v1.6.0")

    result = cigen("diff")

    assert (come["step"], len(come["components_added"]), come["added"], come["changed"]) == ("minor", 24, [], [])
    assert unchanged.out == "HEAD → cigen.yaml\n\nnothing changed\n"
    assert (
        result.out
        == """\
HEAD → cigen.yaml

components
  - old

components: deploy-lambda
  - inputs.stage.regex: ^[a-z]+$

components: deploy-lambda
  ~ inputs.timeout.default: 2 hours → 1 hour

components: deploy-lambda
  - inputs.colour: has to be given

next version: major, v2.0.0
  major: services cannot include the component old any more
  major: inputs.stage.regex of the component deploy-lambda changed
  major: inputs.colour of the component deploy-lambda changed
  patch: components changed: inputs.timeout.default
"""
    )


def test_what_runs_and_what_runs_no_more_is_told_for_each_kind_of_pipeline(repo: PipelinesRepo, cigen: Run) -> None:
    rules = repo.folder / "rendered/jobs/rules.yml"
    text = rules.read_text().replace('$CI_PIPELINE_SOURCE != "push" || $CI_COMMIT_TAG', "$CI_COMMIT_TAG", 1)
    rules.write_text(text)
    repo.commit("v1.5.0")

    told = json.loads(cigen("diff", "--format", "json").out)

    assert [(runs["context"], runs["before"], runs["after"], runs["starts"]) for runs in told["runs"]] == [
        ("schedule", 17, 0, []),
        ("config start", 17, 0, []),
        ("schedule", 8, 0, []),
        ("config start", 16, 8, []),
    ]
    assert "semantic-versioning" in told["runs"][0]["stops"]
    assert told["step"] == "minor"


def test_services_are_told_what_touches_them_with_file_and_line(
    repo: PipelinesRepo, cigen: Run, tmp_path: Path
) -> None:
    for path, text in (("shop/orders", SERVICE), ("other", "job: {script: make}\n")):
        (tmp_path / "services" / path).mkdir(parents=True)
        (tmp_path / "services" / path / ".gitlab-ci.yml").write_text(text)
    repo.configure(
        ("us: {aws_region: us-east-1}", "ap: {aws_region: us-east-1}"),
        ("regions: [eu, us]", "regions: [eu, ap]"),
        ("cigen-runtime:0.1.0", "cigen-runtime:0.2.0"),
    )

    result = cigen("diff", "--consumers", str(tmp_path / "services"))

    start = result.out.index("services:")
    assert (
        result.out[start : result.out.index("\n\n", start)]
        == """\
services: 2 looked at, 1 include these pipelines
  ! shop/orders/.gitlab-ci.yml:21: breaks: overrides deploy-lambda-prod-us, which goes away
  ! shop/orders/.gitlab-ci.yml:17: breaks: smoke-test needs deploy-lambda-staging-us, which goes away
  ! shop/orders/.gitlab-ci.yml:24: breaks: has a job aws-credentials-staging-ap of its own, which overrides the new one
  ~ shop/orders/.gitlab-ci.yml:16: smoke-test extends .comment-jira-tickets-staging, whose image changed"""
    )


def test_services_that_include_components_are_told_too(repo: PipelinesRepo, cigen: Run, tmp_path: Path) -> None:
    (repo.folder / "cigen.yaml").write_text((repo.folder / "cigen.yaml").read_text() + "\ncomponents: true\n")
    assert cigen("render").exit_code == 0
    repo.commit("v1.5.0")
    (tmp_path / "service").mkdir()
    (tmp_path / "service/.gitlab-ci.yml").write_text(
        "include:\n"
        "  - component: $CI_SERVER_FQDN/platform/pipelines/deploy-lambda@1.5.0\n"
        "    inputs: {image: 'mine:1.0.0'}\n"
        "deploy: {extends: .deploy-lambda-template}\n"
    )
    repo.configure(("  address: https://vault.example.com", "  address: https://vault2.example.com"))

    result = cigen("diff", "--consumers", str(tmp_path / "service"))

    assert (
        result.out[result.out.index("services:") : result.out.index("\n\nnext version")]
        == """\
services: 1 looked at, 1 include these pipelines
  ~ service/.gitlab-ci.yml:4: deploy extends .deploy-lambda-template, whose variables.VAULT_ADDR changed"""
    )


def test_in_a_merge_request_it_compares_with_what_the_branch_started_from(
    repo: PipelinesRepo, cigen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = repo.git("rev-parse", "HEAD")
    repo.configure(*THIRD_REGION)
    cigen("render")
    repo.commit("v1.5.0")
    monkeypatch.setenv("CI_MERGE_REQUEST_DIFF_BASE_SHA", base)

    told = json.loads(cigen("diff", "--format", "json").out)

    assert (told["before"], len(told["added"]), told["step"]) == (base, 17, "minor")


def test_a_note_for_a_merge_request_has_a_mark_and_folds_its_details(
    repo: PipelinesRepo, cigen: Run, snapshot: SnapshotAssertion
) -> None:
    repo.configure(("  tags: [] ", "  tags: [docker] "))

    note = cigen("diff", "--format", "markdown").out

    assert snapshot == note


def test_a_note_is_never_longer_than_gitlab_takes() -> None:
    jobs = tuple(JobFact(f"job-{number}" * 9, "a.yml", Scope(f"e{number}"), "test") for number in range(20_000))
    diff = Diff("HEAD", "cigen.yaml", added=jobs, reasons=(Reason(Step.MINOR, "jobs came"),))

    note = markdown(diff)

    assert len(note.encode()) <= MAX_BYTES
    assert note.startswith(MARKER)
    assert note.endswith("… and more: `cigen diff` shows the rest.\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("mian",), "error: there is no revision or folder mian\nhint: did you mean 'main'?\n"),
        (
            ("deadbeef1",),
            "error: there is no revision or folder deadbeef1\nhint: the clone may be too shallow: "
            "git fetch origin deadbeef1, or GIT_DEPTH: 0 in the job\n",
        ),
        (("HEAD~1",), "error: there is no revision or folder HEAD~1\nhint: HEAD has no such commit before it\n"),
        (
            ("--consumers", "nowhere"),
            "error: nowhere is not a folder\nhint: --consumers takes a folder of checkouts of service repos\n",
        ),
        (
            ("--consumers", "rendered/jobs"),
            "error: rendered/jobs holds no checkout of a service repo\n"
            "hint: each checkout has a .gitlab-ci.yml, at most 4 folders deep\n",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(
    repo: PipelinesRepo, cigen: Run, arguments: tuple[str, ...], message: str
) -> None:
    result = cigen("diff", *arguments)

    assert (result.exit_code, result.out, result.err) == (2, "", message)


def test_what_a_shallow_clone_does_not_have_says_how_to_get_it(
    repo: PipelinesRepo, cigen: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.git("commit", "-q", "--allow-empty", "-m", "another")
    repo.git("clone", "-q", "--depth=1", "--no-tags", repo.folder.as_uri(), str(tmp_path / "shallow"))
    monkeypatch.chdir(tmp_path / "shallow")

    results = [cigen("diff", revision) for revision in ("HEAD", "HEAD~1", "v1.4.2")]

    assert [result.exit_code for result in results] == [0, 2, 2]
    assert [result.err.splitlines()[1] for result in results[1:]] == [
        "hint: the clone is shallow: git fetch --unshallow --tags, or GIT_DEPTH: 0 in the job"
    ] * 2


def test_a_repo_that_is_not_at_the_root_is_compared_from_any_folder(
    repo: PipelinesRepo, cigen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repo.folder / "infra").mkdir()
    for name in ("cigen.yaml", "rendered"):
        (repo.folder / name).rename(repo.folder / "infra" / name)
    repo.commit("v1.5.0")
    (repo.folder / "infra/rendered/README.md").write_text("edited by hand, not committed")

    from_the_root = cigen("diff", "--config", "infra/cigen.yaml")
    monkeypatch.chdir(repo.folder / "infra")
    beside_it = cigen("diff", "v1.5.0")

    assert from_the_root.out == "HEAD → infra/cigen.yaml\n\nnothing changed\n"
    assert beside_it.out == "v1.5.0 → cigen.yaml\n\nnothing changed\n"


def test_without_a_repository_a_folder_can_be_compared_and_a_revision_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cigen: Run
) -> None:
    (tmp_path / "cigen.yaml").write_text((ROOT / "cigen.yaml").read_text())
    (tmp_path / "old").mkdir()
    monkeypatch.chdir(tmp_path)

    refused, compared = cigen("diff", "HEAD"), cigen("diff", "old", "--exit-code")

    assert (refused.exit_code, refused.err) == (
        2,
        "error: cigen.yaml stands in no git repository, so there is no revision HEAD\n"
        "hint: name a folder to compare with: cigen diff DIR\n",
    )
    assert compared.exit_code == 1
    assert "note: old has no rendered files: everything is new\n" in compared.out
