"""Stand-ins for the company's systems: real hostnames, real protocols, real faults, all on 127.0.0.1."""

from lab.faults import Delay, DropAfterCommit, DropBeforeRead, Request, Status, Truncate
from lab.images import make_image, make_index
from lab.lab import Lab

__all__ = [
    "Delay",
    "DropAfterCommit",
    "DropBeforeRead",
    "Lab",
    "Request",
    "Status",
    "Truncate",
    "make_image",
    "make_index",
]
