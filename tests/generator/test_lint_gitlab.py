"""`cigen lint` of a service whose includes GitLab has: through the API with a token, through Git in a job."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from cigen.gitlab import api, git, reasons
from lab.faults import Action, Delay, DropBeforeRead, Status, Truncate
from lab.lab import Lab
from lab.names import GITLAB_TOKEN, JOB_TOKEN

from .conftest import Outcome, Run

ROOT = Path(__file__).parents[2]
GITLAB = "https://gitlab.example.com"
PINNED = (ROOT / "tests/lab/service/.gitlab-ci.yml").read_text()
API = r"/api/v4/projects/platform%2Fpipelines/.*"
FILES = rf"{API}raw"
REFS = (
    "aws/lambda/build-deploy/staging-deploy.gitlab-ci.yml",
    "aws/lambda/build-deploy/prod-deploy.gitlab-ci.yml",
    "aws/s3-deploy.yml",
)


@pytest.fixture
def service(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The checkout of a service, as the current folder; GitLab has the pipelines repo that it includes."""
    folder = tmp_path / "service"
    shutil.copytree(ROOT / "tests/lab/service", folder)
    (folder / ".gitlab-ci.yml").write_text(PINNED)
    lab.git_host.create("platform/pipelines", ROOT / "rendered")
    lab.git_host.git("platform/pipelines", "tag", "v1.0.0")
    lab.git_host.anonymous_fetch = False
    for name in ("CI_SERVER_URL", "CI_JOB_TOKEN", "GITLAB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in lab.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(reasons, "PAUSES", (0.0, 0.0))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def person(service: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody with a token of their own."""
    monkeypatch.setenv("GITLAB_TOKEN", GITLAB_TOKEN)


@pytest.fixture
def job(service: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job in a pipeline of the service."""
    monkeypatch.setenv("CI_JOB_TOKEN", JOB_TOKEN)
    monkeypatch.setenv("CI_SERVER_URL", GITLAB)


def not_looked_at(outcome: Outcome) -> list[str]:
    """The reasons why includes were skipped, each once."""
    lines = outcome.out.partition("not looked at:\n")[2].partition("\n\n")[0].splitlines()
    return sorted({line.split(": ", 2)[2] for line in lines})


def secrets_in(outcome: Outcome) -> Sequence[str]:
    return [secret for secret in (GITLAB_TOKEN, JOB_TOKEN) if secret in outcome.out + outcome.err]


def test_the_api_has_every_file_of_the_pipelines_at_one_commit(person: None, lab: Lab, cigen: Run) -> None:
    outcome = cigen("lint", "--gitlab", GITLAB)

    assert (outcome.exit_code, outcome.out) == (0, "46 jobs in 1 pipeline, 37 files: nothing found\n")
    commit = lab.git_host.git("platform/pipelines", "rev-parse", "v1.0.0").strip()
    asked = [request for request in lab.gateway.requests if request.path.endswith("/raw")]
    paths = [request.path for request in asked]
    assert len(paths) == len(set(paths)) >= 29, "each file once, though jobs/rules.yml is included three times"
    assert {request.query for request in asked} == {f"ref={commit}"}


def test_a_job_finds_its_own_gitlab_and_needs_nothing_but_git(job: None, lab: Lab, cigen: Run) -> None:
    outcome = cigen("lint")

    assert (outcome.exit_code, outcome.out) == (0, "46 jobs in 1 pipeline, 37 files: nothing found\n")
    paths = {request.path for request in lab.gateway.requests}
    assert paths == {"/platform/pipelines.git/info/refs", "/platform/pipelines.git/git-upload-pack"}


def test_nothing_is_sent_anywhere_unless_somebody_names_the_address(person: None, lab: Lab, cigen: Run) -> None:
    outcome = cigen("lint")

    assert outcome.exit_code == 0
    assert not_looked_at(outcome) == [
        "no checkout of platform/pipelines is at hand; --pipelines names one, --gitlab asks GitLab"
    ]
    assert lab.gateway.requests == []


def test_without_a_token_public_projects_can_be_read(service: Path, lab: Lab, cigen: Run) -> None:
    lab.gitlab_api.public.add("platform/pipelines")

    assert cigen("lint", "--gitlab", GITLAB).exit_code == 0


def test_what_the_service_overrides_is_found_in_files_that_gitlab_has(person: None, cigen: Run) -> None:
    Path(".gitlab-ci.yml").write_text(f"{PINNED}\nstages: [build]\n")

    outcome = cigen("lint", "--gitlab", GITLAB, "--format", "json", "--as-gitlab")

    findings = json.loads(outcome.out)["findings"]
    assert outcome.exit_code == 1
    undefined = [each for each in findings if each["name"] == "stage-undefined"]
    assert len(undefined) > 10
    assert {each["path"].partition(":")[0] for each in undefined} == {"platform/pipelines@v1.0.0"}


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        (Status(500), "GitLab answered with the status 500: try again, or use --pipelines"),
        (Status(429), "GitLab takes no more requests for now (429): try again in a minute"),
        (
            Status(403, b'{"message":"403 Forbidden"}'),
            "GitLab does not let GITLAB_TOKEN read platform/pipelines (403): "
            "the token needs the scope read_api and a role in the project",
        ),
        (
            Status(404, b'{"message":"404 Project Not Found"}'),
            "GitLab shows GITLAB_TOKEN no project platform/pipelines (404): "
            "it is not there, or the token needs the scope read_api and a role in the project",
        ),
        (
            Status(200, b"<html>Sign in</html>", {"Content-Type": "text/html"}),
            "what answers there is not GitLab's API: is the address right, or is a proxy in between?",
        ),
        (
            Status(200, b'{"id": 1}', {"Content-Type": "application/json"}),
            "what answers there is not GitLab's API: is the address right, or is a proxy in between?",
        ),
        (DropBeforeRead(), "https://gitlab.example.com does not answer: the connection was lost"),
        (Delay(3), "https://gitlab.example.com does not answer: the time was up"),
    ],
    ids=["500", "429", "403", "404", "a page", "other JSON", "dropped", "slow"],
)
def test_what_gitlab_does_not_show_is_said_and_is_not_clean(
    person: None, lab: Lab, cigen: Run, monkeypatch: pytest.MonkeyPatch, action: Action, reason: str
) -> None:
    monkeypatch.setattr(api, "TIMEOUT", 0.5)
    lab.gateway.fault(action, path=API, times=3)

    outcome = cigen("lint", "--gitlab", GITLAB)

    assert outcome.exit_code == 3
    assert not_looked_at(outcome) == [reason]
    assert outcome.out.endswith("1 job in 1 pipeline, 1 file: nothing found, 3 not looked at\n")
    assert outcome.err == f"error: not everything could be looked at: {reason}\n"
    assert secrets_in(outcome) == []


@pytest.mark.parametrize("action", [Status(502), Status(429), DropBeforeRead()], ids=["502", "429", "dropped"])
def test_one_lost_answer_is_asked_for_again(person: None, lab: Lab, cigen: Run, action: Action) -> None:
    lab.gateway.fault(action, path=FILES, times=2)

    assert cigen("lint", "--gitlab", GITLAB).exit_code == 0


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        (Truncate(40), "https://gitlab.example.com does not answer: the connection was lost"),
        (
            Status(200, b".a: {script: b}\n", {"Content-Type": "text/plain", "X-Gitlab-Content-Sha256": "0" * 64}),
            "jobs/rules.yml did not arrive whole: try again",
        ),
    ],
    ids=["truncated", "changed"],
)
def test_half_a_file_is_no_file(person: None, lab: Lab, cigen: Run, action: Action, reason: str) -> None:
    lab.gateway.fault(action, path=r".*rules\.yml/raw")

    outcome = cigen("lint", "--gitlab", GITLAB)

    assert (outcome.exit_code, not_looked_at(outcome)) == (3, [reason])


def test_a_gitlab_that_does_not_answer_is_asked_once_and_not_for_every_file(
    person: None, lab: Lab, cigen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "TIMEOUT", 0.3)
    slow = lab.gateway.fault(Delay(1), path=FILES, times=100)

    assert cigen("lint", "--gitlab", GITLAB).exit_code == 3
    assert slow.hits == 1


def test_a_wrong_token_is_called_so_and_never_shown(service: Path, cigen: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITLAB_TOKEN", "glpat-of-yesterday-1234567")

    outcome = cigen("lint", "--gitlab", GITLAB)

    assert outcome.exit_code == 3
    assert not_looked_at(outcome) == ["GitLab does not accept GITLAB_TOKEN: it is wrong, expired or revoked (401)"]
    assert "glpat-of-yesterday" not in outcome.out + outcome.err


def test_a_token_without_the_scope_is_told_which(person: None, lab: Lab, cigen: Run) -> None:
    lab.gitlab_api.has_scope = False

    assert "needs the scope read_api" in not_looked_at(cigen("lint", "--gitlab", GITLAB))[0]


def test_an_address_that_nobody_has_is_said(person: None, cigen: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"):
        monkeypatch.delenv(name)

    outcome = cigen("lint", "--gitlab", "http://127.0.0.1:1")

    assert (outcome.exit_code, not_looked_at(outcome)) == (
        3,
        ["http://127.0.0.1:1 does not answer: it refuses connections"],
    )


def test_an_address_with_a_password_is_refused_and_not_repeated(service: Path, cigen: Run) -> None:
    outcome = cigen("lint", "--gitlab", "https://me:hunter2@gitlab.example.com")

    assert (outcome.exit_code, outcome.out) == (2, "")
    assert outcome.err == (
        "error: --gitlab takes the address of GitLab\n"
        "hint: write it without user and password: https://gitlab.example.com\n"
    )


@pytest.mark.parametrize("who", ["person", "job"])
def test_a_file_or_ref_that_certainly_is_not_there_is_an_error_as_for_gitlab(
    who: str, request: pytest.FixtureRequest, cigen: Run
) -> None:
    request.getfixturevalue(who)
    Path(".gitlab-ci.yml").write_text(
        "include:\n"
        "  - {project: platform/pipelines, ref: v1.0.0, file: jobs/gone.yml}\n"
        "  - {project: platform/pipelines, ref: v9.9.9, file: jobs/rules.yml}\n"
        "build: {script: make}\n"
    )

    outcome = cigen("lint", "--gitlab", GITLAB, "--format", "json")

    messages = [each["message"] for each in json.loads(outcome.out)["findings"] if each["name"] == "include-missing"]
    assert outcome.exit_code == 1
    assert len(messages) == 2
    assert messages[0].startswith("the included file platform/pipelines:jobs/gone.yml cannot be had: ")
    assert messages[1] == (
        "the included file platform/pipelines:jobs/rules.yml cannot be had: "
        "platform/pipelines has no branch, tag or commit 'v9.9.9'"
    )


@pytest.mark.parametrize("who", ["person", "job"])
def test_a_version_of_a_component_means_the_highest_release_that_fits(
    who: str, request: pytest.FixtureRequest, lab: Lab, tmp_path: Path, cigen: Run
) -> None:
    request.getfixturevalue(who)
    for version, job_name in (("1.2.0", "old"), ("1.10.0", "new"), ("2.0.0", "next")):
        source = tmp_path / version
        (source / "templates").mkdir(parents=True)
        (source / "templates/check.yml").write_text(f"{job_name}: {{script: make, image: alpine:3.20}}\n")
        if version == "1.2.0":
            lab.git_host.create("platform/parts", source)
        else:
            lab.git_host.git("platform/parts", f"--work-tree={source}", "add", "--all", ".")
            lab.git_host.git("platform/parts", f"--work-tree={source}", "commit", "--quiet", "--message=feat: more")
        lab.git_host.git("platform/parts", "tag", version)
    counts = {}
    for version in ("1.2.0", "1", "1.2", "~latest", "3"):
        Path(".gitlab-ci.yml").write_text(
            f"include: [{{component: $CI_SERVER_FQDN/platform/parts/check@{version}}}]\n"
            "a: {script: make, needs: [old]}\nb: {script: make, needs: [new]}\nc: {script: make, needs: [next]}\n"
        )
        findings = json.loads(cigen("lint", "--gitlab", GITLAB, "--format", "json", "--as-gitlab").out)["findings"]
        counts[version] = sorted(each["job"] for each in findings)

    assert counts == {"1.2.0": ["b", "c"], "1": ["a", "c"], "1.2": ["b", "c"], "~latest": ["a", "b"], "3": []}


def test_wildcards_of_an_included_file_are_looked_up_in_its_project(
    person: None, lab: Lab, tmp_path: Path, cigen: Run
) -> None:
    source = tmp_path / "many"
    (source / "parts").mkdir(parents=True)
    for number in range(120):
        (source / f"parts/{number:03}.yml").write_text(f"job-{number}: {{script: make, image: alpine:3.20}}\n")
    (source / "all.yml").write_text("include: parts/*.yml\n")
    lab.git_host.create("platform/many", source)
    Path(".gitlab-ci.yml").write_text("include: [{project: platform/many, ref: v1, file: all.yml}]\n")
    lab.git_host.git("platform/many", "tag", "v1")

    outcome = cigen("lint", "--gitlab", GITLAB)

    assert outcome.out == "120 jobs in 1 pipeline, 122 files: nothing found\n"


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        (
            Status(403),
            "GitLab does not let CI_JOB_TOKEN read platform/pipelines (403): "
            "add this project to its job token permissions (Settings, CI/CD)",
        ),
        (
            Status(404, b"The project you were looking for could not be found."),
            "GitLab shows CI_JOB_TOKEN no project platform/pipelines (404): "
            "it is not there, or add this project to its job token permissions (Settings, CI/CD)",
        ),
        (Status(503), "GitLab answered with the status 503: try again, or use --pipelines"),
        (DropBeforeRead(), "https://gitlab.example.com does not answer: the connection was lost"),
        (Delay(4), "https://gitlab.example.com does not answer: the time was up"),
    ],
    ids=["403", "404", "503", "dropped", "slow"],
)
def test_a_job_is_told_what_its_token_lacks(
    job: None, lab: Lab, cigen: Run, monkeypatch: pytest.MonkeyPatch, action: Action, reason: str
) -> None:
    monkeypatch.setattr(git, "TIMEOUT", 2.0)
    lab.gateway.fault(action, path=r"/platform/pipelines\.git.*", times=10)

    outcome = cigen("lint")

    assert (outcome.exit_code, not_looked_at(outcome)) == (3, [reason])
    assert secrets_in(outcome) == []


def test_a_job_token_that_has_ended_is_called_so(job: None, cigen: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI_JOB_TOKEN", "glcbt-of-another-job")

    outcome = cigen("lint")

    assert not_looked_at(outcome) == ["GitLab does not accept CI_JOB_TOKEN: it is wrong, expired or revoked (401)"]
    assert "glcbt-of-another-job" not in outcome.out + outcome.err


def test_no_baseline_is_written_of_what_was_not_looked_at(person: None, lab: Lab, cigen: Run) -> None:
    lab.gateway.fault(Status(403), path=API)

    outcome = cigen("lint", "--gitlab", GITLAB, "--write-baseline", "base.json")

    assert outcome.exit_code == 3
    assert not Path("base.json").exists()


def test_whoever_expects_it_may_allow_that_files_are_not_shown(person: None, lab: Lab, cigen: Run) -> None:
    lab.gateway.fault(Status(403), path=API, times=9)

    outcome = cigen("lint", "--gitlab", GITLAB, "--allow-incomplete")

    assert (outcome.exit_code, outcome.err) == (0, "")
    assert outcome.out.endswith("nothing found, 3 not looked at\n")


@pytest.mark.parametrize("ref", ["--upload-pack=touch x", "+refs/*:refs/*", "main:other", "a b", "v1.0.0^{tree}", "~1"])
def test_a_ref_is_a_name_and_never_an_order_to_git(job: None, lab: Lab, service: Path, cigen: Run, ref: str) -> None:
    (service / ".gitlab-ci.yml").write_text(
        f"include: [{{project: platform/pipelines, ref: '{ref}', file: jobs/rules.yml}}]\nbuild: {{script: make}}\n"
    )

    outcome = cigen("lint", "--as-gitlab")

    assert outcome.exit_code == 1
    assert f"platform/pipelines has no branch, tag or commit '{ref}'" in outcome.out
    assert lab.gateway.requests == []
    assert not (service / "x").exists()


def test_git_is_not_led_astray_by_the_repository_around_it(
    job: None, service: Path, cigen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"GIT_DIR": ".git", "GIT_INDEX_FILE": ".git/index", "GIT_WORK_TREE": "/"}.items():
        monkeypatch.setenv(name, value)

    assert cigen("lint").exit_code == 0


def test_a_checkout_counts_before_what_gitlab_has(person: None, lab: Lab, cigen: Run) -> None:
    assert cigen("lint", "--gitlab", GITLAB, "--pipelines", str(ROOT / "rendered")).exit_code == 0
    assert lab.gateway.requests == []


def test_the_rendered_job_checks_a_service_with_nothing_but_its_token(job: None, lab: Lab, service: Path) -> None:
    with (service / ".gitlab-ci.yml").open("a") as file:
        file.write(
            "\nlint:\n  extends: .cigen-lint-template\n\n"
            "deploy-lambda-prod-eu:\n  interruptible: false\n\nextra:\n  stage: test\n  script: make\n  image: python\n"
        )
    text = (service / ".gitlab-ci.yml").read_text()
    (service / ".gitlab-ci.yml").write_text(text.replace("file:\n", "file:\n      - jobs/lint.yml\n"))
    rendered = yaml.safe_load((ROOT / "rendered/jobs/lint.yml").read_text())
    (script,) = rendered[".cigen-lint-template"]["script"]
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"

    done = subprocess.run(
        ["sh", "-e", "-c", script],
        cwd=service,
        env={**lab.environment, "PATH": path, "CI_JOB_TOKEN": JOB_TOKEN, "CI_SERVER_URL": GITLAB},
        capture_output=True,
        text=True,
        check=False,
    )

    issues = json.loads((service / "gl-code-quality-report.json").read_text())
    assert (done.returncode, done.stderr) == (1, "")
    assert [(issue["severity"], issue["check_name"], issue["location"]["lines"]["begin"]) for issue in issues] == [
        ("critical", "protected-key-overridden", 23),
        ("minor", "production-start-builds", 25),
        ("minor", "image-not-pinned", 28),
    ]
