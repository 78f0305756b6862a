"""`make bench`: prints what it measured as tables; nothing here passes or fails.

`make bench ONLY=images` measures one subject alone.
"""

import sys
import tempfile
from pathlib import Path

from bench.deploy import deploying
from bench.images import copying, fifty
from bench.lint import linting
from bench.render import rendering
from bench.start_up import start_up
from bench.versions import versioning
from lab import Lab

ALONE = {"start-up": start_up, "render": rendering, "lint": linting, "versions": versioning}
ON_THE_LAB = {"images": (copying, fifty), "deploy": (deploying,)}


def main(wanted: list[str]) -> None:
    """Measure these subjects, or all of them."""
    subjects = wanted or [*ALONE, *ON_THE_LAB]
    if unknown := set(subjects) - ALONE.keys() - ON_THE_LAB.keys():
        raise SystemExit(f"no subject {', '.join(sorted(unknown))}; there are: {', '.join([*ALONE, *ON_THE_LAB])}")
    for subject in subjects:
        if subject in ALONE:
            ALONE[subject]()
            continue
        with tempfile.TemporaryDirectory() as folder, Lab() as lab:
            for measure in ON_THE_LAB[subject]:
                measure(lab, Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
