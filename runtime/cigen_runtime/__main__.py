"""`python -m cigen_runtime` is `cigen-runtime`."""

from cigen_runtime.cli import entry_point

entry_point()
