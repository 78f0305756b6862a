"""A company on the lab: its rendered pipelines repo, a service repo that includes it, and a GitLab CI executor.

The lifecycle test and `make demo` are both made of this.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from lab import Lab
from lab.executor import EXECUTOR, NODE
from lab.images import make_image

ROOT = Path(__file__).parents[2]
SERVICE = ROOT / "tests" / "lab" / "service"
ACCOUNTS = {"staging": "111122223333", "prod": "444455556666"}
ECR_ACCOUNT = "111122223333"
REPOSITORY = "lambda-images"
PIPELINES = "platform/pipelines"
PIPELINES_TAG = "v1.0.0"
"""What the service pins its includes to."""
FUNCTIONS = ("orders-api", "invoice-writer")
"""Those that exist; the third of the service is yet to be created."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_FINISHED = re.compile(r"^([\w-]+) +finished in ", re.MULTILINE)
REGIONS = {"eu": "eu-west-2", "us": "us-east-1"}


@dataclass(frozen=True, slots=True)
class Run:
    """One pipeline run: its exit code and all that it printed."""

    code: int
    log: str

    @property
    def jobs(self) -> set[str]:
        """The jobs that ran."""
        return set(_FINISHED.findall(_COLOUR.sub("", self.log))) - {"pipeline"}


class Company:
    """The example company of cigen.yaml, with everything in AWS that must exist before the first deployment."""

    def __init__(
        self, lab: Lab, folder: Path, regions: dict[str, str] | None = None, changes: dict[str, str] | None = None
    ) -> None:
        self.lab = lab
        self.changes = changes or {}
        """What of the text of cigen.yaml stands there otherwise."""
        self.folder = folder
        self.regions = regions or REGIONS
        """By name; those that cigen.yaml does not have are added to all environments by the command."""
        self.service = folder / "service"

    def found(self, *, fetched: bool = False) -> None:
        """Render and publish the pipelines repo; create the service repo, the ECR repositories and the functions.

        `fetched` lays what the service includes into the executor's own cache, which saves it a minute of fetching
        file by file; else its first pipeline fetches from the Git host, as GitLab does.
        """
        self.publish_pipelines()
        self._create_service()
        if fetched:
            cache = self.service / ".gitlab-ci-local" / "includes" / "gitlab.example.com" / PIPELINES / PIPELINES_TAG
            shutil.copytree(self.folder / "pipelines" / "rendered", cache)
        for region, aws_region in self.regions.items():
            self._create_aws(region, aws_region)

    def publish_pipelines(self) -> None:
        """Render the example configuration with the command, and put it on the Git host."""
        home = self.folder / "pipelines"
        home.mkdir(parents=True)
        text = (ROOT / "cigen.yaml").read_text()
        for old, new in self.changes.items():
            assert old in text
            text = text.replace(old, new)
        (home / "cigen.yaml").write_text(text)
        for region in self.regions.keys() - REGIONS.keys():
            self._cigen("region", "add", region, "--aws-region", self.regions[region])
        self._cigen("render")
        self.lab.git_host.create(PIPELINES, source=home / "rendered")
        self.lab.git_host.git(PIPELINES, "tag", PIPELINES_TAG)

    def commit(self, message: str, files: dict[str, str]) -> None:
        """Commit to the service's main branch and push."""
        for path, text in files.items():
            (self.service / path).parent.mkdir(parents=True, exist_ok=True)
            (self.service / path).write_text(text)
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", message)
        before = self._git("rev-parse", "origin/main").strip()
        self._git("push", "--quiet", "origin", "main")
        self._git("fetch", "--quiet", "origin")
        self._git("update-ref", "refs/remotes/origin/main", before)  # what the executor compares a push with

    def run_pipeline(self, **variables: str) -> Run:
        """Run the service's pipeline for a push to main, as GitLab would, in a clean environment."""
        settings = self.folder / "variables.yml"
        with settings.open("w") as file:
            YAML().dump({**self.lab.job_variables, **self.lab.environment, **variables}, file)
        done = subprocess.run(
            [
                NODE / "node",
                EXECUTOR,
                f"--home={self.folder / 'home'}",
                f"--variables-file={settings}",
                "--force-shell-executor",
                "--shell-isolation",
                "--no-artifacts-to-source",
            ],
            cwd=self.service,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Run(done.returncode, done.stdout)

    def start_production(self, **versions: str) -> Run:
        """Start the production pipeline as a person does: Run pipeline on the protected main branch."""
        return self.run_pipeline(
            CI_PIPELINE_SOURCE="web", CI_COMMIT_REF_PROTECTED="true", TARGET_VERSIONS_JSON=json.dumps(versions)
        )

    def start_config_sync(self, **versions: str) -> Run:
        """Start the sync of configs to production as a person does."""
        return self.run_pipeline(
            CI_PIPELINE_SOURCE="web", CI_COMMIT_REF_PROTECTED="true", S3_CONFIG_VERSIONS_JSON=json.dumps(versions)
        )

    def configs(self, environment: str, region: str) -> dict[str, str]:
        """The configs in the bucket of an environment and region, by key."""
        objects = self.lab.aws.objects(_bucket(environment, region), ACCOUNTS[environment])
        return {key: content.decode() for key, content in objects.items() if not key.startswith(".cigen-")}

    def artifact(self, job: str, path: str) -> dict[str, Any]:
        """A JSON artifact of a job of the last run."""
        text = (self.service / ".gitlab-ci-local" / "artifacts" / job / path).read_text()
        content: dict[str, Any] = json.loads(text)
        return content

    def _create_service(self) -> None:
        shutil.copytree(SERVICE, self.service)
        self.lab.git_host.create("team/orders")
        self._git("init", "--quiet", "--initial-branch=main")
        self._git("remote", "add", "origin", "https://gitlab.example.com/team/orders.git")
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", "feat: start the service")
        self._git("push", "--quiet", "origin", "main")
        self._git("fetch", "--quiet", "origin")
        self._git("remote", "set-head", "origin", "main")

    def _create_aws(self, region: str, aws_region: str) -> None:
        self.lab.ecr.create_repository(REPOSITORY, account=ECR_ACCOUNT, region=aws_region, immutable=True)
        first = self.lab.ecr.push(make_image("hello"), REPOSITORY, "hello", account=ECR_ACCOUNT, region=aws_region)
        for account in ACCOUNTS.values():
            for name in FUNCTIONS:
                self.lab.aws.create_function(account, aws_region, name, first)
        for environment, account in ACCOUNTS.items():
            self.lab.aws.create_bucket(_bucket(environment, region), account, aws_region)

    def _cigen(self, *arguments: str) -> None:
        home = self.folder / "pipelines"
        subprocess.run([sys.executable, "-m", "cigen", *arguments], cwd=home, check=True, capture_output=True)

    def _git(self, *arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments], cwd=self.service, env=self._environment(), check=True, capture_output=True, text=True
        ).stdout

    def _environment(self) -> dict[str, str]:
        home = self.folder / "home"
        home.mkdir(parents=True, exist_ok=True)
        identity = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _DEVELOPER.items()}
        path = os.pathsep.join(map(str, (Path(sys.executable).parent, NODE, "/usr/bin", "/bin")))
        token = self.lab.job_variables["VERSIONING_TOKEN"]
        (home / ".netrc").write_text(f"machine gitlab.example.com login dev password {token}\n")
        return {"PATH": path, "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", **identity, **self.lab.environment}


def _bucket(environment: str, region: str) -> str:
    return f"native-config-{environment}-{region}"


_DEVELOPER = {"NAME": "Dev", "EMAIL": "dev@example.com"}
