"""What is left out for an older GitLab, since jobs do without it, and said; all else such a GitLab refuses."""

from collections.abc import Iterator

from cigen.config.model import Config
from cigen.pipeline.keywords.versions import number, since

RETRY_EXIT_CODES = "retry:exit_codes"
MANUAL_CONFIRMATION = "manual_confirmation"


def knows(config: Config, keyword: str) -> bool:
    """Whether the oldest GitLab that the files must run on has the keyword."""
    return number(since(keyword)) <= number(config.gitlab.version)


def left_out(config: Config) -> Iterator[str]:
    """A sentence for each keyword that would be rendered for a newer GitLab."""
    production = config.environments.prod
    wanted = {RETRY_EXIT_CODES: "a job is run again only when its runner failed"}
    if production is not None and any(wave.manual for wave in production.waves):
        wanted[MANUAL_CONFIRMATION] = "a manual wave starts without a question"
    for keyword, meaning in wanted.items():
        if not knows(config, keyword):
            yield f"'{keyword}' is left out, which came with GitLab {since(keyword)}: {meaning}"
