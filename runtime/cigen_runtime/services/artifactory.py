"""Artifactory: as a container registry, and its REST call that promotes images between its repositories."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

import requests

from cigen_runtime.clock import Clock
from cigen_runtime.contract.images import (
    ARTIFACTORY_REGISTRY,
    BUILD_REPOSITORY,
    DOCKER_AUTH_CONFIG,
    SOURCE_REPOSITORIES,
)
from cigen_runtime.contract.promotion import ARTIFACTORY_PASS, ARTIFACTORY_URL, ARTIFACTORY_USER
from cigen_runtime.diagnosis import Branch, checks
from cigen_runtime.errors import (
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    JobError,
    NotAllowedError,
    NotFoundError,
    OutcomeUnknownError,
    TryAgainError,
    VerificationError,
)
from cigen_runtime.job import Job
from cigen_runtime.services.answers import Remedy, answer_of_another, kind_of
from cigen_runtime.services.http import PatientSession
from cigen_runtime.services.registry import Registry
from cigen_runtime.services.registry_login import Login, docker_login
from cigen_runtime.versions import Version, parse_version

PROMOTE_ATTEMPTS = 4


def artifactory_registry(job: Job, repository: str) -> tuple[Registry, str]:
    """Artifactory's registry for a repository, and the path under which its images stand there.

    The configured pattern puts the repository's key into the host or into the path, as the site has it.
    """
    host, _, path = job.value(ARTIFACTORY_REGISTRY).replace("{repository}", repository).partition("/")
    login = docker_login(job.value(DOCKER_AUTH_CONFIG), host)
    return _registry(job, host, login, Branch.DOCKER), path


def source_registries(job: Job) -> list[tuple[Registry, str]]:
    """The registries that the job takes images from, in the order to look into them, each with the path in it."""
    keys = job.value(SOURCE_REPOSITORIES).split() or [job.value(BUILD_REPOSITORY)]
    return [artifactory_registry(job, key) for key in keys]


def _registry(job: Job, host: str, login: Login, branch: Branch) -> Registry:
    learn = job.redactor.add
    learn(login.password)
    learn(login.header.removeprefix("Basic "))
    promotes = branch is Branch.ARTIFACT
    door = checks.ARTIFACTORY_PASS if promotes else checks.ARTIFACTORY_LOGIN
    rights = checks.ARTIFACTORY_PERMISSION if promotes else checks.ARTIFACTORY_LOGIN
    return Registry(f"Artifactory ({host})", host, login, job.clock, branch, door=door, rights=rights, learn=learn)


@dataclass(frozen=True, slots=True)
class Repository:
    """One docker repository of Artifactory, by its key; its images are looked at as any registry's."""

    key: str
    registry: Registry
    path: str
    """What stands before an image's name in the registry."""
    folder: str
    """The part of that path which Artifactory counts to the image's own name."""

    def path_of(self, image: str) -> str:
        """The image's repository in the registry."""
        return "/".join(filter(None, (self.path, image)))

    def docker_name(self, image: str) -> str:
        """What the REST API calls it."""
        return "/".join(filter(None, (self.folder, image)))

    def shown(self, image: str, tag: str) -> str:
        """For people, and to pull."""
        return f"{self.registry.host}/{self.path_of(image)}:{tag}"

    def digest(self, image: str, tag: str) -> str | None:
        """What a tag stands for, None where there is none."""
        return self.registry.digest(self.path_of(image), tag)

    def versions(self, image: str) -> list[Version]:
        """Every version of an image that it has; tags that are no versions are left out."""
        tags = self.registry.tags(self.path_of(image))
        return [version for tag in tags if (version := parse_version(tag.replace("_", "+")))]

    def nearest_tags(self, image: str, tag: str) -> list[str]:
        """The tags most like one that is missing, for people."""
        return difflib.get_close_matches(tag, self.registry.tags(self.path_of(image)), n=5, cutoff=0.3)


def docker_repository(job: Job, key: str) -> Repository:
    """A repository by the login that docker has."""
    host = job.value(ARTIFACTORY_REGISTRY).replace("{repository}", key).partition("/")[0]
    return _repository(job, key, docker_login(job.value(DOCKER_AUTH_CONFIG), host), Branch.DOCKER)


def promotion_repository(job: Job, key: str) -> Repository:
    """A repository by the user who promotes."""
    return _repository(job, key, Login(job.value(ARTIFACTORY_USER), job.value(ARTIFACTORY_PASS)), Branch.ARTIFACT)


def _repository(job: Job, key: str, login: Login, branch: Branch) -> Repository:
    pattern_host, _, pattern_path = job.value(ARTIFACTORY_REGISTRY).partition("/")
    folder = pattern_path if "{repository}" in pattern_host else pattern_path.partition("{repository}")[2].strip("/")
    host, path = (part.replace("{repository}", key) for part in (pattern_host, pattern_path))
    return Repository(key, _registry(job, host, login, branch), path, folder)


class Artifactory:
    """The REST API, by the user who promotes."""

    def __init__(self, job: Job) -> None:
        self._url = job.value(ARTIFACTORY_URL).rstrip("/")
        self._header = Login(job.value(ARTIFACTORY_USER), job.value(ARTIFACTORY_PASS)).header
        job.redactor.add(self._header.removeprefix("Basic "))
        self._clock: Clock = job.clock
        self._session = PatientSession("Artifactory", Branch.ARTIFACT, job.clock)

    def local_repositories(self) -> list[str]:
        """The keys of all local docker repositories that the user may see. Raises AuthenticationError."""
        attempted = "listed the local docker repositories of Artifactory"
        response = self._session.request(
            "GET",
            f"{self._url}/api/repositories",
            params={"type": "local", "packageType": "docker"},
            headers={"Authorization": self._header},
            allow_redirects=False,
        )
        if response.status_code != 200:
            raise _refused(attempted, response, "the repositories of cigen.yaml", "any other")
        try:
            return [str(entry["key"]) for entry in response.json()]
        except (ValueError, KeyError, TypeError) as error:
            raise answer_of_another("Artifactory's", attempted, self._url, Branch.ARTIFACT) from error

    def promote(self, source: Repository, target: Repository, image: str, tag: str, digest: str) -> None:
        """Copy what a tag stands for from one repository to another, under the same tag, and look that it is there.

        Whatever comes back, and when nothing does, what the target has then decides; only where it has nothing is the
        call made again. Raises ConfigurationError for an empty tag: Artifactory would promote all tags.
        """
        attempted = f"promoted {image}:{tag} from {source.key} to {target.key}"
        if not tag or not image:
            raise ConfigurationError(f"{attempted}: an empty name or tag", branch=Branch.ARTIFACT)
        failure: JobError | None = None
        for attempt in range(PROMOTE_ATTEMPTS):
            if attempt:
                self._clock.sleep(0.5 * 2.0**attempt)
            failure = self._post(attempted, source, target, image, tag)
            found = target.digest(image, tag)
            if found == digest:
                return
            if found is not None:
                raise ConflictError(
                    f"{target.shown(image, tag)} has other content after the promotion",
                    answer=f"it has {found}, {digest} was promoted",
                    remedy="Somebody else wrote that tag meanwhile: find out who, and release a new version.",
                    branch=Branch.ARTIFACT,
                )
            if not isinstance(failure, TryAgainError | OutcomeUnknownError):
                break
        raise failure or VerificationError(
            attempted, answer="Artifactory said yes, and the tag is not there", branch=Branch.ARTIFACT
        )

    def _post(self, attempted: str, source: Repository, target: Repository, image: str, tag: str) -> JobError | None:
        try:
            response = self._session.request(
                "POST",
                f"{self._url}/api/docker/{source.key}/v2/promote",
                headers={"Authorization": self._header},
                allow_redirects=False,  # a redirected POST would become a GET
                json={
                    "targetRepo": target.key,
                    "dockerRepository": source.docker_name(image),
                    "targetDockerRepository": target.docker_name(image),
                    "tag": tag,
                    "targetTag": tag,
                    "copy": True,  # without it Artifactory moves
                },
            )
        except OutcomeUnknownError as error:
            return error
        if response.status_code == 200:
            return None
        return _refused(attempted, response, source.key, target.key)


def _refused(attempted: str, response: requests.Response, source: str, target: str) -> JobError:
    kind, message = kind_of(response.status_code), _message(response)
    answer = f"{response.status_code} {message}"
    if kind is ConfigurationError:
        answer = f"{response.status_code}, go to {response.headers.get('Location', 'nowhere')}"
    elif kind is not AuthenticationError and "permission" in message.lower():
        kind = NotAllowedError
    remedy, leaf = _remedies(source, target).get(kind, ("", None))
    return kind(attempted, answer=answer, remedy=remedy, branch=Branch.ARTIFACT, leaf=leaf)


def _remedies(source: str, target: str) -> dict[type[JobError], Remedy]:
    return {
        ConfigurationError: ("Write the address that answers itself as artifactory.url in cigen.yaml.", None),
        AuthenticationError: (
            "ARTIFACTORY_USER and ARTIFACTORY_PASS do not fit together, or the token has expired: renew it.",
            checks.ARTIFACTORY_PASS,
        ),
        NotAllowedError: (
            f"Let ARTIFACTORY_USER read {source} and deploy to {target}; it needs no right to delete.",
            checks.ARTIFACTORY_PERMISSION,
        ),
        NotFoundError: (
            f"See that ARTIFACTORY_URL ends in /artifactory, that {source} and {target} are local docker "
            "repositories, and that the user may see both: Artifactory hides what one may not read.",
            checks.ARTIFACTORY_REPOSITORIES,
        ),
        ConflictError: ("Run the job again.", None),
        TryAgainError: ("Run the job again.", None),
    }


def _message(response: requests.Response) -> str:
    """What Artifactory said: `errors` or `messages` of a JSON body, or plain text; a proxy's page says nothing."""
    try:
        body = response.json()
    except ValueError:
        is_page = re.match(r"\s*<", response.text) is not None
        return (response.reason if is_page else response.text.strip()[:300]) or response.reason
    entries = [entry for key in ("errors", "messages") for entry in _list(body, key)]
    texts = [str(entry["message"])[:300] for entry in entries if isinstance(entry, Mapping) and entry.get("message")]
    return "; ".join(texts[:3]) or response.reason


def _list(body: object, key: str) -> list[object]:
    value = body.get(key) if isinstance(body, Mapping) else None
    return value if isinstance(value, list) else []
