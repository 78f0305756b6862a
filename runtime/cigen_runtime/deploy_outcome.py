"""How a deployment can end for one function, as deploy-result.json has it."""

from enum import StrEnum


class Outcome(StrEnum):
    """What became of one function."""

    UNCHANGED = "unchanged"
    UPDATED = "updated"
    MISSING = "missing"
    FAILED = "failed"
    NOT_STARTED = "not started"
    ROLLED_BACK = "rolled back"
    UNKNOWN = "unknown"


RUNS = (Outcome.UPDATED, Outcome.UNCHANGED)
"""The outcomes after which a function runs the image that it was given."""
