"""Whatever config the model accepts: what it renders to is what GitLab takes, twice the same, all of it or nothing."""

import contextlib
import io
import json
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from check_jsonschema.builtin_schemas import get_builtin_schema
from hypothesis import HealthCheck, Phase, assume, given, reject, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from cigen.cli import main
from cigen.config import load
from cigen.config.region_edit import NewRegion, add_region, remove_region
from cigen.errors import ConfigError, TemplateError
from cigen.lint.engine import lint
from cigen.lint.registry import what_gitlab_refuses
from cigen.lint.settings import NO_SETTINGS
from cigen.lint.subjects import read_subject
from cigen.lint.targets import roots
from cigen.render import RenderedFile, render
from cigen.resources import templates_folder
from lab.executor import commit_everything, jobs_listed

from .any_config import AWS_REGIONS, accounts, configs, region_names

GENERATED = settings(
    deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], phases=[Phase.generate, Phase.shrink]
)
STAGING, PROD, CONFIGS = (
    "aws/lambda/build-deploy/staging-deploy.gitlab-ci.yml",
    "aws/lambda/build-deploy/prod-deploy.gitlab-ci.yml",
    "aws/s3-deploy.yml",
)


REFUSED = ("came with GitLab", "which the rules of its family leave out")
"""How rendering refuses what the model cannot see."""


class Loader(yaml.CSafeLoader):
    """Reads GitLab's `!reference` as a list."""


Loader.add_constructor("!reference", lambda loader, node: loader.construct_sequence(node))


@settings(GENERATED, max_examples=20)
@given(configs())
def test_gitlab_takes_whatever_is_rendered(text: str) -> None:
    with config_file(text) as path:
        files = rendered(path)
        for file in files:
            (path.parent / "rendered" / file.path).parent.mkdir(parents=True, exist_ok=True)
            (path.parent / "rendered" / file.path).write_text(file.text)
        subjects = [read_subject(root, ()) for root in roots([path.parent / "rendered"], None)]
        report = lint(iter(subjects), NO_SETTINGS, what_gitlab_refuses(), honours_ignores=False)

    assert list(report.findings) == []
    for file in files:
        if file.path.endswith(".yml"):
            assert [error.message for error in schema().iter_errors(documents(file.text)[-1])] == [], file.path


@settings(GENERATED, max_examples=2)
@given(configs())
def test_an_executor_that_nobody_here_wrote_takes_it_too(text: str) -> None:
    with config_file(text) as path:
        written = [file.path for file in rendered(path)]
        assert quietly("render", "--config", str(path)) == 0
        home = path.parent / "rendered"
        included = [{"local": entry} for entry in (STAGING, PROD, CONFIGS) if entry in written]
        own = {"semantic-versioning": {"script": "make", "stage": "versioning"}}
        (home / ".gitlab-ci.yml").write_text(json.dumps({"include": included} | own))
        commit_everything(home)
        listed = jobs_listed(home, path.parent / "home")

    names = {job["name"] for job in listed}
    regions = {path.rsplit("staging-", 1)[1].split(".")[0] for path in written if "/regions/staging-" in path}
    assert {f"deploy-lambda-staging-{region}" for region in regions} <= names


@settings(GENERATED, max_examples=8)
@given(configs())
def test_the_same_config_renders_to_the_same_files_and_the_lock_knows_them(text: str) -> None:
    with config_file(text) as path:
        files = rendered(path)

        assert files == rendered(path)
        assert quietly("render", "--config", str(path)) == 0
        root = path.parent / "rendered"
        there = {each.relative_to(root).as_posix(): each.read_bytes() for each in root.rglob("*") if each.is_file()}
        lock = json.loads(there.pop(".cigen.lock"))["files"]
        assert there == {file.path: file.text.encode() for file in files}
        assert lock == {name: f"sha256:{sha256(content).hexdigest()}" for name, content in there.items()}
        assert quietly("render", "--check", "--config", str(path)) == 0


@settings(GENERATED, max_examples=8)
@given(configs(), st.data())
def test_a_template_that_fails_leaves_everything_as_it_was(text: str, data: st.DataObject) -> None:
    with config_file(text) as path:
        rendered(path)
        assert quietly("render", "--config", str(path)) == 0
        before = contents(path.parent)
        own = path.parent / "own"
        shipped = sorted(each.relative_to(templates_folder()).as_posix() for each in templates_folder().rglob("*.yml"))
        broken = own / data.draw(st.sampled_from([name for name in shipped if "[" not in name and "prod" not in name]))
        broken.parent.mkdir(parents=True)
        broken.write_text(data.draw(st.sampled_from(("a: <% config.nothing %>\n", "a: [<% 'x' %>\n", "#% for\n"))))
        path.write_text(path.read_text() + "\ntemplates: own\n")
        before |= {path.name: path.read_bytes()}

        assert quietly("render", "--config", str(path)) == 2
        broken.unlink()
        assert contents(path.parent) == before


@settings(GENERATED, max_examples=40)
@given(configs(), region_names, st.none() | accounts)
def test_a_region_comes_and_goes_and_leaves_the_config_as_it_was(text: str, name: str, account: str | None) -> None:
    with config_file(text) as path:
        before = loaded(path)
        assume(name not in before.regions)
        original = path.read_bytes()
        try:
            added = add_region(path, NewRegion(name, AWS_REGIONS[-1], accounts={"staging": account} if account else {}))
        except ConfigError:  # such as two environments with one registry
            reject()
        path.write_bytes(added.new_text.encode())
        removed = remove_region(path, name)

        assert {env: each.regions for env, each in added.after.environments.by_name().items()} == {
            env: (*each.regions, name) for env, each in before.environments.by_name().items()
        }
        assert [line for line in original.splitlines() if line not in path.read_bytes().splitlines()] == [
            line for line in original.splitlines() if line not in added.new_text.encode().splitlines()
        ]
        assert removed.new_text.encode() == original


@contextlib.contextmanager
def config_file(text: str) -> Iterator[Path]:
    """The config in a folder of its own."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "cigen.yaml"
        path.write_bytes(text.encode())
        yield path


def loaded(path: Path) -> Any:
    """The config; what the model does not accept is not what this is about."""
    try:
        return load(path)
    except ConfigError:
        reject()


def rendered(path: Path) -> tuple[RenderedFile, ...]:
    """All files of the config; what GitLab would refuse is not accepted before it is rendered, but then."""
    try:
        return render(loaded(path), [templates_folder()], path.name)
    except TemplateError as error:
        assume(not all(any(told in problem.message for told in REFUSED) for problem in error.problems))
        raise


def quietly(*arguments: str) -> int:
    """The exit code of the command line."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return main(arguments)


def contents(folder: Path) -> dict[str, bytes]:
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def documents(text: str) -> list[Any]:
    """The parts of a file: that of a component comes after the one with its inputs."""
    return list(yaml.load_all(text, Loader))


@cache
def schema() -> Draft7Validator:
    """GitLab's published schema."""
    return Draft7Validator(get_builtin_schema("vendor.gitlab-ci"))
