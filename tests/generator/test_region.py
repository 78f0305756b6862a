"""`cigen region`: cigen.yaml is edited as a person would, and nothing else in it changes."""

from pathlib import Path

import pytest

from .conftest import CONFIG, Project, Run

HEAD = CONFIG[: CONFIG.index("regions:\n")]
AP = ("add", "ap", "--aws-region", "ap-southeast-2")

BLOCK = """\
regions:   # all of them
  # the first one
  eu:
      aws_region: eu-west-2   # London

  us:
      aws_region: "us-east-1" # Virginia
# what runs where
environments:
  staging:
    account: "111122223333"
    regions:
    - eu  # first
    - us  # then
    # no more

  prod:
    account: "444455556666"
    overrides:
      us: {account: "777788889999"}   # its own
    waves:
      - [eu]   # alone
      - regions:
          - us
        manual: true
    regions: [eu,
      us]  # the end
"""

BLOCK_AFTER = """\
regions:   # all of them
  # the first one
  eu:
      aws_region: eu-west-2   # London

  us:
      aws_region: "us-east-1" # Virginia
  ap:
      aws_region: ap-southeast-2
# what runs where
environments:
  staging:
    account: "111122223333"
    regions:
    - eu  # first
    - us  # then
    - ap
    # no more

  prod:
    account: "444455556666"
    overrides:
      us: {account: "777788889999"}   # its own
      ap: {account: "555566667777"}
    waves:
      - [eu]   # alone
      - regions:
          - us
          - ap
        manual: true
    regions: [eu,
      us, ap]  # the end
"""

FLOW = """\
regions: {
  eu: {aws_region: eu-west-2},  # London
  us: {aws_region: us-east-1}   # Virginia
}
environments: {staging: {account: "111122223333", regions: [eu, us]},
  prod: {account: "444455556666", waves: [[eu], [us]], regions: [
    eu,  # first
    us,  # then
  ]}}
"""

FLOW_AFTER = """\
regions: {
  eu: {aws_region: eu-west-2},  # London
  us: {aws_region: us-east-1},   # Virginia
  ap: {aws_region: ap-southeast-2}
}
environments: {staging: {account: "111122223333", regions: [eu, us, ap]},
  prod: {account: "444455556666", waves: [[eu], [us], [ap]], regions: [
    eu,  # first
    us,  # then
    ap,
  ], overrides: {ap: {account: "555566667777"}}}}
"""


WINDOWS, WINDOWS_AFTER = (text.replace("\n", "\r\n") for text in (BLOCK, BLOCK_AFTER))


def write(project: Project, regions: str) -> Path:
    return project.write("cigen.yaml", HEAD + regions)


@pytest.mark.parametrize(
    ("before", "wave", "after"),
    [
        (BLOCK, "2", BLOCK_AFTER),
        (FLOW, "3", FLOW_AFTER),
        (WINDOWS, "2", WINDOWS_AFTER),
    ],
    ids=["block", "flow", "windows"],
)
def test_a_region_is_added_in_the_style_of_the_file_and_removed_without_a_trace(
    project: Project, cigen: Run, before: str, wave: str, after: str
) -> None:
    place = project.folder / "cigen.yaml"
    place.write_bytes((HEAD + before).encode())

    added = cigen("region", *AP, "--wave", wave, "--account", "prod=555566667777")
    written = place.read_bytes().decode()
    again = cigen("region", *AP, "--wave", wave, "--account", "prod=555566667777")
    removed = cigen("region", "remove", "ap")

    assert (added.exit_code, added.err) == (0, "")
    assert written == HEAD + after
    assert (again.exit_code, again.out) == (0, "cigen.yaml has it already: nothing to do\n")
    assert (removed.exit_code, removed.err) == (0, "")
    assert place.read_bytes().decode() == HEAD + before


def test_adding_says_what_will_appear_and_what_must_exist(project: Project, cigen: Run) -> None:
    result = cigen("region", *AP, "--environment", "staging", "--dry-run")

    assert result.out == (
        "--- a/cigen.yaml\n"
        "+++ b/cigen.yaml\n"
        "@@ -21,2 +21,3 @@\n"
        "   us: {aws_region: us-east-1}\n"
        "+  ap: {aws_region: ap-southeast-2}\n"
        " environments:\n"
        "@@ -24,3 +25,3 @@\n"
        '     account: "111122223333"\n'
        "-    regions: [eu, us]\n"
        "+    regions: [eu, us, ap]\n"
        "   prod:\n"
        "\n"
        "will appear:\n"
        "  rendered/regions/staging-ap.yml\n"
        "    deploy-ap\n"
        "\n"
        "must exist before the first pipeline deploys to staging/ap:\n"
        "  AWS account     111122223333, with ap-southeast-2 enabled and the Lambda functions in it\n"
        "  Vault role      aws/roles/lambda-staging, for that account\n"
        "  ECR repository  111122223333.dkr.ecr.ap-southeast-2.amazonaws.com/lambda-images,"
        " for Lambda in 111122223333\n"
        "  S3 bucket       config-staging-ap in ap-southeast-2, owned by 111122223333\n"
        "  GitLab          the environment staging/ap, protected, with the variables that are bound to it\n"
        "\n"
        "nothing was written: cigen.yaml is as it was\n"
    )
    assert (project.folder / "cigen.yaml").read_text() == CONFIG


def test_a_region_comes_to_staging_first_and_to_production_later(project: Project, cigen: Run) -> None:
    cigen("region", *AP, "--environment", "staging")

    result = cigen("region", *AP)

    assert result.exit_code == 0
    assert "+    regions: [eu, ap]\n" in result.out
    assert "deploys to prod/ap:" in result.out
    assert "deploys to staging/ap:" not in result.out


def test_removing_says_what_will_disappear(project: Project, cigen: Run) -> None:
    result = cigen("region", "remove", "us")

    assert result.out == (
        "--- a/cigen.yaml\n"
        "+++ b/cigen.yaml\n"
        "@@ -20,3 +20,2 @@\n"
        "   eu: {aws_region: eu-west-2}\n"
        "-  us: {aws_region: us-east-1}\n"
        " environments:\n"
        "@@ -24,3 +23,3 @@\n"
        '     account: "111122223333"\n'
        "-    regions: [eu, us]\n"
        "+    regions: [eu]\n"
        "   prod:\n"
        "\n"
        "will disappear:\n"
        "  rendered/regions/staging-us.yml\n"
        "    deploy-us\n"
        "\n"
        "next: cigen render\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("add", "ap", "--aws-region", "mars"), "error: 'mars' is not an AWS region such as eu-west-2\n"),
        (
            ("add", "AP", "--aws-region", "ap-southeast-2"),
            "error: 'AP' is not a region's name: small letters, digits and '-', a letter first\n",
        ),
        (
            ("add", "eu", "--aws-region", "eu-west-1"),
            "error: there is a region 'eu' already: it is eu-west-2, not eu-west-1\nhint: choose another name\n",
        ),
        ((*AP, "--environment", "pro"), "error: there is no environment 'pro'\nhint: did you mean 'prod'?\n"),
        (
            (*AP, "--environment", "prod"),
            "cigen.yaml:29:19: error: prod has the region 'ap', and staging does not\n"
            "   29 |     regions: [eu, ap]\n"
            "      |                   ^\n"
            "hint: staging pushes the images that production runs: add 'ap' to environments.staging.regions; or let "
            "them get there: ecr.per_environment: true, or ECR's own replication and regions.ap.ecr_replicated: "
            "true (what is released already: cigen-runtime backfill-images)\n",
        ),
        (
            (*AP, "--wave", "1"),
            "error: prod has no waves\nhint: leave --wave out, or order its regions in environments.prod.waves\n",
        ),
        ((*AP, "--account", "prod=12"), "error: '12' is not an AWS account: 12 digits in quotes\n"),
        (
            (*AP, "--account", "555566667777"),
            "error: --account 555566667777 does not say where\nhint: write --account prod=555566667777\n",
        ),
        (("remove", "es"), "error: there is no region 'es'\nhint: known: eu, us\n"),
        (
            ("remove", "eu"),
            "error: 'eu' is the only region of prod\nhint: add another one first: cigen region add\n",
        ),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_is_told_in_one_message_and_nothing_is_written(
    project: Project, cigen: Run, arguments: tuple[str, ...], message: str
) -> None:
    result = cigen("region", *arguments)

    assert (result.exit_code, result.out, result.err) == (2, "", message)
    assert (project.folder / "cigen.yaml").read_text() == CONFIG


@pytest.mark.parametrize("wave", ["0", "4"])
def test_a_wave_that_is_not_there_is_refused(project: Project, cigen: Run, wave: str) -> None:
    write(project, BLOCK)

    result = cigen("region", *AP, "--wave", wave)

    assert (result.exit_code, result.err) == (
        2,
        f"error: there is no wave {wave}\nhint: prod has 2; 3 would be a new one\n",
    )


def test_what_an_anchor_shares_is_left_to_a_person(project: Project, cigen: Run) -> None:
    path = write(
        project,
        "regions: {eu: {aws_region: eu-west-2}}\n"
        "environments:\n"
        '  staging: {account: "111122223333", regions: &all [eu]}\n'
        '  prod: {account: "444455556666", regions: *all}\n',
    )
    before = path.read_text()

    result = cigen("region", *AP)

    assert result.exit_code == 3
    assert result.err.endswith("hint: edit it by hand\n")
    assert path.read_text() == before
