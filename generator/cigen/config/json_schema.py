"""The JSON Schema of cigen.yaml, with which editors complete and check it."""

from typing import Any

from cigen.config.model import Config


def json_schema() -> dict[str, Any]:
    """The schema, with its keys in the same order every time."""
    schema = Config.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "cigen.yaml"}
