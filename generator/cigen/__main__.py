"""Makes `python -m cigen` the same as `cigen`."""

from cigen.cli import entry_point

entry_point()
