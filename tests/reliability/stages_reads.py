"""Commands that prove or look up, and change nothing."""

from __future__ import annotations

from collections.abc import Mapping

from lab.images import make_image
from reliability.stage import State, Surroundings
from runtime.conftest import STAGING_EU
from runtime.production import PROD, RC, REGIONS, RELEASE, REPOSITORY

ORDERS = make_image("orders")


class EntryStage:
    """All that must let the job in is there."""

    options: tuple[str, ...] = ()
    second: Mapping[str, str] = {}
    variables: Mapping[str, str] = STAGING_EU

    def __init__(self, command: str) -> None:
        self.command = command

    def arrange(self, at: Surroundings) -> None:
        at.lab.ecr.create_repository(REPOSITORY, immutable=True)

    def state(self, at: Surroundings) -> State:
        return {}

    def goal(self, at: Surroundings) -> State:
        return {}


class MappingsStage(EntryStage):
    """A version that staging has proven, with its image in ECR of both regions, and an older one that is released."""

    variables: Mapping[str, str] = {**PROD, "TARGET_VERSIONS_JSON": '{"orders": "1.4.0"}'}

    def __init__(self) -> None:
        super().__init__("generate-mappings")

    def arrange(self, at: Surroundings) -> None:
        at.has("orders", "orders")
        at.lab.artifactory.push(ORDERS, f"{RC}/orders", "1.4.0")
        at.lab.artifactory.push(ORDERS, f"{RELEASE}/orders", "1.3.0")
        for region in REGIONS.values():
            at.lab.ecr.push(ORDERS, REPOSITORY, "orders-1.4.0", region=region)
