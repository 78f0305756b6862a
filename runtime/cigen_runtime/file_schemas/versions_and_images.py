"""Versions, images and what functions run."""

from collections.abc import Mapping

from cigen_runtime.file_schemas.terms import DIALECT, DIGEST, PLACE, TIME, VERSION

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
            "part": {
                "type": "object",
                "description": "Which share of the projects this is, where several copies of a job wrote a file each.",
                "required": ["number", "of"],
                "properties": {
                    "number": {"type": "integer", "minimum": 1},
                    "of": {"type": "integer", "minimum": 2},
                },
            },
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
            "deployed_at": {**TIME, "description": "When Lambda says that the last function changed, in UTC."},
            "projects": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "required": ["lambda", "version", "image", "digest", "source_digest", "before", "outcome"],
                    "properties": {
                        "lambda": {"type": "string"},
                        "version": VERSION,
                        "image": {"type": "string"},
                        "digest": DIGEST,
                        "source_digest": {**DIGEST, "type": ["string", "null"], "description": "In Artifactory."},
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
    "published-images": {
        "$schema": DIALECT,
        "title": "published-images.json",
        "description": "The image of each project in the build repository.",
        "type": "object",
        "required": ["schema", "projects"],
        "properties": {
            "schema": {"const": 1},
            "projects": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "required": ["version", "image", "digest", "built"],
                    "properties": {
                        "version": VERSION,
                        "image": {"type": "string"},
                        "digest": DIGEST,
                        "built": {"type": "boolean", "description": "Whether this job built it."},
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
}
