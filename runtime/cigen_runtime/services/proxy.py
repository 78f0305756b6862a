"""A proxy or firewall before a system that does not let us through: its refusal is not the system's own."""

import html
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import NotAllowedError

_REFUSED_TUNNEL = re.compile(r"Tunnel connection failed: (40[37][^'\")]*)")
"""How Python tells of a proxy that does not connect us; other answers of it may be others in a minute."""


def refused_by_page(status: int, headers: Mapping[str, str], body: bytes) -> str | None:
    """What was answered in a system's place, None where it answered itself: none of them speaks HTML in its API."""
    is_page = headers.get("Content-Type", "").startswith("text/html")
    if status != 407 and not (status == 403 and is_page):
        return None
    found = re.search(r"<title[^>]*>(.*?)</title>", body.decode(errors="replace"), re.DOTALL | re.IGNORECASE)
    title = " ".join(html.unescape(found[1]).split())[:100] if found else ""
    return f"{status} with a page{f' {title!r}' if title else ''}" if is_page else str(status)


def refused_tunnel(error: BaseException) -> str | None:
    """What a proxy answered that would not connect us, None where that is not what went wrong."""
    found = _REFUSED_TUNNEL.search(repr(error))
    return found[1].strip() if found else None


def kept_out(system: str, url: str, answer: str, branch: Branch) -> NotAllowedError:
    """The error for it: who runs the network can help, and trying again cannot."""
    host = urlsplit(url).hostname or system
    wants_login = answer.startswith("407")
    return NotAllowedError(
        f"{system} was not reached: a proxy or firewall before {host} does not let the runner through",
        answer=answer,
        remedy=(
            "Put the proxy's user and password into HTTPS_PROXY of the runner."
            if wants_login
            else f"Let the runner's network reach {host}, or name it in NO_PROXY if no proxy is to be asked."
        ),
        branch=branch,
    )
