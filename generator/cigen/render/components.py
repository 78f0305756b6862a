"""The same templates as GitLab CI/CD components: each file of jobs once more, with inputs, below `templates/`."""

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from cigen.render.engine import RenderedFile

ENTRIES = (
    "aws/lambda/build-deploy/staging-deploy.gitlab-ci.yml",
    "aws/lambda/build-deploy/prod-deploy.gitlab-ci.yml",
    "aws/s3-deploy.yml",
)
"""The entry files: as components they include what they are made of, from the same commit."""

INPUTS = {
    "stage": "Stage of the jobs; no job that they need may stand in a later one.",
    "image": "Image that the jobs run in.",
    "timeout": "For how long a job may run.",
}
"""The keywords of a file's first job that an input decides."""

_FIRST_LINE = {name: re.compile(rf"^  {name}: ([^\s#][^#\n]*?)( +#.*)?$", re.MULTILINE) for name in INPUTS}
_PARENT = re.compile(r"^  extends: \.(.+)-template$", re.MULTILINE)


def components(rendered: Iterable[RenderedFile]) -> Iterator[RenderedFile]:
    """A component for each file of jobs, and one for each entry file."""
    for file in rendered:
        path = PurePosixPath(file.path)
        if path.parent == PurePosixPath("jobs") and path.suffix == ".yml":
            yield RenderedFile(f"templates/{path.stem}/template.yml", _with_inputs(file.text))
        elif file.path in ENTRIES:
            name = path.name.removesuffix(".yml").removesuffix(".gitlab-ci")
            head, _ = _parted(file.text)
            yield RenderedFile(f"templates/{name}/template.yml", f"{head}include:\n  - local: {file.path}\n")


def _with_inputs(text: str) -> str:
    head, body = _parted(text)
    found = {name: match for name, line in _FIRST_LINE.items() if (match := line.search(body))}
    parent = _PARENT.search(body)
    if parent and f"\n.{parent[1]}-template:\n" not in f"\n{body}":
        body = f"include:\n  - local: jobs/{parent[1]}.yml\n\n{body}"
    if not found:
        return f"{head}{body}"
    for name in found:
        body = _FIRST_LINE[name].sub(rf"  {name}: $[[ inputs.{name} ]]\2", body, count=1)
    spec = [
        line
        for name, match in found.items()
        for line in (f"    {name}:", f"      default: {match[1]}", f"      description: {INPUTS[name]}")
    ]
    return "\n".join([f"{head}spec:", "  inputs:", *spec, "---", ""]) + f"\n{body}"


def _parted(text: str) -> tuple[str, str]:
    """The two lines that say what made the file, and the rest."""
    end = text.index("\n\n") + 2
    return text[:end], text[end:]
