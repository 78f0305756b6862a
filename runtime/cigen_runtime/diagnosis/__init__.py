"""What to look at when a pipeline fails: the checks, and the three ways through them.

By the branch that failed (the flowchart), by the stage (the decision tree), by what one sees (the cheat sheet). Failing
jobs print them, `cigen-runtime doctor` makes them live, and docs/reference/failures.md is printed from them. It imports
nothing outside the standard library.
"""

from cigen_runtime.diagnosis.cheat_sheet import CHEAT_SHEET, Situation
from cigen_runtime.diagnosis.check import Check
from cigen_runtime.diagnosis.flowchart import Branch, Checks, branch_of, check_of
from cigen_runtime.diagnosis.tree import TREE, Stage

__all__ = ["CHEAT_SHEET", "TREE", "Branch", "Check", "Checks", "Situation", "Stage", "branch_of", "check_of"]
