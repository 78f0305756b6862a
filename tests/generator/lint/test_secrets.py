"""What has the form of a secret is found, wherever it stands, and starred out in what is shown."""

import pytest

from cigen.lint.secrets import Secret, is_secret_value, masked, secrets_in

SECRETS = {
    "an AWS access key": "AKIA" + "Q3R7T5V2W6X4Y7Z2",
    "a GitLab token": "glpat" + "-abcdefghij0123456789",
    "a GitHub token": "ghp" + "_" + "a1B2" * 9,
    "a Slack token": "xoxb" + "-123456789012-abcdef",
    "a Vault token": "hvs" + "." + "CAESI" * 6,
    "an npm token": "npm" + "_" + "a1B2" * 9,
    "a PyPI token": "pypi" + "-AgEIcHlwaS5vcmc" + "x1" * 30,
    "an Artifactory key": "AKCp" + "8x" * 35,
    "a Google key": "AIza" + "Sy" + "x1Y" * 11,
    "a signed token": "eyJ" + "hbGciOiJI" * 2 + ".eyJ" + "zdWIiOiIx" * 2 + "." + "c2lnbmF0dXJl",
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
}


@pytest.mark.parametrize("kind", SECRETS)
def test_each_kind_is_found_and_starred_out(kind: str) -> None:
    line = f"  run --with '{SECRETS[kind]}' now"

    assert list(secrets_in(f"first\n{line}\n")) == [Secret(kind, 1, 14, len(SECRETS[kind]))]
    assert masked(line) == f"  run --with '{'*' * len(SECRETS[kind])}' now"


@pytest.mark.parametrize(
    "text", ["AKIA" + "IOSFODNN7EXAMPLE", "$AKIA", "ghp_", "xoxo", "eyJ", "glpat-$TOKEN", "a" * 40]
)
def test_what_only_begins_like_one_is_none(text: str) -> None:
    assert list(secrets_in(text)) == []


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DB_PASSWORD", "h7Gk29" + "xPq41Lm", True),
        ("DEPLOY_TOKEN", "0123456789abcdef0123", True),
        ("API_KEY", "postgres", False),
        ("DB_PASSWORD", "$VAULT_VALUE_12345", False),
        ("DB_PASSWORD", "changeme12345678", False),
        ("TOKEN_PATH", "0123456789abcdef0123", False),
        ("SECRET", "secret/data/app12345#key", False),
    ],
)
def test_a_literal_is_a_secret_where_name_and_value_say_so(name: str, value: str, expected: bool) -> None:
    assert is_secret_value(name, value) == expected


def test_the_value_of_a_secret_name_is_starred_out_and_nothing_moves() -> None:
    assert masked('DB_PASSWORD: "h7Gk29xPq"  # $X') == 'DB_PASSWORD: "*********"  # $X'
    assert masked("A_TOKEN=$CI_JOB_TOKEN run") == "A_TOKEN=$CI_JOB_TOKEN run"


@pytest.mark.parametrize("piece", ["eyJ", "AKCp0", "ghp_x", "x", "PASSWORD_", "-----BEGIN "])
def test_a_long_line_takes_no_time(piece: str) -> None:
    line = piece * 100_000

    assert list(secrets_in(line)) == []
    assert len(masked(line[:1_000])) == len(line[:1_000])
