"""The poster of the architecture: every name of the system is on it, and nothing stands on or runs through a job."""

import itertools
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cigen.config import load
from cigen.graph.mermaid import architecture
from cigen.graph.poster import Poster, poster_of
from cigen.graph.poster_layout import CARD_HEIGHT, CARD_WIDTH, HEAD, PosterLayout, poster_layout, together
from cigen.graph.poster_svg import poster_svg
from cigen.pipeline.tree import resolved
from cigen.render.in_memory import rendered_tree
from system_names import CONFIGS, PRODUCTION, STAGING, TEMPLATES

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def posters() -> dict[str, Poster]:
    """The example's, with all regions and with one for all."""
    config = load(ROOT / "cigen.yaml")
    repo = resolved(rendered_tree(config, ROOT / "cigen.yaml"))
    return {"full": poster_of(repo, config), "compact": poster_of(repo, config, is_compact=True)}


def texts(svg: str) -> set[str]:
    """Every text, its parts put together."""
    return {"".join(each.itertext()) for each in ElementTree.fromstring(svg).iter(f"{SVG}text")}


def test_every_template_and_job_of_the_system_is_on_it(posters: dict[str, Poster]) -> None:
    shown = texts(poster_svg(posters["full"]))

    jobs = STAGING | PRODUCTION | CONFIGS
    other_region = {name.removesuffix("-eu") + "-us" for name in jobs if name.endswith("-eu")}
    assert (TEMPLATES | jobs | other_region) - shown == set()


def test_one_region_stands_for_all(posters: dict[str, Poster]) -> None:
    shown = texts(poster_svg(posters["compact"]))

    jobs = {re.sub("-eu$", "-<region>", name) for name in STAGING | PRODUCTION | CONFIGS}
    assert (TEMPLATES | jobs) - shown == set()
    assert any(told.endswith("<region> stands for eu, us.") for told in shown)
    assert not [told for told in shown if told.endswith(("-eu", "-us"))]


def test_the_readme_of_the_pipelines_repo_has_the_same_drawing(tmp_path: Path) -> None:
    """The region whose name comes first in the alphabet is the last in the config."""
    text = (ROOT / "cigen.yaml").read_text().replace("[eu, us]", "[us, eu]")
    (tmp_path / "cigen.yaml").write_text(text)
    config = load(tmp_path / "cigen.yaml")

    tree = rendered_tree(config, tmp_path / "cigen.yaml")

    drawn = tree.files["README.md"].decode().partition("```mermaid\n")[2].partition("```")[0]
    assert drawn == architecture(poster_of(resolved(tree), config, is_compact=True))
    assert 'p2["prod-deploy: a start by hand on the default branch, with TARGET_VERSIONS_JSON"]' in drawn
    assert "class p1j7,p1j8,p1j9,p1j10,p1j11,p2j4" in drawn.partition("classDef optional")[2]


def test_what_services_bring_and_the_systems_are_on_it_with_what_the_config_says_of_them(
    posters: dict[str, Poster],
) -> None:
    poster = posters["compact"]

    assert [note.name for note in poster.brought] == ["functions/*/.deployment", "configs/**"]
    assert {note.name: note.writers for note in poster.flowing} == {
        "versions.json": ("semantic-versioning", "generate-on-demand-mappings"),
        "lambda-ecr-mappings.json": ("retag-push-ecr", "generate-on-demand-mappings"),
        "deploy-result.json": ("deploy-lambda",),
        "jira-tickets.json": ("create-jira-tickets", "transition-jira-tickets-deploying"),
        "config-versions.json": ("find-versions",),
        "merged-files": ("merge-configs",),
        "provenance.json": ("merge-configs",),
    }
    artifactory = next(note for note in poster.systems if note.system.value == "Artifactory")
    assert [(place.told, place.name, place.steps[-1]) for place in artifactory.places] == [
        ("build", "docker-native-local", "promote-to-rc-build-artifacts"),
        ("rc", "docker-native-rc", "promote-to-release-artifacts"),
        ("release", "docker-native-release", "promote-to-release-artifacts"),
    ]
    assert {note.system.value: note.facts[0] for note in poster.systems} == {
        "the service's Git repository": "tags hold the versions",
        "Vault": "https://vault.example.com",
        "AWS STS": "staging: account 111122223333",
        "Artifactory": "https://artifactory.example.com/artifactory",
        "Amazon ECR": "account 111122223333, repository lambda-images",
        "AWS Lambda": "staging: eu-west-2, us-east-1",
        "Jira": "https://jira.example.com",
        "the version dashboard": "https://versions.example.com",
        "Amazon S3": "native-config-{environment}-{region}",
    }


def test_accounts_of_regions_and_of_environments_are_told_as_they_are(tmp_path: Path) -> None:
    text = (ROOT / "cigen.yaml").read_text()
    account = '  account: "111122223333"         # one registry per region, shared by staging and production\n'
    prod = '  prod:\n    account: "444455556666"\n'
    assert account in text
    assert prod in text
    (tmp_path / "cigen.yaml").write_text(
        text.replace(account, "  per_environment: true\n").replace(
            prod, f'{prod}    overrides: {{us: {{account: "777788889999"}}}}\n'
        )
    )
    config = load(tmp_path / "cigen.yaml")

    poster = poster_of(resolved(rendered_tree(config, tmp_path / "cigen.yaml")), config)

    facts = {note.system.value: note.facts for note in poster.systems}
    assert facts["Amazon ECR"] == ("each environment's own account, repository lambda-images",)
    assert facts["AWS STS"] == ("staging: account 111122223333", "prod: account 444455556666, 777788889999")


@pytest.mark.parametrize("name", ["full", "compact"])
def test_no_job_covers_another_and_no_line_runs_through_one(posters: dict[str, Poster], name: str) -> None:
    groups = together(posters[name].graphs)

    assert [[graph.name for graph in group] for group in groups] == [["staging-deploy", "prod-deploy"], ["s3-deploy"]]
    for group in groups:
        drawn = poster_layout(group)
        edges = [(edge.before, edge.after) for graph in group for edge in graph.edges]
        assert sorted((edge.before, edge.after) for edge, _ in drawn.lines) == sorted(edges)
        for one, other in itertools.combinations(drawn.cards, 2):
            assert abs(one.x - other.x) >= CARD_WIDTH or abs(one.y - other.y) >= CARD_HEIGHT
        for edge, points in drawn.lines:
            assert points[0][1] < points[-1][1], "lines run downwards"
            assert crossed(drawn, points) == [], edge
        for card in drawn.cards:
            lane = next(lane for lane in drawn.lanes if lane.x <= card.x < lane.x + lane.width)
            row = next(row for row in drawn.rows if row.y <= card.y < row.y + row.height)
            assert card.x + CARD_WIDTH <= lane.x + lane.width
            assert row.stage == card.node.stage
            region = card.node.scope.region
            assert lane.label == (f"{card.node.scope.environment} / {region}" if region else "all regions")


def test_stages_stand_in_the_order_of_the_pipelines(posters: dict[str, Poster]) -> None:
    (first, *_) = together(posters["full"].graphs)

    drawn = poster_layout(first)

    assert [row.stage for row in drawn.rows] == [
        "versioning",
        "build",
        "aws-credentials",
        "prepare-docker-config",
        "retag-push-ecr",
        "generate-mappings",
        "deploy-lambda",
        "version-dashboard",
        "jira",
        "promote-artifacts",
    ]
    assert drawn.rows[0].y == HEAD


def crossed(drawn: PosterLayout, points: tuple[tuple[float, float], ...]) -> list[str]:
    """The jobs that a line runs through."""
    return [
        card.node.name
        for (x, y), (other_x, other_y) in itertools.pairwise(points)
        for card in drawn.cards
        if max(min(x, other_x), card.x + 0.1) < min(max(x, other_x), card.x + CARD_WIDTH - 0.1) + 0.2 * (x == other_x)
        and max(min(y, other_y), card.y + 0.1) < min(max(y, other_y), card.y + CARD_HEIGHT - 0.1) + 0.2 * (y == other_y)
    ]
