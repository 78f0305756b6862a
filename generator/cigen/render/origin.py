"""From a rendered file back to its template: which line of it a rendered line most likely came from."""

from dataclasses import dataclass

from cigen.errors import Problem


@dataclass(frozen=True, slots=True)
class Origin:
    """The template of a rendered file."""

    shown: str
    """Its path as messages name it."""
    lines: tuple[str, ...]
    is_own: bool
    """Whether it is the team's own, and not one that is shipped."""

    def problem(self, text: str, line: int, message: str, hint: str = "") -> Problem:
        """A problem with a line of what was rendered, told at the template; the excerpt is what was rendered.

        A line that one hole made with others is told at that hole.
        """
        lines = text.split("\n")
        excerpt = lines[line - 1] if line <= len(lines) else ""
        found = (self.line_of(lines[number - 1], number) for number in range(min(line, len(lines)), 0, -1))
        return Problem(self.shown, next(filter(None, found), 0), 0, message, hint, excerpt)

    def line_of(self, rendered: str, line: int) -> int:
        """The line of the template that a rendered line most likely came from; 0 where none looks like it."""
        candidates = [number for number, text in enumerate(self.lines, 1) if _could_render(text, rendered)]
        return min(candidates, key=lambda number: abs(number - line), default=0)


def _could_render(template_line: str, rendered: str) -> bool:
    before, hole, rest = template_line.partition("<%")
    after = rest.rsplit("%>", 1)[-1] if hole else ""
    if not hole:
        return template_line.rstrip() == rendered
    return bool(before.strip()) and rendered.startswith(before.rstrip()) and rendered.endswith(after.rstrip())
