"""Renders every planned file, and proves that what came out is YAML."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any

from jinja2 import Template as CompiledTemplate
from jinja2 import TemplateError as JinjaError
from jinja2 import TemplateSyntaxError

from cigen.config.model import Config
from cigen.errors import Problem, TemplateError
from cigen.graph.mermaid import architecture
from cigen.graph.poster import poster_of
from cigen.nearest import name_hint
from cigen.pipeline.tree import Tree, resolved
from cigen.render.context import company_context, file_context
from cigen.render.environment import HoleError, UnknownNameError, environment_for
from cigen.render.header import with_header
from cigen.render.origin import Origin
from cigen.render.plan import PlannedFile, Template, plan
from cigen.render.rendered_yaml import faults, syntax_fault
from cigen.render.yaml_text import LEFT_OUT

_FAILURES = (JinjaError, HoleError, TypeError, ValueError, LookupError, AttributeError, ArithmeticError)
"""What the code of a template can raise."""

_BLANK_AFTER_LOGIC = re.compile(r"^([ \t]*#%.*\n)(?=[ \t]*\n)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """One file as it should be, relative to the output folder."""

    path: str
    text: str
    origin: Origin | None = field(default=None, compare=False, repr=False)
    """The template that it was rendered from; None for what is made of other rendered files."""


_LEFT_OUT_REGION = b".cigen-left-out: {}\n"
"""What stands for the file of a region that need not be read: GitLab refuses a file without any key."""


@dataclass(frozen=True, slots=True)
class _Source:
    """A template's text, compiled once for all the files it makes."""

    template: Template
    shown: str
    lines: list[str]
    compiled: CompiledTemplate
    is_own: bool
    """Whether it is the team's own, and not one that is shipped."""

    @property
    def origin(self) -> Origin:
        """What a rendered file is told of it."""
        return Origin(self.shown, tuple(self.lines), self.is_own)

    def problem(self, line: int, message: str, hint: str = "") -> Problem:
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        return Problem(self.shown, line, 0, message, hint, text)


def render(config: Config, folders: list[Path], config_name: str) -> tuple[RenderedFile, ...]:
    """Every file of the pipelines repo, by path; raises with all that is wrong in the templates."""
    company = {**company_context(config), "config_name": config_name}
    sources: dict[str, _Source | None] = {}
    rendered: list[RenderedFile] = []
    problems: list[Problem] = []
    planned = plan(config, folders)
    company["architecture"] = lambda: _architecture(planned, rendered, config)
    for file in sorted(planned, key=lambda file: not is_yaml(file.output_path)):
        try:
            if file.template.path not in sources:
                sources[file.template.path] = None
                is_own = not file.template.file.is_relative_to(folders[0])
                sources[file.template.path] = _compile(file.template, is_own=is_own)
            source = sources[file.template.path]
            if source is not None:
                rendered.append(_render(file, source, company, config_name))
        except TemplateError as error:
            problems += error.problems
    if problems:
        raise TemplateError(first_of_each_message(problems))
    return tuple(sorted(rendered, key=lambda file: file.path))


def _architecture(planned: Iterable[PlannedFile], rendered: list[RenderedFile], config: Config) -> str:
    """The pipelines as Mermaid, for a document; one region of each environment stands for all, so only it is read."""
    environments = config.environments.by_name()
    others = {
        file.output_path
        for file in planned
        if file.environment and file.region and file.region != environments[file.environment].regions[0]
    }
    texts = {file.path: _LEFT_OUT_REGION if file.path in others else file.text.encode() for file in rendered}
    return architecture(poster_of(resolved(Tree("", texts)), config, is_compact=True)).rstrip("\n")


def is_yaml(path: str) -> bool:
    """Whether the file of this name is read as YAML."""
    return PurePosixPath(path).suffix in {".yml", ".yaml"}


def _compile(template: Template, *, is_own: bool) -> _Source:
    shown, text = str(template.file), _read(template)
    lines = text.split("\n")
    environment = environment_for(is_yaml=is_yaml(template.path))
    fault = syntax_fault(text) if is_yaml(template.path) else None
    if fault is not None:
        line, message = fault
        hint = "a template must be YAML before it is rendered too"
        raise TemplateError([_problem(shown, lines, line, message, hint)])
    try:
        code = environment.compile(_with_blank_lines_kept(text), filename=shown)
    except TemplateSyntaxError as error:
        message = (error.message or "wrong template code").rstrip(".")
        raise TemplateError([_problem(shown, lines, error.lineno, _lower(message), _filter_hint(message))]) from error
    compiled = environment.template_class.from_code(environment, code, {})
    return _Source(template, shown, lines, compiled, is_own)


def _with_blank_lines_kept(text: str) -> str:
    """Jinja takes the blank lines after a line of logic away with it; an empty comment in them keeps them."""
    return _BLANK_AFTER_LOGIC.sub(r"\1<%##%>", text)


def _read(template: Template) -> str:
    shown = str(template.file)
    try:
        text = template.file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise TemplateError([Problem(shown, line, 0, "the template is not UTF-8", "save it as UTF-8")]) from error
    except OSError as error:
        raise TemplateError([Problem(shown, 0, 0, f"cannot be read: {error.strerror}")]) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _render(file: PlannedFile, source: _Source, company: dict[str, Any], config_name: str) -> RenderedFile:
    context = file_context(company, file.environment, file.region)
    try:
        text = source.compiled.render(context)
    except _FAILURES as error:
        line = _template_line(error.__traceback__, source.shown)
        raise TemplateError([source.problem(line, _message(error), _hint(error, context))]) from error
    becomes_yaml = is_yaml(file.output_path)
    lines = [line for line in text.split("\n") if LEFT_OUT not in line]
    text = "\n".join(line.rstrip() if becomes_yaml else line for line in lines)
    text = with_header(text if text.endswith("\n") else text + "\n", file.output_path, file.template.path, config_name)
    problems = list(_faults(file, source, text)) if becomes_yaml else []
    if problems:
        raise TemplateError(problems)
    return RenderedFile(file.output_path, text, source.origin)


def _faults(file: PlannedFile, source: _Source, text: str) -> Iterator[Problem]:
    """What is wrong with the rendered YAML, told at the template; the excerpt is of what was rendered."""
    for line, message in faults(text):
        hint = f"this is line {line} of {file.output_path} as it would be rendered"
        yield source.origin.problem(text, line, message, hint)


def _template_line(traceback: TracebackType | None, filename: str) -> int:
    """The line of the template that was being rendered when the error came."""
    line = 0
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == filename:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


def _message(error: Exception) -> str:
    return (str(error) if isinstance(error, HoleError | UnknownNameError) else _lower(str(error))).rstrip(".")


def _hint(error: Exception, context: dict[str, Any]) -> str:
    if not isinstance(error, UnknownNameError):
        return ""
    return name_hint(error.name, context if error.known is None else error.known)


def _filter_hint(message: str) -> str:
    is_filter = message.startswith("No filter")
    return "filters of cigen's own: yaml, block(indent), optional(indent), comment" if is_filter else ""


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]


def _problem(shown: str, lines: list[str], line: int, message: str, hint: str) -> Problem:
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    return Problem(shown, line, 0, message, hint, text)


def first_of_each_message(problems: Iterable[Problem]) -> list[Problem]:
    """A template that renders once per region is told about once."""
    first: dict[tuple[str, int, str], Problem] = {}
    for problem in problems:
        first.setdefault((problem.path, problem.line, problem.message), problem)
    return list(first.values())
