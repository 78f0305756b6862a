"""Files of other projects through Git, for job tokens: these may fetch a repository on every version of GitLab.

The REST API shows files to a job token on new versions only, and answers 404 on all others.
"""

import io
import os
import re
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from cigen.gitlab import reasons
from cigen.gitlab.access import Access
from cigen.gitlab.component_version import highest, is_range
from cigen.pipeline.other_projects import Named
from cigen.pipeline.sources import Missing, Sources, Unknown
from cigen.pipeline.tree import Tree

TIMEOUT = 60.0
"""Seconds for one fetch of a single commit."""
_LARGEST = 256 * 1024 * 1024
_STATUS = re.compile(r"returned error: (\d{3})")
_WORDS = (
    (re.compile(r"Authentication failed|could not read Username|Access denied"), 401),
    (re.compile(r"not found|could not be found"), 404),
)
_REF = re.compile(r"[^\s:*?\[\\^~+-][^\s:*?\[\\^~]*")
"""What the name of a branch, a tag or a commit may be; anything else would tell Git more than which one to fetch."""
_INVALID = "invalid refspec"
_KEPT = re.compile(r"GIT_(?:SSL_|HTTP_|PROXY_|CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM)$)")
"""What an environment may tell Git about the way to a server; the rest is about some repository around us."""
_NO_REF = re.compile(r"couldn't find remote ref|not our ref|invalid refspec|unadvertised object")
_TRANSPORT = (
    ("Could not resolve host", "its name is not known"),
    ("certificate", "its certificate is not trusted (GIT_SSL_CAINFO names one that is)"),
    ("Failed to connect", "it refuses connections"),
    ("timed out", "the time was up"),
)


@dataclass(slots=True)
class GitLabGit:
    """The projects of one GitLab, fetched with the token of the job that runs."""

    access: Access
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)
    failures: list[str] = field(default_factory=list)
    """Why something could not be looked up."""
    _known: dict[tuple[str, str], Sources | Unknown | Missing] = field(default_factory=dict, repr=False)

    def project(self, project: str, ref: str) -> Sources | Unknown | Missing:
        """The files of a project at a ref."""
        key = (project, ref)
        if key not in self._known:
            self._known[key] = self._fetched(project, ref)
        return self._known[key]

    def _fetched(self, project: str, ref: str) -> Sources | Unknown | Missing:
        try:
            with tempfile.TemporaryDirectory(prefix="cigen-") as folder:
                return self._in(Path(folder), project, ref)
        except FileNotFoundError:
            return self._failed("Git is not installed here, and a job token needs it")
        except subprocess.TimeoutExpired:
            return self._failed(reasons.not_reached(self.access, "the time was up"))
        except OSError as error:
            return self._failed(f"there is no room for a copy of {project}: {error.strerror}")

    def _in(self, folder: Path, project: str, ref: str) -> Sources | Unknown | Missing:
        self._git(folder, "init", "--quiet", "--bare")
        address = f"{self.access.url}/{quote(project)}.git"
        said = self._fetch(folder, address, ref) if _REF.fullmatch(ref) else _INVALID
        if _NO_REF.search(said):
            tag = self._release(folder, address, ref)
            return self.project(project, tag) if tag else Missing(reasons.no_commit(ref, project))
        if said:
            return self._failed(self._reason(said, project))
        archive = self._git(folder, "archive", "--format=tar", "FETCH_HEAD").stdout
        if len(archive) > _LARGEST:
            return self._failed(f"{project} has more than {_LARGEST // 1024 // 1024} MB of files")
        return Named(Tree(project, _files(archive)), f"{project}@{ref}")

    def _fetch(self, folder: Path, address: str, ref: str) -> str:
        """What Git said when it could not fetch a ref, though tried again where that may help; empty when it could."""
        for pause in (*reasons.PAUSES, None):
            done = self._git(folder, "fetch", "--quiet", "--depth=1", "--no-tags", "--", address, ref)
            if done.returncode == 0:
                return ""
            said = done.stderr.decode("utf-8", "replace") or "Git said nothing"
            if pause is None or _status(said) not in reasons.TRIED_AGAIN:
                break
            time.sleep(pause)
        return said

    def _release(self, folder: Path, address: str, version: str) -> str:
        """The tag that the version of a component means, where it is none itself."""
        if not is_range(version):
            return ""
        listed = self._git(folder, "ls-remote", "--tags", "--refs", "--", address).stdout.decode("utf-8", "replace")
        return highest(version, [line.rpartition("refs/tags/")[2] for line in listed.splitlines()])

    def _reason(self, said: str, project: str) -> str:
        status = _status(said) or next((status for words, status in _WORDS if words.search(said)), 0)
        if status:
            return reasons.refused(status, project, self.access)
        what = next((what for mark, what in _TRANSPORT if mark in said), "the connection was lost")
        return reasons.not_reached(self.access, what)

    def _failed(self, reason: str) -> Unknown:
        if reason not in self.failures:
            self.failures.append(reason)
        return Unknown(reason)

    def _git(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["git", *arguments],  # noqa: S607 - git from the PATH
            cwd=folder,
            env=self._surroundings(),
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )

    def _surroundings(self) -> dict[str, str]:
        """The token stands in a variable alone, and a helper gives it to this one address."""
        settings = {
            "credential.helper": "",
            f"credential.{self.access.url}.helper": (
                '!f() { echo username=gitlab-ci-token; echo "password=$CIGEN_GIT_PASSWORD"; }; f'
            ),
            "http.lowSpeedLimit": "1000",
            "http.lowSpeedTime": "20",
            "http.followRedirects": "false",
        }
        told = {"GIT_CONFIG_COUNT": str(len(settings))}
        for number, (name, value) in enumerate(settings.items()):
            told |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
        own = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "CIGEN_GIT_PASSWORD": self.access.token}
        kept = {name: value for name, value in self.environment.items() if name[:4] != "GIT_" or _KEPT.match(name)}
        return kept | told | own


def _status(said: str) -> int:
    found = _STATUS.search(said)
    return int(found[1]) if found else 0


def _files(archive: bytes) -> dict[str, bytes]:
    """The files of a tar archive; links are none, as for GitLab."""
    files: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isfile() else None
            if content is not None:
                files[member.name] = content.read()
    return files
