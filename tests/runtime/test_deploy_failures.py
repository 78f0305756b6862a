"""What `cigen-runtime deploy-lambda` does about functions that do not take their image, and about who interferes."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import botocore.session
import pytest

from cigen_runtime import deployment
from cigen_runtime.commands import deploy_lambda
from cigen_runtime.services.lambda_reasons import REMEDIES
from lab import Lab, Status
from lab.images import make_image, make_index
from runtime.conftest import ECR, Clock, Done, Service

Run = Callable[..., Done]
OLD, NEW, OTHER = make_image("old"), make_image("new"), make_image("other")
ACCOUNT, AWS_REGION = "111122223333", "eu-west-2"


class Functions:
    """Functions that run OLD and have a mapping that gives them NEW."""

    def __init__(self, lab: Lab, service: Service) -> None:
        self.lab = lab
        self.service = service

    def exist(self, *names: str) -> None:
        self.lab.ecr.push(OLD, "lambda-images", "old")
        for name in names:
            self.lab.ecr.push(NEW, "lambda-images", f"{name}-1.1.0")
            self.lab.aws.create_function(ACCOUNT, AWS_REGION, name, f"{ECR}/lambda-images:old")
        self.map(*names)

    def map(self, *names: str, digest: str = NEW.digest) -> None:
        projects = {
            name: {
                "folder": name,
                "lambda": name,
                "version": "1.1.0",
                "image": f"{ECR}/lambda-images:{name}-1.1.0",
                "source_digest": digest,
                "digest": digest,
                "architecture": "x86_64",
            }
            for name in names
        }
        target = self.service.path("lambda-ecr-mappings.json")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps({"schema": 1, "environment": "staging", "region": "eu", "projects": projects}))

    def running(self, name: str) -> str:
        return self.lab.aws.function(ACCOUNT, AWS_REGION, name).image_digest

    @property
    def updated(self) -> list[str]:
        """The functions whose update Lambda took, in order."""
        taken = [each for each in self.lab.gateway.writes(r"^lambda\.") if each.method == "PUT" and each.carried_out]
        return [request.path.split("/")[3] for request in taken]

    @property
    def recorded(self) -> dict[str, tuple[object, object]]:
        """Outcome and reason of each function."""
        entries = self.service.read("deploy-result.json")["projects"].items()
        return {name: (entry["outcome"], entry["reason"]) for name, entry in entries}

    def deploy(self, name: str, tag: str) -> None:
        """As somebody else would."""
        client = self.lab.aws.client("lambda", ACCOUNT, AWS_REGION)
        client.update_function_code(FunctionName=name, ImageUri=f"{ECR}/lambda-images:{tag}")
        client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0.1})


@pytest.fixture
def functions(lab: Lab, run: Run, service: Service) -> Functions:
    """`run` comes first: it creates the ECR repository."""
    return Functions(lab, service)


@pytest.fixture
def one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployment, "PARALLEL", 1)


@contextmanager
def between_look_and_update(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> Iterator[None]:
    """Let something happen after everything was looked at, and before anything is changed."""
    update_all = deploy_lambda.update_all

    def late(*given: Any) -> None:
        happens()
        update_all(*given)

    with monkeypatch.context() as patch:
        patch.setattr(deploy_lambda, "update_all", late)
        yield


def test_every_reason_that_lambda_can_give_has_a_remedy() -> None:
    model = botocore.session.get_session().get_service_model("lambda")

    assert set(model.shape_for("LastUpdateStatusReasonCode").enum) == REMEDIES.keys()


@pytest.mark.parametrize(
    ("reason", "code", "remedy"),
    [
        ("InvalidImage", 14, "look at its media type, entry point and layers"),
        ("ImageDeleted", 14, "a lifecycle policy must never expire a deployed tag"),
        ("ImageAccessDenied", 11, "Let the policy of the ECR repository allow lambda.amazonaws.com to pull"),
        ("EniLimitExceeded", 14, "The VPC is out of network interfaces"),
        ("SubnetOutOfIPAddresses", 14, "The function's subnets are out of addresses"),
        ("DisabledKMSKey", 14, "Enable the KMS key"),
        ("KMSKeyAccessDenied", 11, "Let the function's role use the KMS key"),
        ("FunctionError.InvalidEntryPoint", 14, "Correct ENTRYPOINT and CMD in the Dockerfile"),
        ("FunctionError.InitTimeout", 14, "takes too long to start"),
    ],
)
def test_a_failed_update_has_the_remedy_of_its_reason(
    lab: Lab, run: Run, functions: Functions, reason: str, code: int, remedy: str
) -> None:
    functions.exist("orders")
    lab.aws.fail_next_update("orders", code=reason, reason="what Lambda says")

    done = run("deploy-lambda")

    assert done.code == code, done.log
    assert f"came back: {reason}: what Lambda says" in done.log
    assert remedy in done.log
    assert "Until then, calls run the image from before." in done.log
    assert functions.recorded["orders"][0] == "failed"


@pytest.mark.parametrize(
    ("status", "refusal", "message", "code", "remedy"),
    [
        (
            403,
            "AccessDeniedException",
            "Lambda does not have permission to access the ECR image. Check the ECR permissions.",
            11,
            "Let the policy of the ECR repository allow lambda.amazonaws.com to pull",
        ),
        (
            403,
            "AccessDeniedException",
            "User is not authorized to perform: lambda:UpdateFunctionCode",
            11,
            "Allow lambda:GetFunction and lambda:UpdateFunctionCode in the role's IAM policy.",
        ),
        (
            400,
            "InvalidParameterValueException",
            "Source image is not valid. Provide a valid source image.",
            2,
            "The image must be in ECR of the function's own region",
        ),
        (
            400,
            "InvalidParameterValueException",
            "The image manifest, config or layer media type for the source image is not supported.",
            2,
            "Lambda takes single-platform images only",
        ),
        (400, "CodeStorageExceededException", "Code storage limit exceeded.", 2, "Delete versions of functions"),
        (418, "SomethingNewException", "Lambda says something new.", 1, ""),
    ],
)
def test_a_refused_update_has_its_own_remedy(
    lab: Lab, run: Run, functions: Functions, status: int, refusal: str, message: str, code: int, remedy: str
) -> None:
    functions.exist("orders")
    answer = Status(status, json.dumps({"message": message}).encode(), {"x-amzn-ErrorType": refusal})
    lab.gateway.fault(answer, method="PUT", host=r"^lambda\.")

    done = run("deploy-lambda")

    assert done.code == code, done.log
    assert f"came back: {refusal}: {message}" in done.log
    assert remedy in done.log
    assert functions.running("orders") == OLD.digest


def test_after_a_failed_update_the_next_run_tries_again(lab: Lab, run: Run, functions: Functions) -> None:
    functions.exist("orders")
    lab.aws.fail_next_update("orders", code="InternalError", reason="ours")
    run("deploy-lambda")

    done = run("deploy-lambda")

    assert done.code == 0, done.log
    assert functions.running("orders") == NEW.digest


def test_a_function_that_sleeps_is_updated_like_any_other(lab: Lab, run: Run, functions: Functions) -> None:
    functions.exist("orders")
    lab.aws.let_sleep("orders")
    assert lab.aws.function(ACCOUNT, AWS_REGION, "orders").state == "Inactive"

    done = run("deploy-lambda")

    assert done.code == 0, done.log
    assert functions.running("orders") == NEW.digest


def test_a_function_keeps_its_processor(lab: Lab, run: Run, service: Service, functions: Functions) -> None:
    functions.exist("orders")
    lab.aws.create_function(ACCOUNT, AWS_REGION, "on-arm", f"{ECR}/lambda-images:old", architecture="arm64")
    lab.ecr.push(NEW, "lambda-images", "on-arm-1.1.0")
    functions.map("on-arm")
    path = service.path("lambda-ecr-mappings.json")
    path.write_text(path.read_text().replace("x86_64", "arm64"))

    done = run("deploy-lambda")

    assert done.code == 0, done.log
    assert lab.aws.function(ACCOUNT, AWS_REGION, "on-arm").architecture == "arm64"


def test_a_control_plane_that_is_down_for_minutes_while_an_update_runs_is_waited_for(
    lab: Lab, run: Run, functions: Functions, clock: Clock
) -> None:
    functions.exist("orders")
    lab.aws.update_seconds = 0  # it is over before anybody looks: only the clock of the job moves
    fault = lab.gateway.fault(Status(500, b"{}"), method="GET", host=r"^lambda\.", skip=1, times=20)

    done = run("deploy-lambda", clock=clock)

    assert done.code == 0, done.log
    assert fault.hits == fault.skip + fault.times
    assert sum(clock.waits) > 60, "longer than one call alone waits"
    assert functions.running("orders") == NEW.digest


def test_credentials_that_end_under_several_updates_at_once_are_renewed_once(
    lab: Lab, run: Run, functions: Functions
) -> None:
    names = ("billing", "orders", "search")
    functions.exist(*names)
    over = Status(403, b'{"message":"it is expired"}', {"x-amzn-ErrorType": "ExpiredTokenException"})
    for name in names:
        lab.gateway.fault(over, method="PUT", host=r"^lambda\.", path=f"/{name}/code")

    done = run("deploy-lambda")

    assert done.code == 0, done.log
    assert done.log.count("AWS calls the credentials expired: taking new ones") == 1
    assert sorted(functions.updated) == sorted(names)


def test_an_update_that_never_ends_is_given_up_with_what_it_is_in(
    lab: Lab, run: Run, functions: Functions, clock: Clock
) -> None:
    functions.exist("orders")
    lab.aws.never_finish_updates("orders")

    done = run("deploy-lambda", clock=clock)

    assert done.code == 76, done.log
    assert done.error == "error: function orders is still being updated after 300 s (outcome unknown)"
    assert functions.recorded == {"orders": ("unknown", functions.recorded["orders"][1])}


def test_a_function_that_changed_in_another_way_meanwhile_is_updated_all_the_same(
    lab: Lab, run: Run, functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    functions.exist("orders")
    client = lab.aws.client("lambda", ACCOUNT, AWS_REGION)

    def reconfigure() -> None:
        client.update_function_configuration(FunctionName="orders", Description="by somebody else")
        time.sleep(0.3)

    with between_look_and_update(monkeypatch, reconfigure):
        done = run("deploy-lambda")

    assert done.code == 0, done.log
    assert "PreconditionFailedException" in done.log
    assert functions.running("orders") == NEW.digest


def test_a_function_that_somebody_deployed_meanwhile_is_left_alone(
    lab: Lab, run: Run, functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    functions.exist("orders")
    lab.ecr.push(OTHER, "lambda-images", "other")

    with between_look_and_update(monkeypatch, lambda: functions.deploy("orders", "other")):
        done = run("deploy-lambda")

    assert done.code == 13, done.log
    assert "somebody else deployed" in done.log
    assert functions.running("orders") == OTHER.digest


def test_a_tag_that_moved_meanwhile_is_noticed(
    lab: Lab, run: Run, functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    functions.exist("orders")

    with between_look_and_update(monkeypatch, lambda: lab.ecr.push(OTHER, "lambda-images", "orders-1.1.0")):
        done = run("deploy-lambda")

    assert done.code == 14, done.log
    assert f"it runs {OTHER.digest}, the mapping says {NEW.digest}" in done.log
    assert functions.recorded["orders"][0] == "failed"


def test_what_a_moved_tag_brought_is_rolled_back_where_that_is_wanted(
    lab: Lab, run: Run, functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    functions.exist("orders")

    with between_look_and_update(monkeypatch, lambda: lab.ecr.push(OTHER, "lambda-images", "orders-1.1.0")):
        done = run("deploy-lambda", CIGEN_ON_FAILURE="rollback")

    assert done.code == 14, done.log
    assert functions.running("orders") == OLD.digest
    outcome, reason = functions.recorded["orders"]
    assert outcome == "failed"
    assert str(reason).endswith("; rolled back")


def test_a_rollback_that_fails_is_told_beside_the_failure_that_made_it_necessary(
    lab: Lab, run: Run, functions: Functions, one_after_the_other: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    functions.exist("orders", "billing")
    lab.aws.fail_next_update("billing", code="InvalidImage", reason="no entry point")
    take_back = deploy_lambda.take_back

    def take_back_what_cannot_go_back(*given: Any) -> None:
        lab.aws.fail_next_update("orders", code="ImageDeleted", reason="the former image is gone")
        take_back(*given)

    monkeypatch.setattr(deploy_lambda, "take_back", take_back_what_cannot_go_back)

    done = run("deploy-lambda", CIGEN_ON_FAILURE="rollback")

    assert done.code == 20, done.log
    assert done.error == "error: 1 of 2 functions run the new image, 2 failed (partly done)"
    assert "InvalidImage: no entry point" in done.log
    assert "ImageDeleted: the former image is gone" in done.log
    assert functions.recorded["orders"][0] == "failed"
    assert str(functions.recorded["orders"][1]).startswith("rollback: ")
    assert functions.running("orders") == NEW.digest


def test_a_rollback_begins_with_the_last_function_and_does_not_wait_for_it(
    lab: Lab, run: Run, functions: Functions
) -> None:
    names = [f"function-{number:02}" for number in range(12)]
    functions.exist(*names)
    lab.aws.update_seconds = 1.5
    lab.aws.fail_next_update(names[-1], code="InvalidImage", reason="no entry point")

    done = run("deploy-lambda", CIGEN_ON_FAILURE="rollback")

    assert done.code == 14, done.log
    assert {functions.running(name) for name in names} == {OLD.digest}
    back = names[-2::-1]
    assert functions.updated[-len(back) :] == back
    of_functions = [(each.method, each.path.split("/")[3]) for each in lab.gateway.requests if "lambda." in each.host]
    last_looks = len(of_functions) - of_functions[::-1].index(("GET", back[0]))
    last_sent = len(of_functions) - of_functions[::-1].index(("PUT", back[-1]))
    assert last_sent < last_looks, "the first that goes back is still looked after when the last one is sent"


def test_a_run_after_a_failure_only_touches_the_rest(
    lab: Lab, run: Run, functions: Functions, one_after_the_other: None
) -> None:
    functions.exist("orders", "billing", "search")
    lab.aws.fail_next_update("billing", code="InvalidImage", reason="no entry point")
    assert run("deploy-lambda").code == 20
    lab.gateway.clear()

    done = run("deploy-lambda")

    assert done.code == 0, done.log
    assert functions.updated == ["billing", "search"]
    assert {name: outcome for name, (outcome, _) in functions.recorded.items()} == {
        "orders": "unchanged",
        "billing": "updated",
        "search": "updated",
    }


def test_a_function_of_archives_is_told_before_anything_changes(lab: Lab, run: Run, functions: Functions) -> None:
    functions.exist("orders")
    functions.map("orders", "zipped")
    lab.ecr.push(NEW, "lambda-images", "zipped-1.1.0")
    client = lab.aws.client("lambda", ACCOUNT, AWS_REGION)
    client.create_function(
        FunctionName="zipped",
        Runtime="python3.13",
        Handler="app.handler",
        Code={"ZipFile": b"PK\x05\x06" + bytes(18)},
        Role=client.get_function(FunctionName="orders")["Configuration"]["Role"],
    )
    lab.gateway.clear()

    done = run("deploy-lambda")

    assert done.code == 2, done.log
    assert done.error == "error: function zipped is a Zip function, and that cannot be changed (wrong input)"
    assert functions.updated == []


def test_an_index_that_got_into_ecr_is_refused_before_anything_changes(
    lab: Lab, run: Run, service: Service, functions: Functions
) -> None:
    functions.exist("billing", "orders")
    index = make_index([NEW])
    lab.ecr.push(index, "lambda-images", "orders-1.1.0")
    path = service.path("lambda-ecr-mappings.json")
    document = json.loads(path.read_text())
    document["projects"]["orders"]["digest"] = index.digest
    path.write_text(json.dumps(document))

    done = run("deploy-lambda")

    assert done.code == 14, done.log
    assert done.error == f"error: {ECR}/lambda-images:orders-1.1.0 is an index of images (verification failed)"
    assert "Lambda takes single-platform images only: let retag-push-ecr resolve the index." in done.log
    assert functions.updated == []


def test_an_image_of_another_region_is_refused_before_anybody_is_asked_for_it(
    lab: Lab, run: Run, service: Service, functions: Functions
) -> None:
    functions.exist("billing", "orders")
    path = service.path("lambda-ecr-mappings.json")
    document = json.loads(path.read_text())
    elsewhere = document["projects"]["orders"]["image"].replace("eu-west-2", "us-east-1")
    document["projects"]["orders"]["image"] = elsewhere
    path.write_text(json.dumps(document))

    done = run("deploy-lambda")

    assert done.code == 2, done.log
    assert done.error == (
        f"error: {elsewhere} is in us-east-1, and functions of eu-west-2 take no image of another region (wrong input)"
    )
    assert "1. Does the job work in the region that the functions and images are in?" in done.log
    assert functions.updated == []


def test_lambda_gets_no_more_than_fifteen_changes_a_second_however_many_threads_send_them(
    lab: Lab, run: Run, functions: Functions
) -> None:
    lab.aws.update_seconds = 0
    names = [f"function-{number:02}" for number in range(31)]
    functions.exist(*names)
    lab.gateway.fault(
        Status(429, b'{"message":"Rate exceeded"}', {"X-Amzn-ErrorType": "TooManyRequestsException"}),
        method="PUT",
        host=r"^lambda\.",
        times=5,
    )
    started = time.monotonic()

    done = run("deploy-lambda")

    assert done.code == 0, done.log
    assert time.monotonic() - started > (len(names) - 1) / 15
    assert {functions.running(name) for name in names} == {NEW.digest}
    assert sorted(functions.updated) == names


def test_after_a_refusal_functions_that_wait_for_their_turn_are_left_alone(
    lab: Lab, run: Run, functions: Functions
) -> None:
    lab.aws.update_seconds = 0
    names = [f"function-{number:02}" for number in range(30)]
    functions.exist(*names)
    lab.gateway.fault(
        Status(400, b'{"Message":"no"}', {"X-Amzn-ErrorType": "InvalidParameterValueException"}),
        method="PUT",
        host=r"^lambda\.",
    )

    done = run("deploy-lambda")

    assert done.code != 0, done.log
    assert len(functions.updated) < 15, "all thirty were waiting for Lambda's limit when the first was refused"
    outcomes = Counter(outcome for outcome, _ in functions.recorded.values())
    assert outcomes == Counter(
        {"failed": 1, "updated": len(functions.updated), "not started": 29 - len(functions.updated)}
    )
