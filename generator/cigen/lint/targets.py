"""Which pipelines a command line means: the files of a pipelines repo, or the pipeline of a service."""

import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from cigen.errors import CigenError, UsageError
from cigen.lint.rendering import against_lock
from cigen.lint.subjects import Root
from cigen.lock import LOCK_NAME, read_lock
from cigen.pipeline.other_projects import OtherProjects, ProjectSources
from cigen.pipeline.resolve import resolve_all
from cigen.pipeline.source_text import read_file
from cigen.pipeline.sources import LocalTree

CONFIG = "cigen.yaml"
SERVICE_FILE = ".gitlab-ci.yml"
_COMPONENT = re.compile(r"templates/(?:[^/]+|[^/]+/template)\.yml")
_SUFFIXES = (".yml", ".yaml")


def roots(paths: list[Path], others: Sequence[OtherProjects] = ()) -> Iterator[Root]:
    """The pipelines of files and folders; a folder is a pipelines repo or the checkout of a service."""
    for path in paths:
        if path.is_dir():
            yield from _of_folder(path, others)
        elif path.exists():
            yield _root(path, _repository_of(path), others, read_file)
        else:
            raise UsageError(f"there is no file {path}")


def is_pipelines_repo(folder: Path) -> bool:
    """Whether a folder holds what cigen renders, or templates alone."""
    return (folder / LOCK_NAME).exists() or not (folder / SERVICE_FILE).exists()


def _of_folder(folder: Path, others: Sequence[OtherProjects]) -> Iterator[Root]:
    if not is_pipelines_repo(folder):
        yield _root(folder / SERVICE_FILE, folder, others, _content)
        return
    found = [_root(path, folder, others, _content) for path in _files(folder)]
    if not found:
        raise UsageError(f"{folder} has no pipeline", hint=f"a {SERVICE_FILE}, or the files of a pipelines repo")
    rendering = against_lock(folder) if (folder / LOCK_NAME).exists() else None
    for root in _entries(folder, [replace(root, is_pipelines_repo=True) for root in found]):
        yield replace(root, rendering=rendering)


def _entries(folder: Path, found: list[Root]) -> Iterator[Root]:
    """The files with jobs that no other one includes, and all files of templates together, as a service has them."""
    pipelines = {root.path: next(resolve_all([(root.path, root.content)], root.sources)) for root in found}
    included = {part.path for pipeline in pipelines.values() for part in pipeline.included}
    stages = tuple(
        dict.fromkeys(
            stage.name for pipeline in pipelines.values() for stage in pipeline.stages if "stages" in pipeline.root
        )
    )
    alone = [root for root in found if _is_component(root, folder) or Path(root.path).is_symlink()]
    templates = [root for root in found if root not in alone and not any(pipelines[root.path].visible_jobs)]
    for root in found:
        if root.path not in included and root not in templates:
            yield replace(root, stages=stages) if root in alone else root
    if any(root.path not in included for root in templates):
        yield _all_of(folder, templates, stages)


def _is_component(root: Root, folder: Path) -> bool:
    """Whether a file is used by itself and with inputs: two components may have templates of the same name."""
    path = Path(root.path).relative_to(folder).as_posix()
    return bool(_COMPONENT.fullmatch(path)) or root.content.lstrip().startswith(b"spec:") or b"\nspec:" in root.content


def _all_of(folder: Path, templates: list[Root], stages: tuple[str, ...]) -> Root:
    """A pipeline that nobody has written: it includes every file of templates."""
    paths = [Path(root.path).relative_to(folder).as_posix() for root in templates]
    content = json.dumps({"include": [{"local": path} for path in paths]}).encode()
    return Root(str(folder), content, templates[0].sources, is_pipelines_repo=True, stages=stages, is_made_up=True)


def _root(path: Path, repository: Path, others: Sequence[OtherProjects], read: Callable[[Path], bytes]) -> Root:
    try:
        content = read(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    return Root(str(path), content, ProjectSources(LocalTree(repository), others))


def _content(path: Path) -> bytes:
    """What GitLab has of a file; of a link only the path that it points to."""
    return os.fsencode(path.readlink()) if path.is_symlink() else read_file(path)


def _files(folder: Path) -> Iterator[Path]:
    """The YAML files of a folder; of one that is rendered into beside its config, those that were rendered."""
    rendered = _rendered(folder) if (folder / CONFIG).exists() else None
    for path in sorted(folder.rglob("*") if rendered is None else rendered):
        parts = PurePosixPath(path.relative_to(folder)).parts
        is_hidden = any(part.startswith(".") and part != SERVICE_FILE for part in parts)
        if path.suffix in _SUFFIXES and (path.is_symlink() or path.is_file()) and not is_hidden:
            yield path


def _rendered(folder: Path) -> list[Path] | None:
    """The files that the lock lists; None where there is no lock, or none that can be read."""
    try:
        return [folder / path for path in read_lock(folder).files] or None
    except CigenError:
        return None


def _repository_of(path: Path) -> Path:
    """The root of the repository that a file is in, where `include: local` starts."""
    parents = [*path.parents]
    if not path.is_absolute():
        parents = [parent for parent in parents if parent.exists()]
    marked = (parent for parent in parents if (parent / ".git").exists() or (parent / LOCK_NAME).exists())
    is_elsewhere = path.is_absolute() or ".." in path.parts or path.name == SERVICE_FILE
    return next(marked, path.parent if is_elsewhere else Path())
