"""`cigen-runtime aws-credentials`: the gate of a deployment."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lab import DropAfterCommit, DropBeforeRead, Lab, Status
from runtime.conftest import STAGING_EU, Clock, Done

Run = Callable[..., Done]


def test_the_gate_opens_for_the_configured_account_and_leaves_no_login_behind(lab: Lab, run: Run) -> None:
    done = run("aws-credentials")

    assert done.code == 0, done.log
    assert "ok: staging/eu gets credentials for AWS account 111122223333" in done.log
    assert list(lab.vault.tokens) == []


def test_credentials_of_another_account_keep_the_gate_shut(lab: Lab, run: Run) -> None:
    done = run("aws-credentials", CIGEN_VAULT_ROLE="lambda-prod")

    assert done.code == 14
    assert done.error == (
        "error: the credentials belong to AWS account 444455556666, not 111122223333 (verification failed)"
    )
    assert list(lab.vault.tokens) == []


def test_a_wrong_secret_id_is_an_authentication_error_with_the_checks_of_vault(run: Run) -> None:
    done = run("aws-credentials", VAULT_SECRET_ID="not-the-secret-id")

    assert done.code == 10
    assert done.log.endswith("""\
error: logged in to Vault by AppRole (auth/approle/login) (not let in)
  came back: 400 invalid role or secret ID
  to do:     The role ID or secret ID is wrong, expired or used up, or belongs to another mount or namespace: issue a \
new secret ID and update the CI/CD variables.

Check in this order, the likeliest first (Vault and AWS credentials):
  1. Does Vault accept the job's login?
     If not: Issue a new secret ID and set VAULT_ROLE_ID and VAULT_SECRET_ID; see that both reach this ref and \
environment. With JWT: compare the role's bound_audiences and bound_claims with this project.
  2. May that login take AWS credentials at the path of the role?
     If not: Give its policy: path "<aws mount>/sts/<role>" { capabilities = ["update"] }, in the same namespace, and \
see that mount and role exist.
  3. Does the trust policy of the IAM role let Vault assume it?
     If not: Let the role's trust policy allow sts:AssumeRole to the identity that Vault uses.
  Fix it and run the job again: every command is safe to repeat.
  Live: cigen-runtime doctor --branch vault

exit code 10: not let in
""")


@pytest.mark.parametrize(
    ("variables", "code", "error"),
    [
        ({"VAULT_SECRET_ID": ""}, 2,
         "error: VAULT_SECRET_ID not set, so the job cannot log in to Vault by AppRole (wrong input)"),
        ({"CIGEN_VAULT_ROLE": "lambda-stagign"}, 12,
         "error: asked Vault for AWS credentials of role 'lambda-stagign' (aws/sts/lambda-stagign) (not found)"),
        ({"CIGEN_VAULT_AWS_MOUNT": "aws-eu"}, 12,
         "error: asked Vault for AWS credentials of role 'lambda-staging' (aws-eu/sts/lambda-staging) (not found)"),
        ({"CIGEN_VAULT_AUTH_MOUNT": "role"}, 12, "error: logged in to Vault by AppRole (auth/role/login) (not found)"),
        ({"CIGEN_VAULT_AUTH": "jwt"}, 2,
         "error: VAULT_ID_TOKEN not set, so the job cannot log in to Vault by JWT (wrong input)"),
        ({"CI_ENVIRONMENT_NAME": "staging/us"}, 2,
         "error: CI_ENVIRONMENT_NAME is 'staging/us' but the job's variables say 'staging/eu' (wrong input)"),
    ],
)  # fmt: skip
def test_what_is_set_wrongly_is_named(run: Run, variables: dict[str, str], code: int, error: str) -> None:
    done = run("aws-credentials", **variables)

    assert (done.code, done.error) == (code, error)


def test_a_sealed_vault_is_waited_for(lab: Lab, run: Run, clock: Clock) -> None:
    lab.gateway.fault(host="vault", times=2, action=Status(503, b'{"errors":["Vault is sealed"]}'))

    done = run("aws-credentials", clock=clock)

    assert done.code == 0, done.log
    assert len(clock.waits) == 2


def test_a_vault_that_asks_for_patience_gets_as_much_as_it_asks_for(lab: Lab, run: Run, clock: Clock) -> None:
    lab.gateway.fault(host="vault", path="login", times=1, action=Status(429, b"{}", {"Retry-After": "7"}))

    done = run("aws-credentials", clock=clock)

    assert (done.code, clock.waits) == (0, [7.0])


def test_a_login_whose_answer_was_lost_is_made_once_more(lab: Lab, run: Run, clock: Clock) -> None:
    lab.gateway.fault(host="vault", path="login", times=1, action=DropAfterCommit())

    done = run("aws-credentials", clock=clock)

    assert done.code == 0, done.log
    assert [request.path for request in lab.gateway.requests if "login" in request.path] == [
        "/v1/auth/approle/login"
    ] * 2


def test_an_unreachable_vault_ends_with_the_code_that_gitlab_retries(lab: Lab, run: Run, clock: Clock) -> None:
    lab.gateway.fault(host="vault", times=1000, action=DropBeforeRead())

    done = run("aws-credentials", clock=clock)

    assert done.code in {75, 76}, done.log
    assert "Vault" in done.error


def test_a_page_from_a_proxy_is_not_taken_for_vault(lab: Lab, run: Run, clock: Clock) -> None:
    lab.gateway.fault(host="vault", times=1, action=Status(200, b"<html>Log in to the network</html>"))

    done = run("aws-credentials", clock=clock)

    assert done.code == 75
    assert "the answer is not Vault's" in done.log


def test_a_job_with_an_id_token_logs_in_without_any_stored_secret(lab: Lab, run: Run) -> None:
    lab.vault.jwt_role("lambda-staging", policies=("deploy",), bound_audiences=("https://vault.example.com",))

    done = run(
        "aws-credentials",
        CIGEN_VAULT_AUTH="jwt",
        CIGEN_VAULT_AUTH_MOUNT="jwt",
        VAULT_ID_TOKEN=lab.vault.issue_jwt("https://vault.example.com"),
        VAULT_SECRET_ID="",
        VAULT_ROLE_ID="",
    )

    assert done.code == 0, done.log
    assert list(lab.vault.tokens) == []


def test_an_id_token_for_another_audience_is_refused(lab: Lab, run: Run) -> None:
    lab.vault.jwt_role("lambda-staging", policies=("deploy",), bound_audiences=("https://vault.example.com",))

    done = run(
        "aws-credentials",
        CIGEN_VAULT_AUTH="jwt",
        CIGEN_VAULT_AUTH_MOUNT="jwt",
        VAULT_ID_TOKEN=lab.vault.issue_jwt("https://gitlab.example.com"),
    )

    assert done.code == 10, done.log
    assert "audience" in done.log
    assert (
        "to do:     Add the `aud` of the job's id_tokens (Vault's address) to bound_audiences of the role in Vault."
        in done.log
    )


def test_a_role_that_does_not_trust_vault_names_both_sides(lab: Lab, run: Run) -> None:
    lab.vault.aws_role("lambda-staging", "arn:aws:iam::111122223333:role/lambda-staging", is_trusted=False)

    done = run("aws-credentials")

    assert done.code == 11, done.log
    assert "to do:     Let the trust policy of arn:aws:iam::111122223333:role/lambda-staging allow sts:AssumeRole" in (
        done.log
    )


def test_a_runner_whose_clock_is_wrong_is_told_so(lab: Lab, run: Run) -> None:
    text = "Signature expired: 20261128T100000Z is now earlier than 20261128T103000Z (20261128T104500Z - 15 min.)"
    body = f"<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>{text}</Message></Error></ErrorResponse>"
    lab.gateway.fault(Status(403, body.encode(), {"Content-Type": "text/xml"}), host="^sts")

    done = run("aws-credentials")

    assert done.code == 10, done.log
    assert f"came back: SignatureDoesNotMatch: {text}" in done.log
    assert "to do:     The runner's clock is wrong" in done.log


def test_a_secret_id_that_a_lost_answer_used_up_is_told_as_such(lab: Lab, run: Run, clock: Clock) -> None:
    lab.vault.approle(role_id="one-use-role", secret_id="one-use-secret-id", uses=1)
    lab.gateway.fault(DropAfterCommit(), host="vault", path="login")

    done = run("aws-credentials", clock=clock, VAULT_ROLE_ID="one-use-role", VAULT_SECRET_ID="one-use-secret-id")

    assert done.code == 10, done.log
    assert "The first attempt got no answer and may have used up a secret ID with limited uses." in done.log
    assert "one-use-secret-id" not in done.log


def test_credentials_that_end_soon_are_not_asked_for_at_every_call(lab: Lab, run: Run) -> None:
    lab.vault.aws_role("lambda-staging", "arn:aws:iam::111122223333:role/lambda-staging", max_seconds=900)

    done = run("aws-credentials")

    assert done.code == 0, done.log
    assert [request.path for request in lab.gateway.requests].count("/v1/aws/sts/lambda-staging") == 1


def test_models_that_lie_in_the_home_directory_of_the_runner_are_not_read(lab: Lab, tmp_path: Path) -> None:
    model = tmp_path / "home" / ".aws" / "models" / "sts" / "2011-06-15" / "service-2.json"
    model.parent.mkdir(parents=True)
    model.write_text("{}")
    variables = {**STAGING_EU, **lab.job_variables, **lab.environment, "HOME": str(tmp_path / "home")}

    done = subprocess.run(
        [Path(sys.executable).parent / "cigen-runtime", "aws-credentials"],
        cwd=tmp_path,
        env={**variables, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "AWS identity: arn:aws:sts::111122223333:assumed-role/lambda-staging/" in done.stdout
