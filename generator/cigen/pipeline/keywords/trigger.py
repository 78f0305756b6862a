"""`trigger`: a job that starts another pipeline."""

import base64
import binascii
from collections.abc import Iterator

from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.keywords.conditions import INCLUDE_RULES
from cigen.pipeline.keywords.shapes import (
    DOCS,
    FLAG,
    NAMED,
    TEXT,
    Anything,
    Choice,
    Either,
    Fields,
    ListOf,
    MappingOf,
    Value,
    Variant,
    Variants,
    key,
)
from cigen.pipeline.keywords.where import Where, is_blank, is_null, is_text, text_of
from cigen.pipeline.node import Mapping, Node

_MOST_FILES = 3
_HASH = "sha256-"
_CHILD_DOCS = f"{DOCS}../pipelines/downstream_pipelines/"


def _child_file(node: Node, where: Where) -> Iterator[Fault]:
    """A file of another project has a name, one from an artifact a job, and a hash is only for a remote file."""
    if not isinstance(node, Mapping):
        return
    for one, other in (("artifact", "job"), ("project", "file")):
        if not _is_falsy(node.get(one)) and is_blank(node.get(other)):
            yield where.fault(
                FaultKind.INCLUDE_INVALID, node, f"has '{one}', but no '{other}'", f"'{one}' and '{other}' go together"
            )
    integrity = node.get("integrity")
    if integrity is None or _is_falsy(integrity):
        return
    if is_blank(node.get("remote")):
        yield where.fault(FaultKind.INCLUDE_INVALID, integrity, "has 'integrity', which is only for 'remote'")
    if not is_text(integrity) or not text_of(integrity).startswith(_HASH) or not _is_base64(text_of(integrity)):
        yield where.under("integrity").fault(
            FaultKind.INCLUDE_INVALID, integrity, f"must begin with '{_HASH}' and go on in base64"
        )


def _is_falsy(node: Node | None) -> bool:
    return is_null(node) or getattr(node, "value", None) is False


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text.removeprefix(_HASH), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


INCLUDED = Either(
    (
        ("text", TEXT),
        (
            "mapping",
            Fields(
                (
                    *(
                        key(name, Anything(), doc, since=since, at=_CHILD_DOCS)
                        for name, doc, since in (
                            ("local", "A file of this project.", "12.7"),
                            ("file", "A file of another project.", "12.7"),
                            ("remote", "A file on the web.", "12.7"),
                            ("template", "A template of GitLab's.", "12.7"),
                            ("component", "A component of the catalog.", "16.0"),
                            ("artifact", "A file that a job made.", "12.9"),
                            ("inputs", "Values for the file's inputs.", "16.6"),
                            ("job", "The job that made the artifact.", "12.9"),
                            ("project", "The project of the file.", "12.7"),
                            ("ref", "Its branch or tag.", "12.7"),
                            ("integrity", "The hash that a remote file must have.", "17.9"),
                            ("cache", "How long a remote file is kept.", "18.9"),
                        )
                    ),
                    key("rules", INCLUDE_RULES, "When the file is included.", since="14.2", at="includerules"),
                ),
                checks=(_child_file,),
            ),
        ),
    ),
    "text or a mapping",
)

_STRATEGY = key(
    "strategy",
    Choice(("depend", "mirror"), since={"mirror": "18.2"}),
    "Whether this job's status follows that pipeline.",
    at="triggerstrategy",
)
_FORWARD = key(
    "forward",
    Fields(
        (
            key("yaml_variables", FLAG, "Pass on what the files define.", since="14.9", at="triggerforward"),
            key(
                "pipeline_variables",
                FLAG,
                "Pass on what the pipeline was started with.",
                since="14.9",
                at="triggerforward",
            ),
        )
    ),
    "Which variables are passed on.",
    since="14.9",
    at="triggerforward",
)

_CHILD_PIPELINE = Fields(
    (
        key(
            "include",
            Either(
                (
                    ("text", TEXT),
                    ("list", ListOf(INCLUDED, "a list of files", most=_MOST_FILES, levels=None, may_hold_nothing=True)),
                ),
                "text or a list",
            ),
            "The files of the child pipeline.",
            since="12.7",
            at="triggerinclude",
        ),
        _STRATEGY,
        _FORWARD,
    )
)
_OTHER_PROJECT = Fields(
    (
        key("project", NAMED, "The project whose pipeline is started.", at="triggerproject", may_be_null=False),
        key("branch", TEXT, "Its branch.", at="triggerproject"),
        _STRATEGY,
        _FORWARD,
        key(
            "inputs",
            MappingOf(Anything(), Value(frozenset({"text", "number", "flag", "nothing"}), "text")),
            "Values for that pipeline's inputs.",
            since="17.11",
            at="triggerinputs",
        ),
    ),
    required=("project",),
)
TRIGGER = Either(
    (
        ("text", NAMED),
        (
            "mapping",
            Variants(
                (Variant(_CHILD_PIPELINE, has=("include",)), Variant(_OTHER_PROJECT)),
                "a mapping with 'project' or 'include'",
                may_be_empty=False,
            ),
        ),
    ),
    "the path of a project, or a mapping",
)
