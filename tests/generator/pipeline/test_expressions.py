"""Conditions as GitLab reads them: what they yield, which rules match, what is refused and where."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cigen.pipeline.expressions import Expression, ExpressionError, Literal, Name, Node, Operation, parse
from cigen.pipeline.fault import FaultKind
from cigen.pipeline.patterns import Pattern

VARIABLES = {
    "SET": "my variable",
    "PATH": "a/path/to/it",
    "EMPTY": "",
    "BLANK": "  ",
    "RELEASE": "/^v\\d+/",
    "ANY_CASE": "/MY VAR/i",
    "SLASHED": "/path\\/to/",
    "VERSION": "v12",
    "YES": "true",
}

VALUES = [
    ("$SET", "my variable"),
    ("$EMPTY", ""),
    ("$UNSET", None),
    ('$SET == "my variable"', True),
    ("$SET == 'my variable'", True),
    ('"my variable" == $SET', True),
    ("$SET == null", False),
    ("$EMPTY == null", False),
    ('$EMPTY == ""', True),
    ('$UNSET == ""', False),
    ("$UNSET == null", True),
    ("null == $UNSET", True),
    ("$SET != null", True),
    ("$UNSET != null", False),
    ('$SET != "other"', True),
    ("$UNSET == $ALSO_UNSET", True),
    ("$SET =~ /var.*e$/", True),
    ("$SET =~ /^var/", False),
    ("$SET =~ /VAR/", False),
    ("$SET =~ /VAR/i", True),
    ("$SET =~ /my.var/s", True),
    (r"$PATH =~ /path\/to/", True),
    ("$EMPTY =~ /var.*/", False),
    ("$EMPTY =~ /^$/", True),
    ("$UNSET =~ /var.*/", False),
    ("$UNSET !~ /var.*/", True),
    ("$SET !~ /var/", False),
    ("$SET !~ /^var/", True),
    # A pattern may come from a variable. A text that is no pattern is searched for the left side.
    ("$VERSION =~ $RELEASE", True),
    ("$SET =~ $RELEASE", False),
    ("$SET !~ $RELEASE", True),
    ("$SET =~ $ANY_CASE", True),
    ("$PATH =~ $SLASHED", True),
    ("$SET =~ $UNSET", False),
    ("$SET !~ $UNSET", True),
    ('"23" =~ "1234"', True),
    ('"23" =~ /1234/', False),
    # && before ||, and parentheses before both.
    ("$SET && $UNSET || $VERSION", "v12"),
    ("$SET && ($UNSET || $EMPTY)", ""),
    ("$UNSET && $SET || $SET && $VERSION", "v12"),
    ("$UNSET && ($SET || $SET) && $VERSION", None),
    ('$SET == "x" || $VERSION == "v12" && $PATH', "a/path/to/it"),
    # They yield an operand. Only null and false are false in them: an empty variable is not.
    ("$EMPTY && $SET", "my variable"),
    ("$SET && $EMPTY", ""),
    ("$EMPTY || $SET", ""),
    ("$UNSET || $SET", "my variable"),
    ("$SET || $UNSET == null", "my variable"),
    ('("a" || "b") == "a"', True),
    ('"b" == ("a" && "b")', True),
    ('$SET == "my variable" == true', True),
    # True and false are words of their own; against a text they are texts.
    ("true", True),
    ("$YES == true", True),
    ("$SET == false", False),
    ("!$UNSET", True),
    ("!$EMPTY", True),
    ('!"false"', False),
    ('!($SET == "my variable")', False),
    ("$SET && !$UNSET", True),
    ('!$SET == "false"', True),
    # No word has to stand where a person would write it.
    ("$SET $SET ==", True),
    ("== $SET $SET", True),
    ("$VERSION ()", "v12"),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_a_condition_yields_what_it_yields_in_gitlab(text: str, value: object) -> None:
    assert parse(text).value(VARIABLES) == value


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("$SET", True),
        ("$EMPTY", False),
        ("$BLANK", False),
        ("$UNSET", False),
        ('"0"', True),
        ('"false"', True),
        ("null", False),
        ("/pattern/", True),
        ("$EMPTY || $SET", False),
        ("$EMPTY && $SET", True),
    ],
)
def test_a_rule_matches_when_its_condition_is_neither_null_nor_false_nor_blank(text: str, *, matches: bool) -> None:
    assert parse(text).evaluate(VARIABLES) is matches


def test_a_variable_is_not_looked_up_inside_a_pattern_or_another_variable() -> None:
    variables = {"WORD": "abc", "NESTED": "$WORD", "TEXT": "abc"}

    values = [parse(text).value(variables) for text in ("$TEXT =~ /$WORD/", "$TEXT == $NESTED", "$TEXT =~ $NESTED")]

    assert values == [False, False, False]


def test_a_condition_says_which_variables_it_asks_for_and_since_when_gitlab_reads_it() -> None:
    old = parse('$A == "$NO" && ($B =~ $A || $A) && $[[ inputs.region ]] == "eu"')
    new = parse("!$A")

    assert (old.names, old.inputs, old.since) == (("A", "B"), ("region",), "")
    assert (new.names, new.inputs, new.since) == (("A",), (), "18.11")
    assert parse('$[[inputs.region]] == "eu"').evaluate({}, {"region": "eu"})


def test_a_negation_is_refused_for_a_gitlab_that_does_not_read_it() -> None:
    with pytest.raises(ExpressionError) as caught:
        parse('$A && !$B == "c"', version="17.5")

    told = caught.value
    assert (told.column, told.message, told.hint) == (
        6,
        "GitLab reads ! from 18.11 on, not 17.5",
        'write != or !~, or $NAME == null || $NAME == "" for a variable that is not set',
    )
    assert parse("!$B", version="18.11").since == "18.11"
    assert parse("$A != $B", version="17.5").since == ""


REFUSED = [
    ("", 0, "the condition is empty", "leave `if` out for a rule that always matches"),
    ("  ", 0, "the condition is empty", "leave `if` out for a rule that always matches"),
    ('$A = "b"', 3, "a single = compares nothing", "== compares with a value, =~ with a pattern"),
    ("$A & $B", 3, "a single & joins nothing", "write &&"),
    ("$A | $B", 3, "a single | joins nothing", "write ||"),
    ("$A and $B", 3, "and is not an operator of GitLab's", "write &&"),
    ("not $A", 0, "not is not an operator of GitLab's", "write !"),
    ('$A -eq "b"', 3, "-eq is not an operator of GitLab's", "write =="),
    ("$A > 3", 3, "> is not an operator of GitLab's", "it compares with ==, !=, =~ and !~ only"),
    ("$A == main", 6, "main stands without quotes", 'write "main"'),
    ("$A == 123", 6, "123 stands without quotes", 'write "123"'),
    (
        "CI_COMMIT_TAG",
        0,
        "CI_COMMIT_TAG is neither a variable nor a string",
        'write $CI_COMMIT_TAG for the variable, "CI_COMMIT_TAG" for the text',
    ),
    ("${A}", 0, "GitLab does not read braces here", "write $A"),
    ("$ == null", 0, "no name follows the $", "write the variable as $NAME"),
    ("$[[ region ]]", 0, "the input is not written as GitLab reads it", "write $[[ inputs.name ]]"),
    ('$A == "b', 6, 'the quote " is never closed', 'close the string with "'),
    ("$A =~ /b", 6, "the pattern is never closed", r"close it with /; a slash inside it is written \/"),
    ("$A =~ //", 6, "a pattern may not be empty", 'to ask whether a variable is empty: $NAME == ""'),
    ("$A =~ /./", 6, "GitLab does not read a pattern of one character", "compare with a string, or write /.{1}/"),
    ("$A =~ /ab/x", 10, "x stands without quotes", 'write "x"'),
    ("$A ~= /ab/", 3, "GitLab does not know what ~ means here", ""),
    ("$A ==", 5, "nothing follows ==", 'to ask for an empty variable: == ""; for one that is not defined: == null'),
    ("$A =~", 5, "nothing follows =~", "write a pattern behind it, such as /^v/"),
    ("$A && ", 5, "nothing follows &&", "write a condition behind it"),
    ('== "b"', 0, "nothing stands before ==", "write a variable before it"),
    ("$A && || $B", 6, "nothing stands between && and ||", "write a condition behind it"),
    ('$A "b"', 3, 'no operator stands between $A and "b"', "join them with == or &&"),
    ("()", 0, "the parentheses are empty", "write a condition between them"),
    ("($A", 0, "the parenthesis is never closed", "close it with )"),
    ("(($A)", 0, "the parenthesis is never closed", "close it with )"),
    ("$A)", 2, "no ( belongs to this )", "take it out, or open it with ("),
    ("/a+/ == $A", 5, "GitLab cannot compare a pattern with ==", "write $NAME =~ /…/"),
    ("$A =~ true", 3, "the right side is no pattern", "write a pattern behind it, such as /^v/"),
    (" && ".join(["$A"] * 51), 297, "the expression has more than 99 words", "split it over several rules"),
]


@pytest.mark.parametrize(("text", "column", "message", "hint"), REFUSED)
def test_what_gitlab_refuses_is_refused_with_the_place_and_a_way_out(
    text: str, column: int, message: str, hint: str
) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)

    told = caught.value
    assert (FaultKind.IF_SYNTAX, column, message, hint) == (told.kind, told.column, told.message, told.hint)


@pytest.mark.parametrize(
    ("text", "column", "message", "hint"),
    [
        (
            "$A =~ /^(?!main).*/",
            6,
            "GitLab cannot read the pattern /^(?!main).*/: "
            "RE2, the engine of GitLab, has no look-ahead and no look-behind",
            "say it with two conditions: =~ for what must match, !~ for what must not",
        ),
        (
            r"$A =~ /(a)\1/",
            6,
            r"GitLab cannot read the pattern /(a)\1/: RE2, the engine of GitLab, has no back-references",
            "",
        ),
        ("$A =~ /some ( thing/", 6, "GitLab cannot read the pattern /some ( thing/: missing ): some ( thing", ""),
    ],
)
def test_a_pattern_that_re2_does_not_read_is_refused_at_the_pattern(
    text: str, column: int, message: str, hint: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)

    told = caught.value
    assert (FaultKind.REGEX_NOT_RE2, column, message, hint) == (told.kind, told.column, told.message, told.hint)
    assert capfd.readouterr() == ("", "")


def _written(node: Node) -> str:
    match node:
        case Literal(value=Pattern(source=source)):
            return f"/{source}/"
        case Literal(value=str() as text):
            return f'"{text}"'
        case Literal(value=value):
            return str(value).lower().replace("none", "null")
        case Name():
            return f"$[[ inputs.{node.name} ]]" if node.is_input else f"${node.name}"
        case Operation(left=None):
            return f"!({_written(node.right)})"
        case Operation():
            return f"({_written(node.left or Literal(None))}) {node.operator} ({_written(node.right)})"


_NAMES = st.text("ABC_9", min_size=1, max_size=5)
_LEAVES = st.one_of(
    st.builds(Name, _NAMES),
    st.builds(Name, _NAMES, st.just(value=True)),
    st.builds(Literal, st.none() | st.text("ab $(/=&|!'", max_size=6)),
)
_NODES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.builds(Operation, st.sampled_from(["&&", "||", "==", "!="]), inner, inner),
        st.builds(Operation, st.sampled_from(["=~", "!~"]), inner, st.builds(Literal, st.just(Pattern("a+b")))),
        st.builds(Operation, st.just("!"), st.none(), inner),
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(_NODES)
def test_a_condition_that_is_written_out_is_read_back_as_it_was(node: Node) -> None:
    assert node == parse(_written(node)).root


@settings(deadline=None)
@given(st.text("$AB_ ()!=~&|/\"'\\[]{}.nulltruefalse\n\t9é", max_size=40), st.dictionaries(_NAMES, st.text(max_size=4)))
def test_any_text_is_a_condition_or_one_error_with_its_place(text: str, variables: dict[str, str]) -> None:
    try:
        expression = parse(text)
    except ExpressionError as error:
        seen = (bool(error.message), 0 <= error.column <= len(text))
    else:
        seen = (isinstance(expression, Expression), isinstance(expression.evaluate(variables), bool))
    assert seen == (True, True)
