"""A company that has it otherwise: registries per environment, copies that several jobs share, credentials in files."""

import json
from pathlib import Path

from lab import Lab
from lab.company import ACCOUNTS, REGIONS, REPOSITORY, Company

EU = {"eu": REGIONS["eu"]}
CHANGES = {
    '  account: "111122223333"         # one registry per region, shared by staging and production\n': (
        "  per_environment: true\n"
    ),
    "  tags: []": "  families: {retag-push-ecr: {parallel: 2}}\n  tags: []",
    "regions: [eu, us]": "regions: [eu]",
    "artifactory:\n": "credentials: {handover: artifact, lifetime: 15}\nartifactory:\n",
}
SMOKE_TEST = """
smoke-test-staging-eu:
  extends: .cigen-staging-eu
  stage: version-dashboard
  needs:
    - job: aws-credentials-staging-eu
      artifacts: true
    - job: deploy-lambda-staging-eu
      artifacts: false
  environment: {name: staging/eu, action: verify}
  variables:
    AWS_SHARED_CREDENTIALS_FILE: cigen-out/staging/eu/aws-credentials
  script:
    - python3 -c 'import boto3; print("runs", boto3.client("lambda").get_function(FunctionName="orders-api")["Code"])'
"""


def test_production_copies_its_images_by_several_jobs_and_a_service_calls_aws_itself(lab: Lab, tmp_path: Path) -> None:
    company = Company(lab, tmp_path, regions=EU, changes=CHANGES)
    company.found()
    lab.ecr.create_repository(REPOSITORY, account=ACCOUNTS["prod"], region=EU["eu"], immutable=True)
    company.commit("ci: call AWS", {".gitlab-ci.yml": (company.service / ".gitlab-ci.yml").read_text() + SMOKE_TEST})

    staging = company.run_pipeline()
    production = company.start_production(**{"orders-api": "1.0.0"})

    assert staging.code == 0, staging.log
    assert production.code == 0, production.log
    assert "smoke-test-staging-eu" in staging.jobs
    wanted = lab.artifactory.digest("docker-native-release/orders-api", "1.0.0")
    assert wanted is not None
    part = next((company.service / ".gitlab-ci-local" / "artifacts").rglob("prod/eu/lambda-ecr-mappings-1.json"))
    mappings = json.loads(part.read_text())
    host = f"{ACCOUNTS['prod']}.dkr.ecr.{EU['eu']}.amazonaws.com"
    assert mappings["projects"]["orders-api"]["image"] == f"{host}/{REPOSITORY}:orders-api-1.0.0"
    assert lab.aws.function(ACCOUNTS["prod"], EU["eu"], "orders-api").image_digest == wanted
    assert list(company.artifact("generate-on-demand-mappings", "versions.json")) == ["orders-api"]
    written = staging.log + production.log + everything_else(company)
    assert [secret for secret in credentials_kept(company) if secret in written] == []


def credentials_kept(company: Company) -> list[str]:
    """The secrets in the files that were handed over: those of AWS, and the logins for registries."""
    aws = [path.read_text() for path in kept(company) if path.name == "aws-credentials"]
    docker = [json.loads(path.read_text()) for path in kept(company) if path.name == "config.json"]
    lines = [line for text in aws for line in text.splitlines()]
    found = [line.partition(" = ")[2] for line in lines if "secret" in line or "token" in line]
    assert len(aws) == len(docker) == 2, "one of staging, one of production"
    return [*found, *(entry["auth"] for content in docker for entry in content["auths"].values())]


def kept(company: Company) -> list[Path]:
    """The files with credentials in them."""
    artifacts = company.service / ".gitlab-ci-local" / "artifacts"
    return [*artifacts.rglob("cigen-out/*/*/aws-credentials"), *artifacts.rglob("cigen-out/*/*/docker/config.json")]


def everything_else(company: Company) -> str:
    """The text of every log, and of every artifact but those."""
    folder, secret = company.service / ".gitlab-ci-local", set(kept(company))
    paths = [*(folder / "output").rglob("*.log"), *(folder / "artifacts").rglob("*")]
    return "".join(path.read_text() for path in paths if path.is_file() and path not in secret)
