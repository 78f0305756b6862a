"""No secret leaves in any form."""

import base64
import io
import itertools
import json
import re
import threading
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cigen_runtime.redact import RedactedStream, Redactor

SECRET = 'p@ss "w/ord\\+ü&1='
IN_JSON = json.dumps(SECRET)[1:-1]


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        repr(SECRET)[1:-1],
        quote(SECRET, safe=""),
        quote(SECRET),
        quote_plus(SECRET),
        *(re.sub("%..", lambda escape: escape[0].lower(), quote(SECRET, safe=safe)) for safe in ("", "/")),
        IN_JSON,
        IN_JSON.replace("00fc", "00FC"),
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        IN_JSON.replace("&", r"\u0026"),  # as Go writes it
        json.dumps(SECRET, ensure_ascii=False)[1:-1].replace("&", r"\u0026"),
        IN_JSON.replace("/", r"\/"),  # as PHP does
        IN_JSON.replace("&", r"\u0026").replace("=", r"\u003d"),  # as Gson does
        json.dumps(json.dumps({"error": SECRET}))[len('"{\\"error\\": \\"') : -len('\\"}"')],
    ],
)
def test_a_secret_is_masked_in_every_form(written: str) -> None:
    redactor = Redactor()
    redactor.add(SECRET)

    assert redactor.clean(f"before {written} after") == "before [secret] after"


@pytest.mark.parametrize("around", [("", ""), ("user:", ""), ("us:", ":x"), ("u:", "")])
def test_a_secret_is_masked_in_base64_whatever_stands_around_it(around: tuple[str, str]) -> None:
    redactor = Redactor()
    redactor.add(SECRET)
    before, after = around

    text = redactor.clean(f"Basic {base64.b64encode(f'{before}{SECRET}{after}'.encode()).decode()} sent")

    assert text.startswith("Basic ")
    assert text.endswith(" sent")
    assert "[secret]" in text


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


def test_a_secret_that_is_learnt_while_another_thread_writes_is_masked_from_then_on() -> None:
    redactor = Redactor()
    for number in range(40):
        redactor.add(f"one of many secrets, {number}")  # so that it takes a while to get ready for all of them
    for number in range(10):
        redactor.add(f"the newest secret, {number}")
        writes = threading.Thread(target=redactor.clean, args=("a line",))
        writes.start()
        time.sleep(0.002)

        redactor.add(f"learnt meanwhile, {number}")

        writes.join()
        assert redactor.clean(f"it is: learnt meanwhile, {number}") == "it is: [secret]"


class TestStream:
    """What passes through a stream that is redacted."""

    @staticmethod
    def passed_on(*writes: str | None, secret: str = "s3cr3t-value") -> str:
        """What arrives of several writes; None stands for a flush."""
        redactor, arrived = Redactor(), io.StringIO()
        redactor.add(secret)
        stream = RedactedStream(arrived, redactor)
        for text in writes:
            if text is None:
                stream.flush()
            else:
                stream.write(text)
        stream.drain()
        return arrived.getvalue()

    def test_a_secret_that_comes_in_two_writes_is_masked(self) -> None:
        assert self.passed_on("a s3cr3t", "-value b\n") == "a [secret] b\n"

    def test_a_flush_in_the_middle_of_a_secret_gives_none_of_it_away(self) -> None:
        assert self.passed_on("a s3cr3t", None, "-val", None, "ue b", None) == "a [secret] b"

    def test_what_only_looked_like_a_secret_arrives_whole(self) -> None:
        assert self.passed_on("a s3cr", None, "ipt\n") == "a s3cript\n"

    def test_a_flush_passes_on_what_can_be_no_secret(self) -> None:
        arrived, redactor = io.StringIO(), Redactor()
        redactor.add("s3cr3t-value")
        stream = RedactedStream(arrived, redactor)

        stream.write("section_end\r\x1b[0K")
        stream.flush()

        assert arrived.getvalue() == "section_end\r\x1b[0K"

    def test_each_line_of_a_secret_of_several_lines_is_masked(self) -> None:
        key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQ\n-----END KEY-----"

        assert "MIIE" not in self.passed_on("key:\n", *key.splitlines(keepends=True), secret=key)

    @given(st.text("ab\n", max_size=30), st.lists(st.integers(0, 30), max_size=6))
    def test_however_text_is_cut_the_same_arrives(self, text: str, cuts: list[int]) -> None:
        edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
        parts = [text[start:end] for start, end in itertools.pairwise(edges)]

        assert self.passed_on(*parts, secret="abba") == self.passed_on(text, secret="abba")
