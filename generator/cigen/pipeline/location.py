"""The spellings of `include`, each as one location, and what GitLab refuses about them."""

import json
import re
from collections.abc import Iterator
from collections.abc import Mapping as Values
from dataclasses import dataclass
from enum import Enum

from cigen.nearest import name_hint
from cigen.pipeline.fault import Fault, FaultKind
from cigen.pipeline.node import Mapping, Node, Place, Scalar, Sequence, plain


class Kind(Enum):
    """Where a file is looked up."""

    LOCAL = "local"
    PROJECT = "project"
    REMOTE = "remote"
    TEMPLATE = "template"
    COMPONENT = "component"


@dataclass(frozen=True, slots=True)
class Location:
    """One file that is included, or one pattern."""

    kind: Kind
    address: str
    place: Place
    project: str = ""
    ref: str = "HEAD"
    inputs: Node | None = None
    rules: Node | None = None
    unknown_variable: str = ""
    """A variable in it whose value is not known."""

    @property
    def shown(self) -> str:
        """As a person would call it."""
        return f"{self.project}:{self.address}" if self.project else self.address


def locations(include: Node, variables: Values[str, str]) -> Iterator[Location | Fault]:
    """Each location of an `include`, in order."""
    for item in include.items if isinstance(include, Sequence) else (include,):
        if isinstance(item, Scalar) and item.value is None:
            continue
        if isinstance(item, Scalar) and isinstance(item.value, str):
            yield _checked(_of_text(item.value, item.place, variables))
        elif isinstance(item, Mapping):
            yield from _of_mapping(item, variables)
        else:
            yield _fault(item.place, "an include has to be a path, an address or a mapping")


_SUBKEYS = ("local", "project", "remote", "template", "component", "artifact")
_URL = re.compile(r"(?i)(?:https?|ssh|git)://\S+\Z")
_YAML_NAME = re.compile(r"(?i)[^/]+\.ya?ml\Z")
_OWN_SERVER = {name: f"${name}" for name in ("CI_SERVER_FQDN", "CI_SERVER_HOST")}
"""The one GitLab whose components a pipeline can have, by whatever name."""
_TEMPLATE_SUFFIX = ".gitlab-ci.yml"
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})|%(\w+)%", re.ASCII)


def _of_text(text: str, place: Place, variables: Values[str, str]) -> Location:
    expanded, unknown = _expanded(text, variables)
    kind = Kind.REMOTE if _URL.match(expanded) else Kind.LOCAL
    return Location(kind, expanded, place, unknown_variable=unknown)


def _of_mapping(item: Mapping, variables: Values[str, str]) -> Iterator[Location | Fault]:
    kinds = [name for name in _SUBKEYS if _is_present(item.get(name))]
    if "project" in kinds and not _is_present(item.get("file")):
        kinds.remove("project")
        if not kinds:
            yield _fault(item.place, "an include of a project needs `file`, the path in that project")
            return
    if not kinds:
        names = [str(entry.key.value) for entry in item]
        hint = name_hint(names[0], _SUBKEYS) if names else ""
        shown = json.dumps(plain(item), ensure_ascii=False, default=str)
        shown = shown if len(shown) < 120 else f"{shown[:120]}…"
        yield _fault(item.place, f"{shown} does not say what to include: it has none of {', '.join(_SUBKEYS)}", hint)
    elif len(kinds) > 1:
        yield _fault(item.place, f"one include may have one of {', '.join(kinds)}, not several")
    elif kinds[0] == "artifact":
        yield _fault(item.place, "an artifact can be included by `trigger` only, for a child pipeline")
    else:
        yield from _of_kind(Kind(kinds[0]), item, variables)


def _of_kind(kind: Kind, item: Mapping, variables: Values[str, str]) -> Iterator[Location | Fault]:
    node = item.get("file" if kind is Kind.PROJECT else kind.value)
    project, project_unknown = _expanded(_first_text(item.get("project")) if kind is Kind.PROJECT else "", variables)
    ref, ref_unknown = _expanded(_first_text(item.get("ref")), variables)
    is_list = kind is Kind.PROJECT and isinstance(node, Sequence)
    for file in node.items if is_list and isinstance(node, Sequence) else (node,):
        if not isinstance(file, Scalar) or not isinstance(file.value, str):
            yield _fault((file or item).place, f"`{'file' if kind is Kind.PROJECT else kind.value}` has to be a text")
            continue
        known = {**_OWN_SERVER, **variables} if kind is Kind.COMPONENT else variables
        address, unknown = _expanded(file.value, known)
        unknown = unknown or project_unknown or ref_unknown
        yield _checked(
            Location(
                kind,
                address,
                file.place,
                project.lower(),
                ref or "HEAD",
                item.get("inputs"),
                item.get("rules"),
                unknown,
            )
        )


def _checked(location: Location) -> Location | Fault:
    """The location, or the fault that its address is."""
    address, place = location.address, location.place
    if location.unknown_variable:
        return location
    if not address.strip():
        return _fault(place, "the include is empty")
    if location.kind is Kind.TEMPLATE and not address.endswith(_TEMPLATE_SUFFIX):
        return _fault(place, f"{address} is no template of GitLab: their names end in {_TEMPLATE_SUFFIX}")
    if location.kind is Kind.REMOTE and not _URL.match(address):
        return _fault(place, f"{address} is no address", "it begins with https://")
    if location.kind is Kind.COMPONENT and "@" not in address:
        return _fault(place, f"{address} is no component: its version is missing", "write host/project/name@version")
    needs_yaml = location.kind in {Kind.LOCAL, Kind.PROJECT, Kind.REMOTE} and "*" not in address
    if needs_yaml and not _YAML_NAME.search(address):
        return _fault(place, f"{address} is no YAML file: GitLab includes names that end in .yml or .yaml")
    return location


def _expanded(text: str, variables: Values[str, str]) -> tuple[str, str]:
    """The text with its variables filled in, and the first whose value is not known."""
    unknown = ""

    def value(match: re.Match[str]) -> str:
        nonlocal unknown
        name = match[1] or match[2] or match[3]
        if name not in variables:
            unknown = unknown or name
        return variables.get(name, match[0])

    return (_VARIABLE.sub(value, text) if "$" in text or "%" in text else text), unknown


def _is_present(node: Node | None) -> bool:
    match node:
        case None:
            return False
        case Scalar():
            return node.value not in {None, False} and not (isinstance(node.value, str) and not node.value.strip())
        case Sequence():
            return bool(node.items)
        case Mapping():
            return bool(node.entries)
        case _:
            return True


def _first_text(node: Node | None) -> str:
    first = node.items[0] if isinstance(node, Sequence) and node.items else node
    return str(first.value) if isinstance(first, Scalar) and first.value is not None else ""


def _fault(place: Place, message: str, hint: str = "") -> Fault:
    return Fault(FaultKind.INCLUDE_INVALID, place, message, hint)
