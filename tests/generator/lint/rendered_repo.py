"""The rendered pipelines repo, with a change in one of its files, as the linter looks at it."""

from functools import cache
from pathlib import Path

from cigen.findings import Finding
from cigen.lint.engine import lint
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


def found_after(path: str, old: str, new: str, entry: str) -> list[str]:
    """What the linter finds in the pipeline of an entry file once `old` in one file is `new`."""
    return in_short(findings_after(path, old, new, entry))


def findings_after(
    path: str, old: str, new: str, entry: str, settings_variables: frozenset[str] = frozenset()
) -> tuple[Finding, ...]:
    """The same as findings."""
    files = rendered_files()
    assert old in files[path], f"{old!r} is not in {path}"
    return findings_in(files | {path: files[path].replace(old, new, 1)}, entry, settings_variables)


def findings_in(
    files: dict[str, str], entry: str, settings_variables: frozenset[str] = frozenset()
) -> tuple[Finding, ...]:
    """What the linter finds in the pipeline of one of these files."""
    root = Root(entry, files[entry].encode(), Files(files), is_pipelines_repo=True)
    return lint([read_subject(root, settings_variables)]).findings


def in_short(findings: tuple[Finding, ...]) -> list[str]:
    """In which file, how bad, which rule, what."""
    return [f"{_stem(finding)}: {finding.severity} {finding.name}: {finding.message}" for finding in findings]


def _stem(finding: Finding) -> str:
    return finding.span.path.rpartition("/")[2].partition(".")[0]


def rendered_files() -> dict[str, str]:
    """The rendered YAML files by path."""
    return dict(_read())


@cache
def _read() -> dict[str, str]:
    return {path.relative_to(FOLDER).as_posix(): path.read_text() for path in FOLDER.rglob("*.yml") if path.is_file()}
