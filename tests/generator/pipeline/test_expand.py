"""Variables in texts, put in as GitLab does."""

import pytest

from cigen.pipeline.expand import expand

VARIABLES = {"A": "1", "B": "$A-$A", "C": "${B}", "SELF": "$SELF$SELF", "EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("x/$A/${A}/%A%", "x/1/1/1"),
        ("$C", "1-1"),
        ("$EMPTY|$NONE|${NONE}|%NONE%", "|$NONE|${NONE}|%NONE%"),
        ("$$A $ ${} 100%", "$$A $ ${} 100%"),
    ],
)
def test_names_that_exist_are_replaced_and_others_stay(text: str, expanded: str) -> None:
    assert expand(text, VARIABLES) == expanded


def test_variables_that_name_themselves_end() -> None:
    bomb = {"SELF": "$SELF" * 20_000}

    assert set(expand("$SELF", VARIABLES).split("$")) == {"", "SELF"}
    assert len(expand("$SELF", bomb)) < 1_000_000
