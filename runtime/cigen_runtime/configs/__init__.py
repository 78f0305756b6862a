"""Configs in layers: which files there are, what is in them, what they are together."""
