"""What is wrong with something that people write into a service repo, for the runtime and for the linter."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is wrong: what, and what to do."""

    message: str
    remedy: str
    line: int = 0
    """In the text itself, counted from 1; 0 where it is about all of it."""
