"""Where credentials go: into logs, artifacts and jobs that have no use for them."""

import pytest

from . import examples

DOTENV = """\
login:
  script:
{script}
  artifacts:
    expire_in: 1 hour
    reports: {{dotenv: login.env}}
"""


def found_in(example: str) -> list[str]:
    """What is found beside what ShellCheck says of scripts that only show where a secret goes."""
    return [found for found in examples.found_in(example) if "shell-script" not in found]


def dotenv(*lines: str) -> str:
    """A job that runs these lines and hands on login.env."""
    script = "    - |\n" + "".join(f"      {line}\n" for line in lines)
    return DOTENV.format(script=script.rstrip("\n"))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (['echo "DEPLOY_TOKEN=$DEPLOY_TOKEN" >> login.env'], "4:26 $DEPLOY_TOKEN"),
        (["echo AWS_SECRET_ACCESS_KEY=$(./key) >> login.env"], "4:12 AWS_SECRET_ACCESS_KEY"),
        (['printf "X=%s" "$VAULT_SECRET_ID" > "./login.env"'], "4:22 $VAULT_SECRET_ID"),
        (['echo "A=${DB_PASSWORD}" | tee -a login.env'], "4:15 $DB_PASSWORD"),
        (["env > login.env"], "4:7 every variable"),
        (["printenv | grep AWS >> $CI_PROJECT_DIR/login.env"], "4:7 every variable"),
        (["cat > login.env <<END", "A=1", "B=$API_TOKEN", "END"], "6:9 $API_TOKEN"),
        (["{", '  echo "A=1"', '  echo "B=$API_TOKEN"', "} >> login.env"], "6:17 $API_TOKEN"),
    ],
)
def test_a_secret_in_a_dotenv_report_is_found(lines: list[str], expected: str) -> None:
    place, _, what = expected.partition(" ")

    assert found_in(dotenv(*lines)) == [
        f"{place} error secret-in-dotenv: login writes {what} into login.env, which every later job gets"
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ['echo "VERSION=$VERSION" >> login.env', "VERSION=1"],
        ['curl -H "Token: $API_TOKEN" https://example.com/vars > login.env'],
        ['echo "ETAG=$(echo $API_TOKEN | sha256sum)" >> login.env'],
        ['echo "$API_TOKEN" > other.env', "echo A=1 > login.env"],
        ["echo TESTS_PASS=12 >> login.env"],
        ["cat > login.env <<END", "A=1", "END", 'echo "$API_TOKEN" | docker login --password-stdin'],
    ],
)
def test_what_is_no_secret_or_goes_elsewhere_may_be_written(lines: list[str]) -> None:
    findings = [found for found in found_in(dotenv(*lines)) if "variable-undefined" not in found]

    assert findings == []


@pytest.mark.parametrize(
    ("artifacts", "expected"),
    [
        (
            "paths: [.aws/credentials], expire_in: 1 hour",
            ["2:23 error credentials-downloadable: login keeps .aws/credentials where people can download it"],
        ),
        (
            "paths: [out/.docker/config.json], expire_in: 1 hour, access: developer",
            [
                "2:23 error credentials-downloadable: login keeps out/.docker/config.json where people can download it",
            ],
        ),
        (
            "paths: [out/eu/docker/config.json], expire_in: 1 hour",
            ["2:23 error credentials-downloadable: login keeps out/eu/docker/config.json where people can download it"],
        ),
        (
            "paths: [kubeconfig], expire_in: 2 days, access: none",
            ["2:47 error credentials-downloadable: login keeps kubeconfig longer than credentials live"],
        ),
        (
            "paths: [id_ed25519], expire_in: never, access: none",
            ["2:47 error credentials-downloadable: login keeps id_ed25519 longer than credentials live"],
        ),
        (
            "paths: [cigen-out/$CIGEN_ENVIRONMENT/$CIGEN_REGION/docker/config.json], expire_in: 1 hour",
            [
                "2:23 error credentials-downloadable: login keeps"
                " cigen-out/$CIGEN_ENVIRONMENT/$CIGEN_REGION/docker/config.json where people can download it"
            ],
        ),
        ("paths: [.aws/credentials], expire_in: 12 hours, access: none", []),
        ("paths: [docs/credentials.md, src/aws/, config.json], expire_in: 1 week", []),
    ],
)
def test_kept_credentials_are_for_the_pipeline_alone_and_short(artifacts: str, expected: list[str]) -> None:
    assert found_in(f"login: {{script: ./login,\n  artifacts: {{{artifacts}}}}}\n") == expected


CREDENTIALS = """\
login:
  stage: build
  script: ./login
  artifacts: {paths: [.aws/credentials], expire_in: 1 hour, access: none}

"""


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (
            "script: cigen-runtime semantic-versioning\n  needs: [login]",
            [
                "8:11 warning needless-credentials: next fetches .aws/credentials of login,"
                " and has no use for credentials",
            ],
        ),
        (
            "script: cigen-runtime semantic-versioning",
            [
                "6:1 warning needless-credentials: next fetches .aws/credentials of login,"
                " and has no use for credentials",
            ],
        ),
        (
            "script: [echo done, curl https://example.com/hook]\n  dependencies: [login]",
            [
                "6:1 warning needless-credentials: next fetches .aws/credentials of login,"
                " and has no use for credentials",
            ],
        ),
        ("script: aws s3 ls\n  needs: [login]", []),
        ("script: ./deploy\n  needs: [login]", []),
        ("script: echo $(./who)\n  needs: [login]", []),
        ("script: cat .aws/credentials\n  needs: [login]", []),
        ("script: curl $AWS_URL\n  needs: [login]\n  variables: {AWS_URL: x}", []),
        ("script: cigen-runtime semantic-versioning\n  needs: [{job: login, artifacts: false}]", []),
        ("script: cigen-runtime semantic-versioning\n  dependencies: []", []),
    ],
)
def test_a_job_that_makes_nothing_of_credentials_fetches_none(job: str, expected: list[str]) -> None:
    assert found_in(f"{CREDENTIALS}next:\n  {job}\n") == expected


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (
            "id_tokens: {VAULT_ID_TOKEN: {aud: x}}",
            "3:15 warning needless-credentials: next gets the ID token VAULT_ID_TOKEN, and semantic-versioning does not"
            " read it",
        ),
        (
            "secrets: {DB_PASSWORD: {vault: a/b/c@d}}",
            "3:13 warning needless-credentials: next gets the secret DB_PASSWORD, and semantic-versioning does not read"
            " it",
        ),
        (
            "variables: {VAULT_SECRET_ID: $OTHER, OTHER: x}",
            "3:15 warning needless-credentials: next gets the secret VAULT_SECRET_ID, and semantic-versioning does not"
            " read it",
        ),
        ("secrets: {VERSIONING_TOKEN: {vault: a/b/c@d}}", ""),
        ("variables: {GIT_DEPTH: '0'}", ""),
    ],
)
def test_a_command_gets_the_secrets_that_it_reads(job: str, expected: str) -> None:
    found = found_in(f"next:\n  script: cigen-runtime semantic-versioning\n  {job}\n")

    assert found == ([expected] if expected else [])


def test_what_stands_beside_a_command_may_need_secrets_of_its_own() -> None:
    job = "next:\n  script: [cigen-runtime semantic-versioning, ./sign]\n  id_tokens: {SIGNING_TOKEN: {aud: x}}\n"

    assert found_in(job) == []


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        ("script: [set -e -x, ./x $DEPLOY_TOKEN]", ["2:12 each command"]),
        ("script: ['set -o xtrace', ./x $DEPLOY_TOKEN]", ["2:13 each command"]),
        ("script: bash -ex deploy.sh $DEPLOY_TOKEN", ["2:11 each command"]),
        ("script: [env, ./x $DEPLOY_TOKEN]", ["2:12 every variable"]),
        ("script: [printenv | sort, ./x $DEPLOY_TOKEN]", ["2:12 every variable"]),
        ("script: [export -p, ./x $DEPLOY_TOKEN]", ["2:12 every variable"]),
        ("script: [set -x, cigen-runtime semantic-versioning]", ["2:12 each command"]),
        ("script: [env, ./x]\n  secrets: {A: {vault: a/b/c@d}}", ["2:12 every variable"]),
        ("script: [set -x, ./x $CI_JOB_TOKEN]", []),
        ("script: [env > env.txt, ./x $DEPLOY_TOKEN]", []),
        ("script: [env | grep ^CI_, ./x $DEPLOY_TOKEN]", []),
        ("script: [env A=1 ./y, printenv HOME, ./x $DEPLOY_TOKEN]", []),
        ("script: [/usr/bin/env python3 x.py $DEPLOY_TOKEN]", []),
        ("script: [set -eu, set +x, ./x $DEPLOY_TOKEN]", []),
        ("script: [set -x, env]", []),
    ],
)
def test_a_job_with_secrets_prints_neither_commands_nor_variables(job: str, expected: list[str]) -> None:
    found = [line for line in found_in(f"build:\n  {job}\n") if "debug-trace" in line]

    assert found == [
        f"{place} warning debug-trace: build gets secrets and prints {what} with what is filled in"
        for place, _, what in (each.partition(" ") for each in expected)
    ]


def test_a_password_of_ecr_is_for_its_own_region() -> None:
    line = "aws ecr get-login-password --region {} | docker login --password-stdin 1{}.dkr.ecr.eu-west-2.amazonaws.com"
    account = "1" * 11

    wrong = found_in(f"push:\n  script:\n    - {line.format('us-east-1', account)}\n")
    right = found_in(f"push:\n  script:\n    - {line.format('eu-west-2', account)}\n")

    assert wrong == [
        "3:43 warning aws-target-mismatch: push asks us-east-1 for the password of ECR in eu-west-2",
    ]
    assert right == []


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (
            "environment: {name: prod}\n"
            "  secrets: {A: {vault: {engine: {name: kv, path: x}, path: staging/db, field: p}}}",
            ["4:24 warning vault-scope: job works for prod and reads a secret of staging"],
        ),
        ("environment: {name: staging/eu}\n  secrets: {A: {vault: shared/database@kv}}", []),
        ("environment: {name: review/x}\n  secrets: {A: {vault: production/database@kv}}", []),
        ("environment: {name: staging}\n  secrets: {A: {vault: non-prod/database@kv}}", []),
    ],
)
def test_a_secret_is_of_the_environment_of_the_job(job: str, expected: list[str]) -> None:
    assert found_in(f"job:\n  script: make\n  {job}\n") == expected
