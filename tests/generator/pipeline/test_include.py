"""Includes: every spelling, GitLab's order of merging, what is skipped, and what GitLab refuses."""

from collections.abc import Callable
from pathlib import Path

from cigen.pipeline.include_rules import Knowledge
from cigen.pipeline.model import Pipeline
from cigen.pipeline.node import plain
from cigen.pipeline.resolve import resolve, resolve_all
from cigen.pipeline.sources import Answer, Found, LocalTree, NoFiles, sources_around

Project = Callable[[dict[str, str]], Pipeline]
Resolve = Callable[[str], Pipeline]
Said = Callable[[Pipeline], list[str]]


def test_files_are_merged_in_order_and_the_file_itself_comes_last(project: Project) -> None:
    pipeline = project(
        {
            "ci.yml": """
                include: [/a.yml, {local: jobs/*.yml}]
                job: {script: [root]}
                stages: [root]
            """,
            "a.yml": "stages: [a]\nvariables: {A: a, B: a}\njob: {image: a, script: [a, a]}\n",
            "jobs/1.yml": "include: {local: /b.yml}\nvariables: {B: one}\n",
            "jobs/2.yml": "two: {script: x}\n",
            "b.yml": "nested: {script: x}\nvariables: {B: b, C: b}\n",
        }
    )

    assert pipeline.faults == ()
    assert pipeline.is_complete
    assert plain(pipeline.root) == {
        "stages": ["root"],
        "variables": {"A": "a", "B": "one", "C": "b"},
        "job": {"image": "a", "script": ["root"]},
        "nested": {"script": "x"},
        "two": {"script": "x"},
    }
    assert list(pipeline.root.entries) == ["stages", "variables", "job", "nested", "two"]
    assert [Path(included.path).name for included in pipeline.included] == ["a.yml", "1.yml", "b.yml", "2.yml"]


def test_what_cannot_be_looked_up_is_skipped_and_names_may_stand_there(pipeline_of: Resolve) -> None:
    pipeline = pipeline_of("""
        include:
          - local: a.yml
          - {project: group/Pipelines, ref: v1, file: [b.yml, c.yml]}
          - https://example.com/d.yml
          - component: $CI_SERVER_FQDN/group/component@1
          - template: Jobs/Build.gitlab-ci.yml
        job: {extends: .from-there, script: [!reference [.there, script]]}
    """)

    assert pipeline.faults == ()
    assert not pipeline.is_complete
    assert [(skipped.location, skipped.reason) for skipped in pipeline.skipped] == [
        ("a.yml", "the file is looked at on its own"),
        ("group/pipelines:b.yml", "the file is looked at on its own"),
        ("group/pipelines:c.yml", "the file is looked at on its own"),
        ("https://example.com/d.yml", "the file is looked at on its own"),
        ("$CI_SERVER_FQDN/group/component@1", "the file is looked at on its own"),
        ("Jobs/Build.gitlab-ci.yml", "the file is looked at on its own"),
    ]


def test_another_project_is_read_from_its_checkout(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other/a.yml").write_text("include: b.yml\n.a: {script: a}\n")
    (tmp_path / "other/b.yml").write_text(".b: {extends: .a}\n")
    (tmp_path / "b.yml").write_text("wrong: {script: x}\n")
    text = "include: {project: Group/Other, file: /a.yml}\njob: {extends: .b}\n"

    pipeline = resolve("ci.yml", text, LocalTree(tmp_path, {"group/other": LocalTree(tmp_path / "other")}))

    assert (pipeline.faults, [job.name for job in pipeline.jobs]) == ((), [".b", ".a", "job"])


def test_wrong_includes_are_all_said(pipeline_of: Resolve, said: Said) -> None:
    pipeline = pipeline_of("""\
        include:
          - lokal: a.yml
          - {local: a.yml, remote: "https://example.com/a.yml"}
          - {project: a}
          - 5
          - a.txt
          - template: Build.yml
          - component: host/project/name
          - artifact: a.yml
            job: b
          - {local: a.yml, rules: [{if: $A, wen: never, when: maybe}]}
    """)

    assert said(pipeline) == [
        'ci.yml:2:5 include-invalid: {"lokal": "a.yml"} does not say what to include: it has none of '
        "local, project, remote, template, component, artifact (did you mean 'local'?)",
        "ci.yml:3:5 include-invalid: one include may have one of local, remote, not several",
        "ci.yml:4:5 include-invalid: an include of a project needs `file`, the path in that project",
        "ci.yml:5:5 include-invalid: an include has to be a path, an address or a mapping",
        "ci.yml:6:5 include-invalid: a.txt is no YAML file: GitLab includes names that end in .yml or .yaml",
        "ci.yml:7:15 include-invalid: Build.yml is no template of GitLab: their names end in .gitlab-ci.yml",
        "ci.yml:8:16 include-invalid: host/project/name is no component: its version is missing "
        "(write host/project/name@version)",
        "ci.yml:9:5 include-invalid: an artifact can be included by `trigger` only, for a child pipeline",
        "ci.yml:11:37 include-invalid: a rule of an include has no 'wen' (did you mean 'when'?)",
        "ci.yml:11:55 include-invalid: `when` in a rule of an include may be always or never",
    ]


def test_files_that_are_not_there_or_not_right_are_said_with_the_way_to_them(project: Project, said: Said) -> None:
    pipeline = project(
        {
            "ci.yml": "include: [sub/jbos.yml, ../up.yml, empty.yml, comments.yml, broken.yml, none.yml, none/*.yml]\n",
            "sub/jobs.yml": "a: {script: x}\n",
            "empty.yml": "",
            "comments.yml": "# nothing\n",
            "broken.yml": "a: [\n",
        }
    )

    assert said(pipeline) == [
        "ci.yml:1:11 include-missing: the included file sub/jbos.yml cannot be had: there is no such file "
        "(did you mean 'sub/jobs.yml'?)",
        "ci.yml:1:25 include-missing: the included file ../up.yml cannot be had: the path leaves the project",
        "ci.yml:1:36 include-invalid: the included file empty.yml is empty",
        "comments.yml:1:1 wrong-shape: the file has no keyword and no job, but comments at most",
        "broken.yml:2:1 yaml-syntax: this is not YAML: while parsing a flow node, did not find expected node content",
        "ci.yml:1:73 include-missing: the included file none.yml cannot be had: there is no such file",
    ]
    assert [[words for _, words in fault.related] for fault in pipeline.faults] == [
        [],
        [],
        [],
        ["included here"],
        ["included here"],
        [],
    ]


def test_links_are_not_followed(tmp_path: Path, said: Said) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "secret.yml").write_text("a: {script: secret}\n")
    (tmp_path / "inside/link.yml").symlink_to(tmp_path / "secret.yml")
    (tmp_path / "inside/folder").symlink_to(tmp_path)

    pipeline = resolve("ci.yml", "include: [link.yml, folder/secret.yml]", LocalTree(tmp_path / "inside"))

    reason = "a symbolic link stands in its path, and GitLab follows none"
    assert [
        f"ci.yml:1:11 include-missing: the included file link.yml cannot be had: {reason}",
        f"ci.yml:1:21 include-missing: the included file folder/secret.yml cannot be had: {reason}",
    ] == said(pipeline)


def test_a_file_that_includes_itself_is_said_once(project: Project, said: Said) -> None:
    pipeline = project({"ci.yml": "include: a.yml\n", "a.yml": "include: b.yml\n", "b.yml": "include: a.yml\n"})

    assert len(pipeline.faults) == 1
    assert said(pipeline)[0].startswith("b.yml:1:10 include-invalid: the file includes itself: ")


def test_one_hundred_and_fifty_includes_are_taken(project: Project, said: Said) -> None:
    def including(count: int) -> Pipeline:
        return project({"ci.yml": f"include: [{', '.join(['a.yml'] * count)}]\n", "a.yml": "a: {script: x}\n"})

    assert said(including(150)) == []
    assert said(including(151)) == ["ci.yml:1:1061 over-limit: more than 150 files are included; GitLab takes no more"]


def test_rules_let_files_in_as_far_as_they_are_known(tmp_path: Path) -> None:
    for name in ("a", "b", "c", "d"):
        (tmp_path / f"{name}.yml").write_text(f"{name}: {{script: x}}\n")
    text = """
include:
  - {local: a.yml, rules: [{if: $KNOWN}]}
  - {local: b.yml, rules: [{if: $KNOWN, when: never}, {when: always}]}
  - {local: c.yml, rules: [{exists: [a.yml]}]}
  - {local: d.yml, rules: [{exists: [x.yml]}]}
  - {local: x.yml, rules: [{if: $UNKNOWN}]}
"""
    knowledge = Knowledge(condition={"$KNOWN": True}.get)

    pipeline = resolve("ci.yml", text, LocalTree(tmp_path), knowledge)

    assert (pipeline.faults, [job.name for job in pipeline.jobs]) == ((), ["a", "c"])
    assert [skipped.reason for skipped in pipeline.skipped] == ["a rule decides on it, and there is no such file"]


def test_several_root_files_share_what_they_include(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(".a: {script: x}\n")
    files = [(f"{name}.yml", f"include: a.yml\n{name}: {{extends: .a}}\n") for name in "xy"]

    first, second = resolve_all(files, LocalTree(tmp_path))

    assert [[job.name for job in pipeline.jobs] for pipeline in (first, second)] == [[".a", "x"], [".a", "y"]]
    assert first.root.get(".a") is second.root.get(".a")


class _Components(LocalTree):
    """A tree that has one component too."""

    def other(self, kind: str, address: str) -> Answer:
        text = "spec: {component: [name]}\n---\n$[[ component.name ]]-job: {script: x}\n"
        return Found(address, text) if kind == "component" else super().other(kind, address)


def test_a_component_knows_its_name_and_a_plain_file_does_not(tmp_path: Path, said: Said) -> None:
    text = "spec: {component: [name]}\n---\njob: {script: '$[[ component.name ]]'}\n"

    component = resolve("ci.yml", "include: {component: host/project/name@1}", _Components(tmp_path))
    plain_file = resolve("ci.yml", text, _Components(tmp_path))

    assert (component.faults, [job.name for job in component.jobs]) == ((), ["component-name-job"])
    assert said(plain_file) == ["ci.yml:3:16 input-mismatch: 'component.name' means nothing: there is no 'name'"]


def test_a_file_that_is_included_twice_has_its_faults_once(project: Project) -> None:
    pipeline = project({"ci.yml": "include: [a.yml, a.yml]\n", "a.yml": "a: [\n"})

    assert len(pipeline.faults) == 1


def test_the_project_of_a_file_is_the_repository_around_it(tmp_path: Path) -> None:
    (tmp_path / "inside/.git").mkdir(parents=True)

    assert LocalTree(tmp_path / "inside") == sources_around(tmp_path / "inside/jobs/ci.yml")
    assert isinstance(sources_around(tmp_path / "ci.yml"), NoFiles | LocalTree)
