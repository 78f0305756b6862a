"""The versions that a person asks for, as JSON: what is wrong with them, from their text and the projects alone."""

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cigen_runtime.contract.mistake import Wrong
from cigen_runtime.contract.strict_json import DoubleKeyError, parse_strictly
from cigen_runtime.versions import parse_version


def read_entries(name: str, text: str, example: str) -> Mapping[str, Any] | Wrong:
    """The object that a variable's text spells; its values are not looked at yet."""
    remedy = f"Paste one JSON object: {example}"
    try:
        document = parse_strictly(text)
    except json.JSONDecodeError as error:
        return Wrong(
            f"{name} is not JSON: {error.msg} (line {error.lineno}, column {error.colno})", remedy, error.lineno
        )
    except RecursionError:
        return Wrong(f"{name} is nested too deeply", remedy)
    except DoubleKeyError as error:
        return Wrong(f"{name}: {shown(error.args[0])} stands twice", "Leave the one that is meant.")
    if not isinstance(document, dict):
        return Wrong(f"{name} is {kind(document)}, not an object", remedy)
    return document or Wrong(f"{name} names no project", remedy)


def requested_version(name: str, project: str, entry: object, folders: Mapping[str, str]) -> str | Wrong:
    """The version that an entry asks for; `folders` has the folder of each project there is."""
    if project not in folders:
        return unknown(name, project, "project", list(folders))
    version = entry.get("version") if isinstance(entry, dict) else entry
    remedy = f'Paste "{project}": "1.4.0", with the version you mean.'
    if isinstance(entry, dict):
        if "version" not in entry:
            return Wrong(f"{name}: {project} has no version", remedy)
        if entry.get("folder", folders[project]) != folders[project]:
            return Wrong(
                f"{name}: {project} is in folder {folders[project]}, not {shown(entry['folder'])}",
                f'Leave the folder out, or paste "folder": "{folders[project]}".',
            )
    if not isinstance(version, str):
        return Wrong(f"{name}: the version of {project} is {kind(version)}, not a text in quotes", remedy)
    if parse_version(version) is None:
        bare = version.strip().removeprefix("v")
        if parse_version(bare):
            remedy = f'Paste "{project}": "{bare}".'
        return Wrong(f"{name}: {project} has {shown(version)}, which is no semantic version", remedy)
    return version


def unknown(name: str, wanted: str, what: str, known: Sequence[str]) -> Wrong:
    """A name that there is not, with the nearest ones."""
    near = difflib.get_close_matches(wanted, known, n=3, cutoff=0.5)
    remedy = f"Did you mean {' or '.join(near)}?" if near else f"The {what}s are: {', '.join(_first(known, 20))}."
    return Wrong(f"{name}: there is no {what} {shown(wanted)}", remedy)


def shown(value: object) -> str:
    """As much of an input as one needs to find it again."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}...'"


def kind(value: object) -> str:
    """What a value is, in words."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case _:
            return "an object"


def _first(names: Sequence[str], most: int) -> Iterator[str]:
    yield from names[:most]
    if len(names) > most:
        yield f"and {len(names) - most} more"
