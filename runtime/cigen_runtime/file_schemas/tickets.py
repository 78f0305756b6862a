"""Release tickets."""

from collections.abc import Mapping

from cigen_runtime.file_schemas.terms import DIALECT, PLACE, VERSION

SCHEMAS: Mapping[str, Mapping[str, object]] = {
    "jira-tickets": {
        "$schema": DIALECT,
        "title": "jira-tickets.json",
        "description": "The release ticket of each project and version.",
        "type": "object",
        "required": ["schema", "projects"],
        "properties": {
            **PLACE,
            "projects": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "required": ["version", "key", "label", "url"],
                    "properties": {
                        "version": VERSION,
                        "key": {"type": "string", "pattern": "^[A-Z][A-Z0-9_]+-[0-9]+$"},
                        "label": {"type": "string", "minLength": 1},
                        "url": {"type": "string", "pattern": "^https?://"},
                    },
                },
            },
        },
    },
}
