"""Renders a company's GitLab CI pipelines repo from one config file, and checks it."""

__version__ = "0.1.0"
