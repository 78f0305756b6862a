"""Whom to ask for the files of other projects: Git with a job's token, the API with any other."""

from typing import Protocol

from cigen.gitlab.access import Access, Token
from cigen.pipeline.sources import Missing, Sources, Unknown


class GitLabProjects(Protocol):
    """The projects of one GitLab."""

    @property
    def failures(self) -> list[str]:
        """Why something could not be looked up."""
        ...

    def project(self, project: str, ref: str) -> Sources | Unknown | Missing:
        """The files of a project at a ref."""
        ...


def projects_of(access: Access) -> GitLabProjects:
    """The projects that a token can read."""
    if access.kind is Token.JOB:
        from cigen.gitlab.git import GitLabGit

        return GitLabGit(access)
    from cigen.gitlab.api import GitLabApi  # imported when it is asked: python-gitlab takes longer than a small lint

    return GitLabApi(access)
