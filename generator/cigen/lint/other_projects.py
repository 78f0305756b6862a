"""Where the files of other projects come from that a service includes: a checkout, what cigen renders now, GitLab."""

from dataclasses import dataclass
from pathlib import Path

from cigen.checkouts import Checkouts
from cigen.errors import UsageError
from cigen.gitlab.projects import GitLabProjects
from cigen.pipeline.other_projects import Named, Nobody, OtherProjects
from cigen.pipeline.sources import Missing, Sources, Unknown

_NOBODY = Nobody("--pipelines names one, --gitlab asks GitLab")


def other_projects(pipelines: Path | None, gitlab: GitLabProjects | None) -> tuple[OtherProjects, ...]:
    """Whom to ask, in this order; a file on this disk counts before what GitLab has."""
    local: tuple[OtherProjects, ...] = () if pipelines is None else (_local(pipelines),)
    return (*local, gitlab or _NOBODY)


def _local(pipelines: Path) -> OtherProjects:
    if pipelines.is_dir():
        return Checkouts(pipelines)
    if pipelines.is_file():
        return _rendered(pipelines)
    hint = "--pipelines names a checkout of the pipelines repo, or its cigen.yaml"
    raise UsageError(f"there is no folder or file {pipelines}", hint=hint)


def _rendered(path: Path) -> "_RenderedNow":
    from cigen.config import load
    from cigen.render.in_memory import rendered_tree, with_lock

    config = load(path)
    name = config.gitlab.project
    return _RenderedNow(str(path), name, Named(with_lock(rendered_tree(config, path), config), name))


@dataclass(frozen=True, slots=True)
class _RenderedNow:
    """The pipelines repo that a config describes, whatever ref an include names."""

    config: str
    name: str
    files: Named

    def project(self, project: str, ref: str) -> Sources | Unknown | Missing:  # noqa: ARG002
        """What is rendered, for the project that it is rendered for."""
        if project.lower() == self.name.lower():
            return self.files
        return Unknown(f"{self.config} describes {self.name}")
