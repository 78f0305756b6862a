"""The programs the lab needs from Debian, found or asked for by the name of their package."""

from __future__ import annotations

import shutil
from pathlib import Path

GIT_HTTP_BACKEND = Path("/usr/lib/git-core/git-http-backend")
PACKAGES = {"docker-registry": "docker-registry", "git": "git", "setpriv": "util-linux"}


class MissingProgram(RuntimeError):  # noqa: N818 - says what it is
    """A program is not installed; the message says which Debian packages have it."""


def require_programs() -> None:
    """Raise MissingProgram, naming everything that is missing at once."""
    missing = {program: package for program, package in PACKAGES.items() if shutil.which(program) is None}
    if not GIT_HTTP_BACKEND.exists():
        missing[str(GIT_HTTP_BACKEND)] = "git"
    if missing:
        packages = " ".join(sorted(set(missing.values())))
        raise MissingProgram(
            f"the lab needs {', '.join(missing)}: apt-get install -y --no-install-recommends {packages}"
        )
