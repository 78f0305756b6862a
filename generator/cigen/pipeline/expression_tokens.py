"""The words of a `rules:if` expression, found in the order in which GitLab looks for them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from cigen.pipeline.fault import FaultKind

MAX_TOKENS = 99
"""GitLab gives up on an expression that has more."""


class ExpressionError(ValueError):
    """An expression that GitLab refuses; the column counts from 0."""

    def __init__(self, message: str, column: int, hint: str = "", kind: FaultKind = FaultKind.IF_SYNTAX) -> None:
        super().__init__(message)
        self.message = message
        self.column = column
        self.hint = hint
        self.kind = kind


class TokenKind(Enum):
    """What a token is."""

    OPEN = "an opening parenthesis"
    CLOSE = "a closing parenthesis"
    INPUT = "an input"
    VARIABLE = "a variable"
    STRING = "a string"
    PATTERN = "a pattern"
    NULL = "null"
    BOOLEAN = "a truth value"
    BINARY = "an operator"
    NOT = "a negation"


VALUES = frozenset(
    {
        TokenKind.INPUT,
        TokenKind.VARIABLE,
        TokenKind.STRING,
        TokenKind.PATTERN,
        TokenKind.NULL,
        TokenKind.BOOLEAN,
    }
)

_SHAPES = (
    (TokenKind.OPEN, re.compile(r"\(")),
    (TokenKind.CLOSE, re.compile(r"\)")),
    (TokenKind.INPUT, re.compile(r"\$\[\[\s*inputs\.\w+\s*\]\]", re.ASCII)),
    (TokenKind.VARIABLE, re.compile(r"\$\w+", re.ASCII)),
    (TokenKind.STRING, re.compile(r'".*?"|\'.*?\'')),
    (TokenKind.PATTERN, re.compile(r"/(?:[^/]|\\/)+[^\\]/[ismU]*")),
    (TokenKind.NULL, re.compile(r"null")),
    (TokenKind.BOOLEAN, re.compile(r"\b(?:true|false)\b")),
    (TokenKind.BINARY, re.compile(r"==|=~|!=|!~|&&|\|\|")),
    (TokenKind.NOT, re.compile(r"!")),
)
_BLANK = re.compile(r"\s*", re.ASCII)
_WORD = re.compile(r"[\w.:@-]+(?:/[\w.:@-]+)*")
_WORD_OPERATORS = {"and": "&&", "or": "||", "not": "!", "eq": "==", "ne": "!=", "is": "==", "matches": "=~"}


@dataclass(frozen=True, slots=True)
class Token:
    """One word of an expression, and where it begins."""

    kind: TokenKind
    text: str
    column: int

    @property
    def end(self) -> int:
        """The column behind its last character."""
        return self.column + len(self.text)


def read_tokens(text: str) -> tuple[Token, ...]:
    """The tokens of an expression; raises ExpressionError at the first word that GitLab does not know."""
    tokens: list[Token] = []
    for token in _tokens(text):
        if len(tokens) == MAX_TOKENS:
            raise ExpressionError(
                f"the expression has more than {MAX_TOKENS} words", token.column, "split it over several rules"
            )
        tokens.append(token)
    return tuple(tokens)


def _tokens(text: str) -> Iterator[Token]:
    column = _skip_blank(text, 0)
    while column < len(text):
        token = _token(text, column)
        yield token
        column = _skip_blank(text, token.end)


def _skip_blank(text: str, column: int) -> int:
    found = _BLANK.match(text, column)
    return found.end() if found else column


def _token(text: str, column: int) -> Token:
    rest = text[column:]  # GitLab looks at the rest alone too: a word boundary does not see what stands before it
    for kind, shape in _SHAPES:
        if found := shape.match(rest):
            return Token(kind, found.group(), column)
    raise _unknown(rest, column)


def _unknown(rest: str, column: int) -> ExpressionError:
    first = rest[0]
    match first:
        case "=":
            return ExpressionError("a single = compares nothing", column, "== compares with a value, =~ with a pattern")
        case "&" | "|":
            return ExpressionError(f"a single {first} joins nothing", column, f"write {first * 2}")
        case '"' | "'":
            return ExpressionError(f"the quote {first} is never closed", column, f"close the string with {first}")
        case "/":
            return _broken_pattern(rest, column)
        case "$":
            return _broken_variable(rest, column)
        case "<" | ">":
            return ExpressionError(
                f"{first} is not an operator of GitLab's", column, "it compares with ==, !=, =~ and !~ only"
            )
    return _broken_word(rest, column)


def _broken_pattern(rest: str, column: int) -> ExpressionError:
    if re.match(r"/[^/]/", rest):
        return ExpressionError(
            "GitLab does not read a pattern of one character",
            column,
            f"compare with a string, or write /{rest[1]}{{1}}/",
        )
    if rest.startswith("//"):
        return ExpressionError("a pattern may not be empty", column, 'to ask whether a variable is empty: $NAME == ""')
    return ExpressionError("the pattern is never closed", column, r"close it with /; a slash inside it is written \/")


def _broken_variable(rest: str, column: int) -> ExpressionError:
    if braced := re.match(r"\$\{(\w+)\}", rest):
        return ExpressionError("GitLab does not read braces here", column, f"write ${braced[1]}")
    if rest.startswith("$[["):
        return ExpressionError("the input is not written as GitLab reads it", column, "write $[[ inputs.name ]]")
    return ExpressionError("no name follows the $", column, "write the variable as $NAME")


def _broken_word(rest: str, column: int) -> ExpressionError:
    found = _WORD.match(rest)
    word = found.group() if found else rest[0]
    if operator := _WORD_OPERATORS.get(word.lstrip("-").lower()):
        return ExpressionError(f"{word} is not an operator of GitLab's", column, f"write {operator}")
    if found and re.fullmatch(r"[A-Z][A-Z0-9_]+", word):
        return ExpressionError(
            f"{word} is neither a variable nor a string",
            column,
            f'write ${word} for the variable, "{word}" for the text',
        )
    if found:
        return ExpressionError(f"{word} stands without quotes", column, f'write "{word}"')
    return ExpressionError(f"GitLab does not know what {word} means here", column)
