"""Keeps secrets out of everything that is written: whatever form they take on the way."""

import base64
import json
import re
from urllib.parse import quote, quote_plus

MASK = "[secret]"
SHORTEST = 4
"""Shorter values are not masked: they would blank out half of the log and protect nothing."""


class Redactor:
    """Replaces every secret it knows, plain or encoded, by a mask."""

    def __init__(self) -> None:
        self._forms: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, secret: str) -> None:
        """Learn a secret, its lines, and its URL-encoded, base64 and JSON-escaped forms."""
        for part in {secret, *secret.splitlines()}:
            if len(part.strip()) >= SHORTEST:
                self._forms.update(_forms_of(part.strip()))
        self._pattern = None

    def clean(self, text: str) -> str:
        """The text with every known secret masked."""
        if self._pattern is None and self._forms:
            ordered = sorted(self._forms, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, ordered)))
        return self._pattern.sub(MASK, text) if self._pattern else text


def _forms_of(secret: str) -> set[str]:
    raw = secret.encode()
    forms = {
        secret,
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
    }
    # Inside a longer base64 text a secret stands at one of three offsets; the outer characters depend on neighbours.
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        forms.add(encode(raw).decode())
        for offset in range(3):
            encoded = encode(b"\0" * offset + raw).decode().rstrip("=")
            inner = encoded[(offset * 8 + 5) // 6 : (offset + len(raw)) * 8 // 6]
            if len(inner) >= 2 * SHORTEST:
                forms.add(inner)
    return forms
