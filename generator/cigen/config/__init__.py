"""cigen.yaml: its typed model, and the loader that knows the line of every value."""

from cigen.config.loader import load
from cigen.config.model import Config

__all__ = ["Config", "load"]
