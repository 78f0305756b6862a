"""botocore prepares for each session and client what is the same in all of them; a test run does it once.

A process of the runtime has one session and a few clients; the tests have thousands, in one process. Nothing of what is
kept here knows a credential, a region or an answer.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import botocore.hooks
import botocore.loaders
import botocore.session
from botocore.client import ClientCreator
from botocore.hooks import EventAliaser

from lab.patching import Patches


def prepare_once(patches: Patches) -> None:
    """Read each model once, make each client's class once, look at each handler and each event's name once."""
    loader = botocore.loaders.create_loader()
    patches.replace(botocore.session, "create_loader", lambda _path=None: loader)
    patches.replace(botocore.hooks, "accepts_kwargs", functools.cache(botocore.hooks.accepts_kwargs))
    _remember(patches, EventAliaser, "_alias_event_name")
    _remember(patches, ClientCreator, "_create_client_class")


def _remember(patches: Patches, owner: type, name: str) -> None:
    """Let a method that knows nothing of its object be asked once for each of its first arguments."""
    known: dict[str, Any] = {}

    def remembered(of: object, key: str, *given: object) -> Any:
        if key not in known:
            known[key] = original(of, key, *given)
        return known[key]

    original: Callable[..., Any] = patches.replace(owner, name, remembered)
