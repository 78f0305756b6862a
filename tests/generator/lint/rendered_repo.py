"""The rendered pipelines repo, with a change in one of its files, as the linter looks at it."""

from functools import cache
from pathlib import Path

from cigen.lint.engine import lint
from cigen.lint.settings import NO_SETTINGS, LintSettings
from cigen.lint.subjects import Root, read_subject

from .examples import Files

FOLDER = Path(__file__).parents[3] / "rendered"
LAMBDA = "aws/lambda/build-deploy/"
STAGING = f"{LAMBDA}staging-deploy.gitlab-ci.yml"
PROD = f"{LAMBDA}prod-deploy.gitlab-ci.yml"
CONFIGS = "aws/s3-deploy.yml"
STAGING_EU = f"{LAMBDA}regions/staging-eu.gitlab-ci.yml"
STAGING_US = f"{LAMBDA}regions/staging-us.gitlab-ci.yml"
PROD_EU = f"{LAMBDA}regions/prod-eu.gitlab-ci.yml"
PROD_US = f"{LAMBDA}regions/prod-us.gitlab-ci.yml"


def found_after(
    path: str, old: str, new: str, entry: str = "", *, settings_variables: frozenset[str] = frozenset()
) -> list[str]:
    """What the linter finds in the pipeline of an entry file once `old` in one file is `new`."""
    files = rendered_files()
    assert files[path].count(old) >= 1, f"{old!r} is not in {path}"
    return found_in_repo(files | {path: files[path].replace(old, new, 1)}, entry or path, settings_variables)


def found_in_repo(
    files: dict[str, str],
    entry: str,
    settings_variables: frozenset[str] = frozenset(),
    settings: LintSettings = NO_SETTINGS,
) -> list[str]:
    """What the linter finds in the pipeline of one of these files."""
    root = Root(entry, files[entry].encode(), Files(files), is_pipelines_repo=True)
    report = lint([read_subject(root, settings_variables)], settings)
    return [
        f"{finding.span.path.rpartition('/')[2]}:{finding.span.line} {finding.severity} {finding.name}: "
        f"{finding.message} ({finding.hint})"
        for finding in report.findings
    ]


@cache
def _read() -> dict[str, str]:
    paths = [path for path in FOLDER.rglob("*.yml") if path.is_file()]
    return {path.relative_to(FOLDER).as_posix(): path.read_text() for path in paths}


def rendered_files() -> dict[str, str]:
    """The rendered YAML files by path."""
    return dict(_read())
