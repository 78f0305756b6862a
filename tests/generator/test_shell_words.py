"""Which variables a script reads and sets, told from what only looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cigen.pipeline.shell_words import Use, is_powershell, scan, without_comments


def used(script: str) -> list[str]:
    return [use.name for use in scan(script).uses]


@pytest.mark.parametrize(
    ("script", "names"),
    [
        ('echo $A ${B} "$C-${D}" x$E', ["A", "B", "C", "D", "E"]),
        ("echo '$A' \\$B \"\\$C\" $$ $1 $? $@ $# $- $!", []),
        ("echo '$A'\"$B\"'$C'", ["B"]),
        ("echo $(cat $A | sed 's/$B//') `echo $C`", ["A", "C"]),
        ('echo "$(echo "$A" \'$B\')" $C', ["A", "C"]),
        ("echo ${A:-$B} ${C:+${D}} ${#E} ${F%%.*} ${G//x/$H}", ["A", "B", "C", "D", "E", "F", "G", "H"]),
        ("echo a # $B\necho $C#$D", ["C", "D"]),
        ("echo $((A + $B))", ["B"]),
        ("cat <<EOF\n$A '$B' \\$C\nEOF\necho $D", ["A", "B", "D"]),
        ("cat <<'EOF' | tee $A\n$B\nEOF\necho $C", ["A", "C"]),
        ("cat <<-EOF\n\t$A\n\tEOF\necho '$B'", ["A"]),
        ("cat <<< $A", ["A"]),
        ("echo $'it\\'s $A' $B", ["B"]),
        ('X=$A Y="$B" run', ["A", "B"]),
        ("if [ \"$A\" = 'x' ]; then echo $B; fi", ["A", "B"]),
        ("case $A in ($B) ;; esac", ["A", "B"]),
        ("f() ( echo $A )\necho $B", ["A", "B"]),
        ("x=$( (echo $A) ) && echo '$C' $B", ["A", "B"]),
    ],
)
def test_it_finds_the_variables_that_the_shell_expands(script: str, names: list[str]) -> None:
    assert names == used(script)


@pytest.mark.parametrize(
    ("script", "names"),
    [
        ("A=1; B+=2 C=3 run && D=4", ["A", "B", "C", "D"]),
        ("export A=1 B\nlocal C; readonly D=2", ["A", "B", "C", "D"]),
        ("read -r A B\nwhile read -r C; do :; done", ["A", "B", "C"]),
        ("for A in x y; do :; done\nselect B in x; do :; done", ["A", "B"]),
        ("printf -v A 1; mapfile -t B <1; getopts ab C", ["A", "B", "C"]),
        (": ${A:=x} ${B=y} ${C:-z}", ["A", "B"]),
        ("A=(1 2)\nB[0]=3", ["A", "B"]),
        ("echo 'A=1' \"B=2\" # C=3", []),
        ("if true; then A=1; else B=2; fi", ["A", "B"]),
        ("x | while IFS= read -r A; do :; done", ["IFS", "A"]),
    ],
)
def test_it_finds_the_variables_that_the_script_sets(script: str, names: list[str]) -> None:
    found = scan(script).assigned

    assert sorted(names) == sorted(name for name in found if len(name) == 1 or name == "IFS")


def test_a_use_says_where_it_stands_and_what_guards_it() -> None:
    script = 'run $A "${B:-x}"\ncat <<E\n$C\nE'

    assert [
        Use("A", 4),
        Use("B", 8, has_default=True, is_quoted=True),
        Use("C", 25, is_quoted=True, is_in_heredoc=True),
    ] == scan(script).uses


@pytest.mark.parametrize(
    "script", ["eval $X", ". ./env.sh", "true && source env", "export $(cat .env)", "if x; then . y; fi"]
)
def test_it_says_when_a_script_can_set_anything(script: str) -> None:
    assert scan(script).is_opaque


@pytest.mark.parametrize("script", ["echo eval", "ls .", "export A=$B", "evaluate x", "echo 'source x'"])
def test_it_does_not_say_so_of_other_scripts(script: str) -> None:
    assert not scan(script).is_opaque


@pytest.mark.parametrize(
    ("script", "expected"),
    [("Write-Host $env:CI", True), ("$name = 'x'", True), ("name=$other", False), ("echo $env", False)],
)
def test_it_tells_powershell_from_a_shell(script: str, expected: bool) -> None:
    assert expected == is_powershell(script)


def test_comments_are_blanked_in_place() -> None:
    assert without_comments("a '#' b # note\nc#d") == "a '#' b       \nc#d"


@pytest.mark.parametrize("piece", ["$(", "${A", "`", '"$(', "$((", "${A:-${"])
def test_deep_nesting_takes_no_time(piece: str) -> None:
    assert scan(piece * 20_000)


@given(st.text(alphabet="$${}()'\"`\\#<-EOF \nAB=:;!"))
def test_any_text_is_scanned_to_its_end(script: str) -> None:
    words = scan(script)

    assert all(0 <= use.offset < len(script) and script[use.offset] == "$" for use in words.uses)
