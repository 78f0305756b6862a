"""The rule `bad-versions-file`."""

import json
from collections.abc import Iterable, Iterator
from typing import ClassVar

from cigen.findings import Finding, Severity, Span
from cigen.lint.rule import Example, found
from cigen.lint.service_files import line_of, reads
from cigen.lint.subject import RepoFile, Subject
from cigen.pipeline.node import Mapping, Node, Place
from cigen.pipeline.yaml_file import read_document
from cigen_runtime.contract.versions import VERSIONS
from cigen_runtime.file_schemas import SCHEMAS

_PIPELINE = """\
publish-image:
  image: registry.example.com/cigen-runtime:0.1.0
  script: cigen-runtime publish-image
  variables:
    CIGEN_ARTIFACTORY_REGISTRY: registry.example.com/{repository}
    CIGEN_BUILD_REPOSITORY: builds
"""
_MOST = 20


class BadVersionsFile:
    """A `versions.json` in the repository that jobs cannot read.

    `semantic-versioning` writes the file in every staging pipeline. Where one is committed, for versions that another
    tool makes, each job that reads it holds it against the same schema and refuses it in whole.

    Fix: write it as `{"orders-api": {"version": "1.4.0", "folder": "orders_api"}}`, or take it out.
    """

    code = "CG858"
    name = "bad-versions-file"
    severity = Severity.ERROR
    bad: ClassVar[Example] = {
        ".gitlab-ci.yml": _PIPELINE,
        "functions/orders_api/.deployment": "orders-api\n",
        "versions.json": '{"orders-api": {"version": "1.4", "folder": "orders_api"}}\n',
    }
    good: ClassVar[Example] = {
        ".gitlab-ci.yml": _PIPELINE,
        "functions/orders_api/.deployment": "orders-api\n",
        "versions.json": '{"orders-api": {"version": "1.4.0", "folder": "orders_api"}}\n',
    }

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each mistake at its place."""
        file = subject.file(VERSIONS.path) if reads(subject, VERSIONS) else None
        if file is None:
            return
        try:
            content = json.loads(file.text.removeprefix("\ufeff"))
        except json.JSONDecodeError as error:
            yield found(self, line_of(file, error.lineno), f"it is not JSON: {error.msg}")
            return
        except RecursionError:
            yield found(self, Span(file.path), "it is nested too deeply")
            return
        root = read_document(file.path, file.text).root
        for duplicate in _duplicates(root):
            place = duplicate.span
            yield found(self, place, f"{_source(file, place)} stands twice, and one of the two is lost")
        for path, message in _against_schema(content):
            yield found(self, _span(file, root, path), f"{'.'.join(map(str, path)) or 'the file'}: {message}")


def _against_schema(content: object) -> Iterator[tuple[tuple[str | int, ...], str]]:
    from jsonschema import Draft202012Validator  # imported where there is such a file: it takes longer than a lint

    errors = Draft202012Validator(SCHEMAS["versions"]).iter_errors(content)
    ordered = sorted(errors, key=lambda error: [str(part) for part in error.absolute_path])
    for error in ordered[:_MOST]:
        yield tuple(error.absolute_path), error.message


def _span(file: RepoFile, root: Node | None, path: Iterable[str | int]) -> Span:
    """Where the value of a path stands; the value around it where it is not there."""
    node = root
    for part in path:
        below = node.get(part) if isinstance(node, Mapping) else None
        if below is None:
            break
        node = below
    return node.place.span if node is not None else Span(file.path, 1)


def _duplicates(root: Node | None) -> Iterator[Place]:
    if isinstance(root, Mapping):
        yield from (duplicate.counts.key.place for duplicate in root.duplicates)
        for entry in root:
            yield from _duplicates(entry.value)


def _source(file: RepoFile, span: Span) -> str:
    return file.text.splitlines()[span.line - 1][span.column - 1 : span.end_column - 1]
