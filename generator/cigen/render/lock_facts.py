"""What the lock tells the linter of the config."""

from cigen.config.model import Config
from cigen.lock import Facts

VERSIONING = "semantic-versioning"


def lock_facts(config: Config) -> Facts:
    """The oldest GitLab that the files must run on, and the jobs that they need and that each service brings."""
    return Facts(config.gitlab.version, (VERSIONING,) if config.versioning == "external" else ())
