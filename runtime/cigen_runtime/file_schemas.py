"""JSON Schemas (draft 2020-12) of the files that flow between jobs; runtime and linter read the same ones."""

from collections.abc import Mapping

DIALECT = "https://json-schema.org/draft/2020-12/schema"
VERSION = {"type": "string", "pattern": r"^\d+\.\d+\.\d+([-+].+)?$", "description": "A semantic version."}
DIGEST = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", "description": "In UTC."}
COMMIT = {"type": "string", "pattern": "^[0-9a-f]{40,64}$"}
SHA256 = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
CONFIG_VERSION = {
    "type": "object",
    "required": ["version", "commit", "source"],
    "properties": {
        "version": {"anyOf": [VERSION, {"type": "null"}], "description": "Of its project, where it has one."},
        "commit": {**COMMIT, "description": "What its files are taken from."},
        "source": {"enum": ["tag", "commit", "checkout"]},
    },
}
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
            "deployed_at": {**TIME, "description": "When the deployment ended, in UTC."},
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
