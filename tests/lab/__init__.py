"""Stand-ins for the company's systems: real hostnames, real protocols, real faults, all on 127.0.0.1."""

from lab.faults import CutAfterCommit, Delay, DropAfterCommit, DropBeforeRead, Meet, Request, Silence, Status, Truncate
from lab.images import make_image, make_index
from lab.lab import Lab

__all__ = [
    "CutAfterCommit",
    "Delay",
    "DropAfterCommit",
    "DropBeforeRead",
    "Lab",
    "Meet",
    "Request",
    "Silence",
    "Status",
    "Truncate",
    "make_image",
    "make_index",
]
