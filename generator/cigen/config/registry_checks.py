"""ECR: whether production finds the images that it is to run."""

from collections.abc import Iterator

from cigen.config.document import Document, Location
from cigen.config.text import fill
from cigen.errors import Problem

SHARED: Location = ("ecr", "repository")


def check(document: Document) -> Iterator[Problem]:
    """Every region of production gets its images: from staging, from ECR's replication, or by a copy of its own."""
    staging, production = _regions(document, "staging"), _regions(document, "prod")
    if not staging or not production or not isinstance(document.at(SHARED), str):
        return
    copies = document.at(("ecr", "per_environment")) is True
    if not copies and document.at(("ecr", "account")) is None:
        return  # which is told of already
    for index, region in enumerate(production):
        if region in staging:
            problem = _between(document, region, copies=copies)
            if problem is not None:
                yield problem
        elif not copies and _is_known(document, region) and not _is_replicated(document, region):
            yield document.problem(
                document.value_place(("environments", "prod", "regions", index)),
                f"prod has the region '{region}', and staging does not",
                f"staging pushes the images that production runs: add '{region}' to environments.staging.regions; or "
                "let them get there: ecr.per_environment: true, or ECR's own replication and "
                f"regions.{region}.ecr_replicated: true (what is released already: cigen-runtime backfill-images)",
            )


def _between(document: Document, region: str, *, copies: bool) -> Problem | None:
    """What is wrong with the registries of staging and production in a region that both have."""
    pushed, pulled = _registry(document, "staging", region), _registry(document, "prod", region)
    if not copies and pushed != pulled:
        return document.problem(
            document.value_place(_named_by(document, region)),
            f"staging pushes to {_shown(pushed)} in '{region}', and prod would look in {_shown(pulled)}",
            "ecr.per_environment: true lets production copy its images; or give both the same account and repository",
        )
    if copies and pushed == pulled:
        return document.problem(
            document.value_place(("ecr", "per_environment")),
            f"staging and prod have the same registry in '{region}': {_shown(pushed)}",
            "leave ecr.account out, so that each has its own; or put {environment} into ecr.repository; or leave "
            "per_environment out",
        )
    return None


def _registry(document: Document, environment: str, region: str) -> tuple[str, str]:
    own: Location = ("environments", environment)
    account = _first(
        document,
        (*own, "overrides", region, "ecr_account"),
        ("regions", region, "ecr_account"),
        ("ecr", "account"),
        (*own, "overrides", region, "account"),
        (*own, "account"),
    )
    repository = _first(
        document, (*own, "overrides", region, "ecr_repository"), ("regions", region, "ecr_repository"), SHARED
    )
    return account, fill(repository, environment=environment)


def _named_by(document: Document, region: str) -> Location:
    """What in the file tells the two registries apart."""
    for environment in ("prod", "staging"):
        for key in ("ecr_account", "ecr_repository"):
            place: Location = ("environments", environment, "overrides", region, key)
            if document.at(place) is not None:
                return place
    own: Location = ("regions", region, "ecr_repository")
    return own if document.at(own) is not None else SHARED


def _first(document: Document, *places: Location) -> str:
    return next((value for place in places if isinstance(value := document.at(place), str)), "")


def _shown(registry: tuple[str, str]) -> str:
    return "/".join(filter(None, registry))


def _regions(document: Document, environment: str) -> list[str]:
    listed = document.at(("environments", environment, "regions"))
    return [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []


def _is_known(document: Document, region: str) -> bool:
    regions = document.at(("regions",))
    return isinstance(regions, dict) and region in regions


def _is_replicated(document: Document, region: str) -> bool:
    return document.at(("regions", region, "ecr_replicated")) is True
