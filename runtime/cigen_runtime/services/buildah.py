"""Builds images with buildah: no daemon, no privileges but those of the job.

Source: https://github.com/containers/buildah/blob/main/docs/buildah-build.1.md
"""

import shutil
import subprocess
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cigen_runtime.contract.images import DOCKER_AUTH_CONFIG
from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import AuthenticationError, ConfigurationError, JobError, NotFoundError, TryAgainError
from cigen_runtime.job import Job
from cigen_runtime.services.oci_layout import OciLayout
from cigen_runtime.services.programs import handed_on
from cigen_runtime.services.registry_login import passwords_of

_TRANSIENT = ("toomanyrequests", "timeout", "timed out", "connection reset", "connection refused", "503", "502", "eof")
_REFUSED = ("unauthorized", "authentication required", "denied")


@dataclass(frozen=True, slots=True)
class Build:
    """What one image is made from."""

    project: str
    version: str
    context: Path
    dockerfile: Path
    platform: str
    """In the OCI's words, such as `linux/amd64`."""
    labels: Mapping[str, str]

    @property
    def name(self) -> str:
        """Its name in the builder's own storage."""
        return f"localhost/cigen/{self.project}:{self.version.replace('+', '_')}"

    def options(self) -> Iterator[str]:
        """The options of `buildah build`."""
        yield from ("--file", str(self.dockerfile), "--platform", self.platform, "--tag", self.name)
        for key, value in {"PROJECT": self.project, "VERSION": self.version}.items():
            yield from ("--build-arg", f"{key}={value}")
        for key, value in self.labels.items():
            yield from ("--label", f"{key}={value}")


class Buildah:
    """The buildah command, with the login of DOCKER_AUTH_CONFIG for base images."""

    def __init__(self, job: Job, scratch: Path) -> None:
        self._job = job
        self._scratch = scratch
        self._environment = handed_on(job.environment, "BUILDAH_", "STORAGE_", "CONTAINERS_")
        found = shutil.which("buildah", path=self._environment.get("PATH"))
        if found is None:
            raise NotFoundError(
                "there is no buildah in the job's image",
                remedy=(
                    "Run this job in an image that has buildah and cigen-runtime; the Containerfile of cigen-runtime "
                    "makes one with `--target builder`. Name it in the job's `image`."
                ),
                branch=Branch.DOCKER,
            )
        self._program = found
        for password in passwords_of(job.value(DOCKER_AUTH_CONFIG)):
            job.redactor.add(password)
        login = scratch / "auth.json"
        login.touch(mode=0o600)
        login.write_text(job.value(DOCKER_AUTH_CONFIG), encoding="utf-8")
        self._environment["REGISTRY_AUTH_FILE"] = str(login)

    def build(self, build: Build) -> OciLayout:
        """Build one image; its folder lives as long as the builder does."""
        layout = self._scratch / build.project
        self._run(build, "build", *build.options(), str(build.context))
        self._run(build, "push", "--quiet", build.name, f"oci:{layout}")
        return OciLayout(layout)

    def _run(self, build: Build, *arguments: str) -> None:
        tail: deque[str] = deque(maxlen=15)
        with subprocess.Popen(
            [self._program, *arguments],
            cwd=self._job.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            try:
                for line in process.stdout:
                    self._job.log.line(line.rstrip())
                    tail.append(line.rstrip())
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            raise _failure(build, arguments[0], process.returncode, list(tail))


@contextmanager
def builder(job: Job) -> Iterator[Buildah]:
    """A builder whose images, and whose copy of the login, are gone when it is done with."""
    with TemporaryDirectory(prefix="cigen-build-") as scratch:
        yield Buildah(job, Path(scratch))


def _failure(build: Build, step: str, code: int, tail: list[str]) -> JobError:
    attempted = f"buildah could not {step} {build.project} {build.version}"
    answer = f"exit code {code}: " + (next((line for line in reversed(tail) if line), "") or "it said nothing")
    said = answer.lower()
    if any(word in said for word in _REFUSED):
        return AuthenticationError(
            attempted,
            answer=answer,
            remedy="See whether DOCKER_AUTH_CONFIG has a login for the registry of the base image.",
            branch=Branch.DOCKER,
        )
    if any(word in said for word in _TRANSIENT):
        return TryAgainError(attempted, answer=answer, remedy="Run the job again.", branch=Branch.DOCKER)
    return ConfigurationError(
        attempted,
        answer=answer,
        remedy=f"Build it on your own machine: buildah build --file {build.dockerfile} {build.context}",
        branch=Branch.DOCKER,
    )
