"""What rendering would change, as a unified diff."""

from collections.abc import Iterator
from difflib import unified_diff

from cigen.render.compare import ComparedFile

_COLOURS = (("+++", "1"), ("---", "1"), ("@@", "36"), ("+", "32"), ("-", "31"))


def difference(file: ComparedFile, *, colour: bool = False) -> str:
    """The diff from what is on disk to what would be rendered; empty when they are equal."""
    return "".join(_coloured(line) if colour else line for line in _lines(file))


def _lines(file: ComparedFile) -> Iterator[str]:
    before = "/dev/null" if file.before is None else f"a/{file.path}"
    after = "/dev/null" if file.after is None else f"b/{file.path}"
    for line in unified_diff(_split(file.before), _split(file.after), before, after):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _split(text: str | None) -> list[str]:
    return (text or "").splitlines(keepends=True)


def _coloured(line: str) -> str:
    code = next((code for start, code in _COLOURS if line.startswith(start)), None)
    return line if code is None else f"\x1b[{code}m{line.removesuffix(chr(10))}\x1b[0m\n"
