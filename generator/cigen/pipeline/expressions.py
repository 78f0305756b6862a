"""The conditions of `rules:if`, `workflow:rules:if` and `only:variables`: read, judged and evaluated as GitLab does it.

The grammar is GitLab's own, with its surprises. Operators are ordered by precedence and nothing checks that an operator
stands between its operands, so `$A $B ==` is accepted. `&&` and `||` yield one of their operands, and only an undefined
variable counts as false inside them: `$EMPTY || $SET` is the empty string, so the rule does not match.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from cigen.pipeline.expression_tokens import VALUES, ExpressionError, Token, TokenKind, read_tokens
from cigen.pipeline.fault import FaultKind
from cigen.pipeline.patterns import Pattern, PatternError, read_pattern

__all__ = ["Expression", "ExpressionError", "Value", "is_truthy", "parse"]

NEGATION_SINCE = "18.11"
"""The first GitLab that reads `!`."""

_WITHOUT_NOT = 'write != or !~, or $NAME == null || $NAME == "" for a variable that is not set'

Value = None | bool | str | Pattern
"""What an expression, or a part of one, evaluates to."""

_PRECEDENCE = {"!": 1, "==": 10, "!=": 10, "=~": 10, "!~": 10, "&&": 11, "||": 12, ")": 900, "(": 901}


@dataclass(frozen=True, slots=True)
class Literal:
    """A string, a pattern, null, true or false."""

    value: Value


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, or an input where GitLab left one in."""

    name: str
    is_input: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator with its operands; `!` has no left one."""

    operator: str
    left: "Node | None"
    right: "Node"
    column: int = field(default=0, compare=False)


Node = Literal | Name | Operation


@dataclass(frozen=True, slots=True)
class Expression:
    """A condition that GitLab accepts."""

    text: str
    root: Node
    names: tuple[str, ...]
    """The variables that it asks for, in the order they are written, each once."""
    inputs: tuple[str, ...] = ()
    since: str = ""
    """The first version of GitLab that reads it, where that matters."""

    def value(self, variables: Mapping[str, str], inputs: Mapping[str, str | bool] | None = None) -> Value:
        """What it yields; a variable that is not there is null."""
        return _value(self.root, variables, inputs or {})

    def evaluate(self, variables: Mapping[str, str], inputs: Mapping[str, str | bool] | None = None) -> bool:
        """Does the rule match? As in GitLab, a condition that breaks while it is evaluated does not."""
        try:
            return is_truthy(self.value(variables, inputs))
        except ExpressionError:
            return False


@lru_cache(maxsize=4096)
def parse(text: str, *, version: str = "") -> Expression:
    """Read a condition; raises ExpressionError where GitLab, of that version or of today, calls it invalid."""
    tokens = read_tokens(text)
    if not tokens:
        raise ExpressionError("the condition is empty", 0, "leave `if` out for a rule that always matches")
    for token in tokens:
        if token.kind is TokenKind.NOT and version and _number(version) < _number(NEGATION_SINCE):
            raise ExpressionError(f"GitLab reads ! from {NEGATION_SINCE} on, not {version}", token.column, _WITHOUT_NOT)
    root = _tree(tokens)
    _value(root, {}, {})  # GitLab tries every condition without variables before it accepts it
    return Expression(
        text,
        root,
        tuple(dict.fromkeys(token.text[1:] for token in tokens if token.kind is TokenKind.VARIABLE)),
        tuple(dict.fromkeys(_input_name(token) for token in tokens if token.kind is TokenKind.INPUT)),
        NEGATION_SINCE if any(token.kind is TokenKind.NOT for token in tokens) else "",
    )


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())


def is_truthy(value: Value) -> bool:
    """Null, false, and a text of nothing but blanks are false; all else is true, "false" and "0" too."""
    return bool(value.strip()) if isinstance(value, str) else bool(value)


def _tree(tokens: tuple[Token, ...]) -> Node:
    nodes: list[Node] = []
    for token in _in_order_of_evaluation(tokens):
        if token.kind in VALUES:
            nodes.append(_leaf(token))
        elif token.kind is TokenKind.OPEN:
            raise ExpressionError("the parenthesis is never closed", token.column, "close it with )")
        elif len(nodes) < (1 if token.kind is TokenKind.NOT else 2):
            raise _misplaced(tokens)
        else:
            right = nodes.pop()
            left = None if token.kind is TokenKind.NOT else nodes.pop()
            nodes.append(Operation(token.text, left, right, token.column))
    if len(nodes) != 1:
        raise _misplaced(tokens)
    return nodes[0]


def _in_order_of_evaluation(tokens: tuple[Token, ...]) -> Iterator[Token]:
    """Operands before their operator: the shunting-yard algorithm, as GitLab has it."""
    waiting: list[Token] = []
    for token in tokens:
        if token.kind in VALUES:
            yield token
            continue
        if token.kind in {TokenKind.BINARY, TokenKind.CLOSE}:
            while waiting and _PRECEDENCE[token.text] >= _PRECEDENCE[waiting[-1].text]:
                yield waiting.pop()
        if token.kind is not TokenKind.CLOSE:
            waiting.append(token)
        elif waiting:
            waiting.pop()
        else:
            raise ExpressionError("no ( belongs to this )", token.column, "take it out, or open it with (")
    yield from reversed(waiting)


def _leaf(token: Token) -> Node:
    match token.kind:
        case TokenKind.VARIABLE:
            return Name(token.text[1:])
        case TokenKind.INPUT:
            return Name(_input_name(token), is_input=True)
        case TokenKind.STRING:
            return Literal(token.text[1:-1])
        case TokenKind.BOOLEAN:
            return Literal(token.text == "true")
        case TokenKind.PATTERN:
            return Literal(_pattern(token))
        case _:
            return Literal(None)


def _input_name(token: Token) -> str:
    return token.text[3:-2].strip().removeprefix("inputs.")


def _pattern(token: Token) -> Pattern:
    try:
        return read_pattern(token.text.replace(r"\/", "/"))
    except PatternError as error:
        message = f"GitLab cannot read the pattern {token.text}: {error.message}"
        raise ExpressionError(message, token.column, error.hint, FaultKind.REGEX_NOT_RE2) from error


def _misplaced(tokens: tuple[Token, ...]) -> ExpressionError:
    """Where the words stop following each other as a person would write them."""
    is_operand_due, before = True, None
    for token in tokens:
        starts_operand = token.kind in VALUES or token.kind in {TokenKind.OPEN, TokenKind.NOT}
        if starts_operand and not is_operand_due and before is not None:
            return ExpressionError(
                f"no operator stands between {before.text} and {token.text}", token.column, "join them with == or &&"
            )
        if not starts_operand and is_operand_due:
            return _operand_missing(token, before)
        is_operand_due, before = token.kind not in VALUES and token.kind is not TokenKind.CLOSE, token
    last = tokens[-1]
    return ExpressionError(f"nothing follows {last.text}", last.end, _what_follows(last))


def _operand_missing(token: Token, before: Token | None) -> ExpressionError:
    if before is None:
        return ExpressionError(f"nothing stands before {token.text}", token.column, "write a variable before it")
    if token.kind is TokenKind.CLOSE and before.kind is TokenKind.OPEN:
        return ExpressionError("the parentheses are empty", before.column, "write a condition between them")
    return ExpressionError(
        f"nothing stands between {before.text} and {token.text}", token.column, _what_follows(before)
    )


def _what_follows(token: Token) -> str:
    if token.text in {"==", "!="}:
        return f'to ask for an empty variable: {token.text} ""; for one that is not defined: {token.text} null'
    return "write a pattern behind it, such as /^v/" if token.text in {"=~", "!~"} else "write a condition behind it"


def _value(node: Node, variables: Mapping[str, str], inputs: Mapping[str, str | bool]) -> Value:
    match node:
        case Literal():
            return node.value
        case Name():
            return (inputs if node.is_input else variables).get(node.name)
        case Operation(left=left):
            if left is None:
                return not is_truthy(_value(node.right, variables, inputs))
            return _operated(node, left, variables, inputs)


def _operated(node: Operation, left: Node, variables: Mapping[str, str], inputs: Mapping[str, str | bool]) -> Value:
    first = _value(left, variables, inputs)
    if node.operator == "&&" and (first is None or first is False):
        return first
    if node.operator == "||" and not (first is None or first is False):
        return first
    second = _value(node.right, variables, inputs)
    return second if node.operator in {"&&", "||"} else combine(node.operator, first, second, node.column)


def combine(operator: str, left: Value, right: Value, column: int = 0) -> bool:
    """What a comparison of two values comes to."""
    if operator in {"==", "!="}:
        return _is_equal(left, right, column) is (operator == "==")
    return _is_match(left, right, column) is (operator == "=~")


def _is_equal(left: Value, right: Value, column: int) -> bool:
    if isinstance(left, Pattern) and not isinstance(right, Pattern):
        raise ExpressionError("GitLab cannot compare a pattern with ==", column, "write $NAME =~ /…/")
    if isinstance(left, bool) and isinstance(right, str):
        return str(left).lower() == right
    if isinstance(left, str) and isinstance(right, bool):
        return left == str(right).lower()
    return left == right


def _is_match(value: Value, pattern: Value, column: int) -> bool:
    if pattern is None or pattern is False:
        return False
    if pattern is True:
        raise ExpressionError("the right side is no pattern", column, "write a pattern behind it, such as /^v/")
    told = _told(value)
    if isinstance(pattern, Pattern):
        return pattern.found_in(told)
    try:
        return read_pattern(pattern.replace(r"\/", "/")).found_in(told)
    except PatternError:
        return told in pattern  # what GitLab makes of a text that is no pattern: is the left one a part of it?


def _told(value: Value) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case Pattern():
            return value.source
        case _:
            return value
