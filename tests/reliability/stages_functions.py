"""Lambda functions: given a new image, and their former one again."""

from __future__ import annotations

from collections.abc import Mapping

from lab.images import make_image
from reliability.stage import State, Surroundings
from runtime.conftest import ECR, STAGING_EU

OLD, NEW = make_image("old"), make_image("new")
ACCOUNT, AWS_REGION = "111122223333", "eu-west-2"
NAMES = ("orders", "billing")
PLACE = {"schema": 1, "environment": "staging", "region": "eu"}


class DeployStage:
    """Two functions that run something old, and a mapping that gives them something new."""

    command = "deploy-lambda"
    options: tuple[str, ...] = ()
    second: Mapping[str, str] = {}
    variables: Mapping[str, str] = STAGING_EU
    runs, wanted = OLD, NEW

    def arrange(self, at: Surroundings) -> None:
        at.lab.aws.update_seconds = 0.0
        at.lab.ecr.create_repository("lambda-images", immutable=True)
        at.lab.ecr.push(OLD, "lambda-images", "old")
        for name in NAMES:
            at.lab.ecr.push(NEW, "lambda-images", f"{name}-1.1.0")
            running = "old" if self.runs is OLD else f"{name}-1.1.0"
            at.lab.aws.create_function(ACCOUNT, AWS_REGION, name, f"{ECR}/lambda-images:{running}")
        self.leave_files(at)

    def leave_files(self, at: Surroundings) -> None:
        projects = {
            name: {
                "folder": name,
                "lambda": name,
                "version": "1.1.0",
                "image": f"{ECR}/lambda-images:{name}-1.1.0",
                "source_digest": NEW.digest,
                "digest": NEW.digest,
                "architecture": "x86_64",
            }
            for name in NAMES
        }
        at.write("cigen-out/staging/eu/lambda-ecr-mappings.json", {**PLACE, "projects": projects})

    def state(self, at: Surroundings) -> State:
        return {("function", name): at.lab.aws.function(ACCOUNT, AWS_REGION, name).image_digest for name in NAMES}

    def goal(self, at: Surroundings) -> State:
        return {("function", name): self.wanted.digest for name in NAMES}


class RollbackStage(DeployStage):
    """The same two functions after that deployment."""

    command = "rollback-lambda"
    runs, wanted = NEW, OLD

    def leave_files(self, at: Surroundings) -> None:
        projects = {
            name: {
                "lambda": name,
                "version": "1.1.0",
                "image": f"{ECR}/lambda-images:{name}-1.1.0",
                "digest": NEW.digest,
                "source_digest": NEW.digest,
                "before": f"{ECR}/lambda-images@{OLD.digest}",
                "outcome": "updated",
                "reason": "",
                "seconds": 1.0,
            }
            for name in NAMES
        }
        at.write("cigen-out/staging/eu/deploy-result.json", {**PLACE, "projects": projects})
