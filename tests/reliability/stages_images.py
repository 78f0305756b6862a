"""Images: published, copied to ECR, promoted in Artifactory."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from lab.images import Image, digest_of, make_image
from reliability.stage import State, Surroundings
from runtime.conftest import ECR, STAGING_EU
from runtime.production import BUILD, HOST, PROD, RC, RELEASE

ORDERS, BILLING = make_image("orders"), make_image("billing")
VERSION = "1.4.0"
BUILDER = Path(__file__).parent / "builder"
"""A folder with a program `buildah`."""


class RetagStage:
    """Two projects whose images ECR does not have yet."""

    command = "retag-push-ecr"
    options: tuple[str, ...] = ()
    second: Mapping[str, str] = {}
    variables: Mapping[str, str] = STAGING_EU
    source = BUILD

    def arrange(self, at: Surroundings) -> None:
        at.lab.ecr.create_repository("lambda-images", immutable=True)
        for project, image in (("orders", ORDERS), ("billing", BILLING)):
            at.lab.artifactory.push(image, f"{self.source}/{project}", VERSION)
            at.has(project, project)
        at.versions(orders=VERSION, billing=VERSION)

    def state(self, at: Surroundings) -> State:
        return {
            ("image", f"{ECR}/lambda-images:{name}-{VERSION}"): at.lab.ecr.digest("lambda-images", f"{name}-{VERSION}")
            for name in ("orders", "billing")
        }

    def goal(self, at: Surroundings) -> State:
        return {
            ("image", f"{ECR}/lambda-images:orders-{VERSION}"): ORDERS.digest,
            ("image", f"{ECR}/lambda-images:billing-{VERSION}"): BILLING.digest,
        }


class BackfillStage(RetagStage):
    """The same, of what is released."""

    command = "backfill-images"
    variables: Mapping[str, str] = {**STAGING_EU, "CIGEN_RELEASE_REPOSITORY": RELEASE}
    source = RELEASE


class PublishStage(RetagStage):
    """The same two are not built yet; a builder that takes no time stands in for buildah."""

    command = "publish-image"
    variables: Mapping[str, str] = {**STAGING_EU, "PATH": f"{BUILDER}:{os.environ['PATH']}"}

    def arrange(self, at: Surroundings) -> None:
        for project, image in (("orders", ORDERS), ("billing", BILLING)):
            at.has(project, project)
            folder = at.folder / "functions" / project
            (folder / "Dockerfile").write_text("FROM scratch\n")
            write_layout(image, folder / "layout")
        at.versions(orders=VERSION, billing=VERSION)

    def state(self, at: Surroundings) -> State:
        return {
            ("image", f"{HOST}/{BUILD}/{name}:{VERSION}"): at.lab.artifactory.digest(f"{BUILD}/{name}", VERSION)
            for name in ("orders", "billing")
        }

    def goal(self, at: Surroundings) -> State:
        return {
            ("image", f"{HOST}/{BUILD}/orders:{VERSION}"): ORDERS.digest,
            ("image", f"{HOST}/{BUILD}/billing:{VERSION}"): BILLING.digest,
        }


def write_layout(image: Image, folder: Path) -> None:
    """Write an image to disk as builders do."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    for content in (image.manifest, *(blob.content for blob in image.blobs)):
        (blobs / digest_of(content).removeprefix("sha256:")).write_bytes(content)
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [image.descriptor]}))


class PromotionStage:
    """Two projects that were deployed in two regions and are not in the next repository yet."""

    options: tuple[str, ...] = ()
    second: Mapping[str, str] = {}

    def __init__(self, command: str) -> None:
        self.command = command
        self.source, self.target = (RC, RELEASE) if command == "promote-to-release" else (BUILD, RC)
        self.variables: Mapping[str, str] = {**PROD, "CIGEN_PROMOTE_FROM": BUILD, "CIGEN_PROMOTE_TO": RC}

    def arrange(self, at: Surroundings) -> None:
        for project, image in (("orders", ORDERS), ("billing", BILLING)):
            at.lab.artifactory.push(image, f"{self.source}/{project}", VERSION)
        at.versions(orders=VERSION, billing=VERSION)
        for region, aws_region in (("eu", "eu-west-2"), ("us", "us-east-1")):
            projects = {
                project: {
                    "folder": project,
                    "lambda": project,
                    "version": VERSION,
                    "image": f"111122223333.dkr.ecr.{aws_region}.amazonaws.com/lambda-images:{project}-{VERSION}",
                    "source_digest": image.digest,
                    "digest": image.digest,
                    "before": None,
                    "outcome": "updated",
                }
                for project, image in (("orders", ORDERS), ("billing", BILLING))
            }
            content = {"schema": 1, "environment": "prod", "region": region, "projects": projects}
            at.write(f"cigen-out/prod/{region}/deploy-result.json", content)

    def state(self, at: Surroundings) -> State:
        return {
            ("image", f"{HOST}/{self.target}/{name}:{VERSION}"): at.lab.artifactory.digest(
                f"{self.target}/{name}", VERSION
            )
            for name in ("orders", "billing")
        }

    def goal(self, at: Surroundings) -> State:
        return {
            ("image", f"{HOST}/{self.target}/orders:{VERSION}"): ORDERS.digest,
            ("image", f"{HOST}/{self.target}/billing:{VERSION}"): BILLING.digest,
        }
