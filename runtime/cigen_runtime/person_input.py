"""JSON that a person types into a variable: inline, as a file-type variable, or as `@path`; read strictly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cigen_runtime.contract.mistake import Wrong
from cigen_runtime.contract.model import Variable
from cigen_runtime.contract.requested_versions import read_entries, unknown
from cigen_runtime.diagnosis import Branch, Check
from cigen_runtime.errors import ConfigurationError
from cigen_runtime.job import Job

SIZE_LIMIT = 64 * 1024
"""Bytes: more than a thousand projects, less than what a file that was meant for something else may hold."""


@dataclass(frozen=True, slots=True)
class PersonInput:
    """One variable that a person fills; every error says its name, and what to paste instead."""

    variable: Variable
    branch: Branch
    leaf: Check | None = None

    def text(self, job: Job) -> str | None:
        """What was asked for: the variable's own text, or that of the file which it names; None for nothing."""
        value = job.value(self.variable).strip()
        name = self.variable.name
        if value.startswith("@"):
            return self._file_text(job.folder / value[1:].strip(), f"the file that {name} names with @")
        if value and _is_path(job.folder, value):
            return self._file_text(job.folder / value, f"the file of the file-type variable {name}")
        self._require_size(value.encode())
        return value or None

    def entries(self, text: str, example: str) -> Mapping[str, Any]:
        """The object that the text spells; its values are not looked at yet. Raises ConfigurationError."""
        found = read_entries(self.variable.name, text, example)
        if isinstance(found, Wrong):
            raise self.refused(found)
        return found

    def unknown(self, name: str, what: str, known: Sequence[str]) -> ConfigurationError:
        """The error for a name that there is not, with the nearest ones."""
        return self.refused(unknown(self.variable.name, name, what, known))

    def refused(self, found: Wrong) -> ConfigurationError:
        """The error for something that is wrong with the input."""
        return self.wrong(found.message, found.remedy)

    def wrong(self, what: str, remedy: str) -> ConfigurationError:
        """An error about the input."""
        return ConfigurationError(what, remedy=remedy, branch=self.branch, leaf=self.leaf)

    def _file_text(self, path: Path, what: str) -> str | None:
        try:
            with path.open("rb") as file:
                content = file.read(SIZE_LIMIT + 1)
            self._require_size(content)
            return content.decode("utf-8-sig").strip() or None
        except FileNotFoundError:
            remedy = "Name a file of the repository, or paste the JSON itself."
            raise self.wrong(f"{what} is not there", remedy) from None
        except (OSError, UnicodeDecodeError, ValueError) as error:
            remedy = "Paste the JSON itself."
            raise self.wrong(f"{what} cannot be read as text ({type(error).__name__})", remedy) from None

    def _require_size(self, content: bytes) -> None:
        if len(content) > SIZE_LIMIT:
            name = self.variable.name
            remedy = "Paste one line per project that is to change."
            raise self.wrong(f"{name} is larger than {SIZE_LIMIT // 1024} KiB", remedy)


def _is_path(folder: Path, value: str) -> bool:
    """GitLab puts a file-type variable into a file and the file's absolute path into the variable."""
    if value[0] in '{["' or "\n" in value:
        return False
    try:
        return Path(value).is_absolute() or (folder / value).is_file()
    except (OSError, ValueError):  # too long for a name, or a character that no name has
        return False
