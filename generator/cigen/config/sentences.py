"""Says in a plain sentence what pydantic found wrong, and where in the file it stands."""

from collections.abc import Iterable, Iterator
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from cigen.config.document import Document, Location, Place, Plain
from cigen.errors import Problem
from cigen.nearest import name_hint

_EXPECTED = {
    "string_type": "a text",
    "int_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping of names to values",
    "mapping_type": "a mapping of names to values",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
}


def problems(document: Document, model: type[BaseModel], errors: Iterable[ErrorDetails]) -> Iterator[Problem]:
    """One problem for each of pydantic's errors."""
    for error in errors:
        location = tuple(step for step in error["loc"] if step != "[key]")
        place = _place(document, error, location)
        yield document.problem(place, *_sentence(document, model, error, location))


def _place(document: Document, error: ErrorDetails, location: Location) -> Place:
    if error["type"] == "missing":
        return document.key_place(location[:-1])
    if error["type"] == "extra_forbidden" or error["loc"][-1:] == ("[key]",):
        return document.key_place(location)
    return document.value_place(location)


def _sentence(document: Document, model: type[BaseModel], error: ErrorDetails, location: Location) -> tuple[str, str]:
    name = dotted(location)
    context = error.get("ctx", {})
    value = document.at(location)
    match error["type"]:
        case "cigen":
            prefix = f"{name}: " if name else ""
            return f"{prefix}{context['message']}", str(context["hint"])
        case "missing":
            inside = dotted(location[:-1])
            where = f" in {inside}" if inside else ""
            return f"the key '{location[-1]}' is missing{where}", _description(model, location)
        case "extra_forbidden":
            inside = dotted(location[:-1])
            where = f" in {inside}" if inside else ""
            return f"unknown key '{location[-1]}'{where}", name_hint(str(location[-1]), _fields(model, location[:-1]))
        case "literal_error":
            choices = _choices(model, location)
            if len(choices) == 1:
                return f"{name}: {_shown(value)} is not {choices[0]}", _description(model, location)
            return f"{name}: {_shown(value)} is not one of {', '.join(choices)}", name_hint(str(value), choices)
        case "too_short":
            return f"{name} is empty", _description(model, location)
        case kind:
            expected = _EXPECTED.get(kind)
            if expected is None:
                return f"{name or 'the file'}: {_shown(value)} cannot stand here", ""
            message = f"{name or 'the file'} must be {expected}, and is {_kind(value)}"
            return message, _type_hint(document, kind, location)


def dotted(location: Location) -> str:
    """A location as a person would say it: `environments.staging.regions[1]`."""
    text = ""
    for step in location:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def _type_hint(document: Document, kind: str, location: Location) -> str:
    value = document.at(location)
    if kind == "string_type" and isinstance(value, int | float):
        return f'write "{_written(document, location)}", in quotes'
    if kind in {"list_type", "tuple_type"} and isinstance(value, str):
        return f"write [{value}]"
    return ""


def _written(document: Document, location: Location) -> str:
    """The value as it stands in the file, not as YAML understands it: 012 is not 12."""
    place = document.value_place(location)
    rest = document.lines[place.line - 1][place.column - 1 :]
    for end in (" #", ",", "]", "}"):
        rest = rest.split(end, 1)[0]
    return rest.strip()


def _kind(value: Plain) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return f"{str(value).lower()}"
        case int() | float():
            return f"the number {value}"
        case str():
            return f"the text '{value}'"
        case list():
            return "a list"
        case dict():
            return "a mapping"


def _shown(value: Plain) -> str:
    return f"'{value}'" if isinstance(value, str) else _kind(value)


def _fields(model: type[BaseModel], location: Location) -> list[str]:
    owner = _model_at(model, location)
    return [] if owner is None else [field.alias or name for name, field in owner.model_fields.items()]


def _description(model: type[BaseModel], location: Location) -> str:
    owner = _model_at(model, location[:-1])
    field = _field(owner, str(location[-1])) if owner else None
    return "" if field is None or not field.description else f"{location[-1]}: {field.description}"


def _field(owner: type[BaseModel], key: str) -> FieldInfo | None:
    """The field of a key: its name, where that is not a word of Python's own."""
    return next((field for name, field in owner.model_fields.items() if key == (field.alias or name)), None)


def _choices(model: type[BaseModel], location: Location) -> list[str]:
    owner = _model_at(model, location[:-1])
    field = _field(owner, str(location[-1])) if owner else None
    return [] if field is None else [str(choice) for choice in get_args(field.annotation)]


def _model_at(model: type[BaseModel], location: Location) -> type[BaseModel] | None:
    """The model that describes the mapping at a location."""
    here: Any = model
    for step in location:
        if isinstance(here, type) and issubclass(here, BaseModel):
            field = here.model_fields.get(str(step))
            here = None if field is None else _without_none(field.annotation)
        elif get_origin(here) is dict:
            here = get_args(here)[1]
        elif get_origin(here) is tuple:
            here = get_args(here)[0]
        else:
            return None
    return here if isinstance(here, type) and issubclass(here, BaseModel) else None


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, UnionType):
        return next(option for option in get_args(annotation) if option is not type(None))
    return annotation
