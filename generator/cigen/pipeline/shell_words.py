"""Which variables a shell script reads and which it sets: a scanner of words, not a parser of commands.

It knows what decides whether `$NAME` is a variable of the shell: quotes, escapes, comments, here-documents and command
substitution. Where it cannot know (`eval`, `source`), it says so, and nobody should call a variable undefined then.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[[^\]\n]*\])?\+?=")
_HEREDOC = re.compile(r"<<(?P<dash>-?)[ \t]*(?P<quote>['\"\\]?)(?P<word>[A-Za-z_0-9.!+-]+)['\"]?")
_WORD = re.compile(r"[^\s;&|()<>'\"$`\\]+")
_DECLARING = frozenset({"export", "local", "declare", "typeset", "readonly", "unset"})
_FILLING = frozenset({"read", "mapfile", "readarray", "getopts", "for", "select", "let"})
_OPAQUE = frozenset({"eval", "source", "."})
_POWERSHELL = re.compile(
    r"\$env:|^\s*\$[A-Za-z_]\w*\s*=|^\s*(?:Write-(?:Host|Output)|Set-Location|Get-\w+|New-Item)\b", re.MULTILINE
)
_DEEPEST = 16
"""How deep substitutions are followed into each other; no person writes more."""
_SEPARATORS = ";&|\n("


@dataclass(frozen=True, slots=True)
class Use:
    """One place where the value of a variable is read."""

    name: str
    offset: int
    """Of the `$`."""
    has_default: bool = False
    """Whether the script says itself what happens without it: `${NAME:-x}`, `${NAME:+x}`, `${NAME:?why}`."""
    is_quoted: bool = False
    """Whether it stands in double quotes, where its value stays one word."""
    is_in_heredoc: bool = False


@dataclass(slots=True)
class Words:
    """What a script reads and sets, in order."""

    uses: list[Use] = field(default_factory=list)
    assigned: dict[str, int] = field(default_factory=dict)
    """Each name that the script gives a value, with the offset of the first time."""
    is_opaque: bool = False
    """Whether it can set variables that the text does not name: `eval`, `source`, `export $(…)`."""
    comments: list[tuple[int, int]] = field(default_factory=list)
    """From where to where a comment goes."""


def scan(script: str) -> Words:
    """The variables of a POSIX shell or bash script."""
    scanner = _Scanner(script)
    scanner.code(0, "")
    return scanner.words


def is_powershell(script: str) -> bool:
    """Whether the script is written for PowerShell, whose variables look alike and work differently."""
    return bool(_POWERSHELL.search(script))


def without_comments(script: str) -> str:
    """The script with its comments blanked out; every other character stays where it is."""
    text = list(script)
    for start, end in scan(script).comments:
        text[start:end] = " " * (end - start)
    return "".join(text)


class _Scanner:
    """Goes through the text once; every method takes an offset and returns the one behind what it read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = Words()
        self.heredocs: list[tuple[str, bool, bool]] = []
        self.depth = 0

    def code(self, at: int, closing: str) -> int:
        """Commands, up to the closing character of a substitution or the end of the text."""
        word_starts, command = True, _Command(self.words)
        depth = 0
        while at < len(self.text):
            character = self.text[at]
            if character == closing and depth == 0:
                return at + 1
            depth += {"(": 1, ")": -1}.get(character, 0) if closing == ")" else 0
            if character == "#" and word_starts:
                at = self._comment(at)
            elif character == "\n":
                at = self._heredoc_bodies(at + 1)
                word_starts, command = True, _Command(self.words)
            elif (
                self.text.startswith("<<", at)
                and not self.text.startswith("<<<", at)
                and (found := _HEREDOC.match(self.text, at))
            ):
                self.heredocs.append((found["word"], bool(found["dash"]), bool(found["quote"])))
                at = found.end()
            elif character in _SEPARATORS + ")":
                word_starts, command = True, _Command(self.words)
                at += 1
            elif character in " \t":
                word_starts = True
                at += 1
            else:
                at = self._piece(at, command, word_starts)
                word_starts = False
        return at

    def _piece(self, at: int, command: "_Command", word_starts: bool) -> int:
        """A part of a word: quoted, expanded or plain."""
        match self.text[at]:
            case "\\":
                return at + 2
            case "'":
                return self._single_quoted(at + 1)
            case '"':
                return self._double_quoted(at + 1, '"')
            case "$" | "`":
                if word_starts:
                    command.expands()
                return self._expansion(at, is_quoted=False)
            case _ if found := _WORD.match(self.text, at):
                if word_starts:
                    command.word(found[0], at)
                return self._behind_word(at, found.end())
            case _:
                return at + 1

    def _behind_word(self, at: int, end: int) -> int:
        """Behind a plain word; of `NAME=value` only the name, so that the value is read as a word of its own."""
        found = _ASSIGNMENT.match(self.text, at, end)
        return found.end() if found and found.end() < end else end

    def _comment(self, at: int) -> int:
        end = self.text.find("\n", at)
        end = len(self.text) if end < 0 else end
        self.words.comments.append((at, end))
        return end

    def _single_quoted(self, at: int) -> int:
        end = self.text.find("'", at)
        return len(self.text) if end < 0 else end + 1

    def _double_quoted(self, at: int, closing: str, *, is_in_heredoc: bool = False) -> int:
        while at < len(self.text):
            character = self.text[at]
            if character == closing:
                return at + 1
            if character == "\\":
                at += 2
            elif character in "$`":
                at = self._expansion(at, is_quoted=True, is_in_heredoc=is_in_heredoc)
            else:
                at += 1
        return at

    def _expansion(self, at: int, *, is_quoted: bool, is_in_heredoc: bool = False) -> int:
        if self.depth == _DEEPEST:
            return at + 1
        self.depth += 1
        end = self._expansion_at(at, is_quoted=is_quoted, is_in_heredoc=is_in_heredoc)
        self.depth -= 1
        return end

    def _expansion_at(self, at: int, *, is_quoted: bool, is_in_heredoc: bool) -> int:
        text = self.text
        if text[at] == "`":
            return self.code(at + 1, "`")
        if text.startswith("$((", at):
            end = text.find("))", at)
            end = len(text) if end < 0 else end
            self._expansions_within(at + 3, end, is_quoted=True)
            return end + 2
        if text.startswith("$(", at):
            return self.code(at + 2, ")")
        if text.startswith("${", at):
            return self._braced(at, is_quoted=is_quoted, is_in_heredoc=is_in_heredoc)
        if text.startswith("$'", at) and not is_quoted:
            return self._ansi_quoted(at + 2)
        if text.startswith("$$", at):
            return at + 2
        if found := _NAME.match(text, at + 1):
            self.words.uses.append(Use(found[0], at, False, is_quoted, is_in_heredoc))
            return found.end()
        return at + 1

    def _ansi_quoted(self, at: int) -> int:
        while at < len(self.text) and self.text[at] != "'":
            at += 2 if self.text[at] == "\\" else 1
        return at + 1

    def _braced(self, at: int, *, is_quoted: bool, is_in_heredoc: bool) -> int:
        inner = at + 2
        inner += self.text[inner : inner + 1] in ("#", "!")
        found = _NAME.match(self.text, inner)
        end = self._closing_brace(found.end() if found else inner)
        if found:
            rest = self.text[found.end() : end]
            has_default = bool(re.match(r":?[-=+?]", rest))
            if re.match(r":?=", rest):
                self.words.assigned.setdefault(found[0], at)
            self.words.uses.append(Use(found[0], at, has_default, is_quoted, is_in_heredoc))
            self._expansions_within(found.end(), end, is_quoted=is_quoted)
        return end + 1

    def _closing_brace(self, at: int) -> int:
        depth = 0
        while at < len(self.text):
            character = self.text[at]
            if character == "\\":
                at += 1
            elif character == "{":
                depth += 1
            elif character == "}":
                if depth == 0:
                    return at
                depth -= 1
            at += 1
        return at

    def _expansions_within(self, at: int, end: int, *, is_quoted: bool) -> None:
        while at < end:
            if self.text[at] == "\\":
                at += 2
            elif self.text[at] in "$`":
                at = self._expansion(at, is_quoted=is_quoted)
            else:
                at += 1

    def _heredoc_bodies(self, at: int) -> int:
        waiting, self.heredocs = self.heredocs, []
        for word, is_indented, is_literal in waiting:
            at = self._heredoc_body(at, word, is_indented=is_indented, is_literal=is_literal)
        return at

    def _heredoc_body(self, at: int, word: str, *, is_indented: bool, is_literal: bool) -> int:
        start = at
        for line in _lines(self.text, at):
            bare = line.lstrip("\t") if is_indented else line
            if bare.rstrip("\n") == word:
                break
            at += len(line)
        if not is_literal:
            self._expansions_in_heredoc(start, at)
        return min(len(self.text), at + len(next(_lines(self.text, at), "")))

    def _expansions_in_heredoc(self, start: int, end: int) -> None:
        at = start
        while at < end:
            if self.text[at] == "\\":
                at += 2
            elif self.text[at] in "$`":
                at = self._expansion(at, is_quoted=True, is_in_heredoc=True)
            else:
                at += 1


class _Command:
    """The plain words of one command, as far as they set variables."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.name = ""

    def word(self, text: str, offset: int) -> None:
        """One more word."""
        if found := _ASSIGNMENT.match(text):
            self.words.assigned.setdefault(found[1], offset)
            return
        if not self.name or self.name in (
            "then",
            "do",
            "else",
            "!",
            "{",
            "while",
            "until",
            "if",
            "elif",
            "env",
            "sudo",
        ):
            self.name = text
            self.words.is_opaque |= text in _OPAQUE
            return
        if self.name in _DECLARING | _FILLING and not text.startswith("-") and (found := _NAME.fullmatch(text)):
            if not (self.name in ("for", "select") and text == "in"):
                self.words.assigned.setdefault(found[0], offset)
            if self.name in ("for", "select"):
                self.name = "in"
        if self.name == "printf" and text == "-v":
            self.name = "read"

    def expands(self) -> None:
        """A word that only the shell knows: after `export` it can set anything."""
        self.words.is_opaque |= self.name in ("export", "declare")


def _lines(text: str, at: int) -> Iterator[str]:
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end + 1
        yield text[at:end]
        at = end
