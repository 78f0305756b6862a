"""The JSON Schema of cigen.yaml, with which editors complete and check it."""

import json

from cigen.config.model import Config


def json_schema() -> str:
    """The schema as text, the same for every run."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "cigen.yaml",
        **{key: value for key, value in Config.model_json_schema().items() if key != "title"},
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
