"""One thing to look at."""

from dataclasses import dataclass

from cigen_runtime.contract.model import Variable


@dataclass(frozen=True, slots=True)
class Check:
    """A question that yes or no answers, and what to do after a no."""

    id: str
    question: str
    remedy: str
    """What to do when the answer is no."""
    variables: tuple[Variable, ...] = ()
    """Those that somebody must have defined in GitLab; when one is missing, this is the check that says so."""
    ends: bool = False
    """Whether a no ends the search: then there is nothing to repair. Such a check is always the first."""
