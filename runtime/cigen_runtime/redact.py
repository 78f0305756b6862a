"""Keeps secrets out of everything that is written: whatever form they take on the way."""

import base64
import io
import json
import re
import threading
from collections.abc import Iterator
from typing import TextIO
from urllib.parse import quote, quote_plus

MASK = "[secret]"
SHORTEST = 4
"""Shorter values are not masked: they would blank out half of the log and protect nothing."""

CERTAIN = 8
"""GitLab masks no shorter values than this; a word of fewer letters may be a user's name or a password of the lab."""


class Redactor:
    """Replaces every secret it knows, plain or encoded, by a mask."""

    def __init__(self) -> None:
        self._forms: tuple[str, ...] = ()
        """The longest first: of a secret and one that begins with it, the whole one is masked."""
        self._lock = threading.Lock()

    def add(self, secret: str) -> None:
        """Learn a secret, its lines, and its URL-encoded, base64 and JSON-escaped forms."""
        parts = {part.strip() for part in (secret, *secret.splitlines()) if len(part.strip()) >= SHORTEST}
        with self._lock:
            forms = {*self._forms, *(form for part in parts for form in _forms_of(part))}
            self._forms = tuple(sorted(forms, key=lambda form: (-len(form), form)))

    def beginning(self, text: str) -> int:
        """How many characters at the end of the text may be the beginning of a secret."""
        longest = min(len(text), max(map(len, self._forms), default=0))
        starts = (length for length in range(longest, 0, -1) if self._begins(text[-length:]))
        return next(starts, 0)

    def _begins(self, end: str) -> bool:
        return any(form.startswith(end) and form != end for form in self._forms)

    def holds(self, text: str) -> bool:
        """Whether a secret stands in the text that is long enough not to stand there by chance."""
        return any(len(form) >= CERTAIN and form in text for form in self._forms)

    def clean(self, text: str) -> str:
        """The text with every known secret masked."""
        # Hardly any text has one: a pattern of all forms would take longer to compile than all texts to search.
        found = [re.escape(form) for form in self._forms if form in text]
        return re.sub("|".join(found), MASK, text) if found else text


class RedactedStream(io.TextIOBase):
    """A stream that passes everything on without secrets, also one that comes in several writes."""

    def __init__(self, stream: TextIO, redactor: Redactor) -> None:
        self._stream = stream
        self._redactor = redactor
        self._held = ""
        self._writing = threading.RLock()
        self._is_read = True

    def write(self, text: str) -> int:
        """Pass on whole lines; the rest waits, since a secret may have begun in it."""
        with self._writing:
            lines, newline, self._held = (self._held + text).rpartition("\n")
            if newline:
                self._pass_on(lines + newline)
        return len(text)

    def flush(self) -> None:
        """Pass on what waits, but for an end that a secret may begin with."""
        with self._writing:
            ready = len(self._held) - self._redactor.beginning(self._held)
            self._pass_on(self._held[:ready], at_once=True)
            self._held = self._held[ready:]

    def drain(self) -> None:
        """Pass on everything: nothing more comes."""
        with self._writing:
            self._pass_on(self._held, at_once=True)
            self._held = ""

    def _pass_on(self, text: str, *, at_once: bool = False) -> None:
        """Write; whoever read the log may have left, as `head` does, or a terminal: that must not end a deployment."""
        if self._is_read:
            try:
                self._stream.write(self._redactor.clean(text))
                if at_once:
                    self._stream.flush()
            except OSError:
                self._is_read = False

    def writable(self) -> bool:
        """Yes."""
        return True

    def isatty(self) -> bool:
        """Whether a person sits before it."""
        return self._stream.isatty()

    @property
    def encoding(self) -> str:  # type: ignore[override]  # a property there too, but for mypy
        """How text becomes bytes."""
        return self._stream.encoding


def _forms_of(secret: str) -> set[str]:
    raw = secret.encode()
    forms = {secret, repr(secret)[1:-1], *_in_a_url(secret), *_in_json(secret)}
    # Inside a longer base64 text a secret stands at one of three offsets; the outer characters depend on neighbours.
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        forms.add(encode(raw).decode())
        for offset in range(3):
            encoded = encode(b"\0" * offset + raw).decode().rstrip("=")
            inner = encoded[(offset * 8 + 5) // 6 : (offset + len(raw)) * 8 // 6]
            if len(inner) >= 2 * SHORTEST:
                forms.add(inner)
    return forms


def _in_a_url(secret: str) -> Iterator[str]:
    """Percent-encoded as each client does it; the digits may be of either case."""
    for encoded in (quote(secret, safe=""), quote(secret), quote_plus(secret)):
        yield encoded
        yield re.sub("%[0-9A-F]{2}", lambda escape: escape[0].lower(), encoded)


def _in_json(secret: str) -> Iterator[str]:
    """Escaped as each writer does it: some spare HTML what means something there, and some a slash.

    Escaped twice where somebody's JSON is a text in ours.
    """
    for plain in (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
        for spared in (plain, re.sub("[<>&]", _numbered, plain), re.sub("[<>&'=]", _numbered, plain)):
            for text in (spared, spared.replace("/", r"\/")):
                yield text
                yield re.sub(r"\\u[0-9a-f]{4}", lambda escape: rf"\u{escape[0][2:].upper()}", text)
                yield json.dumps(text, ensure_ascii=False)[1:-1]


def _numbered(character: re.Match[str]) -> str:
    return f"\\u{ord(character[0]):04x}"
