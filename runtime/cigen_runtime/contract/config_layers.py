"""The layers of configs below `configs/`: which file is in which, and what lies in none; told from paths alone."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from cigen_runtime.contract.mistake import Wrong

ROOT = "configs"
BASE = "base"
RULES_FILE = f"{ROOT}/merge.yml"
YAML_ENDINGS = (".yml", ".yaml")

Environments = Mapping[str, Sequence[str]]
"""Every environment with its regions."""


def split(path: str, environments: Environments) -> tuple[str, str | None, str]:
    """The layer of a file, its region where it has one, and the name below it."""
    regions = {region for names in environments.values() for region in names}
    layer, _, name = path.removeprefix(f"{ROOT}/").partition("/")
    first, _, rest = name.partition("/")
    if rest and layer != BASE and first in regions:
        return layer, first, rest
    return layer, None, name


def outside_of_layers(paths: Iterable[str], environments: Environments) -> Iterator[tuple[str, Wrong]]:
    """The first file of each folder that is no layer, and each file that lies in none."""
    known = (BASE, *environments)
    told: set[str] = set()
    for path in sorted(paths):
        layer, _, name = split(path, environments)
        if path != RULES_FILE and layer not in known and layer not in told:
            told.add(layer)
            near = difflib.get_close_matches(layer, known, n=1, cutoff=0.5)
            remedy = f"Did you mean {ROOT}/{near[0]}/?" if near and name else f"Files lie below {' or '.join(known)}."
            yield path, Wrong(f"{ROOT}/{layer} is a {'folder' if name else 'file'} that is no layer", remedy)


def never_meeting(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Names of YAML files with one ending and with the other: meant as one file, they would become two."""
    first: dict[str, str] = {}
    for name in names:
        path = PurePosixPath(name)
        if path.suffix in YAML_ENDINGS:
            other = first.setdefault(str(path.with_suffix("")), name)
            if other != name:
                yield name, other
