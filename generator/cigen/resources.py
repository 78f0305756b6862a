"""The files that come with cigen."""

from pathlib import Path

import cigen
from cigen.errors import WorkError


def templates_folder() -> Path:
    """Where the shipped templates are: inside the installed package, or in the repository it runs from.

    Below the current folder the path is relative, as short as a person would type it.
    """
    package = Path(cigen.__file__).resolve().parent
    places = (package / "templates", package.parents[1] / "templates")
    for place in places:
        if place.is_dir():
            return place.relative_to(Path.cwd()) if place.is_relative_to(Path.cwd()) else place
    raise WorkError("the templates that come with cigen are missing", hint="install cigen again")
