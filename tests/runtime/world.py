"""A service in staging/eu that lacks nothing: what a test breaks is the only thing that is wrong."""

import io
import json
import os
import subprocess
from pathlib import Path

from cigen_runtime.cli import main
from cigen_runtime.clock import Clock as RealClock
from lab import Lab
from lab.images import make_image
from lab.names import ARTIFACTORY_PASSWORD, JIRA_API_TOKEN
from runtime.conftest import ECR, STAGING_EU, Clock, Done

ACCOUNT, AWS_REGION = "111122223333", "eu-west-2"
BUILD, RC, RELEASE = "docker-native-local", "docker-native-rc", "docker-native-release"
PROJECTS = ("orders-api", "invoices")
OLD, NEW = make_image("old"), make_image("new")
BUCKET = "native-config-staging-eu"
REGIONS = [
    {"region": "eu", "aws_region": AWS_REGION, "ecr_account": ACCOUNT, "ecr_repository": "lambda-images"},
]


class World:
    """Two projects: 1.1.0 is built, pushed to ECR and mapped, has tickets, and waits to be deployed over 1.0.0."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab = lab
        self.folder = folder
        self.clock = Clock()
        self._create_repository()
        for project in PROJECTS:
            self._create_project(project)
        self.write("versions.json", {name: {"version": "1.1.0", "folder": name} for name in PROJECTS})
        self.write_mapping()
        self.deployed()

    @property
    def variables(self) -> dict[str, str]:
        """All that any job of staging/eu has."""
        return {
            **STAGING_EU,
            **self.lab.job_variables,
            **self.lab.environment,
            "PATH": os.environ["PATH"],
            "CIGEN_REGIONS": json.dumps(REGIONS),
            "CIGEN_RC_REPOSITORY": RC,
            "CIGEN_RELEASE_REPOSITORY": RELEASE,
            "ARTIFACTORY_URL": "https://artifactory.example.com/artifactory",
            "CIGEN_ON_MISSING": "fail",
            "CIGEN_ENVIRONMENTS": json.dumps({"staging": ["eu"]}),
            "CIGEN_CONFIG_BUCKET": BUCKET,
        }

    def run(self, *call: str, **variables: str) -> Done:
        """Run a command as a job of staging/eu would; keyword arguments are variables."""
        stream = io.StringIO()
        time = RealClock(self.clock.now, self.clock.sleep)
        code = main(list(call), {**self.variables, **variables}, self.folder, stream, clock=time)
        log = stream.getvalue()
        for secret in (self.lab.job_variables["VAULT_SECRET_ID"], ARTIFACTORY_PASSWORD, JIRA_API_TOKEN):
            assert secret not in log
        return Done(code, log)

    def write(self, name: str, content: object) -> None:
        """Write a JSON file, as an earlier job left it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))

    def write_mapping(self) -> None:
        """What retag-push-ecr left."""
        projects = {
            name: {
                "folder": name,
                "lambda": name,
                "version": "1.1.0",
                "image": f"{ECR}/lambda-images:{name}-1.1.0",
                "source_digest": NEW.digest,
                "digest": NEW.digest,
                "architecture": "x86_64",
            }
            for name in PROJECTS
        }
        document = {"schema": 1, "environment": "staging", "region": "eu", "projects": projects}
        self.write("cigen-out/staging/eu/lambda-ecr-mappings.json", document)

    def merge_configs(self, *, bucket_of: str | None = ACCOUNT) -> None:
        """Configs, merged and ready to sync, and the bucket of an account; None: there is none."""
        self.write("configs/base/orders-api/app.json", {"limit": 10})
        for command in ("find-versions", "merge-configs"):
            assert self.run(command).code == 0
        if bucket_of:
            self.lab.aws.create_bucket(BUCKET, bucket_of)

    def deployed(self) -> None:
        """What deploy-lambda left."""
        projects = {
            name: {
                "lambda": name,
                "version": "1.1.0",
                "image": f"{ECR}/lambda-images:{name}-1.1.0",
                "digest": NEW.digest,
                "source_digest": NEW.digest,
                "before": None,
                "outcome": "updated",
            }
            for name in PROJECTS
        }
        document = {"schema": 1, "environment": "staging", "region": "eu", "projects": projects}
        self.write("cigen-out/staging/eu/deploy-result.json", {**document, "deployed_at": "2026-11-24T03:27:29Z"})

    def git(self, *arguments: str) -> None:
        """Run git in the service's clone."""
        identity = {f"GIT_{who}_{key}": "dev" for who in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
        environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", **identity}
        subprocess.run(["git", *arguments], cwd=self.folder, env=environment, check=True, capture_output=True)

    def _create_repository(self) -> None:
        bare = self.lab.git_host.create("team/orders")
        self.folder.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("remote", "add", "origin", self.lab.git_host.url("team/orders"))
        for project in PROJECTS:
            folder = self.folder / "functions" / project
            folder.mkdir(parents=True)
            (folder / ".deployment").write_text(f"ACTUAL_LAMBDA_NAME={project}\n")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "feat: begin")
        self.git("push", "--quiet", str(bare), "main")

    def _create_project(self, project: str) -> None:
        lab = self.lab
        for repository in (BUILD, RC):
            lab.artifactory.push(NEW, f"{repository}/{project}", "1.1.0")
        lab.artifactory.push(OLD, f"{RELEASE}/{project}", "1.0.0")
        before = lab.ecr.push(OLD, "lambda-images", f"{project}-1.0.0")
        lab.ecr.push(NEW, "lambda-images", f"{project}-1.1.0")
        lab.aws.create_function(ACCOUNT, AWS_REGION, project, before)
        lab.jira.issue(f"cigen-{project}-1.1.0", status="Pre-Prod")
