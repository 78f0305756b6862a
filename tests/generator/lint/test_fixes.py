"""What `--fix` writes: only what is sure, once, where it was asked to, and nothing else in the file."""

from pathlib import Path

import pytest

from cigen.lint.fixes import Fixing, fixed_texts
from cigen.lint.registry import RULES
from cigen.lint.rule import Rule, files_of

from ..conftest import Run
from .examples import found_in, lint_example, subject_of

FIXING: list[Rule] = [rule for rule in RULES if isinstance(rule, Fixing)]


def test_there_are_rules_that_put_right_what_they_find() -> None:
    assert {rule.name for rule in FIXING} >= {"script-parsed-as-map", "yaml11-surprise"}


@pytest.mark.parametrize("rule", FIXING, ids=lambda rule: rule.name)
@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_after_a_fix_nothing_is_found_and_a_second_one_changes_nothing(rule: Rule, ending: str) -> None:
    example = {path: text.replace("\n", ending) for path, text in files_of(rule.bad).items()}

    fixed = {path: text for path, text, _ in fixed_texts([subject_of(example)])}

    assert fixed
    assert found_in(example | fixed) == []
    assert list(fixed_texts([subject_of(example | fixed)])) == []
    changed = [
        (old, new)
        for path, text in fixed.items()
        for old, new in zip(example[path].split(ending), text.split(ending), strict=True)
        if old != new
    ]
    assert len(changed) == len(lint_example(rule.bad).findings)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("build:\n  # why\n  script:\n    - echo a: b\n", "build:\n  # why\n  script:\n    - 'echo a: b'\n"),
        ("build: {script: make, variables: {A: no}}\n", 'build: {script: make, variables: {A: "no"}}\n'),
        (
            "build: &x\n  script: make\n  variables: {A: yes}\ntest: *x\n",
            'build: &x\n  script: make\n  variables: {A: "yes"}\ntest: *x\n',
        ),
        (
            "build:\n  script: make\n  variables:\n    A: no  # cigen: ignore[yaml11-surprise] meant so\n    B: no\n",
            'build:\n  script: make\n  variables:\n    A: no  # cigen: ignore[yaml11-surprise] meant so\n    B: "no"\n',
        ),
        (
            "# ä 𝄞\nbuild: {script: make ä 𝄞, variables: {A: no}}\n",
            '# ä 𝄞\nbuild: {script: make ä 𝄞, variables: {A: "no"}}\n',
        ),
    ],
    ids=["comment", "flow", "alias", "ignored", "wide"],
)  # fmt: skip
def test_the_rest_of_the_file_stays_as_it_is(text: str, expected: str) -> None:
    ((_, fixed, _),) = fixed_texts([subject_of(text)])

    assert fixed == expected


def test_the_files_of_other_projects_are_left_alone(
    tmp_path: Path, cigen: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = "shared:\n  script:\n    - echo a: b\n"
    include = "include: [{project: x/pipelines, ref: v1, file: a.yml}]\n"
    own = shared.replace("shared", "own")
    for path, text in {"pipelines/a.yml": shared, "service/.gitlab-ci.yml": include + own}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.chdir(tmp_path / "service")

    outcome = cigen("lint", "--fix", "--pipelines", "../pipelines")

    assert outcome.err == ".gitlab-ci.yml: 1 put right\n"
    assert (tmp_path / "pipelines/a.yml").read_text() == shared
    assert "../pipelines/a.yml:3:7: error" in outcome.out
