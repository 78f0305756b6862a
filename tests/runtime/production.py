"""The surroundings of a job that works for all regions of production."""

import io
import json
from pathlib import Path
from typing import Any

from cigen_runtime.cli import main
from cigen_runtime.clock import Clock as RealClock
from lab import Lab, Status
from lab.names import ARTIFACTORY_PASSWORD
from runtime.conftest import Clock, Done

BUILD, RC, RELEASE = "docker-native-local", "docker-native-rc", "docker-native-release"
HOST = "artifactory.example.com"
REGIONS = {"eu": "eu-west-2", "us": "us-east-1"}
ECR_ACCOUNT = "111122223333"
REPOSITORY = "lambda-images"

PROD = {
    "CIGEN_ENVIRONMENT": "prod",
    "CIGEN_REGIONS": json.dumps(
        [
            {"region": name, "aws_region": region, "ecr_account": ECR_ACCOUNT, "ecr_repository": REPOSITORY}
            for name, region in REGIONS.items()
        ]
    ),
    "CIGEN_AWS_REGION": "eu-west-2",
    "CIGEN_AWS_ACCOUNT": "444455556666",
    "CI_ENVIRONMENT_NAME": "prod",
    "VAULT_ADDR": "https://vault.example.com",
    "CIGEN_VAULT_ROLE": "lambda-prod",
    "CIGEN_ARTIFACTORY_REGISTRY": "artifactory.example.com/{repository}",
    "CIGEN_BUILD_REPOSITORY": BUILD,
    "CIGEN_RC_REPOSITORY": RC,
    "CIGEN_RELEASE_REPOSITORY": RELEASE,
    "ARTIFACTORY_URL": "https://artifactory.example.com/artifactory",
}


class Production:
    """A service's checkout in which jobs of production run."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab = lab
        self.folder = folder

    def run(self, command: str, *options: str, clock: Clock | None = None, **variables: str) -> Done:
        """Run a command; keyword arguments are variables."""
        stream = io.StringIO()
        environment = {**PROD, **self.lab.job_variables, **variables}
        time = RealClock(clock.now, clock.sleep) if clock else None
        code = main([command, *options], environment, self.folder, stream, clock=time)
        log = stream.getvalue()
        for secret in (self.lab.job_variables["VAULT_SECRET_ID"], ARTIFACTORY_PASSWORD):
            assert secret not in log
        return Done(code, log)

    def has(self, folder: str, *lines: str) -> None:
        """Add a folder with its `.deployment`."""
        path = self.folder / "functions" / folder
        path.mkdir(parents=True, exist_ok=True)
        (path / ".deployment").write_text("".join(f"{line}\n" for line in lines))

    def write(self, name: str, content: object) -> None:
        """Write a JSON file, as an earlier job left it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))

    def read(self, name: str) -> Any:
        """A JSON file."""
        return json.loads((self.folder / name).read_text())

    def written(self) -> list[str]:
        """Every file below cigen-out but the results, and versions.json."""
        found = [*self.folder.glob("cigen-out/**/*.json"), *self.folder.glob("versions.json")]
        return sorted(str(path.relative_to(self.folder)) for path in found if path.parent.name != "results")


def no_token_for_ecr() -> Status:
    """ECR's answer to a role that may not take a registry token."""
    body = {"__type": "AccessDeniedException", "Message": "not authorized to perform: ecr:GetAuthorizationToken"}
    return Status(400, json.dumps(body).encode(), {"Content-Type": "application/x-amz-json-1.1"})
