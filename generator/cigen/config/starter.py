"""The first cigen.yaml of a company: the questions, and the commented file that their answers make."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cigen.config.document import parse
from cigen.config.loader import validated
from cigen.errors import ConfigError

Answers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """One fact that differs between companies."""

    key: str
    """The name of the answer, and of the option on the command line."""
    text: str
    sample: str
    """A valid answer, to show."""
    default: str | None = None
    """The answer when nobody gives one; None where only a person can know."""


QUESTIONS = (
    Question("gitlab-url", "Address of GitLab", "https://gitlab.example.com"),
    Question("gitlab-version", "The oldest GitLab that it must run on", "17.5", "17.5"),
    Question("project", "Path of the pipelines project in GitLab", "platform/pipelines", "platform/pipelines"),
    Question("image", "Image that holds cigen-runtime", "registry.example.com/cigen-runtime:0.1.0"),
    Question("vault", "Address of Vault", "https://vault.example.com"),
    Question("artifactory", "Host of Artifactory", "artifactory.example.com"),
    Question("regions", "Regions, as NAME=AWS_REGION with commas between", "eu=eu-west-2,us=us-east-1"),
    Question("staging-account", "AWS account of staging", "111122223333"),
    Question("prod-account", "AWS account of production; '-' for no production yet", "444455556666"),
    Question("ecr-repository", "ECR repository of the images", "lambda-images", "lambda-images"),
    Question(
        "bucket",
        "Bucket of the configs",
        "native-config-{environment}-{region}",
        "native-config-{environment}-{region}",
    ),
    Question("jira", "Address of Jira; '-' for no release tickets", "https://jira.example.com", "-"),
    Question("jira-project", "Key of the Jira project of release tickets", "REL", "REL"),
    Question("dashboard", "Address of the version dashboard; '-' for none", "https://versions.example.com", "-"),
)
NONE = "-"


def problem_with(answers: Answers, question: Question) -> str:
    """The first that the model says of one answer, with the others so far or their samples; empty when it is fine."""
    known = {each.key: each.sample for each in QUESTIONS} | dict(answers)
    fine = _problems(known | {question.key: question.sample})
    return next((sentence for sentence in _problems(known) if sentence not in fine), "")


def starter(answers: Answers) -> str:
    """The text of the file."""
    prod, jira, dashboard = (answers[key] for key in ("prod-account", "jira", "dashboard"))
    regions = dict(pair.partition("=")[::2] for pair in re.split(r"[,\s]+", answers["regions"].strip()))
    host = answers["artifactory"]
    names = ", ".join(_scalar(name) for name in regions)
    parts = [
        _HEAD.format(**{key.replace("-", "_"): _scalar(value) for key, value in answers.items()}),
        _ARTIFACTORY.format(registry=_scalar(f"{host}/{{repository}}"), url=_scalar(f"https://{host}/artifactory")),
        _AWS.format(
            account=json.dumps(answers["staging-account"]),
            repository=_scalar(answers["ecr-repository"]),
            bucket=_scalar(answers["bucket"]),
        ),
        _JIRA.format(url=_scalar(jira), project=_scalar(answers["jira-project"])) if jira != NONE else _NO_JIRA,
        _DASHBOARD.format(url=_scalar(dashboard)) if dashboard != NONE else _NO_DASHBOARD,
        _REGIONS,
        *(f"  {_scalar(name)}: {{aws_region: {_scalar(aws_region)}}}\n" for name, aws_region in regions.items()),
        _STAGING.format(account=json.dumps(answers["staging-account"]), regions=names),
        _PROD.format(account=json.dumps(prod), regions=names) if prod != NONE else _NO_PROD,
    ]
    return "".join(parts)


def _problems(answers: Answers) -> list[str]:
    path = Path("cigen.yaml")
    try:
        validated(path, parse(str(path), starter(answers)))
    except ConfigError as error:
        return [f"{each.message}\nhint: {each.hint}" if each.hint else each.message for each in error.problems]
    return []


def _scalar(text: str) -> str:
    is_plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_./:{}@-]*[A-Za-z0-9_/}]|[A-Za-z]", text)
    is_taken = text.lower() in {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
    return text if is_plain and not is_taken else json.dumps(text, ensure_ascii=False)


_HEAD = """\
# The one file that the pipelines repo is rendered from: `cigen render` after every change.
# `cigen schema > cigen.schema.json` gives editors what they need to help with it:
# yaml-language-server: $schema=cigen.schema.json

output: .                         # the root of the pipelines repo, relative to this file

gitlab:
  url: {gitlab_url}
  project: {project}
  version: {gitlab_version}                 # the oldest GitLab that the rendered files must run on
  release_branches: []            # branches beside the default branch that deploy to staging

jobs:
  image: {image}
  # cigen_image: …                # for this repo's own pipeline: holds cigen, Python and git
  tags: []                        # runner tags

versioning: semantic              # semantic: cigen's own job; external: the service repo brings a job of that name

vault:
  address: {vault}
  auth: approle                   # approle, or jwt: GitLab ID tokens, no stored secret
  role: lambda-{{environment}}      # role of the AWS secrets engine
"""

_ARTIFACTORY = """
artifactory:
  registry: {registry}
  repositories:
    build: docker-native-local    # what builds publish
    rc: docker-native-rc          # what staging has proven
    release: docker-native-release
  url: {url}   # the REST API, for promotions
"""

_AWS = """
ecr:
  account: {account}         # one registry per region, shared by staging and production
  repository: {repository}

s3:
  bucket: {bucket}   # where merged configs go
  delete: false                   # true: what is gone from configs/ goes from the bucket too
"""

_JIRA = """
jira:
  url: {url}
  project: {project}                    # holds one release ticket per project and version
"""

_NO_JIRA = """
# jira:                           # without it, no job writes release tickets
#   url: https://jira.example.com
#   project: REL
"""

_DASHBOARD = """
dashboard:
  backend: http                   # http: a tool of the company; s3: a bucket with a page of its own
  url: {url}
"""

_NO_DASHBOARD = """
# dashboard:                      # without it, no job tells which version runs where
#   backend: http                 # or s3: a bucket with a page of its own
#   url: https://versions.example.com
"""

_REGIONS = """
# One more: cigen region add NAME --aws-region REGION
regions:
"""

_STAGING = """
environments:
  staging:                        # a push to the default branch deploys here
    account: {account}
    regions: [{regions}]
"""

_PROD = """\
  prod:                           # a release manager deploys here
    account: {account}
    regions: [{regions}]
    # waves: [[…], […]]           # the order of the regions; left out, all are deployed at once
"""

_NO_PROD = """\
  # prod:                         # a release manager deploys here
  #   account: "…"
  #   regions: [{regions}]
""".replace("{regions}", "…")
