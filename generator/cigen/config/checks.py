"""What one key of cigen.yaml alone cannot tell: names that must exist, doubles, GitLab's limits.

The checks look at the document and not at the model, so that they run even when some other part of the file is wrong.
"""

import posixpath
from collections.abc import Iterator, Sequence

from cigen.config import bucket_checks, family_checks, registry_checks
from cigen.config.document import Document, Location, Plain
from cigen.config.environments import Environments
from cigen.config.systems import JiraStatuses
from cigen.errors import Problem
from cigen.nearest import name_hint

NEEDS_LIMIT = 50
"""GitLab's limit of `needs` entries per job."""

NEEDS_BESIDE_REGIONS = 5
"""How many jobs the promotion may wait for beside one deployment per region."""

REGIONS_LIMIT = NEEDS_LIMIT - NEEDS_BESIDE_REGIONS

INCLUDES_LIMIT = 150
"""GitLab's limit of files that a pipeline includes, each as often as it is included."""

INCLUDES_BESIDE_REGIONS = 30
"""How many files a service that includes all three entry files has beside two for each region of an environment."""

JOB_NAME_LIMIT = 255
LONGEST_JOB_NAME = "update-version-dashboard-staging-"
REGION_NAME_LIMIT = JOB_NAME_LIMIT - len(LONGEST_JOB_NAME)


def check(document: Document) -> Iterator[Problem]:
    """Every problem that takes more than one value to see."""
    yield from _region_names(document)
    yield from _doubled_aws_regions(document)
    for environment in Environments.model_fields:
        yield from _environment(document, environment)
    yield from _included_files(document)
    yield from registry_checks.check(document)
    yield from bucket_checks.check(document)
    yield from family_checks.check(document)
    yield from _doubled_statuses(document)
    yield from _place_of_components(document)


def _region_names(document: Document) -> Iterator[Problem]:
    for name in _regions(document):
        if len(name) > REGION_NAME_LIMIT:
            place = document.key_place(("regions", name))
            yield document.problem(
                place,
                f"the region's name has {len(name)} characters, and the most is {REGION_NAME_LIMIT}",
                f"GitLab's job names end at {JOB_NAME_LIMIT}, and '{LONGEST_JOB_NAME}<region>' is one",
            )
    if document.at(("regions",)) == {}:
        yield document.problem(document.value_place(("regions",)), "regions is empty", "name one region at least")


def _doubled_aws_regions(document: Document) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for name in _regions(document):
        aws_region = document.at(("regions", name, "aws_region"))
        if not isinstance(aws_region, str):
            continue
        if aws_region in first:
            other = document.value_place(("regions", first[aws_region], "aws_region"))
            yield document.problem(
                document.value_place(("regions", name, "aws_region")),
                f"regions '{first[aws_region]}' and '{name}' are both {aws_region}",
                f"line {other.line} has it already: one name for each AWS region",
            )
        first.setdefault(aws_region, name)


def _environment(document: Document, name: str) -> Iterator[Problem]:
    location: Location = ("environments", name, "regions")
    listed = document.at(location)
    if not isinstance(listed, list):
        return
    if not listed:
        place = document.value_place(location)
        yield document.problem(
            place, f"{name} has no regions", _known(document) or "name one under regions, and list it"
        )
    if len(listed) > REGIONS_LIMIT:
        place = document.value_place((*location, REGIONS_LIMIT))
        yield document.problem(
            place,
            f"{name} has {len(listed)} regions, and the most is {REGIONS_LIMIT}",
            f"GitLab allows {NEEDS_LIMIT} `needs` in a job; the promotion waits for each region's deployment "
            f"and for {NEEDS_BESIDE_REGIONS} other jobs",
        )
    yield from _listed(document, name, location, listed)
    yield from _waves(document, name, listed)
    for region in _names(document, ("environments", name, "overrides")):
        if region not in listed:
            place = document.key_place(("environments", name, "overrides", region))
            known = [item for item in listed if isinstance(item, str)]
            yield document.problem(place, f"{name} has no region '{region}'", name_hint(region, known))


def _listed(document: Document, name: str, location: Location, listed: Sequence[Plain]) -> Iterator[Problem]:
    regions = _regions(document)
    first: dict[str, int] = {}
    for index, region in enumerate(listed):
        if not isinstance(region, str):
            continue
        place = document.value_place((*location, index))
        if region in first:
            line = document.value_place((*location, first[region])).line
            hint = f"it stands in line {line} already"
            yield document.problem(place, f"{name} lists the region '{region}' twice", hint)
        elif regions and region not in regions:
            yield document.problem(place, f"unknown region '{region}'", name_hint(region, regions))
        first.setdefault(region, index)


def _waves(document: Document, name: str, listed: Sequence[Plain]) -> Iterator[Problem]:
    """Every region of the environment belongs to one wave."""
    waves = document.at(("environments", name, "waves"))
    if not isinstance(waves, list) or not waves:
        return
    known = [region for region in listed if isinstance(region, str)]
    first: dict[str, int] = {}
    for index, wave in enumerate(waves):
        location: Location = ("environments", name, "waves", index)
        if isinstance(wave, dict):
            wave, location = wave.get("regions"), (*location, "regions")
        for position, region in enumerate(wave if isinstance(wave, list) else ()):
            if not isinstance(region, str):
                continue
            place = document.value_place((*location, position))
            if region not in known:
                message = f"wave {index + 1} names '{region}', which {name} is not deployed to"
                yield document.problem(place, message, name_hint(region, known))
            elif region in first:
                message = f"'{region}' is in wave {first[region]} already"
                yield document.problem(place, message, "a region is in one wave")
            first.setdefault(region, index + 1)
    has_an_empty_wave = any(not (wave.get("regions") if isinstance(wave, dict) else wave) for wave in waves)
    for region in () if has_an_empty_wave else known:  # an empty one is told of already
        if region not in first:
            place = document.key_place(("environments", name, "waves"))
            yield document.problem(place, f"'{region}' is in no wave", "put every region of the environment in a wave")


def _included_files(document: Document) -> Iterator[Problem]:
    """A service may include staging, production and configs: its own limit is GitLab's."""
    places = {name: document.at(("environments", name, "regions")) for name in Environments.model_fields}
    counts = {name: len(listed) for name, listed in places.items() if isinstance(listed, list)}
    files = INCLUDES_BESIDE_REGIONS + 2 * sum(counts.values())
    most = (INCLUDES_LIMIT - INCLUDES_BESIDE_REGIONS) // 2
    if files > INCLUDES_LIMIT and all(count <= REGIONS_LIMIT for count in counts.values()):
        last, total = list(counts)[-1], sum(counts.values())
        yield document.problem(
            document.value_place(("environments", last, "regions")),
            f"{' and '.join(counts)} have {total} regions together: a service would include {files} files",
            f"GitLab takes {INCLUDES_LIMIT} at most, which is {most} regions",
        )


def _doubled_statuses(document: Document) -> Iterator[Problem]:
    given = document.at(("jira", "statuses"))
    if not isinstance(given, dict):
        return
    defaults = {name: str(field.default) for name, field in JiraStatuses.model_fields.items()}
    names = defaults | {step: name for step, name in given.items() if step in defaults and isinstance(name, str)}
    first: dict[str, str] = {}
    for step, name in names.items():
        other = first.setdefault(name.casefold(), step)
        if other != step:
            shown = step if step in given else other
            yield document.problem(
                document.value_place(("jira", "statuses", shown)),
                f"{other} and {step} are the same status '{name}'",
                "a ticket moves from step to step: each needs a status of its own",
            )


def _place_of_components(document: Document) -> Iterator[Problem]:
    """GitLab wants components in `templates/` of the repo; a team's own templates cannot lie there too."""
    own, output = document.at(("templates",)), document.at(("output",))
    if document.at(("components",)) is not True or not isinstance(own, str):
        return
    if posixpath.normpath(own) == posixpath.normpath(posixpath.join(str(output or "."), "templates")):
        yield document.problem(
            document.value_place(("templates",)),
            f"templates: components are rendered into '{own}'",
            "move your own templates into another folder",
        )


def _regions(document: Document) -> list[str]:
    return _names(document, ("regions",))


def _known(document: Document) -> str:
    regions = _regions(document)
    return f"known: {', '.join(regions)}" if regions else ""


def _names(document: Document, location: Location) -> list[str]:
    value = document.at(location)
    return list(value) if isinstance(value, dict) else []
