"""What must exist outside of GitLab CI before a region is deployed to, by the names that jobs will use."""

from collections.abc import Iterator

from cigen.config.model import Config
from cigen.render.facts import REGION_FACTS, Deployment


def prerequisites(config: Config, environment: str, region: str) -> Iterator[tuple[str, str]]:
    """What, and its name, for one environment and region."""
    deployment = Deployment(config, environment, region)
    facts = {name: value(deployment) for name, value in REGION_FACTS.items()}
    aws_region = facts["CIGEN_AWS_REGION"]
    yield "AWS account", f"{deployment.account}, with {aws_region} enabled and the Lambda functions in it"
    yield "Vault role", f"{config.vault.aws_mount}/roles/{facts['CIGEN_VAULT_ROLE']}, for that account"
    if facts["CIGEN_VAULT_ROLE_ARN"]:
        yield "IAM role", f"{facts['CIGEN_VAULT_ROLE_ARN']}, which trusts Vault"
    registry = f"{deployment.ecr_account}.dkr.ecr.{aws_region}.amazonaws.com"
    yield (
        "ECR repository",
        f"{registry}/{deployment.ecr_repository}, for Lambda in {deployment.account}",
    )
    yield "S3 bucket", f"{facts['CIGEN_CONFIG_BUCKET']} in {aws_region}, owned by {deployment.account}"
    yield "GitLab", f"the environment {environment}/{region}, protected, with the variables that are bound to it"
    if environment == "prod" and not config.ecr.per_environment:
        yield "images", "what is released, in that ECR repository: cigen-runtime backfill-images copies it there"
