"""How long it takes until a command begins."""

from bench.measure import BIN, RUNS, median, print_table


def start_up() -> None:
    """Whole processes beside an empty Python."""
    rows = []
    nothing = median([BIN / "python", "-c", "pass"])
    for name, command in (
        ("python -c pass", [BIN / "python", "-c", "pass"]),
        ("cigen --help", [BIN / "cigen", "--help"]),
        ("cigen-runtime --help", [BIN / "cigen-runtime", "--help"]),
        ("cigen render --check", [BIN / "cigen", "render", "--check"]),
    ):
        cost = median(command)
        rows.append((name, f"{cost.wall:.3f} s", f"{cost.cpu:.3f} s", f"{cost.wall / nothing.wall:.1f} x"))
    print_table(f"Start-up, median of {RUNS}", ("process", "wall", "cpu", "beside pass"), rows)
