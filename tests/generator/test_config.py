"""cigen.yaml: what it may say, and how each mistake is told, with its line and what to do."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from cigen.config import load
from cigen.config.json_schema import json_schema
from cigen.errors import ConfigError

from .conftest import CONFIG, Project


def errors(project: Project) -> str:
    """The text of all that is wrong with the config."""
    with pytest.raises(ConfigError) as caught:
        load(Path("cigen.yaml"))
    return str(caught.value)


def test_what_is_left_out_has_a_default(project: Project) -> None:
    config = load(Path("cigen.yaml"))

    assert (config.versioning, config.templates, config.gitlab.release_branches, config.jobs.tags) == (
        "semantic",
        None,
        (),
        (),
    )
    assert config.vault.model_dump() == {
        "address": "https://vault.example.com",
        "namespace": "",
        "auth": "approle",
        "auth_mount": None,
        "auth_role": None,
        "aws_mount": "aws",
        "role": "lambda-{environment}",
        "role_arn": None,
    }
    assert {
        name: (environment.tier, environment.on_missing, environment.on_failure)
        for name, environment in config.environments.by_name().items()
    } == {"staging": ("staging", "skip", "stop"), "prod": ("production", "fail", "stop")}


def test_anchors_and_merges_are_understood(project: Project) -> None:
    project.configure("    regions: [eu, us]\n", "    regions: &all [eu, us]\n")
    project.configure("    regions: [eu]\n", "    regions: *all\n")
    project.configure("  eu: {aws_region: eu-west-2}\n", '  eu: &eu {aws_region: eu-west-2, ecr_repository: "x"}\n')
    project.configure("  us: {aws_region: us-east-1}\n", "  us: {<<: *eu, aws_region: us-east-1}\n")

    config = load(Path("cigen.yaml"))

    assert config.environments.by_name()["prod"].regions == ("eu", "us")
    assert config.regions["us"].model_dump() == {
        "aws_region": "us-east-1",
        "ecr_account": None,
        "ecr_repository": "x",
        "ecr_replicated": False,
    }


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            '  version: "17.5"',
            '  version: "17.5"\n  release_brances: []',
            "cigen.yaml:6:3: error: unknown key 'release_brances' in gitlab\n"
            "    6 |   release_brances: []\n"
            "      |   ^\n"
            "hint: did you mean 'release_branches'?",
            id="unknown key",
        ),
        pytest.param(
            "  prod:\n",
            "  production:\n",
            "cigen.yaml:26:3: error: unknown key 'production' in environments\n"
            "   26 |   production:\n"
            "      |   ^\n"
            "hint: did you mean 'prod'?",
            id="unknown environment",
        ),
        pytest.param(
            "  project: platform/pipelines\n",
            "",
            "cigen.yaml:2:1: error: the key 'project' is missing in gitlab\n"
            "    2 | gitlab:\n"
            "      | ^\n"
            "hint: project: Path of the project that service repos include the rendered files from.",
            id="missing key",
        ),
        pytest.param(
            "s3:\n  bucket: config-{environment}-{region}\n",
            "",
            "cigen.yaml:1:1: error: the key 's3' is missing\n"
            "    1 | output: rendered\n"
            "      | ^\n"
            "hint: s3: Where merged configs go.",
            id="missing section",
        ),
        pytest.param(
            '    account: "444455556666"',
            "    account: 444455556666",
            "cigen.yaml:27:14: error: environments.prod.account must be a text, and is the number 444455556666\n"
            "   27 |     account: 444455556666\n"
            "      |              ^\n"
            'hint: write "444455556666", in quotes',
            id="account without quotes",
        ),
        pytest.param(
            '    account: "444455556666"',
            "    account: 012345678901  # leading zero",
            "cigen.yaml:27:14: error: environments.prod.account must be a text, and is the number 12345678901\n"
            "   27 |     account: 012345678901  # leading zero\n"
            "      |              ^\n"
            'hint: write "012345678901", in quotes',
            id="account with a leading zero",
        ),
        pytest.param(
            '"444455556666"',
            '"4444"',
            "cigen.yaml:27:14: error: environments.prod.account: '4444' is not an AWS account: 12 digits in quotes\n"
            '   27 |     account: "4444"\n'
            "      |              ^",
            id="short account",
        ),
        pytest.param(
            '"17.5"',
            "17.5",
            "cigen.yaml:5:12: error: gitlab.version must be a text, and is the number 17.5\n"
            "    5 |   version: 17.5\n"
            "      |            ^\n"
            'hint: write "17.5", in quotes',
            id="version without quotes",
        ),
        pytest.param(
            '"17.5"',
            '"17.5.1"',
            "cigen.yaml:5:12: error: gitlab.version: '17.5.1' is not a GitLab version as \"MAJOR.MINOR\", "
            'such as "17.5"\n'
            '    5 |   version: "17.5.1"\n'
            "      |            ^",
            id="version with a patch",
        ),
        pytest.param(
            "regions: [eu]",
            "regions: eu",
            "cigen.yaml:28:14: error: environments.prod.regions must be a list, and is the text 'eu'\n"
            "   28 |     regions: eu\n"
            "      |              ^\n"
            "hint: write [eu]",
            id="text for a list",
        ),
        pytest.param(
            'ecr:\n  account: "111122223333"\n  repository: lambda-images\n',
            "ecr:\n",
            "cigen.yaml:14:1: error: ecr must be a mapping of keys to values, and is empty\n   14 | ecr:\n      | ^",
            id="empty section",
        ),
        pytest.param(
            "  address: https://vault.example.com\n",
            "  address: https://vault.example.com\n  auth: approl\n",
            "cigen.yaml:10:9: error: vault.auth: 'approl' is not one of approle, jwt\n"
            "   10 |   auth: approl\n"
            "      |         ^\n"
            "hint: did you mean 'approle'?",
            id="unknown choice",
        ),
        pytest.param(
            "  address: https://vault.example.com\n",
            "  address: https://vault.example.com\n  role: lambda-{enviroment}\n",
            "cigen.yaml:10:9: error: vault.role: unknown placeholder '{enviroment}' in 'lambda-{enviroment}'\n"
            "   10 |   role: lambda-{enviroment}\n"
            "      |         ^\n"
            "hint: did you mean '{environment}'?",
            id="unknown placeholder",
        ),
        pytest.param(
            "lambda-images",
            "'images/{project'",
            "cigen.yaml:16:15: error: ecr.repository: 'images/{project' has a brace without its partner\n"
            "   16 |   repository: 'images/{project'\n"
            "      |               ^",
            id="single brace",
        ),
        pytest.param(
            "artifactory.example.com/{repository}",
            "artifactory.example.com/docker",
            "cigen.yaml:11:13: error: artifactory.registry: 'artifactory.example.com/docker' must contain "
            "{repository}\n"
            "   11 |   registry: artifactory.example.com/docker\n"
            "      |             ^",
            id="registry without repository",
        ),
        pytest.param(
            "rc: docker-rc",
            "rc: docker-local",
            "cigen.yaml:12:17: error: artifactory.repositories: build and rc are the same repository 'docker-local'\n"
            "   12 |   repositories: {build: docker-local, rc: docker-local, release: docker-release}\n"
            "      |                 ^\n"
            "hint: a promotion needs two repositories",
            id="one repository twice",
        ),
        pytest.param(
            "config-{environment}-{region}",
            "config-{environment}",
            "cigen.yaml:18:11: error: s3.bucket: 'config-{environment}' must contain {region}\n"
            "   18 |   bucket: config-{environment}\n"
            "      |           ^\n"
            "hint: staging has 2 regions, and they would share one bucket",
            id="bucket for two regions",
        ),
        pytest.param(
            "config-{environment}-{region}",
            "config-{region}",
            "cigen.yaml:18:11: error: s3.bucket: 'config-{region}' must contain {environment}\n"
            "   18 |   bucket: config-{region}\n"
            "      |           ^",
            id="bucket for two environments",
        ),
        pytest.param(
            "config-{environment}-{region}",
            "Config_{environment}-{region}",
            "cigen.yaml:18:11: error: s3.bucket: 'Config_staging-eu' is no name that S3 takes\n"
            "   18 |   bucket: Config_{environment}-{region}\n"
            "      |           ^\n"
            "hint: 3 to 63 small letters, digits, '.' and '-', a letter or a digit at both ends",
            id="bucket that S3 refuses",
        ),
        pytest.param(
            "config-{environment}-{region}\n",
            "config-{environment}-{region}\n  prefix: /orders\n",
            "cigen.yaml:19:11: error: s3.prefix: '/orders' is not a path that ends with '/' and does not begin with "
            "it\n"
            "   19 |   prefix: /orders\n"
            "      |           ^",
            id="prefix that is no folder",
        ),
        pytest.param(
            "config-{environment}-{region}\n",
            "config-{environment}-{region}\n  prefix: '{regoin}/'\n",
            "cigen.yaml:19:11: error: s3.prefix: unknown placeholder '{regoin}' in '{regoin}/'\n"
            "   19 |   prefix: '{regoin}/'\n"
            "      |           ^\n"
            "hint: did you mean '{region}'?",
            id="prefix with a wrong placeholder",
        ),
        pytest.param(
            "regions:\n  eu",
            "jira:\n  url: https://jira.example.com\n  project: REL\n"
            "  statuses:\n    deploying: Closed\nregions:\n  eu",
            "cigen.yaml:23:16: error: deploying and closed are the same status 'Closed'\n"
            "   23 |     deploying: Closed\n"
            "      |                ^\n"
            "hint: a ticket moves from step to step: each needs a status of its own",
            id="one status for two steps",
        ),
        pytest.param(
            "regions:\n  eu",
            "dashboard: {backend: s3, bucket: versions}\nregions:\n  eu",
            "cigen.yaml:19:12: error: dashboard: the backend s3 needs account and aws_region\n"
            "   19 | dashboard: {backend: s3, bucket: versions}\n"
            "      |            ^\n"
            "hint: it has: bucket, account, aws_region",
            id="dashboard without what its backend needs",
        ),
        pytest.param(
            "regions:\n  eu",
            "dashboard: {backend: http, url: https://versions.example.com, bucket: versions}\nregions:\n  eu",
            "cigen.yaml:19:12: error: dashboard: the backend http has no bucket\n"
            "   19 | dashboard: {backend: http, url: https://versions.example.com, bucket: versions}\n"
            "      |            ^\n"
            "hint: it has: url",
            id="dashboard with what another backend needs",
        ),
        pytest.param(
            "regions:\n  eu",
            "dashboard: {backend: https, url: https://versions.example.com}\nregions:\n  eu",
            "cigen.yaml:19:22: error: dashboard.backend: 'https' is not one of http, s3\n"
            "   19 | dashboard: {backend: https, url: https://versions.example.com}\n"
            "      |                      ^\n"
            "hint: did you mean 'http'?",
            id="backend of the dashboard",
        ),
        pytest.param(
            "regions:\n  eu",
            "jira: {url: https://jira.example.com, project: rel}\nregions:\n  eu",
            "cigen.yaml:19:48: error: jira.project: 'rel' is not a Jira project's key such as REL\n"
            "   19 | jira: {url: https://jira.example.com, project: rel}\n"
            "      |                                                ^",
            id="key of a Jira project",
        ),
        pytest.param(
            "[eu, us]",
            "[eu, use]",
            "cigen.yaml:25:19: error: unknown region 'use'\n"
            "   25 |     regions: [eu, use]\n"
            "      |                   ^\n"
            "hint: did you mean 'us'?",
            id="unknown region",
        ),
        pytest.param(
            "[eu, us]",
            "[eu, us, eu]",
            "cigen.yaml:25:23: error: staging lists the region 'eu' twice\n"
            "   25 |     regions: [eu, us, eu]\n"
            "      |                       ^\n"
            "hint: it stands in line 25 already",
            id="region twice",
        ),
        pytest.param(
            "regions: [eu]",
            "regions: []",
            "cigen.yaml:28:14: error: prod has no regions\n"
            "   28 |     regions: []\n"
            "      |              ^\n"
            "hint: known: eu, us",
            id="no regions",
        ),
        pytest.param(
            "us-east-1",
            "eu-west-2",
            "cigen.yaml:21:20: error: regions 'eu' and 'us' are both eu-west-2\n"
            "   21 |   us: {aws_region: eu-west-2}\n"
            "      |                    ^\n"
            "hint: line 20 has it already: one name for each AWS region",
            id="one AWS region twice",
        ),
        pytest.param(
            "us-east-1",
            "useast1",
            "cigen.yaml:21:20: error: regions.us.aws_region: 'useast1' is not an AWS region such as eu-west-2\n"
            "   21 |   us: {aws_region: useast1}\n"
            "      |                    ^",
            id="no AWS region",
        ),
        pytest.param(
            "  us: {aws_region: us-east-1}\n",
            "  us: {aws_region: us-east-1}\n  Asia_1: {aws_region: ap-south-1}\n",
            "cigen.yaml:22:3: error: regions.Asia_1: 'Asia_1' is not a region's name: small letters, digits and '-', "
            "a letter first\n"
            "   22 |   Asia_1: {aws_region: ap-south-1}\n"
            "      |   ^",
            id="region's name",
        ),
        pytest.param(
            "  us: {aws_region: us-east-1}\n",
            f"  us: {{aws_region: us-east-1}}\n  {'a' * 223}: {{aws_region: ap-south-1}}\n",
            "cigen.yaml:22:3: error: the region's name has 223 characters, and the most is 222\n"
            f"   22 |   {'a' * 158}\n"
            "      |   ^\n"
            "hint: GitLab's job names end at 255, and 'update-version-dashboard-staging-<region>' is one",
            id="region's name too long for a job",
        ),
        pytest.param(
            '    regions: [eu, us]\n  prod:\n    account: "444455556666"\n    regions: [eu]\n',
            '    regions: [eu]\n  prod:\n    account: "444455556666"\n    regions: [eu, us]\n',
            "cigen.yaml:28:19: error: prod has the region 'us', and staging does not\n"
            "   28 |     regions: [eu, us]\n"
            "      |                   ^\n"
            "hint: staging pushes the images that production runs: add 'us' to environments.staging.regions; or let "
            "them get there: ecr.per_environment: true, or ECR's own replication and regions.us.ecr_replicated: "
            "true (what is released already: cigen-runtime backfill-images)",
            id="region of production alone",
        ),
        pytest.param(
            "    regions: [eu]\n",
            "    regions: [eu]\n    overrides: {us: {bucket: mine}}\n",
            "cigen.yaml:29:17: error: prod has no region 'us'\n"
            "   29 |     overrides: {us: {bucket: mine}}\n"
            "      |                 ^\n"
            "hint: known: eu",
            id="override of a region elsewhere",
        ),
        pytest.param(
            "lambda-images\n",
            "lambda-images\n  repository: others\n",
            "cigen.yaml:17:3: error: duplicate key 'repository'\n"
            "   17 |   repository: others\n"
            "      |   ^\n"
            "hint: it stands in line 16 already",
            id="duplicate key",
        ),
        pytest.param(
            "  us: {aws_region: us-east-1}\n",
            "  us: {aws_region: us-east-1}\n  1: {aws_region: ap-south-1}\n",
            "cigen.yaml:22:3: error: regions.1: '1' is not a region's name: small letters, digits and '-', "
            "a letter first\n"
            "   22 |   1: {aws_region: ap-south-1}\n"
            "      |   ^\n"
            "cigen.yaml:22:3: error: the key 1 is not a text\n"
            "   22 |   1: {aws_region: ap-south-1}\n"
            "      |   ^\n"
            'hint: write "1", in quotes',
            id="number as a key",
        ),
        pytest.param(
            "output: rendered",
            "output: ../elsewhere",
            "cigen.yaml:1:9: error: output: '../elsewhere' leads out of the folder that the config file is in\n"
            "    1 | output: ../elsewhere\n"
            "      |         ^",
            id="output outside",
        ),
        pytest.param(
            "output: rendered",
            "output: /srv",
            "cigen.yaml:1:9: error: output: '/srv' is not a path relative to the config file, "
            "with '/' between its parts\n"
            "    1 | output: /srv\n"
            "      |         ^",
            id="absolute output",
        ),
        pytest.param(
            "output: rendered",
            "templates: ours",
            "cigen.yaml:1:12: error: templates: there is no folder 'ours'\n"
            "    1 | templates: ours\n"
            "      |            ^\n"
            "hint: the path starts at this file's folder",
            id="no such folder",
        ),
        pytest.param(
            "gitlab:\n",
            "gitlab:\n\turl: x\n",
            "cigen.yaml:3:1: error: a tab where only spaces may stand\n"
            "    3 | \turl: x\n"
            "      | ^\n"
            "hint: indent with spaces",
            id="tab",
        ),
        pytest.param(
            "  url: https://gitlab.example.com\n",
            "  url: a: b\n",
            "cigen.yaml:3:9: error: not YAML: mapping values are not allowed here\n"
            "    3 |   url: a: b\n"
            "      |         ^",
            id="no YAML",
        ),
        pytest.param(
            "    regions: [eu]\n",
            "    regions: [eu]\n---\na: 1\n",
            "cigen.yaml:29:1: error: a second document starts here\n"
            "   29 | ---\n"
            "      | ^\n"
            "hint: keep one: remove the line '---'",
            id="two documents",
        ),
        pytest.param(
            "    regions: [eu]\n",
            "    regions: &x [*x]\n",
            "cigen.yaml:28:14: error: a value that contains itself\n"
            "   28 |     regions: &x [*x]\n"
            "      |              ^\n"
            "cigen.yaml:28:14: error: environments.prod.regions[0] must be a text, and is empty\n"
            "   28 |     regions: &x [*x]\n"
            "      |              ^",
            id="recursive alias",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_to_do(project: Project, old: str, new: str, expected: str) -> None:
    project.configure(old, new)

    assert expected == errors(project)


def test_all_mistakes_are_told_in_one_run_in_their_order(project: Project) -> None:
    project.configure("us-east-1", "eu-west-2")
    project.configure('"17.5"', "17.5")
    project.configure("[eu, us]", "[eu, uss]")
    project.configure("s3:", "s4:")
    project.configure("lambda-images\n", "lambda-images\n  repository: x\n")

    text = errors(project)

    assert [line for line in text.splitlines() if ": error: " in line] == [
        "cigen.yaml:1:1: error: the key 's3' is missing",
        "cigen.yaml:5:12: error: gitlab.version must be a text, and is the number 17.5",
        "cigen.yaml:17:3: error: duplicate key 'repository'",
        "cigen.yaml:18:1: error: unknown key 's4'",
        "cigen.yaml:22:20: error: regions 'eu' and 'us' are both eu-west-2",
        "cigen.yaml:26:19: error: unknown region 'uss'",
    ]


def test_a_region_more_than_gitlab_can_wait_for_is_told(project: Project) -> None:
    names = [f"r{number}" for number in range(46)]
    lines = "".join(f"  {name}: {{aws_region: aa{'-b' * (number + 1)}-1}}\n" for number, name in enumerate(names))
    project.configure("  us: {aws_region: us-east-1}\n", f"  us: {{aws_region: us-east-1}}\n{lines}")
    project.configure("regions: [eu, us]\n", "regions:\n" + "".join(f"      - {name}\n" for name in names))
    project.configure("    regions: [eu]\n", "    regions: [r0]\n")

    assert errors(project) == (
        "cigen.yaml:117:9: error: staging has 46 regions, and the most is 45\n"
        "  117 |       - r45\n"
        "      |         ^\n"
        "hint: GitLab allows 50 `needs` in a job; the promotion waits for each region's deployment and for 5 other jobs"
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "cigen.yaml: error: the file is empty\nhint: the README shows an example"),
        (b"# nothing\n", "cigen.yaml: error: the file is empty\nhint: the README shows an example"),
        (
            b"- a\n",
            "cigen.yaml:1:1: error: the file must be a mapping of keys to values\n    1 | - a\n      | ^",
        ),
        (b"a: 1\nb: \xff\n", "cigen.yaml:2: error: the file is not UTF-8\nhint: save it as UTF-8"),
        (
            b"a: \x01\n",
            "cigen.yaml:1:4: error: the character #x0001 may not stand in a YAML file\n    1 | a: \ufffd\n      |    ^",
        ),
        (
            b'a: "open\n',
            "cigen.yaml:1:1: error: not YAML: found unexpected end of stream\n"
            '    1 | a: "open\n'
            "      | ^\n"
            "hint: while scanning a quoted scalar",
        ),
    ],
)
def test_a_file_that_is_no_config_at_all_is_told(project: Project, content: bytes, expected: str) -> None:
    (project.folder / "cigen.yaml").write_bytes(content)

    assert expected == errors(project)


def test_a_missing_file_and_a_folder_are_told_apart(project: Project) -> None:
    (project.folder / "cigen.yaml").unlink()
    missing = errors(project)
    (project.folder / "cigen.yaml").mkdir()
    folder = errors(project)

    assert missing == ("cigen.yaml: error: there is no such file\nhint: say where it is: cigen render --config PATH")
    assert folder == "cigen.yaml: error: cannot be read: Is a directory"


def test_the_json_schema_accepts_what_loads_and_refuses_what_does_not() -> None:
    schema = json_schema()
    validator = jsonschema.Draft202012Validator(schema)
    good = yaml.safe_load(CONFIG)
    wrong = {**good, "vault": {**good["vault"], "auht": "jwt"}, "ecr": {**good["ecr"], "account": 111122223333}}

    assert list(validator.iter_errors(good)) == []
    assert sorted(error.json_path for error in validator.iter_errors(wrong)) == ["$.ecr.account", "$.vault"]


def test_every_key_of_the_json_schema_is_described_and_no_other_is_allowed() -> None:
    schema = json_schema()

    forms = [form for part in (schema, *schema["$defs"].values()) for form in part.get("anyOf", [part])]
    objects = [form for form in forms if form["type"] == "object"]

    fields = [(name, field) for part in objects for name, field in part["properties"].items()]
    assert [part for part in objects if part.get("additionalProperties") is not False] == []
    assert [part for part in objects if not part.get("description")] == []
    assert [name for name, field in fields if not field.get("description") and "$ref" not in field] == []
    assert json.dumps(schema) == json.dumps(json_schema())


def test_more_regions_than_a_service_can_include_are_refused(project: Project) -> None:
    names = [f"r{number}" for number in range(31)]
    regions = "".join(f"  {name}: {{aws_region: eu-west-{number}}}\n" for number, name in enumerate(names[:10]))
    regions += "".join(f"  {name}: {{aws_region: us-west-{number}}}\n" for number, name in enumerate(names[10:20]))
    regions += "".join(f"  {name}: {{aws_region: ap-north-{number}}}\n" for number, name in enumerate(names[20:30]))
    regions += "  r30: {aws_region: sa-east-1}\n"
    project.configure("  eu: {aws_region: eu-west-2}\n  us: {aws_region: us-east-1}\n", regions)
    project.configure("    regions: [eu, us]\n", f"    regions: [{', '.join(names)}]\n")
    project.configure("    regions: [eu]\n", f"    regions: [{', '.join(names[:30])}]\n")

    told = errors(project)
    assert "staging and prod have 61 regions together: a service would include 152 files\n" in told
    assert told.endswith("hint: GitLab takes 150 at most, which is 60 regions")
