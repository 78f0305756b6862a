"""`cigen` as a person types it: what it prints, its exit codes, what it says when something is wrong."""

import contextlib
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from cigen import resources

from .conftest import Project, Run


def test_render_names_what_it_changed(project: Project, cigen: Run) -> None:
    first = cigen("render")
    second = cigen("render")
    project.configure("registry.example.com/cigen-runtime:0.1.0", "registry.example.com/cigen-runtime:0.2.0")
    project.configure("    regions: [eu, us]\n", "    regions: [eu]\n")
    third = cigen("render")

    assert (first.exit_code, first.out, first.err) == (
        0,
        "new      rendered/jobs/gate.yml\n"
        "new      rendered/regions/staging-eu.yml\n"
        "new      rendered/regions/staging-us.yml\n"
        "rendered 3 files into rendered: 3 new\n",
        "",
    )
    assert (second.exit_code, second.out) == (0, "rendered 3 files into rendered: 3 unchanged\n")
    assert (third.exit_code, third.out) == (
        0,
        "changed  rendered/jobs/gate.yml\n"
        "removed  rendered/regions/staging-us.yml\n"
        "rendered 2 files into rendered: 1 changed, 1 removed, 1 unchanged\n",
    )


def test_check_of_a_fresh_folder_is_clean(project: Project, cigen: Run) -> None:
    cigen("render")

    result = cigen("render", "--check")

    assert (result.exit_code, result.out, result.err) == (0, "3 files in rendered: all up to date\n", "")


def test_check_tells_a_hand_edit_from_a_stale_file_and_writes_nothing(project: Project, cigen: Run) -> None:
    cigen("render")
    project.write("rendered/regions/staging-us.yml", "mine\n")
    project.template("jobs/gate.yml", ".gate: {}\n")
    before = project.files()

    result = cigen("render", "--check")

    assert result.exit_code == 1
    assert result.out == (
        "rendered/jobs/gate.yml: stale: cigen.yaml, the template or cigen changed since it was rendered\n"
        "--- a/jobs/gate.yml\n"
        "+++ b/jobs/gate.yml\n"
        "@@ -1,5 +1,4 @@\n"
        " # Rendered by cigen 0.1.0 from cigen.yaml, template jobs/gate.yml.\n"
        " # Do not edit: change cigen.yaml or the template, then run: cigen render\n"
        " \n"
        "-.gate:\n"
        "-  image: registry.example.com/cigen-runtime:0.1.0\n"
        "+.gate: {}\n"
        "rendered/regions/staging-us.yml: edited by hand: it is not what was rendered\n"
        "--- a/regions/staging-us.yml\n"
        "+++ b/regions/staging-us.yml\n"
        "@@ -1 +1,5 @@\n"
        "-mine\n"
        "+# Rendered by cigen 0.1.0 from cigen.yaml, template regions/staging-[region].yml.\n"
        "+# Do not edit: change cigen.yaml or the template, then run: cigen render\n"
        "+\n"
        "+deploy-us:\n"
        "+  extends: .gate\n"
    )
    assert result.err == (
        "error: 2 files out of date in rendered: 1 edited by hand, 1 stale\n"
        "hint: move the hand edit to cigen.yaml or a template, then: cigen render --force\n"
    )
    assert before == project.files()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("rm rendered/jobs/gate.yml", "rendered/jobs/gate.yml: missing: it was rendered, and somebody deleted it"),
        ("rm ../shipped/jobs/gate.yml", "rendered/jobs/gate.yml: obsolete: no template makes it any more"),
        ("echo 'a: 1' >../shipped/a.yml", "rendered/a.yml: new: not rendered yet"),
        (
            "rm rendered/.cigen.lock",
            "rendered/.cigen.lock: stale: it does not list the files as they are",
        ),
        (
            "echo 'a: 1' >../shipped/a.yml; echo 'yours: 1' >rendered/a.yml",
            "rendered/a.yml: not rendered by cigen: it stands where a template renders to",
        ),
    ],
)
def test_check_finds_every_other_difference(project: Project, cigen: Run, change: str, told: str) -> None:
    cigen("render")
    subprocess.run(["sh", "-c", change], check=True)

    result = cigen("render", "--check")

    assert (result.exit_code, result.out.splitlines()[0]) == (1, told)


def test_diff_shows_what_render_would_change_and_writes_nothing(project: Project, cigen: Run) -> None:
    result = cigen("render", "--diff")

    assert (result.exit_code, result.out.splitlines()[-1]) == (0, "3 files would change in rendered")
    assert result.out.count("--- /dev/null\n") == 3
    assert not (project.folder / "rendered").exists()


def test_a_hand_edit_stops_render_until_it_is_forced(project: Project, cigen: Run) -> None:
    cigen("render")
    project.write("rendered/jobs/gate.yml", "mine\n")

    refused = cigen("render")
    forced = cigen("render", "--force")

    assert (refused.exit_code, refused.out, refused.err) == (
        1,
        "",
        "error: edited by hand, and rendering would lose that: rendered/jobs/gate.yml\n"
        "hint: cigen render --check shows it: move it to cigen.yaml or a template, or overwrite it with --force\n",
    )
    assert (forced.exit_code, forced.out) == (
        0,
        "changed  rendered/jobs/gate.yml\nrendered 3 files into rendered: 1 changed, 2 unchanged\n",
    )


def test_a_wrong_config_is_told_with_its_place(project: Project, cigen: Run) -> None:
    project.configure("version:", "versoin:")

    result = cigen("render")

    assert (result.exit_code, result.out, result.err) == (
        2,
        "",
        "cigen.yaml:2:1: error: the key 'version' is missing in gitlab\n"
        "    2 | gitlab:\n"
        "      | ^\n"
        "hint: version: The oldest GitLab that the rendered files must run on, in quotes.\n"
        "cigen.yaml:5:3: error: unknown key 'versoin' in gitlab\n"
        '    5 |   versoin: "17.5"\n'
        "      |   ^\n"
        "hint: did you mean 'version'?\n",
    )


def test_a_wrong_template_writes_nothing(project: Project, cigen: Run) -> None:
    project.template("zzz.yml", "a: <% nothing %>\n")

    result = cigen("render")

    assert (result.exit_code, result.out, result.err) == (
        2,
        "",
        f"{project.templates}/zzz.yml:1: error: undefined name 'nothing'\n"
        "    1 | a: <% nothing %>\n"
        "hint: known: config, runtime_version, stages, command, commands, checklist, id_tokens, retry, environments, "
        "image_origin, mappings_purpose, narrowed and 2 more\n",
    )
    assert not (project.folder / "rendered").exists()


def test_a_config_elsewhere_renders_beside_itself_with_its_own_templates(
    project: Project, cigen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.configure("output: rendered", "output: rendered\ntemplates: own")
    project.write("own/jobs/gate.yml", "ours: 1\n")
    monkeypatch.chdir(project.folder.parent)

    result = cigen("render", "--config", "project/cigen.yaml")

    assert (result.exit_code, result.out.splitlines()[-1]) == (0, "rendered 3 files into project/rendered: 3 new")
    assert project.files()["jobs/gate.yml"].endswith("\n\nours: 1\n")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("rendr",), "error: No such command 'rendr'. Did you mean 'render'?\nhint: cigen --help\n"),
        (("--hlep",), "error: No such option: --hlep\nhint: cigen --help\n"),
        (("render", "--config"), "error: Option '--config' requires an argument.\nhint: cigen --help\n"),
        (("region", "add", "ap"), "error: Missing option '--aws-region'.\nhint: cigen region add --help\n"),
        (("render", "--check", "--force"), "error: --check, --diff and --force exclude each other\n"),
        (
            ("render", "--config", "none.yaml"),
            "none.yaml: error: there is no such file\nhint: say where it is: cigen render --config PATH\n",
        ),
    ],
)
def test_a_wrong_command_line_ends_with_2(
    project: Project, cigen: Run, arguments: tuple[str, ...], expected: str
) -> None:
    result = cigen(*arguments)

    assert (result.exit_code, result.out, result.err) == (2, "", expected)


def test_what_cannot_be_done_ends_with_3(project: Project, cigen: Run) -> None:
    project.write("rendered", "a file\n")

    result = cigen("render")

    assert (result.exit_code, result.err) == (
        3,
        "error: rendered: cannot be written: a file stands where a folder must be\nhint: no file was changed\n",
    )


def test_an_unexpected_error_is_one_line_and_a_trace_when_asked(
    project: Project, cigen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Path:
        raise ZeroDivisionError("on purpose")

    monkeypatch.setattr(resources, "templates_folder", broken)

    short = cigen("render")
    long = cigen("render", "--verbose")

    assert (short.exit_code, short.err) == (
        3,
        "error: unexpected ZeroDivisionError: on purpose\nhint: please report this, with what --verbose adds\n",
    )
    assert long.err.startswith("Traceback (most recent call last):\n")
    assert long.err.endswith(short.err)


def test_without_arguments_it_says_what_it_can_do(cigen: Run) -> None:
    bare, asked, version = cigen(), cigen("--help"), cigen("--version")

    assert (bare.exit_code, bare.err) == (0, "")
    assert bare == asked
    commands = [line.split()[0] for line in bare.out.partition("Commands:\n")[2].splitlines()]
    assert commands == [
        *("init", "render", "diff", "lint", "explain", "rules", "simulate", "graph", "schema", "region"),
    ]
    assert (version.exit_code, version.out) == (0, "cigen 0.1.0\n")


@pytest.mark.parametrize("command", ["render", "diff", "graph", "schema"])
def test_every_command_has_an_example(cigen: Run, command: str) -> None:
    result = cigen(command, "--help")

    assert result.exit_code == 0
    assert f"      cigen {command}" in result.out.replace("    cigen", "      cigen")


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; from cigen.cli import main; main(sys.argv[1:]); "
        "print([m for m in ('pydantic', 'jinja2', 'ruamel', 'yaml', 'rich') if m in sys.modules])"
    )

    for arguments in ([], ["--version"], ["render", "--help"]):
        result = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True)
        assert result.stdout.splitlines()[-1] == "[]"


def test_thirty_regions_in_two_environments_get_a_file_each(project: Project, cigen: Run) -> None:
    names = [f"r{number}" for number in range(30)]
    lines = "".join(f"  {name}: {{aws_region: aa{'-b' * (number + 1)}-1}}\n" for number, name in enumerate(names))
    project.configure("  us: {aws_region: us-east-1}\n", f"  us: {{aws_region: us-east-1}}\n{lines}")
    project.configure("[eu, us]", f"[{', '.join(names)}]")
    project.configure("[eu]", f"[{', '.join(names)}]")
    job = "job-<% region.name %>-{}:\n  extends: .gate\n  variables: <% region.variables | block(4) %>\n"
    for environment in ("staging", "prod"):
        project.template(f"regions/{environment}-[region].yml", "".join(job.format(number) for number in range(8)))

    result = cigen("render")

    assert result.err == ""
    assert result.out.splitlines()[-1] == "rendered 61 files into rendered: 61 new"


@pytest.mark.parametrize(
    ("settings", "has_colour"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colours_are_for_terminals_that_want_them(project: Project, settings: dict[str, str], has_colour: bool) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | {"TERM": "xterm"}

    shown = on_terminal([sys.executable, "-m", "cigen", "render", "--diff"], environment | settings)

    assert has_colour == (b"\x1b[32m+" in shown)
    assert b"would change in rendered" in shown


def on_terminal(command: list[str], environment: dict[str, str]) -> bytes:
    """What a command shows on a terminal."""
    ours, theirs = pty.openpty()
    shown = b""
    with subprocess.Popen(command, stdout=theirs, env=environment), os.fdopen(ours, "rb", buffering=0) as terminal:
        os.close(theirs)
        with contextlib.suppress(OSError):  # the terminal's way to say that nobody writes to it any more
            while part := terminal.read(4096):
                shown += part
    return shown
