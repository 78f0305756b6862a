"""Families of jobs: names that there are, and variables that are free."""

from collections.abc import Iterator

from cigen.config.document import Document, Location
from cigen.config.family import FAMILIES, SHARED_FAMILY, is_cigens_own
from cigen.errors import Problem
from cigen.nearest import name_hint

PLACE: Location = ("jobs", "families")


def check(document: Document) -> Iterator[Problem]:
    """Every family that does not exist, and every variable that is not the family's to set."""
    families = document.at(PLACE)
    for name, family in families.items() if isinstance(families, dict) else ():
        if name not in FAMILIES:
            message = f"there is no job family '{name}'"
            yield document.problem(document.key_place((*PLACE, name)), message, name_hint(name, FAMILIES))
            continue
        if isinstance(family, dict) and family.get("parallel") is not None and name != SHARED_FAMILY:
            yield document.problem(
                document.key_place((*PLACE, name, "parallel")),
                f"the jobs of {name} cannot share their work: {SHARED_FAMILY} alone can",
                "take parallel out",
            )
        variables = family.get("variables") if isinstance(family, dict) else None
        for variable in variables if isinstance(variables, dict) else ():
            if is_cigens_own(name, variable):
                yield document.problem(
                    document.key_place((*PLACE, name, "variables", variable)),
                    f"'{variable}' is not free: cigen or GitLab gives it its value",
                    "what a job works for is said elsewhere in this file; a secret belongs into GitLab's settings",
                )
