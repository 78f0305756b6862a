"""Credentials, registries, overrides and families: each mistake is one message with its line and the way out."""

from pathlib import Path

import pytest

from cigen.config import load
from cigen.errors import ConfigError

from .conftest import CONFIG, Project, Run


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            "    regions: [eu]\n",
            "    regions: [eu]\n    waves: [[]]\n",
            "cigen.yaml:29:13: error: environments.prod.waves[0].regions is empty\n"
            "   29 |     waves: [[]]\n"
            "      |             ^\n"
            "hint: regions: The regions of the wave.",
            id="an empty wave",
        ),
        pytest.param(
            '    account: "444455556666"\n    regions: [eu]\n',
            '    account: "444455556666"\n',
            "cigen.yaml:26:3: error: the key 'regions' is missing in environments.prod\n"
            "   26 |   prod:\n"
            "      |   ^\n"
            "hint: regions: The regions it is deployed to, in this order.",
            id="an environment without regions",
        ),
        pytest.param(
            "jobs:\n",
            "jobs:\n  families: {deploy-lamda: {}}\n",
            "cigen.yaml:7:14: error: there is no job family 'deploy-lamda'\n"
            "    7 |   families: {deploy-lamda: {}}\n"
            "      |              ^\n"
            "hint: did you mean 'deploy-lambda'?",
            id="a family that does not exist",
        ),
        pytest.param(
            "jobs:\n",
            "jobs:\n  families: {deploy-lambda: {tag: [x]}}\n",
            "cigen.yaml:7:30: error: unknown key 'tag' in jobs.families.deploy-lambda\n"
            "    7 |   families: {deploy-lambda: {tag: [x]}}\n"
            "      |                              ^\n"
            "hint: did you mean 'tags'?",
            id="unknown key of a family",
        ),
        pytest.param(
            "jobs:\n",
            "jobs:\n  families: {deploy-lambda: {rules: [{if: $X, when: always}]}}\n",
            "cigen.yaml:7:53: error: jobs.families.deploy-lambda.rules[0].when: 'always' is not never\n"
            "    7 |   families: {deploy-lambda: {rules: [{if: $X, when: always}]}}\n"
            "      |                                                     ^\n"
            "hint: when: never: more rules only narrow what the templates allow.",
            id="a rule that lets jobs in",
        ),
        pytest.param(
            "jobs:\n",
            "jobs:\n  families: {deploy-lambda: {rules: [{if: $X}]}}\n",
            "cigen.yaml:7:38: error: the key 'when' is missing in jobs.families.deploy-lambda.rules[0]\n"
            "    7 |   families: {deploy-lambda: {rules: [{if: $X}]}}\n"
            "      |                                      ^\n"
            "hint: when: never: more rules only narrow what the templates allow.",
            id="a rule without when",
        ),
        pytest.param(
            "jobs:\n",
            "jobs:\n  families: {deploy-lambda: {rules: [{when: never}]}}\n",
            "cigen.yaml:7:38: error: the key 'if' is missing in jobs.families.deploy-lambda.rules[0]\n"
            "    7 |   families: {deploy-lambda: {rules: [{when: never}]}}\n"
            "      |                                      ^\n"
            "hint: if: Condition under which the jobs are left out, as in GitLab's rules.",
            id="a rule without a condition",
        ),
        pytest.param(
            "jobs:\n",
            "jobs:\n  families: {deploy-lambda: {rules: [{if: $X = 1, when: never}]}}\n",
            "cigen.yaml:7:43: error: jobs.families.deploy-lambda.rules[0].if: '$X = 1' is no condition that "
            "GitLab reads: a single = compares nothing\n"
            "    7 |   families: {deploy-lambda: {rules: [{if: $X = 1, when: never}]}}\n"
            "      |                                           ^\n"
            "hint: == compares with a value, =~ with a pattern",
            id="a condition that is none",
        ),
        pytest.param(
            "jobs:\n",
            "jobs:\n  families: {deploy-lambda: {timeout: 3 fortnights}}\n",
            "cigen.yaml:7:39: error: jobs.families.deploy-lambda.timeout: '3 fortnights' is no duration: "
            "'fortnights' is no unit of time\n"
            "    7 |   families: {deploy-lambda: {timeout: 3 fortnights}}\n"
            "      |                                       ^\n"
            "hint: write it as GitLab does: 1h 30m",
            id="a timeout that is none",
        ),
        pytest.param(
            "jobs:\n",
            "jobs:\n  families: {deploy-lambda: {timeout: 2 years}}\n",
            "cigen.yaml:7:39: error: jobs.families.deploy-lambda.timeout: '2 years' is no time that GitLab "
            "lets a job run\n"
            "    7 |   families: {deploy-lambda: {timeout: 2 years}}\n"
            "      |                                       ^\n"
            "hint: a month at most",
            id="a timeout too long",
        ),
        pytest.param(
            "jobs:\n",
            "jobs:\n  families: {deploy-lambda: {variables: {CIGEN_REGION: x}}}\n",
            "cigen.yaml:7:42: error: 'CIGEN_REGION' is not free: cigen or GitLab gives it its value\n"
            "    7 |   families: {deploy-lambda: {variables: {CIGEN_REGION: x}}}\n"
            "      |                                          ^\n"
            "hint: what a job works for is said elsewhere in this file; a secret belongs into GitLab's settings",
            id="a variable of cigen's own",
        ),
        pytest.param(
            "jobs:\n",
            "jobs:\n  families: {deploy-lambda: {variables: {VAULT_SECRET_ID: x}}}\n",
            "cigen.yaml:7:42: error: 'VAULT_SECRET_ID' is not free: cigen or GitLab gives it its value\n"
            "    7 |   families: {deploy-lambda: {variables: {VAULT_SECRET_ID: x}}}\n"
            "      |                                          ^\n"
            "hint: what a job works for is said elsewhere in this file; a secret belongs into GitLab's settings",
            id="a secret",
        ),
        pytest.param(
            "jobs:\n",
            "jobs:\n  families: {deploy-lambda: {variables: {A: 1}}}\n",
            "cigen.yaml:7:45: error: jobs.families.deploy-lambda.variables.A must be a text, and is the number 1\n"
            "    7 |   families: {deploy-lambda: {variables: {A: 1}}}\n"
            "      |                                             ^\n"
            'hint: write "1", in quotes',
            id="a number as a variable",
        ),
        pytest.param(
            "jobs:\n",
            "jobs:\n  families: {deploy-lambda: {tags: aws}}\n",
            "cigen.yaml:7:36: error: jobs.families.deploy-lambda.tags must be a list, and is the text 'aws'\n"
            "    7 |   families: {deploy-lambda: {tags: aws}}\n"
            "      |                                    ^\n"
            "hint: write [aws]",
            id="tags that are no list",
        ),
        pytest.param(
            "ecr:\n",
            "credentials: {handover: artefact}\necr:\n",
            "cigen.yaml:14:25: error: credentials.handover: 'artefact' is not one of none, artifact\n"
            "   14 | credentials: {handover: artefact}\n"
            "      |                         ^\n"
            "hint: did you mean 'artifact'?",
            id="handover",
        ),
        pytest.param(
            "ecr:\n",
            "credentials: {handover: artifact, lifetime: 5}\necr:\n",
            "cigen.yaml:14:45: error: credentials.lifetime: AWS gives no credentials for 5 minutes\n"
            "   14 | credentials: {handover: artifact, lifetime: 5}\n"
            "      |                                             ^\n"
            "hint: 15 to 720 are possible",
            id="a lifetime too short",
        ),
        pytest.param(
            "ecr:\n",
            "credentials: {lifetime: 30}\necr:\n",
            "cigen.yaml:14:14: error: credentials: lifetime is for what is handed over\n"
            "   14 | credentials: {lifetime: 30}\n"
            "      |              ^\n"
            "hint: set handover: artifact, or leave lifetime out",
            id="a lifetime without a use",
        ),
        pytest.param(
            '  account: "111122223333"\n  repository',
            "  repository",
            "cigen.yaml:15:3: error: ecr: the key 'account' is missing\n"
            "   15 |   repository: lambda-images\n"
            "      |   ^\n"
            "hint: it may be left out with per_environment: true alone",
            id="no account of the registries",
        ),
        pytest.param(
            "ecr:\n",
            "ecr:\n  per_environment: true\n",
            "cigen.yaml:15:20: error: staging and prod have the same registry in 'eu': 111122223333/lambda-images\n"
            "   15 |   per_environment: true\n"
            "      |                    ^\n"
            "hint: leave ecr.account out, so that each has its own; or put {environment} into "
            "ecr.repository; or leave per_environment out",
            id="one registry for two environments",
        ),
        pytest.param(
            "lambda-images",
            "lambda-{environment}",
            "cigen.yaml:16:15: error: staging pushes to 111122223333/lambda-staging in 'eu', and prod would "
            "look in 111122223333/lambda-prod\n"
            "   16 |   repository: lambda-{environment}\n"
            "      |               ^\n"
            "hint: ecr.per_environment: true lets production copy its images; or give both the same account "
            "and repository",
            id="registries that nothing connects",
        ),
        pytest.param(
            "    regions: [eu]\n",
            "    regions: [eu]\n    overrides: {eu: {buckt: x}}\n",
            "cigen.yaml:29:22: error: unknown key 'buckt' in environments.prod.overrides.eu\n"
            "   29 |     overrides: {eu: {buckt: x}}\n"
            "      |                      ^\n"
            "hint: did you mean 'bucket'?",
            id="unknown key of an override",
        ),
        pytest.param(
            "    regions: [eu]\n",
            "    regions: [eu]\n    overrides: {eu: {bucket: X_y}}\n",
            "cigen.yaml:29:30: error: environments.prod.overrides.eu.bucket: 'X_y' is no name that S3 takes\n"
            "   29 |     overrides: {eu: {bucket: X_y}}\n"
            "      |                              ^\n"
            "hint: 3 to 63 small letters, digits, '.' and '-', a letter or a digit at both ends",
            id="a bucket that S3 refuses",
        ),
        pytest.param(
            "    regions: [eu, us]\n",
            "    regions: [eu, us]\n    overrides: {us: {bucket: config-staging-eu}}\n",
            "cigen.yaml:26:30: error: 'config-staging-eu' is the bucket of staging/eu already\n"
            "   26 |     overrides: {us: {bucket: config-staging-eu}}\n"
            "      |                              ^\n"
            "hint: a sync deletes and overwrites what is not its own: one bucket for each region",
            id="a bucket for two regions",
        ),
        pytest.param(
            "    regions: [eu]\n",
            '    regions: [eu]\n    overrides: {eu: {ecr_account: "999900001111"}}\n',
            "cigen.yaml:29:35: error: staging pushes to 111122223333/lambda-images in 'eu', and prod would "
            "look in 999900001111/lambda-images\n"
            '   29 |     overrides: {eu: {ecr_account: "999900001111"}}\n'
            "      |                                   ^\n"
            "hint: ecr.per_environment: true lets production copy its images; or give both the same account "
            "and repository",
            id="a registry that staging does not push to",
        ),
        pytest.param(
            "    regions: [eu]\n",
            "    regions: [eu]\n    overrides: {eu: {vault_role: 'deploy-{regoin}'}}\n",
            "cigen.yaml:29:34: error: environments.prod.overrides.eu.vault_role: unknown placeholder '{regoin}' in "
            "'deploy-{regoin}'\n"
            "   29 |     overrides: {eu: {vault_role: 'deploy-{regoin}'}}\n"
            "      |                                  ^\n"
            "hint: did you mean '{region}'?",
            id="a placeholder that there is not",
        ),
    ],
)
def test_a_mistake_is_one_message_and_nothing_is_written(
    project: Project, cigen: Run, old: str, new: str, expected: str
) -> None:
    before, _, after = CONFIG.rpartition(old)
    project.write("cigen.yaml", f"{before}{new}{after}")

    done = cigen("render")

    assert (done.exit_code, done.out, done.err) == (2, "", f"{expected}\n")
    assert not (project.folder / "rendered").exists()


def test_every_family_is_named_when_none_is_meant(project: Project) -> None:
    project.configure("jobs:\n", "jobs:\n  families: {zzz: {}}\n")

    with pytest.raises(ConfigError) as caught:
        load(Path("cigen.yaml"))

    assert "hint: known: semantic-versioning, publish-image, aws-credentials, " in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('  account: "111122223333"\n  repository', "  per_environment: true\n  repository"),
        ("us: {aws_region: us-east-1}", "us: {aws_region: us-east-1, ecr_replicated: true}"),
    ],
    ids=["images are copied", "ECR replicates them"],
)
def test_a_region_of_production_alone_is_fine_where_images_get_there(project: Project, old: str, new: str) -> None:
    project.configure(old, new)
    project.configure("    regions: [eu, us]\n", "    regions: [eu]\n")
    project.configure('"444455556666"\n    regions: [eu]\n', '"444455556666"\n    regions: [eu, us]\n')

    assert load(Path("cigen.yaml")).environments.by_name()["prod"].regions == ("eu", "us")


def test_a_family_may_set_what_is_a_jobs_to_set(project: Project) -> None:
    project.configure(
        "jobs:\n", "jobs:\n  families: {publish-image: {variables: {CIGEN_DOCKERFILE: Dockerfile, LOG: debug}}}\n"
    )

    assert load(Path("cigen.yaml")).jobs.families["publish-image"].variables == {
        "CIGEN_DOCKERFILE": "Dockerfile",
        "LOG": "debug",
    }


def test_regions_may_have_buckets_by_another_pattern(project: Project) -> None:
    own = "{bucket: 'elsewhere-{environment}-{region}'}"
    project.configure("regions: [eu, us]", f"regions: [eu, us]\n    overrides: {{eu: {own}, us: {own}}}")

    assert len(load(Path("cigen.yaml")).environments.staging.overrides) == 2
