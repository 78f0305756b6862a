"""Where configs are read from: the job's folder, or a commit of the service's repository."""

from collections.abc import Mapping
from pathlib import Path

from cigen_runtime.contract.config_layers import ROOT
from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import ConfigurationError
from cigen_runtime.services.git import Git


def checkout(folder: Path) -> dict[str, bytes]:
    """Every file below configs/ in the job's folder, also what an earlier job made there."""
    files: dict[str, bytes] = {}
    for path in sorted((folder / ROOT).rglob("*")):
        shown = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise ConfigurationError(
                f"{shown} is a link, not a file", remedy="Put the file itself there.", branch=Branch.S3
            )
        if path.is_file():
            files[shown] = path.read_bytes()
    return files


def files_of(folder: Path, git: Git, pin: Mapping[str, str]) -> dict[str, bytes]:
    """The files of what config-versions.json says of one config."""
    if pin["source"] == "checkout":
        return checkout(folder)
    if git.commit(pin["commit"]) is None:
        git.require_whole_history()
    return git.files_at(pin["commit"], ROOT)
