"""What several files have in common: versions, digests, places, times."""

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
