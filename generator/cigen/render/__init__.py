"""Templates and the config in, files of the pipelines repo out."""

from cigen.render.engine import RenderedFile, render

__all__ = ["RenderedFile", "render"]
