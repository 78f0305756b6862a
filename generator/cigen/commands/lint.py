"""`cigen lint`: is what stands in the files right?"""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cigen.errors import ExitCode, UsageError, WorkError
from cigen.replace_file import replace_file, replace_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cigen.findings import Finding
    from cigen.gitlab.projects import GitLabProjects
    from cigen.lint.engine import Report
    from cigen.lint.rendering import Rendering
    from cigen.lint.settings import LintSettings
    from cigen.pipeline.other_projects import OtherProjects

_LEVELS = ("info", "warning", "error", "never")
_CONFIG = Path("cigen.yaml")


def lint(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files or folders.", metavar="[PATH]...")] = None,
    as_gitlab: Annotated[bool, typer.Option("--as-gitlab", help="Only what GitLab itself would refuse.")] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Put right what can be without a question, then look.")] = False,
    pipelines: Annotated[
        Path | None,
        typer.Option(
            help="A checkout of the pipelines repo that a service includes, or its cigen.yaml, rendered now.",
            metavar="PATH",
        ),
    ] = None,
    gitlab: Annotated[
        str | None,
        typer.Option(
            help="The GitLab that has the included projects; a job's own when left out. "
            "Asked with GITLAB_TOKEN or CI_JOB_TOKEN.",
            metavar="URL",
        ),
    ] = None,
    allow_incomplete: Annotated[
        bool, typer.Option("--allow-incomplete", help="Do not exit 3 for files that GitLab did not show.")
    ] = False,
    fail_level: Annotated[
        str, typer.Option(help="The least severity to exit 1 for: info, warning, error or never.", metavar="LEVEL")
    ] = "warning",
    output_format: Annotated[
        str, typer.Option("--format", help="text, json, sarif, codequality or junit.", metavar="FORMAT")
    ] = "text",
    output: Annotated[
        list[str] | None, typer.Option(help="A further report into a file.", metavar="FORMAT=FILE")
    ] = None,
    baseline: Annotated[Path | None, typer.Option(help="Leave out what stands in this file.", metavar="FILE")] = None,
    write_baseline: Annotated[
        Path | None, typer.Option(help="Write down what is there now, for --baseline.", metavar="FILE")
    ] = None,
    shellcheck: Annotated[
        bool, typer.Option("--shellcheck/--no-shellcheck", help="Whether ShellCheck reads the scripts of the jobs.")
    ] = True,
    config: Annotated[Path, typer.Option(help="The config file.", metavar="PATH")] = _CONFIG,
) -> int:
    """Check a pipelines repo, or the pipeline of a service.

    Without a PATH: the repo that cigen.yaml describes, or else the .gitlab-ci.yml of this folder.

    Examples:

    \b
      cigen lint                                       in the pipelines repo, or in a service
      cigen lint --pipelines ../pipelines              a service, with the files that it includes
      cigen lint --gitlab https://gitlab.example.com   the same, with those that GitLab has
      cigen lint --as-gitlab .gitlab-ci.yml            only what GitLab would refuse
      cigen lint --output codequality=quality.json     a report for merge requests beside the text
      cigen lint --write-baseline lint.json            begin with an old repo; then --baseline lint.json
      cigen explain needs-undefined                    what a finding means
    """
    if fail_level not in _LEVELS:
        raise UsageError(f"--fail-level: there is no level '{fail_level}'", hint=", ".join(_LEVELS))
    from cigen.lint.other_projects import other_projects

    reports = _checked_formats(output_format, output or [])
    chosen, settings, rendering = _chosen(paths or [], config)
    asked = _asked(gitlab)
    others = other_projects(pipelines, asked)
    if fix:
        _fix(chosen, others, settings)
    with _few_collections():
        report = _looked_at(chosen, others, settings, rendering, as_gitlab=as_gitlab, has_shellcheck=shellcheck)
    if write_baseline is not None:
        _require_answers(None if allow_incomplete else asked)
        from cigen.lint.baseline import write_baseline as write

        write(write_baseline, report.findings)
        count = len(report.findings)
        typer.echo(f"{count} finding{'' if count == 1 else 's'} written down in {write_baseline}")
        return ExitCode.CLEAN
    report = _new(report, baseline)
    for name, path in reports:
        _write(report, name, path)
    if _fails(report.findings, fail_level):
        return ExitCode.FINDINGS
    _require_answers(None if allow_incomplete else asked)
    return ExitCode.CLEAN


def _require_answers(asked: "GitLabProjects | None") -> None:
    """Fail where GitLab was asked and did not say: what could not be looked at is not clean."""
    if asked is not None and asked.failures:
        told = "; ".join(asked.failures)
        raise WorkError(f"not everything could be looked at: {told}")


def _checked_formats(output_format: str, outputs: list[str]) -> list[tuple[str, Path | None]]:
    from cigen.lint.reports import FORMATS
    from cigen.nearest import name_hint

    chosen: list[tuple[str, Path | None]] = [(output_format, None)]
    for written in outputs:
        name, _, path = written.partition("=")
        if not path:
            raise UsageError(f"--output {written}: there is no file", hint="write it as FORMAT=FILE")
        chosen.append((name, Path(path)))
    for name, _ in chosen:
        if name not in FORMATS:
            raise UsageError(f"there is no report format '{name}'", hint=name_hint(name, FORMATS))
    return chosen


def _chosen(paths: list[Path], config: Path) -> "tuple[list[Path], LintSettings, Rendering | None]":
    """What is looked at, and with which settings: those of cigen.yaml, where there is one.

    Without a path it is what cigen.yaml describes: then it is compared with what would be rendered now.
    """
    from cigen.lint.registry import RULES
    from cigen.lint.rendering import against_config
    from cigen.lint.settings import NO_SETTINGS, settings_from
    from cigen.lint.targets import SERVICE_FILE

    if config.exists() or config != _CONFIG:
        from cigen.config import load

        loaded = load(config)
        settings = settings_from(loaded.lint, [rule.name for rule in RULES])
        output = config.parent / loaded.output
        return (paths, settings, None) if paths else ([output], settings, against_config(output, loaded, config))
    if not paths and not Path(SERVICE_FILE).exists():
        raise UsageError(
            f"here is neither a {_CONFIG} nor a {SERVICE_FILE}", hint="say what to look at: cigen lint PATH"
        )
    return paths or [Path(SERVICE_FILE)], NO_SETTINGS, None


def _asked(url: str | None) -> "GitLabProjects | None":
    """GitLab, where somebody has named it or it runs this job."""
    from cigen.gitlab.access import access_from
    from cigen.gitlab.projects import projects_of

    access = access_from(url, os.environ)
    return None if access is None else projects_of(access)


@contextmanager
def _few_collections() -> Iterator[None]:
    """Let Python look for garbage seldom: nearly all that is made is needed to the end."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 1000)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _looked_at(
    paths: list[Path],
    others: "Sequence[OtherProjects]",
    settings: "LintSettings",
    rendering: "Rendering | None",
    *,
    as_gitlab: bool,
    has_shellcheck: bool,
) -> "Report":
    from dataclasses import replace

    from cigen.lint.engine import lint as run
    from cigen.lint.registry import RULES, what_gitlab_refuses
    from cigen.lint.rules.shell_script import ShellScript
    from cigen.lint.settings import NO_SETTINGS
    from cigen.lint.subjects import read_subject
    from cigen.lint.targets import roots
    from cigen.pipeline.document import Cache

    known = roots(paths, others)
    if rendering is not None:
        known = (replace(root, rendering=rendering) if root.is_pipelines_repo else root for root in known)
    cache: Cache = {}
    subjects = (read_subject(root, settings.variables, cache) for root in known)
    if as_gitlab:
        return run(subjects, NO_SETTINGS, what_gitlab_refuses(), honours_ignores=False)
    return run(subjects, settings, [rule for rule in RULES if has_shellcheck or not isinstance(rule, ShellScript)])


def _fix(paths: list[Path], others: "Sequence[OtherProjects]", settings: "LintSettings") -> None:
    from cigen.lint.fixes import fixed_texts
    from cigen.lint.subjects import read_subject
    from cigen.lint.targets import roots

    subjects = [read_subject(root, settings.variables) for root in roots(paths, others)]
    if any(subject.is_pipelines_repo for subject in subjects):
        raise UsageError("rendered files are not fixed", hint="change cigen.yaml or the template, then: cigen render")
    for path, text, count in fixed_texts(subjects, settings):
        replace_text(Path(path), text)
        typer.echo(f"{path}: {count} put right", err=True)


def _new(report: "Report", baseline: Path | None) -> "Report":
    from dataclasses import replace

    from cigen.lint.baseline import new_since, read_baseline

    if baseline is None:
        return report
    return replace(report, findings=tuple(new_since(read_baseline(baseline), report.findings)))


def _write(report: "Report", name: str, path: Path | None) -> None:
    from cigen.lint.reports import FORMATS, text

    if path is not None:
        _save(path, FORMATS[name](report))
    elif name == "text":
        typer.echo(text.write(report, is_coloured=_is_coloured()), nl=False, color=True)
    else:
        typer.echo(FORMATS[name](report), nl=False)


def _save(path: Path, text: str) -> None:
    """A report, into a file as a whole, or into a pipe as it goes."""
    if path.is_file() or not path.exists():
        replace_file(path, text.encode("utf-8", "replace"))
        return
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
    except OSError as error:
        raise WorkError(f"{path} cannot be written: {error.strerror}") from error


def _fails(findings: "tuple[Finding, ...]", level: str) -> bool:
    if level == "never":
        return False
    counting = _LEVELS[_LEVELS.index(level) :]
    return any(str(finding.severity) in counting for finding in findings)


def _is_coloured() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
