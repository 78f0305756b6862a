"""JSON Schemas (draft 2020-12) of the files that flow between jobs; runtime and linter read the same ones."""

from collections.abc import Mapping

DIALECT = "https://json-schema.org/draft/2020-12/schema"
VERSION = {"type": "string", "pattern": r"^\d+\.\d+\.\d+([-+].+)?$", "description": "A semantic version."}
DIGEST = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
PLACE = {
    "schema": {"const": 1},
    "environment": {"type": "string", "minLength": 1},
    "region": {"type": "string", "minLength": 1},
}

CHANGES = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["what", "name", "to"],
        "properties": {
            "what": {"type": "string", "minLength": 1, "description": "The kind of thing, such as `function`."},
            "name": {"type": "string", "minLength": 1},
            "to": {"type": "string", "description": "What it becomes, or is already."},
        },
        "additionalProperties": False,
    },
}
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
MAYBE = {"type": ["string", "null"], "minLength": 1}

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
    "result": {
        "$schema": DIALECT,
        "title": "results/<job>.json",
        "description": "What one command planned, changed and found done already, and how it ended.",
        "type": "object",
        "required": [
            "schema",
            "command",
            "runtime",
            "dry_run",
            "outcome",
            "exit_code",
            "started",
            "finished",
            "planned",
            "changed",
            "already",
            "error",
        ],
        "properties": {
            "schema": {"const": 1},
            "command": {"type": "string", "minLength": 1},
            "runtime": {"type": "string", "minLength": 1, "description": "The version of cigen-runtime."},
            "environment": MAYBE,
            "region": MAYBE,
            "job": {**MAYBE, "description": "GitLab's number of the job."},
            "job_name": MAYBE,
            "pipeline": {**MAYBE, "description": "GitLab's number of the pipeline."},
            "dry_run": {"type": "boolean"},
            "outcome": {"enum": ["done", "planned", "failed", "interrupted"]},
            "exit_code": {"type": "integer"},
            "started": TIME,
            "finished": TIME,
            "planned": {**CHANGES, "description": "What was to be changed, once both ends had been looked at."},
            "changed": {**CHANGES, "description": "What took effect."},
            "already": {**CHANGES, "description": "What was found as it should be."},
            "error": {
                "anyOf": [
                    {"type": "null"},
                    {
                        "type": "object",
                        "required": ["kind", "attempted", "answer", "remedy", "branch"],
                        "properties": {
                            "kind": {"type": "string"},
                            "attempted": {"type": "string", "description": "What we did."},
                            "answer": {"type": "string", "description": "What came back."},
                            "remedy": {"type": "string", "description": "What to do."},
                            "branch": {**MAYBE, "description": "The branch of the diagnosis whose checks follow."},
                        },
                        "additionalProperties": False,
                    },
                ]
            },
        },
        "additionalProperties": False,
    },
}
