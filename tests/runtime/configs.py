"""A service repository with configs, and the commands that bring them to S3."""

import io
from collections.abc import Mapping
from pathlib import Path

from cigen_runtime.cli import main
from cigen_runtime.clock import Clock as RealClock
from lab import Lab
from runtime.conftest import STAGING_EU, Clock, Done
from runtime.repository import ENVIRONMENT, Repository

BUCKET = "native-config-staging-eu"
VARIABLES = {
    **STAGING_EU,
    **ENVIRONMENT,
    "CIGEN_ENVIRONMENTS": '{"staging": ["eu", "us"], "prod": ["eu"]}',
    "CIGEN_CONFIG_BUCKET": BUCKET,
}


class Configs:
    """A clone of the service repo, in which the jobs of staging/eu run."""

    def __init__(self, repository: Repository, lab: Lab, clock: Clock) -> None:
        self.repository = repository
        self.folder = repository.folder
        self.git = repository.git
        self._lab = lab
        self._clock = clock

    def commit(self, files: Mapping[str, str], tag: str = "") -> str:
        """Commit files, and perhaps tag the commit; returns its id."""
        commit = self.repository.commit("feat: change", files)
        if tag:
            self.git("tag", tag)
            self.git("push", "--quiet", "origin", tag)
        return commit

    def has(self, *projects: str) -> None:
        """Add projects."""
        self.commit({f"functions/{name}/.deployment": f"ACTUAL_LAMBDA_NAME={name}\n" for name in projects})

    def remove(self, path: str) -> None:
        self.git("rm", "--quiet", path)

    def run(self, command: str, *options: str, **variables: str) -> Done:
        """Run a command as a job of staging/eu."""
        stream = io.StringIO()
        environment = {**VARIABLES, **self._lab.job_variables, **variables}
        clock = RealClock(self._clock.now, self._clock.sleep)
        code = main([command, *options], environment, self.folder, stream, clock=clock)
        assert self._lab.job_variables["VAULT_SECRET_ID"] not in stream.getvalue()
        return Done(code, stream.getvalue())

    def path(self, name: str) -> Path:
        return self.folder / "cigen-out" / "staging" / "eu" / name

    def merged(self) -> Mapping[str, str]:
        """What merge-configs wrote."""
        root = self.path("merged-files")
        return {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*") if path.is_file()}
