"""The two lines at the top of every rendered file: what made it, and how to change it."""

from pathlib import PurePosixPath

from cigen import __version__
from cigen.pipeline.rendered import MARK

_MARKS = {
    ".md": ("<!-- ", " -->"),
    ".html": ("<!-- ", " -->"),
    ".json": None,  # JSON has no comments
}
_HASH = ("# ", "")


def with_header(text: str, output_path: str, template: str, config_name: str) -> str:
    """The text below its header; a first line `#!` stays first."""
    marks = _MARKS.get(PurePosixPath(output_path).suffix, _HASH)
    if marks is None:
        return text
    start, end = marks
    lines = (
        f"{MARK} {__version__} from {config_name}, template {template}.",
        f"Do not edit: change {config_name} or the template, then run: cigen render",
    )
    header = "".join(f"{start}{line}{end}\n" for line in lines) + "\n"
    if text.startswith("#!"):
        first, _, rest = text.partition("\n")
        return f"{first}\n{header}{rest}"
    return header + text
