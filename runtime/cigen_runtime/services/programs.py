"""What the programs that a job starts see of its variables: what they need to run, and none of its secrets."""

from collections.abc import Iterator, Mapping

NAMES = ("PATH", "HOME", "USER", "TMPDIR", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR")
PREFIXES = ("XDG_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
"""Proxies are written in capitals by some and in small letters by others."""


def handed_on(environment: Mapping[str, str], *more: str) -> dict[str, str]:
    """What every program gets, and `more`: names of variables, or what their names begin with where it ends in `_`."""
    return dict(_handed_on(environment, tuple(each for each in more if each.endswith("_")), (*NAMES, *more)))


def _handed_on(
    environment: Mapping[str, str], prefixes: tuple[str, ...], names: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    for name, value in environment.items():
        if name in names or name.upper().startswith((*PREFIXES, *prefixes)):
            yield name, value
