"""Buckets of configs: names that S3 takes, and one for each region of an environment."""

import re
from collections.abc import Iterator

from cigen.config.document import Document, Location
from cigen.config.environments import Environments
from cigen.config.text import fill
from cigen.errors import Problem

BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
PATTERN: Location = ("s3", "bucket")


def check(document: Document) -> Iterator[Problem]:
    """The first bucket of each kind of fault: the others most likely have the same."""
    for problem in (_shared(document), _no_name(document)):
        if problem is not None:
            yield problem


def _shared(document: Document) -> Problem | None:
    for environment in Environments.model_fields:
        first: dict[str, str] = {}
        buckets = list(_buckets(document, environment))
        for region, name, place in buckets:
            other = first.setdefault(name, region)
            if other == region:
                continue
            if place == PATTERN:
                return document.problem(
                    document.value_place(PATTERN),
                    f"s3.bucket: '{document.at(PATTERN)}' must contain {{region}}",
                    f"{environment} has {len(buckets)} regions, and they would share one bucket",
                )
            return document.problem(
                document.value_place(place),
                f"'{name}' is the bucket of {environment}/{other} already",
                "a sync deletes and overwrites what is not its own: one bucket for each region",
            )
    return None


def _no_name(document: Document) -> Problem | None:
    """The first name that S3 would not take; its length depends on the names of the regions."""
    for environment in Environments.model_fields:
        for _, name, place in _buckets(document, environment):
            if "{" not in name and not BUCKET_NAME.fullmatch(name):
                return document.problem(
                    document.value_place(place),
                    f"{'.'.join(map(str, place))}: '{name}' is no name that S3 takes",
                    "3 to 63 small letters, digits, '.' and '-', a letter or a digit at both ends",
                )
    return None


def _buckets(document: Document, environment: str) -> Iterator[tuple[str, str, Location]]:
    """The bucket of each region of an environment, and what in the file names it; overridden ones last."""
    listed = document.at(("environments", environment, "regions"))
    regions = list(dict.fromkeys(one for one in listed if isinstance(one, str))) if isinstance(listed, list) else []
    overridden: list[tuple[str, str, Location]] = []
    for region in regions:
        place: Location = ("environments", environment, "overrides", region, "bucket")
        own, pattern = document.at(place), document.at(PATTERN)
        if isinstance(own, str):
            overridden.append((region, fill(own, environment=environment, region=region), place))
        elif isinstance(pattern, str):
            yield region, fill(pattern, environment=environment, region=region), PATTERN
    yield from overridden
