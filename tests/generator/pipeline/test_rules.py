"""Which rule of a list matches, and what `only` and `except` let in, for each kind of pipeline."""

from textwrap import dedent, indent

import pytest

from cigen.pipeline import policies
from cigen.pipeline.contexts import Circumstances, contexts
from cigen.pipeline.fault import FaultKind
from cigen.pipeline.globs import matches_any
from cigen.pipeline.node import Mapping, Node
from cigen.pipeline.resolve import resolve
from cigen.pipeline.rules import decide

KINDS = ("push", "branch", "new-branch", "mr", "tag", "schedule", "web", "api", "trigger", "pipeline", "parent")


def _value(text: str) -> Mapping:
    """The mapping that a job's text describes."""
    job = resolve("ci.yml", "job:\n  script: make\n" + indent(dedent(text), "  ")).job("job")
    assert job is not None
    return job.mapping


def _rules(text: str) -> Node:
    found = _value(text).get("rules")
    assert found is not None
    return found


def _when(rules: Node, circumstances: Circumstances | None = None) -> dict[str, str]:
    found = {
        name: decide(rules, context, {**context.predefined, **context.variables})
        for name, context in contexts(circumstances).items()
        if name in KINDS
    }
    return {name: decision.when for name, decision in found.items() if decision.is_in}


def test_the_first_rule_that_matches_decides() -> None:
    rules = _rules("""\
          rules:
            - if: $CI_PIPELINE_SOURCE == "schedule"
              when: never
            - if: $CI_PIPELINE_SOURCE == "merge_request_event"
              when: manual
              allow_failure: true
            - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
              when: delayed
              start_in: 5 minutes
            - if: $CI_COMMIT_TAG =~ /^v\\d/
    """)

    assert _when(rules) == {
        "push": "delayed",
        "mr": "manual",
        "tag": "on_success",
        "web": "delayed",
        "api": "delayed",
        "trigger": "delayed",
        "pipeline": "delayed",
        "parent": "delayed",
    }


def test_a_decision_says_which_rule_it_was_and_all_that_the_rule_sets() -> None:
    rules = _rules("""\
          rules:
            - if: $CI_COMMIT_TAG
            - if: $CI_COMMIT_BRANCH
              exists: [Dockerfile]
              when: delayed
              start_in: 5 minutes
              allow_failure: true
              needs: [build]
              variables: {LEVEL: 3, FULL: yes, NAME: null}
    """)
    context = contexts(Circumstances(files=("Dockerfile",)))["push"]

    decision = decide(rules, context, context.predefined)

    assert (decision.when, decision.start_in, decision.allow_failure) == ("delayed", "5 minutes", True)
    assert decision.reason == "rule 2: $CI_COMMIT_BRANCH and exists"
    assert decision.place is not None
    assert decision.place.span.line == 5
    assert decision.variables == {"LEVEL": "3", "FULL": "true", "NAME": ""}
    assert not decision.asks_for_files


def test_rules_in_lists_of_their_own_count_as_if_they_stood_there() -> None:
    rules = _rules("""\
          rules:
            - - if: $CI_COMMIT_TAG
                when: never
              - - when: always
    """)

    assert set(_when(rules)) == set(KINDS) - {"tag"}


def test_no_rules_at_all_match_nothing() -> None:
    assert _when(_rules("  rules: []\n")) == {}


@pytest.mark.parametrize(
    ("changed", "kinds"),
    [
        (("src/app/main.py",), set(KINDS)),
        (("README.md",), set(KINDS) - {"push", "branch", "mr"}),
        ((), set(KINDS) - {"push", "branch", "mr"}),
        (None, set(KINDS)),
    ],
)
def test_changes_match_in_every_pipeline_that_has_no_diff(changed: tuple[str, ...] | None, kinds: set[str]) -> None:
    rules = _rules("  rules: [{changes: [src/**/*]}]\n")

    assert set(_when(rules, Circumstances(changed=changed))) == kinds


def test_changes_that_are_compared_with_a_branch_have_a_diff_everywhere() -> None:
    rules = _rules("  rules: [{changes: {paths: [$DIR/*], compare_to: main}}]\n")

    matching = _when(rules, Circumstances(changed=("docs/a.md",), variables={"DIR": "docs"}))
    others = _when(rules, Circumstances(changed=("docs/a.md",), variables={"DIR": "src"}))

    assert (set(matching), others) == (set(KINDS), {})


def test_a_broken_condition_is_a_fault_at_its_place() -> None:
    rules = _rules("""\
          rules:
            - if: '$A = "b"'
    """)
    context = contexts()["push"]

    decision = decide(rules, context, {})

    (fault,) = decision.faults
    assert (decision.when, fault.kind) == ("never", FaultKind.IF_SYNTAX)
    assert (fault.place.span.line, fault.place.span.column) == (4, 15)
    assert (fault.message, fault.hint) == (
        '`$A = "b"`: a single = compares nothing',
        "== compares with a value, =~ with a pattern",
    )


ONLY = [
    ("", {"push", "branch", "new-branch", "tag", "schedule", "web", "api", "trigger", "pipeline", "parent"}),
    ("  only: [merge_requests]\n", {"mr"}),
    ("  only: [tags, schedules]\n", {"tag", "schedule"}),
    ("  only: [pushes]\n", {"push", "branch", "new-branch", "tag"}),
    ("  only: [web, api, triggers, pipelines]\n", {"web", "api", "trigger", "pipeline"}),
    ("  only: [main]\n", set(KINDS) - {"branch", "new-branch", "mr", "tag"}),
    ("  only: [/^feat/]\n", {"branch", "new-branch"}),
    ("  only: [/^FEAT/i]\n", {"branch", "new-branch"}),
    ("  only: ['feature@group/project']\n", {"branch", "new-branch"}),
    ("  only: ['feature@group/other']\n", set()),
    ("  except: [branches]\n", {"tag"}),
    ("  except: [main, tags]\n", {"branch", "new-branch"}),
    (
        "  only: {refs: [branches], variables: [$CI_COMMIT_BRANCH == 'main']}\n",
        set(KINDS) - {"branch", "new-branch", "mr", "tag"},
    ),
    ("  only: {variables: [$NO, $CI_COMMIT_TAG]}\n", {"tag"}),
    ("  only: {changes: ['*.md']}\n", set(KINDS) - {"push", "branch", "mr"}),
    ("  only: {refs: [merge_requests], changes: ['src/*']}\n", {"mr"}),
    ("  only: {kubernetes: active}\n", set()),
    ("  except: {variables: [$CI_COMMIT_TAG]}\n", set(KINDS) - {"mr", "tag"}),
]


@pytest.mark.parametrize(("text", "kinds"), ONLY)
def test_only_and_except_let_in_what_they_let_in_at_gitlab(text: str, kinds: set[str]) -> None:
    job = _value(text)

    found = {
        name
        for name, context in contexts(Circumstances(changed=("src/a.py",))).items()
        if name in KINDS
        and policies.decide(job.get("only"), job.get("except"), context, context.predefined, has_default=True).is_in
    }

    assert found == kinds


@pytest.mark.parametrize(
    ("text", "kind", "column", "message"),
    [
        (
            "  only: [/^(?!main).+/]\n",
            FaultKind.REGEX_NOT_RE2,
            10,
            "GitLab cannot read the pattern /^(?!main).+/: "
            "RE2, the engine of GitLab, has no look-ahead and no look-behind",
        ),
        ("  except: {variables: ['$A =']}\n", FaultKind.IF_SYNTAX, 28, "`$A =`: a single = compares nothing"),
        ("  only: {variables: [[1]]}\n", FaultKind.IF_SYNTAX, 23, "a condition has to be one text"),
    ],
)
def test_what_gitlab_cannot_read_in_only_and_except_is_a_fault(
    text: str, kind: FaultKind, column: int, message: str
) -> None:
    job = _value(text)

    decision = policies.decide(job.get("only"), job.get("except"), contexts()["push"], {}, has_default=True)

    (fault,) = decision.faults
    assert (fault.kind, fault.place.span.column, fault.message) == (kind, column, message)


def test_without_the_default_of_only_a_job_runs_for_merge_requests_too() -> None:
    job = _value("")

    found = [
        policies.decide(job.get("only"), None, context, {}, has_default=False).is_in for context in contexts().values()
    ]

    assert all(found)


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*.md", "README.md", True),
        ("*.md", "docs/README.md", False),
        ("**/*.md", "README.md", True),
        ("**/*.md", "docs/a/README.md", True),
        ("docs/**/*", "docs/a/b/c", True),
        ("docs/**", "docs/a", True),
        ("docs/**", "docs/a/b", False),
        ("docs/*", "docs/.hidden", True),
        ("docs", "docs/a", False),
        ("src/*.{js,ts}", "src/a.ts", True),
        ("src/*.{js,ts}", "src/a.py", False),
        ("{a,b{1,2}}/x", "b2/x", True),
        ("{a,b{1,2}}/x", "b3/x", False),
        ("a{b", "a{b", True),
        ("file?.txt", "file1.txt", True),
        ("file?.txt", "file/.txt", False),
        ("[a-c].txt", "b.txt", True),
        ("[!a-c].txt", "b.txt", False),
        ("[z-a].txt", "b.txt", False),
        ("[a.txt", "[a.txt", True),
        ("a\\*b", "a*b", True),
        ("a\\*b", "axb", False),
        ("", "", True),
    ],
)
def test_a_path_pattern_matches_as_in_ruby(pattern: str, path: str, *, matches: bool) -> None:
    assert matches_any([pattern], [path]) is matches
