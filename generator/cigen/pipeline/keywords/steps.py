"""`run`: the steps of a job, in place of a script."""

import re

from cigen.pipeline.keywords.shapes import (
    NAMED,
    TEXT,
    Anything,
    Either,
    Fields,
    ListOf,
    MappingOf,
    Text,
    Value,
    Variant,
    Variants,
    key,
)

_STEP_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_STEP_DOCS = "https://docs.gitlab.com/ci/steps/"


def _step_name(text: str) -> str:
    return "" if _STEP_NAME.fullmatch(text) else "may hold letters, digits and '_', and does not begin with a digit"


_NAME = key(
    "name",
    Text(complaint=_step_name),
    "The name that later steps know it by.",
    since="17.3",
    at=_STEP_DOCS,
    may_be_null=False,
)
_ENV = key(
    "env",
    MappingOf(TEXT, Value(frozenset({"text"}), "text"), null_is=TEXT),
    "Environment variables for the step.",
    since="17.3",
    at=_STEP_DOCS,
    may_be_null=False,
)
_GIT = Fields(
    tuple(
        key(name, TEXT, f"The step's Git repository: its {name}.", since="17.3", at=_STEP_DOCS, may_be_null=False)
        for name in ("url", "rev", "dir", "file")
    ),
    required=("url", "rev"),
)
_OCI = Fields(
    tuple(
        key(name, TEXT, f"The step's image: its {name}.", since="18.6", at=_STEP_DOCS, may_be_null=False)
        for name in ("registry", "repository", "tag", "dir", "file")
    ),
    required=("registry", "repository", "tag"),
)
_STEP_SOURCE = Either(
    (
        ("text", TEXT),
        (
            "mapping",
            Variants(
                (
                    Variant(
                        Fields(
                            (
                                key(
                                    "git",
                                    _GIT,
                                    "A step in a Git repository.",
                                    since="17.3",
                                    at=_STEP_DOCS,
                                    may_be_null=False,
                                ),
                            )
                        ),
                        has=("git",),
                    ),
                    Variant(
                        Fields(
                            (key("oci", _OCI, "A step in an image.", since="18.6", at=_STEP_DOCS, may_be_null=False),)
                        ),
                        has=("oci",),
                    ),
                ),
                "a mapping with 'git' or 'oci'",
            ),
        ),
    ),
    "text, or a mapping with 'git' or 'oci'",
)
_INPUTS = MappingOf(Anything(), Value(frozenset({"text"}), "text"), null_is=Anything())
RUN = ListOf(
    Variants(
        (
            Variant(
                Fields(
                    (
                        _NAME,
                        _ENV,
                        key("script", NAMED, "The commands.", since="17.3", at=_STEP_DOCS, may_be_null=False),
                    ),
                    required=("name", "script"),
                ),
                has=("script",),
            ),
            Variant(
                Fields(
                    (
                        _NAME,
                        _ENV,
                        key("inputs", _INPUTS, "Inputs of the step.", since="17.3", at=_STEP_DOCS, may_be_null=False),
                        key("step", _STEP_SOURCE, "The step to run.", since="17.3", at=_STEP_DOCS, may_be_null=False),
                        key(
                            "func",
                            _STEP_SOURCE,
                            "The function to run.",
                            since="18.10",
                            at=_STEP_DOCS,
                            may_be_null=False,
                        ),
                    ),
                    required=("name",),
                    exactly_one=("step", "func"),
                ),
            ),
        ),
        "a mapping with 'name', and 'script' or 'step'",
    ),
    "a list of steps",
)
