"""No secret leaves in any form."""

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cigen_runtime.redact import Redactor

SECRET = 'p@ss "w/ord\\+ü&1'


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        quote(SECRET, safe=""),
        quote(SECRET),
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        repr(SECRET),
        base64.b64encode(SECRET.encode()).decode(),
        base64.b64encode(f"user:{SECRET}".encode()).decode(),
        base64.b64encode(f"us:{SECRET}:x".encode()).decode(),
    ],
)
def test_a_secret_is_masked_in_every_form(written: str) -> None:
    redactor = Redactor()
    redactor.add(SECRET)

    text = redactor.clean(f"before {written} after")

    assert text.startswith("before ")
    assert text.endswith(" after")
    assert "[secret]" in text
    assert SECRET not in text


def test_each_line_of_a_secret_of_several_lines_is_masked() -> None:
    redactor = Redactor()
    redactor.add("first-line-1234\nsecond-line-5678\n")

    assert redactor.clean("a second-line-5678 b") == "a [secret] b"


def test_nothing_is_masked_for_a_value_too_short_to_be_one() -> None:
    redactor = Redactor()
    redactor.add("")
    redactor.add("no")

    assert redactor.clean("nothing to note") == "nothing to note"


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=12, max_size=60), st.binary(max_size=7))
def test_no_base64_text_that_holds_a_secret_gives_it_away(secret: str, before: bytes) -> None:
    redactor = Redactor()
    redactor.add(secret)

    text = redactor.clean(base64.b64encode(before + secret.encode() + b"tail").decode())

    assert "[secret]" in text
