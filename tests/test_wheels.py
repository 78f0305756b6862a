"""What a user installs: the wheels, in a fresh environment, far from this repository."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
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


def test_the_contract_alone_needs_no_client(tmp_path: Path) -> None:
    """A plain `cigen-runtime` shows its help without boto3, hvac or requests."""
    clients = ("boto3", "botocore", "hvac", "requests", "jsonschema", "ruamel.yaml")
    blocked = f"import sys; sys.modules.update(dict.fromkeys({clients}))"
    script = f"{blocked}; from cigen_runtime.cli import main; sys.exit(main(['--help'], {{}}, None, sys.stdout))"

    told = run(sys.executable, "-c", script, cwd=tmp_path)

    assert "deploy-lambda" in told
