"""What commands report of themselves and of what runs where."""

from collections.abc import Mapping

from cigen_runtime.file_schemas.terms import DIALECT, PLACE, TIME, VERSION

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
MAYBE = {"type": ["string", "null"], "minLength": 1}

SCHEMAS: Mapping[str, Mapping[str, object]] = {
    "status": {
        "$schema": DIALECT,
        "title": "status.json",
        "description": "What each function runs in each region, as Lambda said when it was asked.",
        "type": "object",
        "required": ["schema", "environment", "projects"],
        "properties": {
            "schema": PLACE["schema"],
            "environment": {"type": "string"},
            "projects": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "required": ["lambda", "drifts", "regions"],
                    "properties": {
                        "lambda": {"type": "string", "minLength": 1},
                        "drifts": {"type": "boolean", "description": "Whether its regions run different content."},
                        "regions": {
                            "type": "object",
                            "additionalProperties": {
                                "type": "object",
                                "required": ["state"],
                                "properties": {
                                    "state": {"type": "string", "description": "`missing` where there is no function."},
                                    "version": {"anyOf": [VERSION, {"type": "null"}]},
                                    "image": {"type": "string"},
                                    "digest": {"type": "string"},
                                    "modified": {"type": "string"},
                                },
                            },
                        },
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
