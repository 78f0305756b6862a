"""The page that shows state.json: one file, which allows its browser no script and no style but its own."""

import base64
import hashlib
import re
from importlib import resources

from cigen_runtime import __version__

_GENERATOR = re.compile(rb'<meta name="generator" content="cigen-runtime (\d+)\.(\d+)\.(\d+)')


def page() -> bytes:
    """The page as it is served."""
    text = resources.files("cigen_runtime.dashboard").joinpath("index.html").read_text(encoding="utf-8")
    values = {
        "{version}": __version__,
        "{script-hash}": _hash_of(_inside(text, "script")),
        "{style-hash}": _hash_of(_inside(text, "style")),
    }
    head, rest = text.split("<style>", 1)
    for hole, value in values.items():
        head = head.replace(hole, value)
    return f"{head}<style>{rest}".encode()


def is_newer(there: bytes) -> bool:
    """Whether a page was written by a newer version than this: pipelines are not all brought up to date at once."""
    found = _GENERATOR.search(there)
    own = tuple(int(number) for number in __version__.split(".")[:3])
    return found is not None and tuple(map(int, found.groups())) > own


def _inside(text: str, tag: str) -> str:
    return text.split(f"<{tag}>", 1)[1].split(f"</{tag}>", 1)[0]


def _hash_of(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
