"""The lab: every system the runtime talks to, on this machine, behind their real hostnames."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from lab.aws import Aws
from lab.binaries import require_programs
from lab.dashboard import Dashboard
from lab.ecr import HOST as ECR_HOST
from lab.ecr import Ecr
from lab.gateway import Gateway
from lab.git_host import GitHost
from lab.gitlab_api import GitLabApi
from lab.jira import Jira
from lab.names import (
    ARTIFACTORY_HOST,
    ARTIFACTORY_PASSWORD,
    ARTIFACTORY_USER,
    DASHBOARD_HOST,
    DASHBOARD_TOKEN,
    GITLAB_HOST,
    GITLAB_TOKEN,
    JIRA_API_TOKEN,
    JIRA_HOST,
    JIRA_USER,
    VAULT_HOST,
    VAULT_ROLE_ID,
    VAULT_SECRET_ID,
)
from lab.promotion import Promotion
from lab.registries import Artifactory
from lab.vault import Vault

AUTHORITY_VARIABLES = (
    "AWS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
)


class Lab:
    """Starts everything on entry, leaves nothing behind on exit; `reset` in between makes it as new.

    Its files go below `place`, or where the machine keeps what is temporary.
    """

    def __init__(self, place: Path | None = None) -> None:
        require_programs()
        self.folder = Path(tempfile.mkdtemp(prefix="cigen-lab-", dir=place))
        self.gateway = Gateway()
        self.artifactory = Artifactory(self.folder / "artifactory")
        self.promotion = Promotion(self.artifactory)
        self.ecr = Ecr(self.folder / "ecr")
        self.aws = Aws()
        self.vault = Vault(self.aws)
        self.git_host = GitHost(self.folder / "git")
        self.gitlab_api = GitLabApi(self.git_host)
        self.jira = Jira()
        self.dashboard = Dashboard()
        self._undo = ExitStack()

    def start(self) -> None:
        atexit.register(self.stop)
        self._undo.callback(atexit.unregister, self.stop)
        self._undo.callback(remove_folder, self.folder)
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        # The registries first: they get ready while the rest starts. The gateway last: it is stopped first.
        parts = (
            self.artifactory.registry,
            self.promotion,
            self.ecr,
            self.aws,
            self.vault,
            self.git_host,
            self.gitlab_api,
            self.jira,
            self.dashboard,
            self.gateway,
        )
        for part in parts:
            self._undo.callback(part.stop)
            part.start()
        self.artifactory.registry.wait_until_ready()
        self.ecr.registry.wait_until_ready()
        self.gateway.write_authority(self._authority)
        self.gateway.route(ARTIFACTORY_HOST, self.promotion.port, below="/artifactory/")
        self.gateway.route(ARTIFACTORY_HOST, self.artifactory.registry.port)
        self.gateway.route(ECR_HOST.pattern, self.ecr.registry.port, self.ecr)
        self.gateway.route(r".+\.amazonaws\.com", self.aws.port)
        self.gateway.route(VAULT_HOST, self.vault.port)
        self.gateway.route(GITLAB_HOST, self.gitlab_api.port, below="/api/v4/")
        self.gateway.route(GITLAB_HOST, self.git_host.port)
        self.gateway.route(JIRA_HOST, self.jira.port)
        self.gateway.route(DASHBOARD_HOST, self.dashboard.port)

    def stop(self) -> None:
        """Stop everything; a second call does nothing."""
        self._undo.close()

    def reset(self) -> None:
        """Make the lab as new: no images, no functions, no tokens, no repositories, no faults, no records."""
        self.gateway.reset()
        self.aws.reset()
        self.ecr.reset()
        self.artifactory.registry.wipe()
        self.promotion.reset()
        self.vault.reset()
        self.git_host.reset()
        self.gitlab_api.reset()
        self.jira.reset()
        self.dashboard.reset()

    def __enter__(self) -> Lab:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _authority(self) -> Path:
        return self.folder / "authority.pem"

    @property
    def environment(self) -> dict[str, str]:
        """What makes a job find the lab: the proxy and whom to trust, nothing else."""
        proxies = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"), self.gateway.url)
        no_exceptions = {"NO_PROXY": "", "no_proxy": ""}
        return {**proxies, **no_exceptions, **dict.fromkeys(AUTHORITY_VARIABLES, str(self._authority))}

    @property
    def job_variables(self) -> dict[str, str]:
        """The secrets that a service has in its GitLab settings."""
        return {
            "VAULT_ROLE_ID": VAULT_ROLE_ID,
            "VAULT_SECRET_ID": VAULT_SECRET_ID,
            "DOCKER_AUTH_CONFIG": self.artifactory.docker_auth_config,
            "VERSIONING_TOKEN": GITLAB_TOKEN,
            "ARTIFACTORY_USER": ARTIFACTORY_USER,
            "ARTIFACTORY_PASS": ARTIFACTORY_PASSWORD,
            "JIRA_USER": JIRA_USER,
            "JIRA_API_TOKEN": JIRA_API_TOKEN,
            "VERSION_DASHBOARD_TOKEN": DASHBOARD_TOKEN,
        }


def remove_folder(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
