"""`cigen graph` as a person types it: Mermaid, a drawing, a page; and where the drawing puts things."""

import itertools
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cigen.config import load
from cigen.graph.layout import CARD_HEIGHT, Layout, layout
from cigen.graph.model import Graph, graphs_of
from cigen.pipeline.tree import Tree, resolved
from cigen.render.in_memory import rendered_tree

from .conftest import Project, Run

ROOT = Path(__file__).parents[2]
PIPELINE = """\
stages: [build, deploy, tell]

gate-eu:
  stage: deploy
  script: cigen-runtime aws-credentials
  variables: {VAULT_ADDR: "https://vault.example.com", CIGEN_ENVIRONMENT: prod, CIGEN_REGION: eu}
  when: manual
  allow_failure: false

map-eu:
  stage: deploy
  needs: [gate-eu]
  script: cigen-runtime retag-push-ecr
  variables: {CIGEN_ENVIRONMENT: prod, CIGEN_REGION: eu}

deploy-eu:
  stage: deploy
  needs: [map-eu, {job: gate-eu, artifacts: false}]
  script: cigen-runtime deploy-lambda
  variables: {CIGEN_ENVIRONMENT: prod, CIGEN_REGION: eu}

"tell <all> \\"of\\" it #1":
  stage: tell
  needs: [{job: deploy-eu, optional: true}]
  allow_failure: true
  script: echo done
"""


@pytest.fixture(scope="module")
def example() -> list[Graph]:
    """The pipelines of the example, every region."""
    return graphs_of(resolved(rendered_tree(load(ROOT / "cigen.yaml"), ROOT / "cigen.yaml")).entries)


@pytest.fixture
def small(project: Project) -> Project:
    """A project with one pipeline."""
    project.template("prod-entry.yml", PIPELINE)
    project.configure('  prod:\n    account: "444455556666"\n    regions: [eu]\n', PROD)
    return project


PROD = '  prod:\n    account: "444455556666"\n    regions: [eu]\n'


def test_a_pipeline_as_mermaid_has_its_stages_files_and_marks(small: Project, cigen: Run) -> None:
    result = cigen("graph", "prod")

    assert (result.exit_code, result.err) == (0, "")
    assert (
        result.out
        == """\
flowchart LR
  subgraph s1["build"]
    j1["the service's own jobs (build)"]
  end
  subgraph s2["deploy"]
    j2["gate-eu"]
    j3["map-eu"]
    j4["deploy-eu"]
  end
  subgraph s3["tell"]
    j5["tell #lt;all#gt; #quot;of#quot; it #35;1"]
  end
  j2 -.-> j3
  j3 -->|"lambda-ecr-mappings.json"| j4
  j2 -.-> j4
  j4 -.-> j5
  j1 -.-> j2
  classDef job fill:#ffffff,stroke:#5b6b83,color:#172033
  class j3,j4 job
  classDef manual fill:#fff4d6,stroke:#b26a00,color:#172033,stroke-width:2px
  class j2 manual
  classDef optional fill:#f6f7f9,stroke:#5b6b83,color:#172033,stroke-dasharray:5 4
  class j5 optional
  classDef service fill:#eef1f6,stroke:#98a3b5,color:#4a5568,stroke-dasharray:2 3
  class j1 service
"""
    )


def test_the_architecture_has_the_systems_that_the_contract_names(small: Project, cigen: Run) -> None:
    (small.templates / "regions/staging-[region].yml").unlink()

    result = cigen("graph", "--compact")

    assert (
        result.out
        == """\
flowchart LR
  subgraph service["Service repos"]
    f1["versions.json"]
    f2["functions/*/.deployment"]
  end
  subgraph templates["Shared templates"]
    t[".gate"]
  end
  subgraph p1["prod-entry: a push to the default branch"]
    p1j1["the service's own jobs (build)"]
    p1j2["gate-#lt;region#gt;"]
    p1j3["map-#lt;region#gt;"]
    p1j4["deploy-#lt;region#gt;"]
    p1j5["tell #lt;all#gt; #quot;of#quot; it #35;1"]
  end
  subgraph systems["Systems"]
    vault[("Vault")]
    sts[("AWS STS")]
    artifactory_build[("Artifactory: docker-local")]
  end
  p1j2 -.-> p1j3
  p1j3 -->|"lambda-ecr-mappings.json"| p1j4
  p1j2 -.-> p1j4
  p1j4 -.-> p1j5
  p1j1 -.-> p1j2
  p1j2 --- vault
  p1j2 --- sts
  f1 --> p1j3
  f2 --> p1j3
  p1j3 --- artifactory_build
  classDef job fill:#ffffff,stroke:#5b6b83,color:#172033
  class p1j3,p1j4 job
  classDef manual fill:#fff4d6,stroke:#b26a00,color:#172033,stroke-width:2px
  class p1j2 manual
  classDef optional fill:#f6f7f9,stroke:#5b6b83,color:#172033,stroke-dasharray:5 4
  class p1j5 optional
  classDef service fill:#eef1f6,stroke:#98a3b5,color:#4a5568,stroke-dasharray:2 3
  class p1j1 service
  classDef system fill:#12355b,stroke:#12355b,color:#ffffff
  class vault,sts,artifactory_build system
  classDef file fill:#e8f3ec,stroke:#2f7d4f,color:#172033
  class f1,f2 file
"""
    )


def test_a_drawing_needs_nothing_from_elsewhere_and_is_the_same_each_time(project: Project, cigen: Run) -> None:
    project.template("prod-entry.yml", PIPELINE)

    results = [cigen("graph", "--format", form) for form in ("svg", "svg", "html")]

    assert results[0] == results[1]
    ElementTree.fromstring(results[0].out)
    for result in results:
        tags = " ".join(re.findall("<[^>]*>", result.out))
        addresses = set(re.findall(r"(?:https?:)?//[^\s\"'<]+", tags))
        assert (result.exit_code, addresses) == (0, {"http://www.w3.org/2000/svg"})
        assert "tell &lt;all&gt; &quot;of&quot; it #1" in result.out
        assert not re.search(r"<(script|link|img|image|use)\b|@import|url\((?!#)", result.out)


def test_in_a_drawing_of_the_example_no_job_covers_another_and_all_lines_run_forwards(example: list[Graph]) -> None:
    for graph in example:
        drawn = layout(graph)

        assert [card.node for card in drawn.cards] == list(graph.jobs)
        assert {(line.edge.before, line.edge.after) for line in drawn.lines} == {
            (edge.before, edge.after) for edge in graph.edges
        }
        assert list(covered(drawn)) == []
        for line in drawn.lines:
            assert line.points[0][0] < line.points[-1][0]
            assert all(one[0] == other[0] or one[1] == other[1] for one, other in itertools.pairwise(line.points))
            assert list(crossed(drawn, line.points)) == []


def test_every_job_and_file_of_the_example_is_drawn(example: list[Graph]) -> None:
    staging, prod = example[:2]

    kept = {node.name: node.writes for node in prod.jobs if node.scope.region != "us"}
    assert kept == {
        "generate-on-demand-mappings": ("lambda-ecr-mappings.json", "versions.json"),
        "aws-credentials-prod-eu": (),
        "deploy-lambda-prod-eu": ("deploy-result.json",),
        "transition-jira-tickets-deploying": ("jira-tickets.json",),
        "update-version-dashboard-prod-eu": (),
        "transition-jira-tickets-resolved": (),
        "comment-production": (),
        "promote-to-release-artifacts": ("promotion.json",),
        "transition-jira-tickets-closed": (),
    }
    assert (staging.name, prod.name) == ("staging-deploy", "prod-deploy")
    files = {(edge.before, edge.after): edge.files for edge in staging.edges if edge.files}
    assert files["semantic-versioning", "retag-push-ecr-staging-us"] == ("versions.json",)
    assert files["retag-push-ecr-staging-us", "deploy-lambda-staging-us"] == ("lambda-ecr-mappings.json",)
    assert files["deploy-lambda-staging-us", "promote-to-rc-build-artifacts"] == ("deploy-result.json",)
    assert ("the service's own jobs", "aws-credentials-staging-eu") in {(e.before, e.after) for e in staging.edges}
    assert {e.after for e in prod.edges if "lambda-ecr-mappings.json" in e.files} == {
        "deploy-lambda-prod-eu",
        "deploy-lambda-prod-us",
    }


def test_it_goes_to_a_file_of_any_folder(small: Project, cigen: Run) -> None:
    result = cigen("graph", "prod", "--format", "svg", "--output", "pictures/prod.svg")

    assert result.out == "drew prod-entry.yml into pictures/prod.svg\n"
    assert (small.folder / "pictures/prod.svg").read_text() == cigen("graph", "prod", "--format", "svg").out


def test_what_cannot_be_drawn_is_refused(small: Project, cigen: Run) -> None:
    unknown = cigen("graph", "pord-entry")
    (small.folder / "taken").write_text("")
    taken = cigen("graph", "--output", "taken/poster.svg")

    assert (unknown.exit_code, unknown.out, unknown.err) == (
        2,
        "",
        "error: there is no entry file 'pord-entry'\nhint: did you mean 'prod-entry'?\n",
    )
    assert (taken.exit_code, taken.err.splitlines()[0][:44]) == (3, "error: taken/poster.svg: cannot be written: ")


def test_a_long_chain_in_circles_is_drawn_anyway() -> None:
    jobs = {f"j{n}": f"j{n}: {{script: x, needs: [j{n + 1}]}}\n" for n in range(60)} | {
        "j60": "j60: {script: x, needs: [j0]}\n"
    }
    tree = Tree("", {"a.yml": "".join(jobs.values()).encode()})

    (graph,) = graphs_of(resolved(tree).entries)

    assert len(layout(graph).cards) == 61


def covered(drawn: Layout) -> list[tuple[str, str]]:
    """Pairs of jobs that stand on each other."""
    return [
        (one.node.name, other.node.name)
        for one, other in itertools.combinations(drawn.cards, 2)
        if abs(one.y - other.y) < CARD_HEIGHT and one.x < other.x + other.width and other.x < one.x + one.width
    ]


def crossed(drawn: Layout, points: tuple[tuple[float, float], ...]) -> list[str]:
    """The jobs that a line runs through."""
    return [
        card.node.name
        for (x, y), (other_x, other_y) in itertools.pairwise(points)
        for card in drawn.cards
        if (
            max(min(x, other_x), card.x) < min(max(x, other_x), card.x + card.width)
            and card.y < y < card.y + CARD_HEIGHT
            and y == other_y
        )
        or (
            card.x < x < card.x + card.width
            and x == other_x
            and max(min(y, other_y), card.y) < min(max(y, other_y), card.y + CARD_HEIGHT)
        )
    ]
