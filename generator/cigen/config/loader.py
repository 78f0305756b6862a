"""Reads cigen.yaml; a wrong file is told about in whole, each problem with its line."""

from pathlib import Path

from pydantic import ValidationError

from cigen.config import checks, sentences
from cigen.config.document import Document, parse
from cigen.config.model import Config
from cigen.errors import ConfigError, Problem


def load(path: Path) -> Config:
    """The config in a file, or a ConfigError with all that is wrong in it."""
    return validated(path, parse(str(path), read_text(path)))


def validated(path: Path, document: Document) -> Config:
    """The config in a document that stands, or is to stand, at a path."""
    if document.value is None:
        raise ConfigError([Problem(str(path), 0, 0, "the file is empty", "the README shows an example")])
    if not isinstance(document.value, dict):
        place = document.value_place(())
        raise ConfigError([document.problem(place, "the file must be a mapping of keys to values")])
    config, problems = _validate(document)
    problems += [*document.problems, *checks.check(document), *_missing_folder(path, document)]
    if problems or config is None:
        raise ConfigError(problems)
    return config


def read_text(path: Path) -> str:
    """The text of a config file."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        hint = "say where it is: cigen render --config PATH"
        raise ConfigError([Problem(str(path), 0, 0, "there is no such file", hint)]) from error
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        line = before.count(b"\n") + 1
        raise ConfigError([Problem(str(path), line, 0, "the file is not UTF-8", "save it as UTF-8")]) from error
    except OSError as error:
        raise ConfigError([Problem(str(path), 0, 0, f"cannot be read: {error.strerror}")]) from error


def _validate(document: Document) -> tuple[Config | None, list[Problem]]:
    try:
        return Config.model_validate(document.value), []
    except ValidationError as error:
        return None, list(sentences.problems(document, Config, error.errors(include_url=False)))


def _missing_folder(path: Path, document: Document) -> list[Problem]:
    templates = document.at(("templates",))
    if not isinstance(templates, str) or (path.parent / templates).is_dir():
        return []
    place = document.value_place(("templates",))
    message = f"templates: there is no folder '{templates}'"
    return [document.problem(place, message, "the path starts at this file's folder")]
