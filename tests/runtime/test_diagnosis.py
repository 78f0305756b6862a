"""Every leaf of the flowchart, the decision tree and the cheat sheet, as the person on call reads it."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from cigen_runtime import copies, deployment, side_by_side
from cigen_runtime.commands import generate_mappings, promote_artifacts
from cigen_runtime.diagnosis import CHEAT_SHEET, TREE, Branch, Check, checks
from cigen_runtime.probes.live import NOT_LIVE, PROBES
from cigen_runtime.services import dashboard
from lab import Delay, Lab, Status
from lab.promotion import errors
from runtime.world import ACCOUNT, AWS_REGION, BUILD, OLD, World

Break = Callable[[World], object]


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is wrong, and the job that fails of it."""

    job: tuple[str, ...]
    wrong: Break = lambda world: None
    variables: dict[str, str] = field(default_factory=dict)


def _refused(error: str, message: str) -> Status:
    """A refusal as AWS's JSON protocols word it."""
    headers = {"x-amzn-ErrorType": error, "Content-Type": "application/x-amz-json-1.1"}
    return Status(
        403 if "Denied" in error else 400, json.dumps({"__type": error, "message": message}).encode(), headers
    )


def _protect_tags(world: World) -> None:
    hook = world.lab.git_host.path("team/orders") / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        "#!/bin/sh\necho 'GitLab: You are not allowed to create this tag as it is protected.' >&2\nexit 1\n"
    )
    hook.chmod(0o755)


def _forget_image(world: World) -> None:
    ecr = world.lab.aws.client("ecr", ACCOUNT, AWS_REGION)
    ecr.batch_delete_image(repositoryName="lambda-images", imageIds=[{"imageTag": "orders-api-1.1.0"}])


def _forbid_listing(world: World) -> None:
    world.merge_configs()
    text = "<Error><Code>AccessDenied</Code><Message>not authorized to perform: s3:ListBucket</Message></Error>"
    refusal = Status(403, text.encode(), {"Content-Type": "application/xml"})
    world.lab.gateway.fault(refusal, method="GET", host=r"s3[.-]", times=100)


def _give_bucket_away(world: World) -> None:
    """Whoever names the owner is refused; whoever does not is let in, by a policy of the bucket."""
    world.merge_configs()
    for _ in range(20):
        world.lab.gateway.fault(Status(403), method="HEAD", host=r"s3[.-]")
        world.lab.gateway.fault(Delay(0), method="HEAD", host=r"s3[.-]")


def _lose_a_merged_file(world: World) -> None:
    world.merge_configs()
    next((world.folder / "cigen-out/staging/eu/merged-files").rglob("*.json")).unlink()


def _make_the_dashboard_picky(world: World) -> None:
    refusal = Status(422, b'{"message": "the field commit is too short"}', {"Content-Type": "application/json"})
    world.lab.gateway.fault(refusal, method="PUT", host="versions", times=100)


def _close_the_dashboards_bucket(world: World) -> None:
    world.lab.aws.create_bucket("company-versions")
    text = "<Error><Code>AccessDenied</Code><Message>not authorized to perform: s3:GetObject</Message></Error>"
    refusal = Status(403, text.encode(), {"Content-Type": "application/xml"})
    world.lab.gateway.fault(refusal, method="GET", host="company-versions", times=100)


_WRONG_PASSWORD = json.dumps(
    {"auths": {"artifactory.example.com": {"auth": base64.b64encode(b"ci:old-password").decode()}}}
)

SCENARIOS: dict[Check, Scenario] = {
    checks.WHOLE_HISTORY: Scenario(
        ("semantic-versioning",),
        lambda world: setattr(world.lab.git_host, "anonymous_fetch", False),
        {"VERSIONING_TOKEN": "expired-token"},
    ),
    checks.TAG_PUSH: Scenario(("semantic-versioning",), variables={"VERSIONING_TOKEN": "expired-token"}),
    checks.PROTECTED_TAGS: Scenario(("semantic-versioning",), _protect_tags),
    checks.VAULT_LOGIN: Scenario(("aws-credentials",), variables={"VAULT_SECRET_ID": "the-secret-id-of-last-year"}),
    checks.VAULT_POLICY: Scenario(("aws-credentials",), lambda world: world.lab.vault.policy("deploy", {})),
    checks.IAM_TRUST: Scenario(
        ("aws-credentials",),
        lambda world: world.lab.vault.aws_role(
            "lambda-staging", f"arn:aws:iam::{ACCOUNT}:role/lambda-staging", is_trusted=False
        ),
    ),
    checks.IAM_ROLE: Scenario(("deploy-lambda",), variables={"CIGEN_VAULT_ROLE": "lambda-prod"}),
    checks.DOCKER_AUTH_CONFIG: Scenario(("prepare-docker-config",), variables={"DOCKER_AUTH_CONFIG": ""}),
    checks.ARTIFACTORY_LOGIN: Scenario(("prepare-docker-config",), variables={"DOCKER_AUTH_CONFIG": _WRONG_PASSWORD}),
    checks.ECR_LOGIN: Scenario(
        ("prepare-docker-config",),
        lambda world: world.lab.gateway.fault(
            _refused("AccessDeniedException", "not authorized to perform: ecr:GetAuthorizationToken on resource: *"),
            target="GetAuthorizationToken",
            times=100,
        ),
    ),
    checks.ECR_PERMISSION: Scenario(("retag-push-ecr",), variables={"CIGEN_ECR_REPOSITORY": "lambda-image"}),
    checks.BUILD_IMAGE: Scenario(
        ("retag-push-ecr",), lambda world: world.lab.artifactory.delete(f"{BUILD}/orders-api", "1.1.0")
    ),
    checks.DEPLOYMENT_FILE: Scenario(
        ("retag-push-ecr",), lambda world: (world.folder / "functions" / "invoices" / ".deployment").unlink()
    ),
    checks.VERSIONS_FILE: Scenario(
        ("retag-push-ecr",), lambda world: world.write("versions.json", {"orders-api": {"version": "1.1"}})
    ),
    checks.TARGET_VERSIONS: Scenario(
        ("generate-mappings",), variables={"TARGET_VERSIONS_JSON": '{"order-api": "1.1.0", "invoices": 1.1}'}
    ),
    checks.FUNCTION_NAME: Scenario(
        ("deploy-lambda",),
        lambda world: world.lab.aws.client("lambda", ACCOUNT, AWS_REGION).delete_function(FunctionName="orders-api"),
    ),
    checks.ECR_TAG: Scenario(("deploy-lambda",), _forget_image),
    checks.LAMBDA_PERMISSION: Scenario(
        ("deploy-lambda",),
        lambda world: world.lab.gateway.fault(
            _refused("AccessDeniedException", "not authorized to perform: lambda:UpdateFunctionCode"),
            method="PUT",
            host=r"^lambda\.",
            times=100,
        ),
    ),
    checks.REGION: Scenario(("deploy-lambda",), variables={"CIGEN_REGION": "us", "CIGEN_AWS_REGION": "us-east-1"}),
    checks.FUNCTION_STATE: Scenario(("deploy-lambda",), lambda world: world.lab.aws.leave_pending("orders-api")),
    checks.JIRA_BLOCKING: Scenario(
        ("create-jira-tickets",),
        lambda world: (world.lab.jira.issues.clear(), setattr(world.lab.jira, "required_at_creation", ("components",))),
    ),
    checks.JIRA_LOGIN: Scenario(("create-jira-tickets",), variables={"JIRA_API_TOKEN": "the-token-of-last-year"}),
    checks.JIRA_PERMISSION: Scenario(
        ("create-jira-tickets",),
        lambda world: (world.lab.jira.forbidden.add("PUT"), world.lab.jira.lacking.add("EDIT_ISSUES")),
    ),
    checks.JIRA_STATUSES: Scenario(
        ("transition-jira-tickets", "--to", "pp-testing"),
        variables={"CIGEN_JIRA_STATUSES": '{"pp-testing": "In Test"}'},
    ),
    checks.ARTIFACTORY_PASS: Scenario(("promote-to-rc",), variables={"ARTIFACTORY_PASS": ""}),
    checks.ARTIFACTORY_REPOSITORIES: Scenario(
        ("promote-to-rc",),
        lambda world: world.lab.promotion.refuse(errors(404, "Unable to find docker repository docker-native-rcs")),
        {"CIGEN_RC_REPOSITORY": "docker-native-rcs"},
    ),
    checks.SOURCE_TAG: Scenario(
        ("promote-artifacts",),
        lambda world: world.lab.artifactory.delete(f"{BUILD}/invoices", "1.1.0"),
        {"CIGEN_PROMOTE_FROM": BUILD, "CIGEN_PROMOTE_TO": "docker-native-candidates"},
    ),
    checks.ARTIFACTORY_PERMISSION: Scenario(
        ("promote-artifacts",),
        lambda world: world.lab.promotion.refuse(errors(403, "The user: 'ci' is not permitted to deploy")),
        {"CIGEN_PROMOTE_FROM": BUILD, "CIGEN_PROMOTE_TO": "docker-native-candidates"},
    ),
    checks.BUCKET: Scenario(("s3-sync",), lambda world: world.merge_configs(bucket_of=None)),
    checks.S3_CREDENTIALS: Scenario(("s3-sync",), _give_bucket_away),
    checks.S3_PERMISSION: Scenario(("s3-sync",), _forbid_listing),
    checks.MERGED_FILES: Scenario(("s3-sync",), _lose_a_merged_file),
    checks.DASHBOARD_BLOCKING: Scenario(("update-version-dashboard",), _make_the_dashboard_picky),
    checks.DASHBOARD_LOGIN: Scenario(
        ("update-version-dashboard",), variables={"VERSION_DASHBOARD_TOKEN": "the-token-of-last-year"}
    ),
    checks.DASHBOARD_BUCKET: Scenario(
        ("update-version-dashboard",),
        _close_the_dashboards_bucket,
        {
            "CIGEN_DASHBOARD_BACKEND": "s3",
            "CIGEN_DASHBOARD_BUCKET": "company-versions",
            "CIGEN_DASHBOARD_ACCOUNT": ACCOUNT,
            "CIGEN_DASHBOARD_AWS_REGION": AWS_REGION,
        },
    ),
}


def leaves() -> dict[Check, list[tuple[str, str]]]:
    """Every place that each check has: the option of `doctor` that leads there."""
    places: dict[Check, list[tuple[str, str]]] = {}
    for branch in Branch:
        for check in branch.value.in_order:
            places.setdefault(check, []).append(("--branch", branch.value.name))
    for stage in TREE:
        for check in stage.questions:
            places.setdefault(check, []).append(("--stage", stage.name))
    for situation in CHEAT_SHEET:
        for check in situation.checks:
            places.setdefault(check, []).append(("--situation", situation.name))
    return places


SIDE_BY_SIDE = (copies, dashboard, deployment, generate_mappings, promote_artifacts, side_by_side)


@pytest.fixture
def world(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    for name, value in lab.environment.items():
        monkeypatch.setenv(name, value)
    for module in SIDE_BY_SIDE:  # else one of two that fail is told first, now the one, now the other, or both
        monkeypatch.setattr(module, "PARALLEL", 1)
    return World(lab, tmp_path / "service")


def test_every_leaf_has_a_scenario_and_an_answer() -> None:
    everywhere = set(leaves())

    assert everywhere == SCENARIOS.keys()
    assert everywhere == PROBES.keys() | NOT_LIVE.keys()
    assert PROBES.keys().isdisjoint(NOT_LIVE)
    assert len({check.id for check in everywhere}) == len(everywhere)


@pytest.mark.parametrize("check", leaves(), ids=lambda check: check.id)
def test_a_leaf_is_what_the_failed_job_and_the_doctor_say(
    world: World, snapshot: SnapshotAssertion, check: Check
) -> None:
    scenario = SCENARIOS[check]
    scenario.wrong(world)
    before = len(world.lab.gateway.writes())

    told = {"the doctor": [], "the job": []}
    for option, name in leaves()[check]:
        done = world.run("doctor", option, name, **scenario.variables)
        verdict = re.search(rf"^{check.id} +(.+)$", done.log, re.MULTILINE)
        assert verdict, done.log
        assert verdict[1] == ("FAILED" if check in PROBES else "not looked at"), done.log
        assert (done.code == 0) is (" 0 failed" in done.log), done.log
        told["the doctor"].append(f"$ cigen-runtime doctor {option} {name}\n{done.log}exit code {done.code:d}\n")
    assert changes(world, before) == []
    assert running(world) <= {OLD.digest}
    assert list(world.lab.git_host.tags("team/orders")) == []
    done = world.run(*scenario.job, **scenario.variables)
    assert done.code != 0, done.log
    told["the job"].append(f"$ cigen-runtime {' '.join(scenario.job)}\n{done.log}")

    assert masked("\n".join([*told["the job"], *told["the doctor"]])) == snapshot
    assert first_check(done.log, check) == check.question


@pytest.mark.parametrize("stage", [stage.name for stage in TREE])
def test_a_stage_that_lacks_nothing_ends_at_the_end_of_the_tree(
    world: World, snapshot: SnapshotAssertion, stage: str
) -> None:
    world.merge_configs()

    done = world.run("doctor", "--stage", stage)

    assert done.code == 0, done.log
    assert done.log == snapshot


def first_check(log: str, check: Check) -> str:
    """The first of the checks below an error; one that only asks whether the failure matters stands before any."""
    listed = re.findall(r"^  \d\. (.+)$", log, re.MULTILINE)
    asked = [each.question for each in leaves() if each.ends]
    return next(line for line in listed if check.ends or line not in asked)


def running(world: World) -> set[str]:
    """What the functions run that there are."""
    client = world.lab.aws.client("lambda", ACCOUNT, AWS_REGION)
    names = [function["FunctionName"] for function in client.list_functions()["Functions"]]
    return {world.lab.aws.function(ACCOUNT, AWS_REGION, name).image_digest for name in names}


def changes(world: World, since: int) -> list[str]:
    """The requests that may have changed something; logins, tokens, searches and dry runs do not."""
    harmless = r"/login$|/sts/|revoke-self|/search/jql$|^/$|git-receive-pack|git-upload-pack|/code$"
    sent = world.lab.gateway.writes()[since:]
    return [f"{each.method} {each.host}{each.path}" for each in sent if not re.search(harmless, each.path)]


def masked(text: str) -> str:
    """The text without what differs from one run to the next: how AWS numbers its requests."""
    return re.sub(r"request id: [0-9a-f]+", "request id: …", text)
