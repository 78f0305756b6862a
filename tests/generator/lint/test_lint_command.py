"""`cigen lint`, `cigen explain` and `cigen rules` as a person runs them."""

import json
from pathlib import Path

import pytest

from ..conftest import Project, Run

LATEST = "build:\n  script: make\n  image: python:latest\n"


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The checkout of a service with one job, as the current folder."""
    folder = tmp_path / "service"
    folder.mkdir()
    (folder / ".gitlab-ci.yml").write_text(LATEST)
    monkeypatch.chdir(folder)
    return folder


def test_in_a_service_it_looks_at_the_pipeline(service: Path, cigen: Run) -> None:
    outcome = cigen("lint")

    assert (outcome.exit_code, outcome.err) == (1, "")
    assert outcome.out == (
        ".gitlab-ci.yml:3:10: warning: the image python:latest is another one whenever its publisher likes"
        " [image-not-pinned]\n"
        "    3 |   image: python:latest\n"
        "      |          ^^^^^^^^^^^^^\n"
        "hint: name a version or a digest\n"
        "\n"
        "1 job in 1 pipeline, 1 file: 1 warning\n"
    )


def test_in_a_pipelines_project_it_looks_at_what_is_rendered(project: Project, cigen: Run) -> None:
    cigen("render")

    outcome = cigen("lint")

    assert "rendered/regions/staging-eu.yml" in outcome.out
    assert "extends '.gate', which is not defined" in outcome.out


def test_a_repo_of_templates_is_looked_at_in_whole(tmp_path: Path, cigen: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _write("repo/base.yml", '.base:\n  stage: ship\n  script: ./ship "$TARGET"\n  timeout: soon\n')
    _write("repo/child.yml", ".child:\n  extends: .base\n  variables: {TARGET: eu}\n")
    _write("repo/entry.yml", "include: [{local: region.yml}]\nstages: [ship]\n")
    _write("repo/region.yml", "ship-eu:\n  stage: ship\n  script: ./ship\n  image: ruby\n")

    outcome = cigen("lint", "repo")

    assert outcome.exit_code == 1
    assert [line for line in outcome.out.splitlines() if line.startswith(("repo", "1", "2", "3"))] == [
        "repo/base.yml:4:12: error: 'timeout' must be a duration such as '1h 30m', and is 'soon':"
        " 'soon' is no unit of time [bad-duration]",
        "repo/child.yml:2:12: note: '.base' extended from here",
        "repo/region.yml:4:10: warning: the image ruby is another one whenever its publisher likes [image-not-pinned]",
        "2 jobs in 2 pipelines, 4 files: 1 error, 1 warning",
    ]


def test_each_component_is_looked_at_by_itself(tmp_path: Path, cigen: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _write("repo/jobs/build.yml", ".build:\n  stage: build\n  script: make\n")
    _write(
        "repo/templates/build.yml",
        "spec: {inputs: {stage: {type: string}}}\n---\n"
        ".build:\n  stage: $[[ inputs.stage ]]\n  script: make\n  retry: 9\n",
    )
    _write(
        "repo/templates/twice/template.yml",
        "spec: {inputs: {what: {type: string}}}\n---\n.build:\n  script: make $[[ inputs.what ]]\n  timeout: never\n",
    )

    outcome = cigen("lint", "repo")

    assert [line for line in outcome.out.splitlines() if line.startswith(("repo", "3"))] == [
        "repo/templates/build.yml:6:10: error: 'retry' must be a whole number from 0 to 2, and is 9 [over-limit]",
        "repo/templates/twice/template.yml:5:12: error: 'timeout' must be a duration such as '1h 30m', and is 'never':"
        " 'never' is no unit of time [bad-duration]",
        "3 jobs in 3 pipelines, 3 files: 2 errors",
    ]


def test_a_service_takes_includes_from_a_checkout_of_the_pipelines_repo(service: Path, cigen: Run) -> None:
    _write(".gitlab-ci.yml", "include: {project: platform/ci, ref: v1, file: a.yml}\nbuild:\n  extends: .a\n")
    _write("../pipelines/a.yml", ".a:\n  script: make\n")

    alone = cigen("lint")
    with_checkout = cigen("lint", "--pipelines", "../pipelines")

    assert alone.exit_code == 0
    assert "nothing found, 1 not looked at" in alone.out
    assert (with_checkout.exit_code, with_checkout.out) == (0, "1 job in 1 pipeline, 2 files: nothing found\n")


def test_as_gitlab_it_says_nothing_of_our_own(service: Path, cigen: Run) -> None:
    assert cigen("lint", "--as-gitlab").out == "1 job in 1 pipeline, 1 file: nothing found\n"


def test_reports_go_to_files_beside_the_text(service: Path, cigen: Run) -> None:
    outcome = cigen("lint", "--format", "json", "--output", "sarif=a.sarif", "--output", "codequality=quality.json")

    assert json.loads(outcome.out)["summary"]["warning"] == 1
    assert json.loads(Path("a.sarif").read_text())["runs"][0]["results"][0]["ruleId"] == "CG801"
    assert [issue["check_name"] for issue in json.loads(Path("quality.json").read_text())] == ["image-not-pinned"]


@pytest.mark.parametrize(("level", "exit_code"), [("info", 1), ("warning", 1), ("error", 0), ("never", 0)])
def test_the_fail_level_says_what_counts(service: Path, cigen: Run, level: str, exit_code: int) -> None:
    assert cigen("lint", "--fail-level", level).exit_code == exit_code


def test_a_baseline_lets_an_old_repo_begin(service: Path, cigen: Run) -> None:
    assert cigen("lint", "--write-baseline", "base.json").out == "1 finding written down in base.json\n"
    assert cigen("lint", "--baseline", "base.json").exit_code == 0

    _write(".gitlab-ci.yml", LATEST + "test:\n  script: make\n  image: ruby\n")

    assert cigen("lint", "--baseline", "base.json").out.splitlines()[-1] == "2 jobs in 1 pipeline, 1 file: 1 warning"


def test_the_config_turns_rules_off(project: Project, cigen: Run) -> None:
    project.template("jobs/gate.yml", "gate:\n  script: make\n  image: python\n")
    project.template("regions/staging-[region].yml", ".a:\n  script: make\n")
    project.write(
        "cigen.yaml", (project.folder / "cigen.yaml").read_text() + "lint: {rules: {image-not-pinned: off}}\n"
    )
    cigen("render")

    assert cigen("lint").exit_code == 0


@pytest.mark.parametrize(
    ("section", "message"),
    [
        (
            "lint: {rules: {image-not-pined: off}}",
            "error: lint.rules: there is no rule 'image-not-pined'\nhint: did you mean 'image-not-pinned'?\n",
        ),
        (
            "lint: {paths: [{path: a, rules: {x-y-z: off}}]}",
            "error: lint.paths[0].rules: there is no rule 'x-y-z'\n",
        ),
    ],
)
def test_the_config_names_no_unknown_rule(project: Project, cigen: Run, section: str, message: str) -> None:
    project.write("cigen.yaml", f"{(project.folder / 'cigen.yaml').read_text()}{section}\n")

    outcome = cigen("lint")

    assert outcome.exit_code == 2
    assert outcome.err.startswith(message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gone.yml"], "error: there is no file gone.yml\n"),
        (
            ["--format", "xml"],
            "error: there is no report format 'xml'\nhint: known: text, json, sarif, codequality, junit\n",
        ),
        (["--output", "json"], "error: --output json: there is no file\nhint: write it as FORMAT=FILE\n"),
        (["--fail-level", "bad"], "error: --fail-level: there is no level 'bad'\nhint: info, warning, error, never\n"),
        (
            ["--pipelines", "gone"],
            "error: there is no folder or file gone\n"
            "hint: --pipelines names a checkout of the pipelines repo, or its cigen.yaml\n",
        ),
        (
            ["--baseline", "gone"],
            "error: the baseline gone cannot be read: No such file or directory\n"
            "hint: write a new one: cigen lint --write-baseline gone\n",
        ),
    ],
)
def test_a_command_line_that_cannot_be_is_told_so(
    service: Path, cigen: Run, arguments: list[str], message: str
) -> None:
    outcome = cigen("lint", *arguments)

    assert (outcome.exit_code, outcome.out, outcome.err) == (2, "", message)


def test_where_there_is_nothing_to_look_at_it_says_so(
    tmp_path: Path, cigen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    outcome = cigen("lint")

    assert outcome.exit_code == 2
    assert outcome.err == (
        "error: here is neither a cigen.yaml nor a .gitlab-ci.yml\nhint: say what to look at: cigen lint PATH\n"
    )


@pytest.mark.parametrize(
    "content", [b"", b"\x00\xff\xfe", b"\xff", b"[]", b"- a\n", b"a: &a [*a]\n", b"\xef\xbb\xbfx: 1\n"]
)
def test_any_bytes_end_in_a_finding(service: Path, cigen: Run, content: bytes) -> None:
    (service / ".gitlab-ci.yml").write_bytes(content)

    outcome = cigen("lint")

    assert (outcome.exit_code, outcome.err) == (1, "")
    assert "error" in outcome.out
    assert "rule-crashed" not in outcome.out


def test_fix_puts_right_what_is_sure_and_keeps_the_rest(service: Path, cigen: Run) -> None:
    _write(
        ".gitlab-ci.yml",
        "# A comment.\nbuild:\n  variables:   # more\n    COUNTRY: no   # Norway\n    VERSION: 1.10\n"
        '  script:\n    - echo "$COUNTRY": "it\'s $VERSION"\n    - make\n',
    )

    outcome = cigen("lint", "--fix")

    assert (outcome.exit_code, outcome.out) == (0, "1 job in 1 pipeline, 1 file: nothing found\n")
    assert outcome.err == ".gitlab-ci.yml: 3 put right\n"
    assert (service / ".gitlab-ci.yml").read_text() == (
        '# A comment.\nbuild:\n  variables:   # more\n    COUNTRY: "no"   # Norway\n    VERSION: "1.10"\n'
        """  script:\n    - 'echo "$COUNTRY": "it''s $VERSION"'\n    - make\n"""
    )
    assert cigen("lint", "--fix").err == ""


def test_explain_prints_a_rule_with_its_examples(cigen: Run) -> None:
    by_name, by_code = cigen("explain", "image-not-pinned"), cigen("explain", "cg801")

    assert by_name == by_code
    assert by_name.exit_code == 0
    assert by_name.out.startswith(
        "CG801 image-not-pinned (warning)\n\nAn image without a tag, or with the tag `latest`.\n"
    )
    assert "\nBad, .gitlab-ci.yml:\n\n    build:\n      script: make\n      image: python:latest\n" in by_name.out


def test_explain_knows_what_was_meant(cigen: Run) -> None:
    outcome = cigen("explain", "image-not-pined")

    assert (outcome.exit_code, outcome.err) == (
        2,
        "error: there is no rule 'image-not-pined'\nhint: did you mean 'image-not-pinned'?\n",
    )


def test_rules_lists_every_rule_once(cigen: Run) -> None:
    from cigen.lint.registry import RULES

    lines = cigen("rules").out.splitlines()

    assert [line.split()[:3] for line in lines] == [[rule.code, rule.name, str(rule.severity)] for rule in RULES]


def _write(path: str, text: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text)
