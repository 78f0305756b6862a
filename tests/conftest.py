"""Fixtures of all tests."""

pytest_plugins = ["lab.fixtures", "reliability.summary"]
