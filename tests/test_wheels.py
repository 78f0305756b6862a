"""What a user installs: the wheels, in a fresh environment, far from this repository."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from cigen_runtime import __version__

ROOT = Path(__file__).parents[1]
SERVICE = ROOT / "tests/lab/service"
UV = Path(sys.executable).parent / "uv"


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_installed_wheel_renders_the_example_byte_for_byte(tmp_path: Path) -> None:
    for source in (ROOT, ROOT / "runtime"):
        run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "wheels", cwd=source)
    run(UV, "venv", "--quiet", "--python", sys.executable, tmp_path / "fresh", cwd=tmp_path)
    wheels = sorted((tmp_path / "wheels").glob("*.whl"))
    run(UV, "pip", "install", "--quiet", "--python", tmp_path / "fresh", *wheels, cwd=tmp_path)
    shutil.copy(ROOT / "cigen.yaml", tmp_path)

    told = run(tmp_path / "fresh" / "bin" / "cigen", "render", cwd=tmp_path)

    rendered = {
        path.relative_to(tmp_path / "rendered"): path.read_bytes()
        for path in (tmp_path / "rendered").rglob("*")
        if path.is_file()
    }
    committed = {
        path.relative_to(ROOT / "rendered"): path.read_bytes()
        for path in (ROOT / "rendered").rglob("*")
        if path.is_file()
    }
    assert rendered == committed
    python = tmp_path / "fresh" / "bin" / "python"
    script = "from cigen_runtime.dashboard.page import page; print(page().decode().count('<script>'))"
    assert run(python, "-I", "-c", script, cwd=tmp_path) == "1\n", "the dashboard's page is in the wheel"
    assert told.endswith(f"rendered {len(committed) - 1} files into rendered: {len(committed) - 1} new\n")


def test_the_runtime_starts_as_script_and_as_module_with_what_its_image_installs(tmp_path: Path) -> None:
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "wheels", cwd=ROOT / "runtime")
    fresh = tmp_path / "fresh"
    run(UV, "venv", "--quiet", "--python", sys.executable, fresh, cwd=tmp_path)
    install = (UV, "pip", "install", "--quiet", "--python", fresh)
    run(*install, "--require-hashes", "-r", ROOT / "runtime" / "requirements.lock", cwd=tmp_path)
    run(*install, "--no-deps", *(tmp_path / "wheels").glob("*.whl"), cwd=tmp_path)

    script = run(fresh / "bin" / "cigen-runtime", "--version", cwd=tmp_path)
    module = run(fresh / "bin" / "python", "-m", "cigen_runtime", "--version", cwd=tmp_path)
    clients = run(fresh / "bin" / "python", "-c", "import boto3, hvac, jsonschema, requests", cwd=tmp_path)

    assert script == module == f"cigen-runtime {__version__}\n"
    assert clients == ""


def test_cigen_lints_a_service_with_what_its_image_installs(tmp_path: Path) -> None:
    for source in (ROOT, ROOT / "runtime"):
        run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "wheels", cwd=source)
    fresh = tmp_path / "fresh"
    run(UV, "venv", "--quiet", "--python", sys.executable, fresh, cwd=tmp_path)
    install = (UV, "pip", "install", "--quiet", "--python", fresh)
    run(*install, "--require-hashes", "-r", ROOT / "generator" / "requirements.lock", cwd=tmp_path)
    run(*install, "--no-deps", *(tmp_path / "wheels").glob("*.whl"), cwd=tmp_path)

    told = run(
        fresh / "bin" / "cigen", "lint", "--pipelines", ROOT / "cigen.yaml", "--fail-level", "error", cwd=SERVICE
    )

    assert told.endswith("46 jobs in 1 pipeline, 37 files: nothing found\n")
    run(fresh / "bin" / "python", "-c", "import cigen.gitlab.api, jsonschema", cwd=tmp_path)


def test_the_pre_commit_hook_installs_what_it_needs_and_runs(tmp_path: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    environment = tmp_path / "fresh"
    service = tmp_path / "service"
    shutil.copytree(ROOT / "tests/lab/service", service)

    # As pre-commit does it: in a checkout of this repository, the package and what the hook names beside it.
    run(UV, "venv", "--quiet", "--python", sys.executable, environment, cwd=tmp_path)
    run(UV, "pip", "install", "--quiet", "--python", environment, ".", *hook["additional_dependencies"], cwd=ROOT)
    program, *arguments = hook["entry"].split()
    told = run(environment / "bin" / program, *arguments, "--pipelines", ROOT / "rendered", cwd=service)

    assert told == "46 jobs in 1 pipeline, 37 files: nothing found\n"
    assert not hook["pass_filenames"], "a pipeline is looked at in whole"
    watched = {path: bool(re.search(hook["files"], path)) for path in HOOK_FILES}
    assert watched == HOOK_FILES


HOOK_FILES = {
    ".gitlab-ci.yml": True,
    "cigen.yaml": True,
    "ci/build.yml": True,
    "aws/lambda/build-deploy/staging-deploy.gitlab-ci.yml": True,
    "jobs/rules.yml": True,
    "versions.json": True,
    "functions/orders_api/.deployment": True,
    "configs/base/orders-api/limits.yml": True,
    "functions/orders_api/app.py": False,
    "docs/ci/build.yml.md": False,
    "package.json": False,
}
"""What the hook looks at after a change, and what leaves it alone."""


def test_the_image_installs_the_versions_that_the_tests_ran_with() -> None:
    tested = pinned(ROOT / "requirements.lock")

    for folder in ("runtime", "generator"):
        shipped = pinned(ROOT / folder / "requirements.lock")

        assert {name: tested[name] for name in shipped} == shipped


def pinned(lock: Path) -> dict[str, str]:
    """Each package of a lock with its version."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock.read_text(), re.MULTILINE))


def test_the_contract_alone_needs_no_client(tmp_path: Path) -> None:
    """A plain `cigen-runtime` shows its help without boto3, hvac or requests."""
    clients = ("boto3", "botocore", "hvac", "requests", "jsonschema", "ruamel.yaml")
    blocked = f"import sys; sys.modules.update(dict.fromkeys({clients}))"
    script = f"{blocked}; from cigen_runtime.cli import main; sys.exit(main(['--help'], {{}}, None, sys.stdout))"

    told = run(sys.executable, "-c", script, cwd=tmp_path)

    assert "deploy-lambda" in told
