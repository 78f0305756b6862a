"""JSON Schemas (draft 2020-12) of the files that flow between jobs; runtime and linter read the same ones."""

from collections.abc import Mapping

DIALECT = "https://json-schema.org/draft/2020-12/schema"
VERSION = {"type": "string", "pattern": r"^\d+\.\d+\.\d+([-+].+)?$", "description": "A semantic version."}
DIGEST = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", "description": "In UTC."}
PLACE = {
    "schema": {"const": 1},
    "environment": {"type": "string", "minLength": 1},
    "region": {"type": "string", "minLength": 1},
}

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
    "versions": {
        "$schema": DIALECT,
        "title": "versions.json",
        "description": "Every project of a service repo, by name.",
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$"},
        "additionalProperties": {
            "type": "object",
            "required": ["version", "folder"],
            "properties": {
                "version": VERSION,
                "folder": {"type": "string", "minLength": 1, "description": "The folder below functions/."},
                "changed": {"type": "boolean", "description": "Whether this commit releases the version."},
                "previous": {"anyOf": [VERSION, {"type": "null"}]},
                "bump": {"enum": ["none", "patch", "minor", "major"]},
            },
        },
    },
    "lambda-ecr-mappings": {
        "$schema": DIALECT,
        "title": "lambda-ecr-mappings.json",
        "description": "Which image each Lambda function of one environment and region is to run.",
        "type": "object",
        "required": ["schema", "environment", "region", "projects"],
        "properties": {
            **PLACE,
            "projects": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "required": ["folder", "lambda", "version", "image", "digest", "source_digest", "architecture"],
                    "properties": {
                        "folder": {"type": "string"},
                        "lambda": {"type": "string", "minLength": 1},
                        "version": VERSION,
                        "image": {"type": "string", "pattern": "^[^/]+/.+:[^:/]+$"},
                        "digest": {**DIGEST, "description": "In ECR."},
                        "source_digest": {
                            "anyOf": [DIGEST, {"type": "null"}],
                            "description": "In Artifactory; differs when an index was resolved to one platform.",
                        },
                        "architecture": {"enum": ["x86_64", "arm64"]},
                    },
                },
            },
        },
    },
    "deploy-result": {
        "$schema": DIALECT,
        "title": "deploy-result.json",
        "description": "What each function ran before a deployment and runs after it.",
        "type": "object",
        "required": ["schema", "environment", "region", "projects"],
        "properties": {
            **PLACE,
            "deployed_at": {**TIME, "description": "When the deployment ended, in UTC."},
            "projects": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "required": ["lambda", "version", "image", "digest", "before", "outcome"],
                    "properties": {
                        "lambda": {"type": "string"},
                        "version": VERSION,
                        "image": {"type": "string"},
                        "digest": DIGEST,
                        "before": {"type": ["string", "null"], "description": "The image it ran, by digest."},
                        "outcome": {
                            "enum": [
                                "unchanged",
                                "updated",
                                "missing",
                                "failed",
                                "not started",
                                "rolled back",
                                "unknown",
                            ]
                        },
                        "reason": {"type": "string"},
                        "seconds": {"type": "number"},
                    },
                },
            },
        },
    },
    "promotion": {
        "$schema": DIALECT,
        "title": "promotion.json",
        "description": "Which images were promoted from one Artifactory repository to another.",
        "type": "object",
        "required": ["schema", "environment", "from", "to", "projects"],
        "properties": {
            "schema": {"const": 1},
            "environment": {"type": "string", "minLength": 1},
            "from": {"type": "string", "minLength": 1},
            "to": {"type": "string", "minLength": 1},
            "projects": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "required": ["version", "image", "digest", "outcome"],
                    "properties": {
                        "version": VERSION,
                        "image": {"type": "string", "description": "Where it is after the promotion."},
                        "digest": DIGEST,
                        "outcome": {"enum": ["promoted", "unchanged", "skipped", "failed", "unknown"]},
                        "reason": {"type": "string"},
                    },
                },
            },
        },
    },
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
