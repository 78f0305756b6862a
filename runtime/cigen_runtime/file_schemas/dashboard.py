"""What the version dashboard is told and keeps."""

from collections.abc import Mapping

from cigen_runtime.file_schemas.terms import DIALECT, DIGEST, PLACE, TIME, VERSION

DEPLOYMENT = {
    "version": VERSION,
    "digest": DIGEST,
    "lambda": {"type": "string", "minLength": 1},
    "deployed_at": TIME,
    "pipeline": {
        "type": "object",
        "required": ["id", "url"],
        "properties": {"id": {"type": "integer", "minimum": 0}, "url": {"type": "string"}},
    },
    "repository": {"type": "string", "description": "Address of the service's GitLab project."},
    "commit": {"type": "string", "description": "What the pipeline ran for; empty where it is not known."},
    "ticket": {
        "anyOf": [
            {
                "type": "object",
                "required": ["key", "url"],
                "properties": {
                    "key": {"type": "string", "description": "Empty where the link leads to a search for it."},
                    "url": {"type": "string"},
                },
            },
            {"type": "null"},
        ]
    },
}
"""What the dashboard knows of one deployment, besides its project and place."""

SCHEMAS: Mapping[str, Mapping[str, object]] = {
    "dashboard-deployment": {
        "$schema": DIALECT,
        "title": "One deployment, as the version dashboard takes it",
        "description": "That a project runs a version in one environment and region since a certain time.",
        "type": "object",
        "required": ["key", "project", "environment", "region", *DEPLOYMENT],
        "properties": {
            "key": {"type": "string", "minLength": 1, "description": "The same for each try to record it."},
            "project": {"type": "string", "minLength": 1},
            "environment": PLACE["environment"],
            "region": PLACE["region"],
            **DEPLOYMENT,
        },
    },
    "dashboard-state": {
        "$schema": DIALECT,
        "title": "state.json",
        "description": "What runs where, and what ran there before: what the dashboard's page shows.",
        "type": "object",
        "required": ["schema", "updated_at", "projects"],
        "properties": {
            "schema": {"const": 1},
            "updated_at": TIME,
            "projects": {
                "type": "object",
                "description": "By project, then by `<environment>/<region>`: the deployments, the newest first.",
                "additionalProperties": {
                    "type": "object",
                    "propertyNames": {"pattern": "^[^/]+/[^/]+$"},
                    "additionalProperties": {
                        "type": "array",
                        "minItems": 1,
                        "items": {"type": "object", "required": [*DEPLOYMENT], "properties": DEPLOYMENT},
                    },
                },
            },
        },
    },
}
