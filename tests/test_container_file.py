"""What the runtime's image is made of, by its Containerfile; `make image` builds it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "Containerfile").read_text()


def stages() -> dict[str, list[tuple[str, str]]]:
    """The instructions of each stage, in order, with what they say."""
    lines = re.sub(r"^#.*\n", "", TEXT, flags=re.MULTILINE).replace("\\\n", " ")
    found: dict[str, list[tuple[str, str]]] = {}
    for line in filter(str.strip, lines.splitlines()):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            stage = found.setdefault(rest.split(" AS ")[1], [])
        elif found:
            stage.append((word, " ".join(rest.split())))
    return found


def runs(stage: str) -> str:
    return "\n".join(rest for word, rest in stages()[stage] if word == "RUN")


def test_jobs_run_as_a_user_without_privileges() -> None:
    users = [rest for word, rest in stages()["runtime"] if word == "USER"]

    assert users == ["cigen"]
    assert re.search(r"useradd [^&]*--uid 1000 cigen", runs("runtime"))


def test_only_pinned_versions_are_installed_and_each_by_its_hash() -> None:
    installed = re.findall(r"pip install ([^&]+)", runs("install"))

    assert [options.split()[1:] for options in installed] == [
        ["--require-hashes", "--requirement", "/tmp/install/requirements.lock"],
        ["--no-deps", "/tmp/install/*.whl"],
    ]


@pytest.mark.parametrize("stage", ["runtime", "builder"])
def test_nothing_stays_in_the_image_that_only_its_build_needs(stage: str) -> None:
    assert runs(stage).count("apt-get install") == 1
    assert "--no-install-recommends" in runs(stage)
    assert "rm -rf /var/lib/apt/lists/*" in runs(stage)
    assert "/tmp/install" not in runs(stage)


def test_nothing_is_fetched_past_the_package_managers() -> None:
    assert not re.search(r"\b(curl|wget|git clone)\b|https?://", "\n".join(map(runs, stages())))
    assert [rest for stage in stages().values() for word, rest in stage if word == "ADD"] == []


def test_of_botocore_s_models_those_stay_that_the_runtime_uses() -> None:
    called = re.findall(
        r'_session\.client\("([a-z0-9]+)"', (ROOT / "runtime/cigen_runtime/services/aws.py").read_text()
    )

    assert sorted(re.findall(r"! -name (\S+)", runs("install"))) == sorted(called)


def test_the_console_script_of_the_image_is_found_by_its_name() -> None:
    instructions = stages()["runtime"]

    assert ("CMD", '["cigen-runtime"]') in instructions
    assert any(word == "ENV" and rest.startswith("PATH=/opt/cigen/bin:$PATH") for word, rest in instructions)
