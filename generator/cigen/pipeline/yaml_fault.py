"""What is wrong with a YAML text, and what its author probably meant."""

import re
from collections.abc import Callable

import yaml
from yaml.reader import ReaderError

from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.node import Place


class YamlRefusedError(Exception):
    """A text that GitLab's parser refuses."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def refused_tag(tag: str) -> str:
    """Why Psych refuses a tag in a file of GitLab; empty for one that it ignores."""
    if re.match(r"!ruby/(?!hash|array|string|sym)", tag) or re.match(r"!(?:map|seq|struct|class):?ruby", tag):
        return f"the tag {tag} makes an object of Ruby, which GitLab does not permit"
    return ""


def syntax_fault(
    path: str, text: str, error: yaml.YAMLError, locate: Callable[[int, int], tuple[int, int]] | None
) -> Fault:
    """The parser's complaint as a fault, with a hint where the line looks like a known mistake."""
    line, column, what = _where(text, error)
    hint, kind = _hint(text.split("\n"), line, column, what)
    at = locate(line, column) if locate else (line, column)
    return Fault(kind, Place(path, *at, *at), f"this is not YAML: {what}", hint)


def _where(text: str, error: yaml.YAMLError) -> tuple[int, int, str]:
    if isinstance(error, ReaderError):
        position = error.position if isinstance(error.position, int) else 0
        before = text[:position] if 0 <= position <= len(text) else ""
        return before.count("\n"), len(before) - before.rfind("\n") - 1, str(error.reason)
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    words = [str(word) for word in (getattr(error, "context", None), getattr(error, "problem", None)) if word]
    what = ", ".join(words) or str(error).split("\n")[0]
    return (mark.line, mark.column, what) if mark else (0, 0, what)


def _hint(lines: list[str], line: int, column: int, what: str) -> tuple[str, FaultKind]:
    """What the line, or one above it, looks like."""
    here = lines[line] if line < len(lines) else ""
    above = lines[line - 1] if 0 < line <= len(lines) else ""
    for candidate in (here, above):
        if re.search(r"[\[{,]\s*[^\s\"'#]*\$\[\[", candidate) or re.search(r":\s*[\[{][^\"']*\$\[\[", candidate):
            hint = 'inside of [ ] or { } an interpolation has to stand in quotes: ["$[[ inputs.name ]]"]'
            return hint, FaultKind.FLOW_INTERPOLATION
    for candidate in (here, above):
        if "\t" in candidate[: len(candidate) - len(candidate.lstrip())]:
            return "the line is indented with a tab: YAML wants spaces", FaultKind.YAML_SYNTAX
    return _hint_of_words(here, above, column, what), FaultKind.YAML_SYNTAX


def _hint_of_words(here: str, above: str, column: int, what: str) -> str:
    if "cannot start any token" in what:
        return _START_HINTS.get(here[column : column + 1], "")
    if "quoted scalar" in what:
        return "a quote is opened and not closed"
    if "mapping values are not allowed" in what:
        if re.search(r":\s\S.*:(\s|$)", here):
            return "the text has a colon followed by a space: put the whole text in quotes"
        return "is the line above indented as it should be, and is its colon there?"
    if "did not find expected '-' indicator" in what or "block collection" in what:
        return "items of one list have to be indented alike"
    if "did not find expected key" in what or "block mapping" in what:
        if re.search(r":\s+([\"']).*\1\s*\S", above) or re.search(r":\s+([\"']).*\1\s*\S", here):
            return "text goes on behind the closing quote: put the whole value in quotes"
        return "keys of one mapping have to be indented alike"
    if "could not find expected ':'" in what:
        return "a key without a colon, or a text of several lines that wants `|` or quotes"
    return ""


_START_HINTS = {
    "\t": "a tab cannot stand here: YAML wants spaces",
    "@": "a text that begins with @ has to stand in quotes",
    "`": "a text that begins with a backtick has to stand in quotes",
    "%": "a text that begins with % has to stand in quotes",
}
