"""Attributes of other people's classes, replaced for a while and put back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Patches:
    """Remembers what was there before; `undo` puts it back, last first."""

    def __init__(self) -> None:
        self._originals: list[tuple[Any, str, Any]] = []

    def replace(self, owner: Any, name: str, replacement: Callable[..., Any] | property) -> Any:
        """Replace owner.name; returns what was there. Any: moto's classes have no types that we could name."""
        original = owner.__dict__[name]
        self._originals.append((owner, name, original))
        setattr(owner, name, replacement)
        return original

    def undo(self) -> None:
        while self._originals:
            owner, name, original = self._originals.pop()
            setattr(owner, name, original)
