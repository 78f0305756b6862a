"""What a job's log looks like, and that no secret gets into it by any way."""

import base64
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from cigen_runtime.cli import main
from cigen_runtime.commands import aws_credentials
from cigen_runtime.contract import COMMANDS
from cigen_runtime.contract.model import File
from cigen_runtime.errors import ConfigurationError
from cigen_runtime.job import Job
from cigen_runtime.log import Log
from cigen_runtime.redact import Redactor
from lab import Lab
from lab.images import make_image
from runtime.conftest import STAGING_EU, Done, Service

Run = Callable[..., Done]
SECRET = 'the "secret"+ID/of=this job'
VARIABLES = {**STAGING_EU, "VAULT_ROLE_ID": "role", "VAULT_SECRET_ID": SECRET}
FORMS = {
    "plain": SECRET,
    "in a URL": quote(SECRET, safe=""),
    "in JSON": json.dumps(SECRET)[1:-1],
    "as Python shows it": repr(SECRET)[1:-1],
    "in base64": base64.b64encode(SECRET.encode()).decode(),
    "in a Basic header": base64.b64encode(f"user:{SECRET}".encode()).decode(),
}


def run_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: Callable[[Job], None], **variables: str) -> Done:
    """A command whose work is `body`."""
    monkeypatch.setattr(aws_credentials, "run", body)
    stream = io.StringIO()
    code = main(["aws-credentials"], {**VARIABLES, **variables}, tmp_path, stream)
    return Done(code, stream.getvalue())


def texts_of(document: Any) -> list[str]:
    """Every text in a JSON document, as whoever reads it sees it."""
    if isinstance(document, dict):
        return [text for value in document.values() for text in texts_of(value)]
    if isinstance(document, list):
        return [text for value in document for text in texts_of(value)]
    return [str(document)]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
@pytest.mark.parametrize("way", ["line", "section", "error", "traceback", "file"])
def test_no_form_of_a_secret_gets_out_by_any_way(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, form: str, way: str
) -> None:
    def body(job: Job) -> None:
        if way == "line":
            job.log.line(f"said {form} aloud")
        elif way == "section":
            with job.log.section(f"title {form}"):
                pass
        elif way == "error":
            raise ConfigurationError(f"did {form}", answer=f"got {form}", remedy=f"do {form}")
        elif way == "traceback":
            raise RuntimeError(f"broken: {form}")
        else:
            job.write(File("out.json", "What the command leaves."), {"wrote": form})

    done = run_with(monkeypatch, tmp_path, body, GITLAB_CI="true")

    files = [path.read_text() for path in tmp_path.rglob("*.json")]
    written = [done.log, *files, *(text for file in files for text in texts_of(json.loads(file)))]
    assert [text for text in written if form in text] == []
    assert any("[secret]" in text for text in written)


def test_what_a_program_prints_about_a_secret_is_masked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def body(job: Job) -> None:
        program = "import os, sys; sys.exit('fatal: cannot use ' + os.environ['VAULT_SECRET_ID'])"
        environment = {**os.environ, **job.environment}
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
        )
        raise ConfigurationError("ran a program", answer=done.stderr)

    done = run_with(monkeypatch, tmp_path, body)

    assert "came back: fatal: cannot use [secret]" in done.log


def test_what_a_library_prints_by_itself_is_masked_in_the_process(tmp_path: Path) -> None:
    """The entry point redacts the process's own streams, whoever writes to them."""
    script = """
import sys
from cigen_runtime import cli
from cigen_runtime.commands import aws_credentials

def run(job):
    print("stdout says", job.environment["VAULT_SECRET_ID"][:8], end="")
    sys.stdout.flush()
    print(job.environment["VAULT_SECRET_ID"][8:])
    print("stderr says", job.environment["VAULT_SECRET_ID"], file=sys.stderr)

aws_credentials.run = run
sys.argv = ["cigen-runtime", "aws-credentials"]
cli.entry_point()
"""
    environment = {**VARIABLES, "PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}

    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "stdout says [secret]\n",
        "stderr says [secret]\n",
    )


def test_a_log_that_takes_ascii_alone_gets_every_line(tmp_path: Path) -> None:
    script = Path(sys.executable).parent / "cigen-runtime"
    environment = {"PATH": os.environ["PATH"], "PYTHONIOENCODING": "ascii"}
    (tmp_path / "functions" / "grüße").mkdir(parents=True)

    done = subprocess.run(
        [script, "trace", "gruesse-日本"], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 12
    assert "error: there is no project 'gruesse-\\u65e5\\u672c' (not found)" in done.stdout
    assert done.stderr == ""


def test_a_reader_of_the_log_who_leaves_ends_nothing(tmp_path: Path) -> None:
    script = Path(sys.executable).parent / "cigen-runtime"
    process = subprocess.Popen(
        [script, "doctor"],
        env={"PATH": os.environ["PATH"]},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()

    _, complaints = process.communicate(timeout=60)

    assert complaints == b""
    (result,) = (json.loads(path.read_text()) for path in tmp_path.glob("cigen-out/results/*.json"))
    assert (process.returncode, result["exit_code"]) == (12, 12), "it is in no repository of a service"


class TestSections:
    """GitLab's folds."""

    @staticmethod
    def log() -> tuple[Log, io.StringIO]:
        stream = io.StringIO()
        return Log(stream, Redactor(), lambda: 1_000_000.0, folding=True), stream

    def test_a_section_is_marked_as_gitlab_wants_it(self) -> None:
        log, stream = self.log()

        with log.section("Look at 2 images: eu"):
            log.line("inside")

        assert stream.getvalue() == (
            "\x1b[0Ksection_start:1000000:look_at_2_images_eu[collapsed=true]\r\x1b[0KLook at 2 images: eu\n"
            "inside\n"
            "\x1b[0Ksection_end:1000000:look_at_2_images_eu\r\x1b[0K"
        )

    def test_two_sections_of_one_title_have_names_of_their_own(self) -> None:
        log, stream = self.log()

        for _ in range(2):
            with log.section("Log in"):
                pass

        assert re.findall(r"section_(?:start|end):\d+:(\w+)", stream.getvalue()) == [
            "log_in",
            "log_in",
            "log_in_2",
            "log_in_2",
        ]

    def test_a_failure_inside_closes_its_section_and_is_told_outside(self, run: Run) -> None:
        done = run("aws-credentials", VAULT_SECRET_ID="wrong-secret-id", GITLAB_CI="true")

        before, _, after = done.log.partition("section_end:")
        assert "error:" not in before
        assert "error: logged in to Vault by AppRole" in after


def test_a_long_look_gives_signs_of_life_and_ends_with_its_summary(lab: Lab, run: Run, service: Service) -> None:
    image = make_image("it")
    for number in range(30):
        name = f"project-{number:02}"
        service.has(name, "1.0.0", lambda_name=name)
        lab.artifactory.push(image, f"docker-native-local/{name}", "1.0.0")
        if number:
            lab.ecr.push(image, "lambda-images", f"{name}-1.0.0")

    done = run("retag-push-ecr")

    assert done.code == 0, done.log
    shown = [re.sub(r"[\d.]+ (MB|s)\b", r"… \1", line) for line in done.log.splitlines()]
    assert shown[2:] == [
        "Look at 30 images in Artifactory (artifactory.example.com) and ECR "
        "(111122223333.dkr.ecr.eu-west-2.amazonaws.com)",
        "[25/30]",
        "1 of 30 images to copy, the others are in ECR already",
        "Copy 1 image",
        "[1/1] artifactory.example.com/docker-native-local/project-00:1.0.0 -> "
        "111122223333.dkr.ecr.eu-west-2.amazonaws.com/lambda-images:project-00-1.0.0",
        f"  {image.digest}, … MB in … s",
        "copied 1 image, … MB in … s",
        "wrote cigen-out/staging/eu/lambda-ecr-mappings.json",
    ]


def test_every_secret_of_the_contract_is_learnt_before_anything_is_written(tmp_path: Path) -> None:
    for command in COMMANDS:
        secrets = [variable.name for variable in command.variables if variable.secret]
        environment = {name: f"value-of-{name}-0123456789" for name in secrets}
        stream, redactor = io.StringIO(), Redactor()
        arguments = [argument.name for argument in command.arguments]
        chosen = [part for option in command.options if option.required for part in (option.flag, option.choices[0])]

        main([command.name, *arguments, *chosen], environment, tmp_path, stream, redactor=redactor)

        for name, value in environment.items():
            assert redactor.clean(value) == "[secret]", (command.name, name)
            assert value not in stream.getvalue()
