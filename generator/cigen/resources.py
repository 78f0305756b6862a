"""The files that come with cigen."""

from pathlib import Path

import cigen
from cigen.errors import WorkError


def templates_folder() -> Path:
    """Where the shipped templates are: inside the installed package, or in the repository it runs from."""
    package = Path(cigen.__file__).resolve().parent
    places = (package / "templates", package.parents[1] / "templates")
    for place in places:
        if place.is_dir():
            return place
    raise WorkError("the templates that come with cigen are missing", hint="install cigen again")
