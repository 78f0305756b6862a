"""Configs on their way to a bucket."""

from collections.abc import Mapping

from cigen_runtime.file_schemas.terms import CONFIG_VERSION, DIALECT, PLACE, SHA256

SCHEMAS: Mapping[str, Mapping[str, object]] = {
    "config-versions": {
        "$schema": DIALECT,
        "title": "config-versions.json",
        "description": "Which commit each config is taken from; '*' stands for those that no project owns.",
        "type": "object",
        "required": ["schema", "environment", "region", "complete", "configs"],
        "properties": {
            **PLACE,
            "complete": {"type": "boolean", "description": "Whether these are all configs that there are."},
            "configs": {"type": "object", "minProperties": 1, "additionalProperties": CONFIG_VERSION},
        },
    },
    "provenance": {
        "$schema": DIALECT,
        "title": "provenance.json",
        "description": "Every merged config file, and which source gave it which key.",
        "type": "object",
        "required": ["schema", "environment", "region", "complete", "configs", "files"],
        "properties": {
            **PLACE,
            "complete": {"type": "boolean", "description": "Whether these are all configs that there are."},
            "configs": {"type": "object", "minProperties": 1, "additionalProperties": CONFIG_VERSION},
            "files": {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": {
                    "type": "object",
                    "required": ["config", "sha256", "size", "sources", "keys"],
                    "properties": {
                        "config": {"type": "string", "minLength": 1},
                        "sha256": SHA256,
                        "size": {"type": "integer", "minimum": 0},
                        "sources": {
                            "type": "array",
                            "minItems": 1,
                            "items": {"type": "string"},
                            "description": "The files it was made of, the least specific first.",
                        },
                        "keys": {
                            "type": "object",
                            "additionalProperties": {"type": "string"},
                            "description": "File and line that each key came from.",
                        },
                    },
                },
            },
        },
    },
    "s3-sync-result": {
        "$schema": DIALECT,
        "title": "s3-sync-result.json",
        "description": "What became of each object in the bucket.",
        "type": "object",
        "required": ["schema", "environment", "region", "bucket", "prefix", "configs", "objects"],
        "properties": {
            **PLACE,
            "bucket": {"type": "string", "minLength": 1},
            "prefix": {"type": "string"},
            "configs": {"type": "object", "additionalProperties": CONFIG_VERSION},
            "objects": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "required": ["config", "outcome", "before", "sha256"],
                    "properties": {
                        "config": {"type": "string"},
                        "outcome": {
                            "enum": [
                                "unchanged",
                                "added",
                                "changed",
                                "deleted",
                                "kept",
                                "failed",
                                "unknown",
                                "not started",
                            ]
                        },
                        "before": {"anyOf": [SHA256, {"type": "null"}], "description": "What was there."},
                        "before_version_id": {"type": "string", "description": "In a bucket that keeps versions."},
                        "sha256": {"anyOf": [SHA256, {"type": "null"}], "description": "What the repo has for it."},
                        "reason": {"type": "string"},
                    },
                },
            },
        },
    },
    "config-manifest": {
        "$schema": DIALECT,
        "title": ".cigen-manifest.json",
        "description": "What syncs have brought to a bucket: nothing else in it is ever deleted.",
        "type": "object",
        "required": ["schema", "configs", "files"],
        "properties": {
            "schema": {"const": 1},
            "configs": {"type": "object", "additionalProperties": CONFIG_VERSION},
            "files": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "required": ["config", "sha256"],
                    "properties": {"config": {"type": "string"}, "sha256": SHA256},
                },
            },
        },
    },
}
