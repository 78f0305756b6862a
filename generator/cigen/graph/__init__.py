"""Drawings of the pipelines: from the rendered files and the contract, never by hand."""
