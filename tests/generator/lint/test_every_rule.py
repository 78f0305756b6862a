"""What holds for every rule: its examples prove it, its words explain it, and its name leads to it."""

from pathlib import Path

import pytest

from cigen.lint import rules
from cigen.lint.registry import RULES, rule_called
from cigen.lint.rule import Rule, explanation, summary
from cigen.pipeline.fault import FaultKind

from .examples import found_in, lint_example

_STAYS = {"ignore-without-reason": {"debug-trace"}}
"""What the bad example of a rule shows beside the rule: an ignore that does not count leaves its finding."""

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


@each_rule
def test_its_bad_example_shows_this_fault_alone(rule: Rule) -> None:
    names = {finding.name for finding in lint_example(rule.bad).findings}

    assert {rule.name} | _STAYS.get(rule.name, set()) == names, found_in(rule.bad)


@each_rule
def test_its_good_example_shows_none(rule: Rule) -> None:
    assert found_in(rule.good) == []


@each_rule
def test_its_explanation_says_what_why_and_how_to_fix_it(rule: Rule) -> None:
    what, *why, fix = explanation(rule).split("\n\n")

    assert what.endswith(".")
    assert why
    assert fix.startswith("Fix: ")
    assert len(summary(rule)) <= 115


@each_rule
def test_its_name_leads_to_it(rule: Rule) -> None:
    assert rule is rule_called(rule.name)
    assert rule is rule_called(rule.code)
    assert type(rule).__module__ == f"cigen.lint.rules.{rule.name.replace('-', '_')}"
    assert type(rule).__name__.lower() == rule.name.replace("-", "")


def test_every_file_of_the_rules_is_in_the_list() -> None:
    folder = Path(rules.__file__).parent
    written = {path.stem.replace("_", "-") for path in folder.glob("*.py") if path.stem != "__init__"}

    assert written == {rule.name for rule in RULES}


def test_codes_and_names_are_there_once_and_in_order() -> None:
    codes = [rule.code for rule in RULES]

    assert sorted(set(codes)) == codes
    assert len({rule.name for rule in RULES}) == len(codes)


def test_a_rule_explains_every_fault_that_gitlab_would_refuse() -> None:
    assert {kind.value for kind in FaultKind} <= {rule.name for rule in RULES}
