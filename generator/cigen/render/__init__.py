"""Templates and the config in, files of the pipelines repo out."""

from pathlib import Path

from cigen.config.model import Config
from cigen.errors import Problem, TemplateError
from cigen.render import gitlab_checks
from cigen.render.components import components
from cigen.render.engine import RenderedFile, first_of_each_message
from cigen.render.engine import render as render_templates

__all__ = ["RenderedFile", "render"]


def render(config: Config, folders: list[Path], config_name: str) -> tuple[RenderedFile, ...]:
    """Every file of the pipelines repo, by path, and its components where it has any."""
    rendered = render_templates(config, folders, config_name)
    if wrong := list(gitlab_checks.problems(config, rendered)):
        raise TemplateError(first_of_each_message(wrong))
    if not config.components:
        return rendered
    paths = {file.path for file in rendered}
    made = tuple(components(rendered))
    if twice := sorted(file.path for file in made if file.path in paths):
        hint = "rename the template, or set `components` to false"
        raise TemplateError(
            Problem(path, 0, 0, "a template renders to it, and so does a component", hint) for path in twice
        )
    return tuple(sorted((*rendered, *made), key=lambda file: file.path))
