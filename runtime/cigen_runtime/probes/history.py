"""Does the repository give and take what versions need?"""

from collections.abc import Mapping

from cigen_runtime.diagnosis import Check, checks
from cigen_runtime.probes.probe import CannotLookError, Probe, Surroundings
from cigen_runtime.services.git import Git

TAG = "cigen-doctor"
"""The tag that is asked for, and never pushed."""


def _history(surroundings: Surroundings) -> str:
    git = _git(surroundings)
    tags = len(git.remote_tags())
    rest = "; the clone is shallow, semantic-versioning fetches the rest" if git.is_shallow() else ""
    return f"the remote shows {tags} tag{'s' * (tags != 1)}{rest}"


def _push(surroundings: Surroundings) -> str:
    _git(surroundings).require_push(TAG)
    return "the remote would take a tag, unless a rule for protected tags refuses it"


def _git(surroundings: Surroundings) -> Git:
    if not (surroundings.job.folder / ".git").exists():
        raise CannotLookError("this is no clone of the service's repository")
    return Git(surroundings.job)


PROBES: Mapping[Check, Probe] = {
    checks.WHOLE_HISTORY: Probe(_history),
    checks.TAG_PUSH: Probe(_push, after=(checks.WHOLE_HISTORY,)),
}
