"""The commands that the jobs of a rendered pipelines repo execute."""

__version__ = "0.1.0"
