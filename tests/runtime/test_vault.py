"""Vault at 2 a.m.: every refusal with its own remedy, logins that end in the middle, wrapped secrets, namespaces."""

import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cigen_runtime.cli import main
from cigen_runtime.clock import Clock as RealClock
from cigen_runtime.contract import AWS_CREDENTIALS
from cigen_runtime.errors import JobError
from cigen_runtime.job import open_job
from cigen_runtime.services.vault import Vault
from lab import DropAfterCommit, Lab, Status
from lab.images import make_image
from runtime.conftest import ECR, STAGING_EU, Clock, Done, Service

Run = Callable[..., Done]
ROLE = "arn:aws:iam::111122223333:role/lambda-staging"
HANDOVER = {"CIGEN_CREDENTIALS_HANDOVER": "artifact", "CIGEN_CREDENTIALS_LIFETIME": "15"}


def to_do(done: Done) -> str:
    """The remedy of the error."""
    return next(line.removeprefix("  to do:").strip() for line in done.log.splitlines() if "to do:" in line)


def test_every_call_names_the_namespace(lab: Lab, run: Run) -> None:
    lab.vault.namespace = "team/deploy"

    done = run("aws-credentials", VAULT_NAMESPACE="team/deploy")

    assert done.code == 0, done.log
    assert list(lab.vault.tokens) == []


def test_without_its_namespace_vault_knows_no_mount(lab: Lab, run: Run) -> None:
    lab.vault.namespace = "team/deploy"

    done = run("aws-credentials")

    assert done.code == 12
    assert to_do(done) == "Compare the mount path and the namespace in the configuration with what Vault has."


def test_a_policy_that_lacks_the_path_is_told_with_the_lines_to_add(lab: Lab, run: Run) -> None:
    lab.vault.policy("deploy", {"aws/sts/another": ("update",)})

    done = run("aws-credentials")

    assert done.code == 11
    assert to_do(done) == (
        'Add to a policy of the login, in this namespace: path "aws/sts/lambda-staging" { capabilities = ["update"] }. '
        "The login has: default, deploy."
    )


def test_a_secret_id_that_is_bound_to_another_network_says_so(lab: Lab, run: Run) -> None:
    lab.vault.approle(role_id="bound-role-id", secret_id="bound-secret-id", bound_cidr="10.9.0.0/16")

    done = run("aws-credentials", VAULT_ROLE_ID="bound-role-id", VAULT_SECRET_ID="bound-secret-id")

    assert done.code == 10
    assert to_do(done) == "Bind the secret ID to the network of the runners: it is refused from this address."


def test_a_claim_that_does_not_fit_is_told_apart_from_an_audience(lab: Lab, run: Run) -> None:
    lab.vault.jwt_role("lambda-staging", bound_claims={"environment": "staging/eu"})
    jwt = {"CIGEN_VAULT_AUTH": "jwt", "CIGEN_VAULT_AUTH_MOUNT": "jwt", "VAULT_ID_TOKEN": lab.vault.issue_jwt()}

    done = run("aws-credentials", **jwt)

    assert done.code == 10
    assert to_do(done).startswith("Compare the role's bound_claims in Vault with this project, ref and environment")


def test_an_id_token_that_is_over_says_so(lab: Lab, run: Run) -> None:
    lab.vault.jwt_role("lambda-staging")
    jwt = {"CIGEN_VAULT_AUTH": "jwt", "CIGEN_VAULT_AUTH_MOUNT": "jwt", "VAULT_ID_TOKEN": lab.vault.issue_jwt(exp=1)}

    done = run("aws-credentials", **jwt)

    assert done.code == 10
    assert to_do(done).startswith("The ID token ends with the job's timeout")


def test_the_role_of_the_login_may_have_another_name_than_that_of_the_aws_engine(lab: Lab, run: Run) -> None:
    lab.vault.jwt_role("gitlab-staging")
    jwt = {"CIGEN_VAULT_AUTH": "jwt", "CIGEN_VAULT_AUTH_MOUNT": "jwt", "VAULT_ID_TOKEN": lab.vault.issue_jwt()}

    refused = run("aws-credentials", **jwt)
    done = run("aws-credentials", CIGEN_VAULT_AUTH_ROLE="gitlab-staging", **jwt)

    assert refused.code == 12
    assert done.code == 0, done.log


@pytest.mark.parametrize("wish", ["", "arn:aws:iam::111122223333:role/other"])
def test_a_role_with_several_arns_wants_one_of_them(lab: Lab, run: Run, wish: str) -> None:
    lab.vault.aws_role("lambda-staging", [ROLE, f"{ROLE}-2"])

    done = run("aws-credentials", CIGEN_VAULT_ROLE_ARN=wish)

    assert done.code == 2
    assert to_do(done) == "Set vault.role_arn in cigen.yaml to one of the role_arns that the role has in Vault."


def test_a_lifetime_that_aws_does_not_take_is_no_matter_of_trust(lab: Lab, run: Run) -> None:
    lab.vault.aws_role("lambda-staging", ROLE, max_seconds=300)

    done = run("aws-credentials")

    assert done.code == 2
    assert to_do(done).startswith("AWS does not take the lifetime: set max_sts_ttl of the role in Vault to 15 minutes")


def test_a_sealed_vault_is_for_whoever_runs_it(lab: Lab, run: Run, clock: Clock) -> None:
    lab.vault.sealed = True

    done = run("aws-credentials", clock=clock)

    assert done.code == 75
    assert "came back: 503 Vault is sealed" in done.log
    assert to_do(done).startswith("Ask whoever runs Vault to unseal it")


@pytest.mark.parametrize("status", [412, 429, 502, 503])
def test_a_vault_that_recovers_is_waited_for(lab: Lab, run: Run, clock: Clock, status: int) -> None:
    lab.gateway.fault(Status(status, b"<html>bad gateway</html>"), host="vault", path="/sts/", times=2)

    done = run("aws-credentials", clock=clock)

    assert done.code == 0, done.log
    assert len(clock.waits) == 2


def test_a_standby_that_sends_us_on_gets_the_login_again(lab: Lab, run: Run) -> None:
    here = {"Location": "https://vault.example.com/v1/auth/approle/login"}
    lab.gateway.fault(Status(307, b"", here), host="vault", path="login")

    done = run("aws-credentials")

    assert done.code == 0, done.log


@pytest.mark.parametrize("path", ["/v1/auth/approle/login", "/v1/aws/sts/lambda-staging"])
def test_a_standby_that_sends_us_on_without_tls_gets_nothing(lab: Lab, run: Run, path: str) -> None:
    there = {"Location": f"http://vault.example.com{path}"}
    lab.gateway.fault(Status(307, b"", there), host="vault", path=path)

    done = run("aws-credentials")

    assert done.code == 2, done.log
    assert f"it sends us to http://vault.example.com{path}, and no secret goes anywhere without TLS" in done.log
    assert [request.path for request in lab.gateway.requests].count(path) == 1


def test_a_refusal_that_repeats_the_secret_id_is_masked(lab: Lab, run: Run) -> None:
    secret = lab.job_variables["VAULT_SECRET_ID"]
    body = json.dumps({"errors": [f'invalid secret_id "{secret}"']}).encode()
    lab.gateway.fault(Status(400, body, {"Content-Type": "application/json; charset=utf-8"}), path="login")

    done = run("aws-credentials")

    assert done.code == 10
    assert 'came back: 400 invalid secret_id "[secret]"' in done.log


@pytest.mark.parametrize("fields", [("security_token",), ("session_token",)])
@pytest.mark.parametrize("has_lease", [True, False])
def test_credentials_are_understood_in_every_shape(
    lab: Lab, run: Run, fields: tuple[str, ...], has_lease: bool
) -> None:
    lab.vault.aws_role("lambda-staging", ROLE, token_fields=fields, has_lease=has_lease)

    done = run("aws-credentials")

    assert done.code == 0, done.log


def test_credentials_without_a_lease_last_as_long_as_they_say(lab: Lab, vault: Callable[..., Vault]) -> None:
    lab.vault.aws_role("lambda-staging", ROLE, has_lease=False)

    credentials = vault().aws_credentials()

    assert 3580 < (credentials.expires_at - datetime.now(UTC)).total_seconds() <= 3600


def test_a_token_of_whoever_owns_the_runner_is_neither_used_nor_revoked(
    lab: Lab, run: Run, vault: Callable[..., Vault], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    vault()
    (owners,) = lab.vault.tokens
    monkeypatch.setenv("VAULT_TOKEN", owners.value)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".vault-token").write_text(owners.value)

    done = run("aws-credentials", VAULT_TOKEN=owners.value, HOME=str(tmp_path))

    assert done.code == 0, done.log
    assert lab.vault.tokens == [owners]


def test_a_user_of_iam_is_refused_since_nothing_ends_its_keys(lab: Lab, run: Run) -> None:
    lab.vault.aws_role("lambda-staging", ROLE, token_fields=())

    done = run("aws-credentials")

    assert done.code == 2
    assert to_do(done).startswith("Give the role credential_type assumed_role or federation_token")


class TestWrapped:
    """A secret ID that comes in a wrapping token, which only a gate that hands its credentials over may unwrap."""

    @pytest.mark.parametrize("command", ["aws-credentials", "prepare-docker-config"])
    def test_without_a_handover_it_is_left_alone_and_the_way_out_is_told(
        self, lab: Lab, run: Run, command: str
    ) -> None:
        token = lab.vault.wrap({"secret_id": lab.job_variables["VAULT_SECRET_ID"]})

        done = run(command, VAULT_SECRET_ID="", VAULT_WRAPPED_SECRET_ID=token)

        assert done.code == 2, done.log
        assert to_do(done).startswith("VAULT_WRAPPED_SECRET_ID is good for one login, and this job is not the one")
        assert not [request for request in lab.gateway.requests if "/wrapping/" in request.path]

    def test_it_is_unwrapped_once_and_used(self, lab: Lab, run: Run) -> None:
        token = lab.vault.wrap({"secret_id": lab.job_variables["VAULT_SECRET_ID"]})

        done = run("aws-credentials", VAULT_SECRET_ID="", VAULT_WRAPPED_SECRET_ID=token, **HANDOVER)

        assert done.code == 0, done.log
        assert token not in done.log
        unwraps = [request for request in lab.gateway.requests if request.path.endswith("/unwrap")]
        assert [request.status for request in unwraps] == [200]

    def test_one_that_is_used_up_already_was_unwrapped_by_somebody_else(self, lab: Lab, run: Run) -> None:
        token = lab.vault.wrap({"secret_id": lab.job_variables["VAULT_SECRET_ID"]})
        assert run("aws-credentials", VAULT_WRAPPED_SECRET_ID=token, **HANDOVER).code == 0

        done = run("aws-credentials", VAULT_WRAPPED_SECRET_ID=token, **HANDOVER)

        assert done.code == 10
        assert done.error == (
            "error: unwrapped VAULT_WRAPPED_SECRET_ID: somebody else unwrapped it, or it has expired (not let in)"
        )
        assert to_do(done).startswith("Treat the secret ID as stolen: destroy it in Vault")

    @pytest.mark.parametrize("status", [500, 502, 504])
    def test_an_answer_that_leaves_open_whether_it_was_unwrapped_is_asked_for_once_more(
        self, lab: Lab, run: Run, clock: Clock, status: int
    ) -> None:
        token = lab.vault.wrap({"secret_id": lab.job_variables["VAULT_SECRET_ID"]})
        lab.gateway.fault(Status(status, b"<html>bad gateway</html>"), path="unwrap")

        done = run("aws-credentials", VAULT_WRAPPED_SECRET_ID=token, clock=clock, **HANDOVER)

        assert done.code == 0, done.log
        assert [each.status for each in lab.gateway.requests if each.path.endswith("/unwrap")] == [status, 200]

    def test_one_that_such_an_answer_used_up_is_not_taken_for_stolen(self, lab: Lab, run: Run, clock: Clock) -> None:
        token = lab.vault.wrap({"secret_id": lab.job_variables["VAULT_SECRET_ID"]})
        lab.gateway.fault(Status(502, b"<html>bad gateway</html>"), path="unwrap")
        used_up = json.dumps({"errors": ["wrapping token is not valid or does not exist"]}).encode()
        lab.gateway.fault(Status(400, used_up), path="unwrap")

        done = run("aws-credentials", VAULT_WRAPPED_SECRET_ID=token, clock=clock, **HANDOVER)

        assert done.code == 10, done.log
        assert done.error == "error: unwrapped VAULT_WRAPPED_SECRET_ID: it is used up (not let in)"

    def test_in_a_namespace_it_is_looked_at_and_unwrapped_there(self, lab: Lab, run: Run) -> None:
        lab.vault.namespace = "team/deploy"
        token = lab.vault.wrap({"secret_id": lab.job_variables["VAULT_SECRET_ID"]})

        done = run("aws-credentials", VAULT_NAMESPACE="team/deploy", VAULT_WRAPPED_SECRET_ID=token, **HANDOVER)

        assert done.code == 0, done.log

    def test_a_lost_answer_is_not_taken_for_a_theft(self, lab: Lab, run: Run) -> None:
        token = lab.vault.wrap({"secret_id": lab.job_variables["VAULT_SECRET_ID"]})
        lab.gateway.fault(DropAfterCommit(), path="unwrap")

        done = run("aws-credentials", VAULT_WRAPPED_SECRET_ID=token, **HANDOVER)

        assert done.code == 10
        assert done.error == "error: unwrapped VAULT_WRAPPED_SECRET_ID: it is used up (not let in)"
        assert to_do(done).startswith("Vault did not answer the first attempt and may have unwrapped it then")

    def test_one_that_wraps_something_else_is_not_unwrapped(self, lab: Lab, run: Run) -> None:
        token = lab.vault.wrap({"secret_id": "planted"}, creation_path="cubbyhole/response")

        done = run("aws-credentials", VAULT_WRAPPED_SECRET_ID=token, **HANDOVER)

        assert done.code == 14
        assert done.error == (
            "error: VAULT_WRAPPED_SECRET_ID does not wrap a secret ID of auth/approle (verification failed)"
        )
        assert not [request for request in lab.gateway.requests if request.path.endswith("/unwrap")]


@pytest.fixture
def vault(lab: Lab, run: Run, clock: Clock, tmp_path: Path) -> Iterator[Callable[..., Vault]]:
    """Opens a login that a test can age."""
    opened: list[Vault] = []

    def open_(**variables: str) -> Vault:
        environment = {**STAGING_EU, **lab.job_variables, **variables}
        time = RealClock(clock.now, clock.sleep)
        vault = Vault(open_job(AWS_CREDENTIALS, environment, tmp_path, io.StringIO(), clock=time))
        opened.append(vault)
        vault.login()
        return vault

    yield open_
    for each in opened:
        each.close()
    assert list(lab.vault.tokens) == []


def logins(lab: Lab) -> list[str]:
    """Which logins and renewals Vault saw."""
    paths = [request.path.removeprefix("/v1/auth/") for request in lab.gateway.requests if "vault" in request.host]
    return [path for path in paths if path.endswith(("login", "renew-self"))]


def test_a_login_that_is_almost_over_is_renewed(lab: Lab, vault: Callable[..., Vault], clock: Clock) -> None:
    lab.vault.approle(role_id="short-role-id", secret_id="short-secret-id", seconds=1200)
    login = vault(VAULT_ROLE_ID="short-role-id", VAULT_SECRET_ID="short-secret-id")
    login.aws_credentials()

    clock.time += 1150
    login.aws_credentials()

    assert logins(lab) == ["approle/login", "token/renew-self"]


def test_a_login_that_is_over_is_made_anew(lab: Lab, vault: Callable[..., Vault], clock: Clock) -> None:
    lab.vault.approle(role_id="short-role-id", secret_id="short-secret-id", seconds=1200)
    login = vault(VAULT_ROLE_ID="short-role-id", VAULT_SECRET_ID="short-secret-id")
    login.aws_credentials()

    clock.time += 1300
    login.aws_credentials()
    lab.vault.revoke_everything()
    login.aws_credentials()

    assert logins(lab) == ["approle/login"] * 3


def test_a_wrapped_secret_id_serves_the_second_login_too(lab: Lab, vault: Callable[..., Vault], clock: Clock) -> None:
    token = lab.vault.wrap({"secret_id": lab.job_variables["VAULT_SECRET_ID"]})
    login = vault(VAULT_WRAPPED_SECRET_ID=token, **HANDOVER)
    login.aws_credentials()

    lab.vault.revoke_everything()
    login.aws_credentials()

    assert logins(lab) == ["approle/login"] * 2


def test_a_policy_that_is_taken_away_is_no_login_that_is_over(lab: Lab, vault: Callable[..., Vault]) -> None:
    login = vault()
    login.aws_credentials()
    lab.vault.policy("deploy", {})

    with pytest.raises(JobError, match="permission denied"):
        login.aws_credentials()

    assert logins(lab) == ["approle/login"] * 2


def test_the_lifetime_is_the_one_that_was_granted(lab: Lab, vault: Callable[..., Vault]) -> None:
    lab.vault.aws_role("lambda-staging", ROLE, max_seconds=900)

    credentials = vault().aws_credentials()

    assert 880 < (credentials.expires_at - datetime.now(UTC)).total_seconds() <= 900


def test_credentials_that_aws_calls_expired_are_renewed_once_and_the_change_is_sent_again(
    lab: Lab, run: Run, service: Service
) -> None:
    image = make_image("new")
    lab.ecr.push(make_image("old"), "lambda-images", "old")
    lab.ecr.push(image, "lambda-images", "orders-api-1.1.0")
    lab.aws.create_function("111122223333", "eu-west-2", "orders-api", f"{ECR}/lambda-images:old")
    entry = {"folder": "orders-api", "lambda": "orders-api", "version": "1.1.0", "architecture": "x86_64"}
    entry |= {"image": f"{ECR}/lambda-images:orders-api-1.1.0", "digest": image.digest, "source_digest": image.digest}
    path = service.path("lambda-ecr-mappings.json")
    path.parent.mkdir(parents=True)
    path.write_text(
        json.dumps({"schema": 1, "environment": "staging", "region": "eu", "projects": {"orders-api": entry}})
    )
    body = json.dumps({"message": "The security token included in the request is expired"}).encode()
    lab.gateway.fault(Status(403, body, {"x-amzn-ErrorType": "ExpiredTokenException"}), method="PUT", path="/code")

    done = run("deploy-lambda")

    assert done.code == 0, done.log
    assert done.log.count("AWS calls the credentials expired: taking new ones") == 1
    assert [request.status for request in lab.gateway.requests if request.path.endswith("/code")] == [403, 200]


def test_credentials_that_stay_expired_end_the_job(lab: Lab, run: Run) -> None:
    body = b"<ErrorResponse><Error><Code>ExpiredToken</Code><Message>it is expired</Message></Error></ErrorResponse>"
    lab.gateway.fault(Status(403, body, {"Content-Type": "text/xml"}), host="^sts", times=10)

    done = run("aws-credentials")

    assert done.code == 10
    assert lab.gateway.requests[-1].path == "/v1/auth/token/revoke-self"


def test_a_job_that_is_cancelled_revokes_its_login(lab: Lab, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from cigen_runtime.services.aws import Aws

    def cancelled(_: Aws) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(Aws, "require_account", cancelled)

    done = run("aws-credentials")

    assert done.code == 130
    assert list(lab.vault.tokens) == []


def test_a_revocation_that_fails_never_fails_the_job(lab: Lab, run: Run, clock: Clock) -> None:
    lab.gateway.fault(Status(500, b"not json"), path="revoke-self", times=100)

    done = run("aws-credentials", clock=clock)

    assert done.code == 0
    assert "note: the Vault token could not be revoked; it ends with its lifetime" in done.log


def test_two_jobs_log_in_side_by_side(lab: Lab, run: Run, tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    environment = {**STAGING_EU, **lab.job_variables}
    with ThreadPoolExecutor(2) as pool:
        codes = list(
            pool.map(lambda _: main(["aws-credentials"], environment, tmp_path, io.StringIO()), range(2)),
        )

    assert codes == [0, 0]
    assert list(lab.vault.tokens) == []
