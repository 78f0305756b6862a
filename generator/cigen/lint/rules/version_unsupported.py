"""The rule `version-unsupported`."""

from collections.abc import Iterator
from typing import ClassVar

from cigen.findings import Finding, Severity
from cigen.lint.rule import Example, found
from cigen.lint.subject import Subject
from cigen.pipeline.document import read_ci_file
from cigen.pipeline.keywords.versions import newer_than
from cigen.pipeline.node import Mapping


class VersionUnsupported:
    """Something that came with a later GitLab than the one that the pipelines repo is rendered for.

    A GitLab that does not know a keyword or a value refuses the whole pipeline, and a variable that it does not set is
    empty without a word. Which GitLab that is, `gitlab.version` in cigen.yaml says; the lock of the rendered files
    tells it to `cigen lint --pipelines`.

    Fix: do without it, or raise `gitlab.version` once every GitLab is newer.
    """

    code = "CG209"
    name = "version-unsupported"
    severity = Severity.ERROR
    bad: ClassVar[Example] = {
        ".gitlab-ci.yml": "deploy:\n  trigger:\n    project: shop/deployment\n    strategy: mirror\n",
        ".cigen.lock": '{"gitlab": "17.5", "files": {}}\n',
    }
    good: ClassVar[Example] = {
        ".gitlab-ci.yml": "deploy:\n  trigger:\n    project: shop/deployment\n    strategy: depend\n",
        ".cigen.lock": '{"gitlab": "17.5", "files": {}}\n',
    }

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each keyword, value, variable and reference that is too new."""
        version = subject.oldest_gitlab()
        if not version:
            return
        for path, text in subject.texts.items():
            file = read_ci_file(path, text, {})
            if not isinstance(file.document.root, Mapping):
                continue
            for newer in newer_than(version, file.document.root, file.header):
                message = f"{newer.what} came with GitLab {newer.since}, and gitlab.version is {version}"
                yield found(self, newer.place, message, hint="do without it, or raise gitlab.version in cigen.yaml")
