"""The service's Git repository, through the git command: one pass over the history, tags pushed all or none."""

import base64
import os
import secrets
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from cigen_runtime.contract.versions import VERSIONING_TOKEN
from cigen_runtime.diagnosis import Branch, checks
from cigen_runtime.errors import AuthenticationError, ConfigurationError, JobError, NotAllowedError, TryAgainError
from cigen_runtime.job import Job
from cigen_runtime.services.programs import handed_on

TIMEOUT = 300
"""Seconds for one git command."""
FETCH_WAITS = (1.0, 4.0, 10.0)
"""Seconds between tries to fetch."""
_Printed = TypeVar("_Printed", str, bytes)
_REFUSED = ("authentication failed", "could not read username", "http basic: access denied", "error: 401")
_FORBIDDEN = ("not allowed", "error: 403", "protected tag", "pre-receive hook declined", "you are not allowed")
_UNREACHABLE = (
    "could not resolve",
    "connection",
    "timed out",
    "error: 429",
    "error: 5",
    "unable to access",
    "hung up",
    "early eof",
    "not valid: is this a git repository",
)


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: what it says and which paths it touches."""

    id: str
    parents: tuple[str, ...]
    message: str
    paths: tuple[str, ...]


class TagTakenError(Exception):
    """Another pipeline pushed one of the tags first; none of ours was pushed."""


class Git:
    """The clone in the job's folder, and its remote `origin`."""

    def __init__(self, job: Job) -> None:
        self._folder: Path = job.folder
        self._clock = job.clock
        # The runner may have told git to take the password of `origin` from the job token.
        environment = handed_on(job.environment, "GIT_", "SSH_", "CURL_", "CI_JOB_TOKEN")
        self._environment = {**environment, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
        self._environment.setdefault("PATH", os.defpath)
        self._use_token(job)

    def require_whole_history(self) -> None:
        """Fetch what a shallow clone lacks, and all tags: a version computed from half a history is wrong."""
        if self.is_shallow():
            self._fetch("--unshallow", "--filter=blob:none", "--tags")
        else:
            self.fetch_tags()

    def is_shallow(self) -> bool:
        """Whether the clone has only a part of the history."""
        return self._run("rev-parse", "--is-shallow-repository").strip() == "true"

    def remote_tags(self) -> list[str]:
        """The tags that the remote has."""
        listing = self._run("ls-remote", "--quiet", "--tags", "--refs", "origin")
        return [line.partition("refs/tags/")[2] for line in listing.splitlines()]

    def require_push(self, tag: str) -> None:
        """Ask the remote whether it would take a tag of ours; nothing is pushed. Raises NotAllowedError.

        What only a rule for protected tags refuses is refused at the push itself.
        """
        try:
            self._run("push", "--quiet", "--dry-run", "origin", f"HEAD:refs/tags/{tag}")
        except subprocess.CalledProcessError as error:
            raise _push_refused(error.stderr) from None

    def fetch_tags(self) -> None:
        """Learn the tags that others pushed meanwhile."""
        self._fetch("--tags", "--force")

    def _fetch(self, *options: str) -> None:
        self._patiently(lambda: self._run("fetch", "--quiet", *options, "origin"))

    def _patiently(self, run: Callable[[], _Printed]) -> _Printed:
        """Run what fetches; a host that is down for a moment is waited for: git itself gives up at once."""
        for wait in FETCH_WAITS:
            try:
                return run()
            except TryAgainError:
                self._clock.sleep(wait)
        return run()

    def head(self) -> str:
        """The commit that the job runs for."""
        return self._run("rev-parse", "HEAD").strip()

    def commits(self) -> Iterator[Commit]:
        """All commits that HEAD contains, each before its parents, in one pass over the history."""
        # With -z each commit ends its format with NUL; its paths follow, each with a NUL of its own. What parts the
        # fields is made up anew each time: a message may hold any character, but not what nobody knew.
        mark = secrets.token_hex(16)
        start, end = f"<{mark}<", f">{mark}>"
        form = f"--format={start}%H{end}%P{end}%B{end}"
        log = self._run("log", "--topo-order", "-z", "--name-only", "--no-renames", form)
        for record in log.split(start)[1:]:
            commit, parents, message, paths = record.split(end, 3)
            yield Commit(
                commit,
                tuple(parents.split()),
                message,
                tuple(path.lstrip("\n") for path in paths.split("\0") if path.strip("\n")),
            )

    def tags(self) -> dict[str, str]:
        """Every tag with the commit it stands for, annotated or not."""
        listing = self._run("for-each-ref", "--format=%(refname:strip=2) %(objectname) %(*objectname)", "refs/tags")
        return {name: peeled or commit for name, commit, peeled in (line.split(" ") for line in listing.splitlines())}

    def released(self) -> list[str]:
        """The tags whose commits HEAD contains."""
        return self._run("for-each-ref", "--format=%(refname:strip=2)", "--merged=HEAD", "refs/tags").splitlines()

    def commit(self, prefix: str) -> str | None:
        """The commit whose id begins so, None where there is no such one, or more."""
        return self._run("rev-parse", "--verify", "--quiet", f"{prefix}^{{commit}}", missing_ok=True).strip() or None

    def contains(self, commit: str) -> bool:
        """Whether HEAD is the commit or comes after it."""
        return self._run("merge-base", commit, "HEAD", missing_ok=True).strip() == commit

    def last_change(self, since: str, paths: Sequence[str]) -> str | None:
        """The last commit after another one, up to HEAD, that touches one of the paths; its short id."""
        return self._run("log", "-1", "--format=%h", f"{since}..HEAD", "--", *paths).strip() or None

    def files_at(self, commit: str, folder: str) -> dict[str, bytes]:
        """The content of every file below a folder as a commit has them, by path; two calls for any number of files.

        A clone that was made shallow has no contents of older commits: git fetches those, in one go.

        Raises ConfigurationError for what is no file, such as a link: it may lead out of the folder.
        """
        listing = self._run("ls-tree", "-r", "-z", "--full-tree", commit, "--", folder)
        blobs: dict[str, str] = {}
        for record in filter(None, listing.split("\0")):
            facts, path = record.split("\t", 1)
            mode, kind, blob = facts.split(" ")
            if kind != "blob" or mode == "120000":
                raise ConfigurationError(
                    f"{path} is {'a link' if kind == 'blob' else 'a submodule'} in {commit[:8]}, not a file",
                    remedy="Put the file itself there.",
                    branch=Branch.S3,
                )
            blobs[path] = blob
        wanted = "".join(f"{blob}\n" for blob in blobs.values()).encode()
        batch = self._patiently(lambda: self._bytes("cat-file", "--batch", given=wanted))
        return dict(zip(blobs, _contents(batch), strict=True))

    def folders(self, parent: str) -> list[str]:
        """The folders right below a folder, as HEAD has them."""
        listing = self._run("ls-tree", "-d", "-z", "--name-only", f"HEAD:{parent}", missing_ok=True)
        return [name for name in listing.split("\0") if name]

    def lacks(self, path: str) -> bool:
        """Whether HEAD has nothing at a path."""
        return not self._run("ls-tree", "--name-only", "HEAD", "--", path.rstrip("/"))

    def push_tags(self, tags: Sequence[str]) -> None:
        """Tag HEAD on the remote, all or none, without starting a pipeline for the tags.

        Raises TagTakenError when one of them exists there already.
        """
        try:
            self._push([f"HEAD:refs/tags/{tag}" for tag in tags])
        except subprocess.CalledProcessError as error:
            if "already exists" in error.stderr or "stale info" in error.stderr:
                raise TagTakenError from None
            raise _push_refused(error.stderr) from None

    def _push(self, refs: Sequence[str]) -> None:
        """Push; a remote that is not GitLab may know no push options, and starts no pipelines either."""
        try:
            self._run("push", "--quiet", "--atomic", "--push-option=ci.skip", "origin", *refs)
        except subprocess.CalledProcessError as error:
            if "does not support push options" not in error.stderr:
                raise
            self._run("push", "--quiet", "--atomic", "origin", *refs)

    def _run(self, *arguments: str, missing_ok: bool = False) -> str:
        return self._bytes(*arguments, missing_ok=missing_ok).decode(errors="replace")

    def _bytes(self, *arguments: str, missing_ok: bool = False, given: bytes = b"") -> bytes:
        try:
            done = subprocess.run(
                ["git", *arguments],  # noqa: S607 - git from the image's PATH
                cwd=self._folder,
                env=self._environment,
                input=given,
                capture_output=True,
                timeout=self._clock.at_most(TIMEOUT),
                check=True,
            )
        except FileNotFoundError as error:
            raise ConfigurationError(
                "git is not in the job's image", remedy="Use the runtime image.", branch=Branch.VERSIONING
            ) from error
        except subprocess.TimeoutExpired as error:
            raise TryAgainError(
                f"git {arguments[0]} took over {TIMEOUT} s",
                remedy="Look whether GitLab answers, then run the job again.",
                branch=Branch.VERSIONING,
            ) from error
        except subprocess.CalledProcessError as error:
            if missing_ok:
                return b""
            text = error.stderr.decode(errors="replace")
            if arguments[0] == "push":
                raise subprocess.CalledProcessError(error.returncode, "git push", stderr=text) from None
            raise _failed(arguments[0], text) from None
        return done.stdout

    def _use_token(self, job: Job) -> None:
        """Let git send the token to the host of `origin`, and to no other.

        It travels in git's environment, never in a command line or in the remote's address.
        """
        token = job.value(VERSIONING_TOKEN)
        origin = urlsplit(self._run("remote", "get-url", "origin").strip())
        if origin.password:  # a runner writes the job token into it
            job.redactor.add(unquote(origin.password))
        if not token or origin.scheme not in {"http", "https"}:
            return
        header = base64.b64encode(f"cigen:{token}".encode()).decode()
        job.redactor.add(header)
        place = f"{origin.scheme}://{origin.hostname}{f':{origin.port}' if origin.port else ''}/"
        count = int(self._environment.get("GIT_CONFIG_COUNT", "0"))
        self._environment[f"GIT_CONFIG_KEY_{count}"] = f"http.{place}.extraHeader"
        self._environment[f"GIT_CONFIG_VALUE_{count}"] = f"Authorization: Basic {header}"
        self._environment["GIT_CONFIG_COUNT"] = str(count + 1)


def _contents(batch: bytes) -> Iterator[bytes]:
    """The blobs that `git cat-file --batch` wrote one after the other, each behind a line that ends with its size."""
    at = 0
    while at < len(batch):
        start = batch.index(b"\n", at) + 1
        at = start + int(batch[at:start].split()[-1]) + 1
        yield batch[start : at - 1]


def _failed(verb: str, text: str) -> JobError:
    answer = _last_words(text)
    leaf = checks.TAG_PUSH if verb == "push" else checks.WHOLE_HISTORY
    if any(sign in text.lower() for sign in _REFUSED):
        return AuthenticationError(f"git {verb}", answer=answer, remedy="Renew VERSIONING_TOKEN.", leaf=leaf)
    if any(sign in text.lower() for sign in _UNREACHABLE):
        return TryAgainError(
            f"git {verb}",
            answer=answer,
            remedy="Look whether GitLab answers, then run the job again.",
            branch=Branch.VERSIONING,
        )
    return ConfigurationError(
        f"git {verb}", answer=answer, remedy="Run the command in a clone of the service repo.", branch=Branch.VERSIONING
    )


def _push_refused(text: str) -> JobError:
    if any(sign in text.lower() for sign in _FORBIDDEN):
        is_protected = "protected" in text.lower()
        return NotAllowedError(
            "pushed the version tags",
            answer=_last_words(text),
            remedy=(
                "Let the token's user create tags of that name: Settings > Repository > Protected tags."
                if is_protected
                else "Give VERSIONING_TOKEN write_repository, or let job tokens push; then look at protected tags."
            ),
            leaf=checks.PROTECTED_TAGS if is_protected else checks.TAG_PUSH,
        )
    return _failed("push", text)


def _last_words(text: str) -> str:
    """What git and the remote complain about; the last of it is often just that the connection ended."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("hint:")]
    complaints = [line for line in lines if line.startswith(("fatal:", "error:", "remote:", "!"))]
    return "; ".join((complaints or lines)[:3]) or "no message"
