"""What the lock of a pipelines repo says of the config that it was rendered from."""

from pathlib import Path

from cigen.errors import CigenError
from cigen.lock import LOCK_NAME, Facts, parse_lock
from cigen.pipeline.sources import Found, Sources


def facts_of(sources: Sources) -> Facts:
    """The facts in the lock among these files; none where there is no lock, or one that is broken."""
    answer = sources.local(LOCK_NAME)
    if not isinstance(answer, Found):
        return Facts()
    text = answer.content if isinstance(answer.content, str) else answer.content.decode("utf-8", "replace")
    try:
        return parse_lock(text, Path(answer.path)).facts
    except CigenError:
        return Facts()
