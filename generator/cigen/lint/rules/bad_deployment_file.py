"""The rule `bad-deployment-file`."""

from collections.abc import Callable, Iterator
from typing import ClassVar

from cigen.findings import Finding, Related, Severity, Span
from cigen.lint.rule import Example, found
from cigen.lint.service_files import Folder, folders, line_of, reads
from cigen.lint.subject import Subject
from cigen.nearest import name_hint
from cigen.pipeline.scope import ENVIRONMENTS
from cigen_runtime.contract.deployment_file import FUNCTIONS, KEYS, NAME_KEY, PROJECT_KEY, REMEDY, name_key
from cigen_runtime.contract.versions import DEPLOYMENT

_PIPELINE = """\
semantic-versioning:
  image: registry.example.com/cigen-runtime:0.1.0
  script: cigen-runtime semantic-versioning
"""


class BadDeploymentFile:
    """A folder of a function without a `.deployment` that jobs can use.

    It says which Lambda function the folder is. Without it, or where a line of it is wrong, no version is computed
    and nothing is deployed, of any function of the repository. Two folders with one function undo each other with
    every deployment. A key that nobody reads is a warning.

    Fix: `functions/<folder>/.deployment` with one line: `ACTUAL_LAMBDA_NAME=<name of the function in AWS>`.
    """

    code = "CG857"
    name = "bad-deployment-file"
    severity = Severity.ERROR
    bad: ClassVar[Example] = {
        ".gitlab-ci.yml": _PIPELINE,
        "functions/orders/.deployment": "ACTUAL_LAMBDA_NAME=orders api\n",
    }
    good: ClassVar[Example] = {
        ".gitlab-ci.yml": _PIPELINE,
        "functions/orders/.deployment": "ACTUAL_LAMBDA_NAME=orders-api\n",
    }

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each mistake at its line, and each folder without the file."""
        if not reads(subject, DEPLOYMENT):
            return
        found_folders = folders(subject)
        for folder in found_folders:
            if folder.file is None:
                message = f"{FUNCTIONS}/{folder.name} has no .deployment, so nobody knows which Lambda function it is"
                yield found(self, Span(folder.shown), message, hint=REMEDY)
            else:
                yield from self._wrong(folder)
        yield from self._doubled(found_folders)

    def _wrong(self, folder: Folder) -> Iterator[Finding]:
        file = folder.file
        if file is None:
            return
        for mistake in folder.content.all_mistakes(ENVIRONMENTS):
            yield found(self, line_of(file, mistake.line), mistake.message, hint=mistake.remedy)
        known = (*KEYS, *map(name_key, ENVIRONMENTS))
        for key, value in folder.content.values.items():
            if key in known:
                continue
            message = f"nobody reads {key}"
            if key.startswith(f"{NAME_KEY}_"):
                message = f"{key} is for no environment: there are {' and '.join(ENVIRONMENTS)}"
            hint = name_hint(key, known)
            yield found(self, line_of(file, value.line), message, hint=hint, severity=Severity.WARNING)

    def _doubled(self, found_folders: tuple[Folder, ...]) -> Iterator[Finding]:
        """Folders that are one function, everywhere or in one environment, or one project."""
        by_function: dict[tuple[str, str, str], list[str]] = {}
        for environment in ENVIRONMENTS:
            for one, other in _pairs(found_folders, _function_in(environment)):
                name = other.content.lambda_name(environment).text
                by_function.setdefault((one.name, other.name, name), []).append(environment)
        known = {folder.name: folder for folder in found_folders}
        for (one_name, other_name, name), environments in by_function.items():
            where = "" if len(environments) == len(ENVIRONMENTS) else f" in {environments[0]}"
            lines = [known[each].content.lambda_name(environments[0]).line for each in (one_name, other_name)]
            yield from self._same(known[one_name], known[other_name], f"function {name}{where}", lines)
        for one, other in _pairs(found_folders, lambda folder: folder.project):
            lines = [_line_of_project(each) for each in (one, other)]
            yield from self._same(one, other, f"project {one.project}", lines)

    def _same(self, one: Folder, other: Folder, what: str, lines: list[int]) -> Iterator[Finding]:
        if one.file is not None and other.file is not None:
            related = (Related(line_of(one.file, lines[0]), "the other one"),)
            message = f"{FUNCTIONS}/{one.name} and {FUNCTIONS}/{other.name} are both the {what}"
            yield found(self, line_of(other.file, lines[1]), message, hint="give one of them another", related=related)


def _pairs(found_folders: tuple[Folder, ...], name_of: Callable[[Folder], str]) -> Iterator[tuple[Folder, Folder]]:
    """Each folder with the first one that has the same name."""
    first: dict[str, Folder] = {}
    for folder in found_folders:
        name = name_of(folder) if folder.file is not None else ""
        other = first.setdefault(name, folder)
        if name and other is not folder:
            yield other, folder


def _function_in(environment: str) -> Callable[[Folder], str]:
    return lambda folder: folder.content.lambda_name(environment).text


def _line_of_project(folder: Folder) -> int:
    value = folder.content.values.get(PROJECT_KEY)
    return value.line if value else 1
