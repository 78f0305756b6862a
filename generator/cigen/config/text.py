"""What a text in cigen.yaml may look like: patterns, placeholders, paths."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from cigen.nearest import name_hint

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Matches:
    """The whole text must match the pattern; `expected` says in words what that means."""

    pattern: str
    expected: str

    def check(self, value: str) -> str:
        """The value itself, or an error that says what is expected."""
        if not re.fullmatch(self.pattern, value):
            raise wrong(f"'{value}' is not {self.expected}")
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "pattern": f"^(?:{self.pattern})$"}


@dataclass(frozen=True, slots=True)
class Placeholders:
    """The text may hold these words in braces, and must hold the needed ones."""

    allowed: tuple[str, ...]
    needed: tuple[str, ...] = ()

    def check(self, value: str) -> str:
        """The value itself, or an error that names the wrong placeholder."""
        for word in _PLACEHOLDER.findall(value):
            if word not in self.allowed:
                known = [f"{{{name}}}" for name in self.allowed]
                raise wrong(f"unknown placeholder '{{{word}}}' in '{value}'", name_hint(f"{{{word}}}", known))
        if re.search(r"[{}]", _PLACEHOLDER.sub("", value)):
            raise wrong(f"'{value}' has a brace without its partner")
        for word in self.needed:
            if f"{{{word}}}" not in value:
                raise wrong(f"'{value}' must contain {{{word}}}")
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))


def fill(pattern: str, **values: str) -> str:
    """The pattern with each placeholder replaced that has a value; others stay, for the runtime to fill."""
    return _PLACEHOLDER.sub(lambda found: values.get(found.group(1), found.group(0)), pattern)


def inner_path(value: str) -> str:
    """A relative path that stays inside the config's folder."""
    if ".." in PurePosixPath(value).parts:
        raise wrong(f"'{value}' leads out of the folder that the config file is in")
    return relative_path(value)


def relative_path(value: str) -> str:
    """A path relative to the config's folder, so that it means the same on every machine."""
    if not value.strip():
        raise wrong("the path is empty", "'.' is the folder that the config file is in")
    if PurePosixPath(value).is_absolute() or value.startswith("~") or "\\" in value:
        raise wrong(f"'{value}' is not a path relative to the config file, with '/' between its parts")
    return value


def wrong(message: str, hint: str = "") -> PydanticCustomError:
    """The error for a value that is wrong in a way only cigen knows."""
    return PydanticCustomError("cigen", "{message}", {"message": message, "hint": hint})
