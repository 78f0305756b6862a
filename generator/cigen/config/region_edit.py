"""Adds a region to cigen.yaml, or takes one out of it; what comes out is a config again, or nothing is changed."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from cigen.config.document import Document, Location, Plain, parse
from cigen.config.environments import Environment
from cigen.config.loader import read_text, validated
from cigen.config.model import Config
from cigen.config.yaml_edit import Value, YamlEdit
from cigen.errors import UsageError, WorkError
from cigen.nearest import name_hint

ACCOUNT_OF_REGION = ("overrides", "account")
"""Where an environment keeps the account of one region: these keys, around the region's name."""


@dataclass(frozen=True, slots=True)
class NewRegion:
    """What a person says of a region to add."""

    name: str
    aws_region: str
    environments: tuple[str, ...] = ()
    """All there are, when it is empty."""
    wave: int | None = None
    """The wave of production, from 1; the last when it is None."""
    accounts: Mapping[str, str] | None = None
    """The region's own account, by environment."""


@dataclass(frozen=True, slots=True)
class Edited:
    """A config file before and after a change."""

    path: Path
    before: Config
    after: Config
    old_text: str
    new_text: str

    @property
    def has_changed(self) -> bool:
        """Whether there is anything to write."""
        return self.old_text != self.new_text


def add_region(path: Path, new: NewRegion) -> Edited:
    """The config with the region; what it has already stays as it is."""
    edit = _Edit(path)
    _check(new)
    environments = edit.before.environments.by_name()
    names = new.environments or tuple(environments)
    for name in (*names, *(new.accounts or {})):
        if name not in environments:
            raise UsageError(f"there is no environment '{name}'", hint=name_hint(name, environments))
    for name in new.accounts or {}:
        if name not in names:
            raise UsageError(f"the region is not added to {name}, and has no account there")
    known = edit.before.regions.get(new.name)
    if known is not None and known.aws_region != new.aws_region:
        message = f"there is a region '{new.name}' already: it is {known.aws_region}, not {new.aws_region}"
        raise UsageError(message, hint="choose another name")
    if known is None:
        edit.put(("regions",), new.name, {"aws_region": new.aws_region})
    for name in names:
        if new.name not in environments[name].regions:
            edit.append(("environments", name, "regions"), new.name)
            if name == "prod":
                _into_wave(edit, new)
        elif name == "prod" and new.wave is not None:
            _refuse_other_wave(edit.before, new)
    for name, account in (new.accounts or {}).items():
        _give_account(edit, name, new.name, account)
    return edit.done()


def remove_region(path: Path, name: str) -> Edited:
    """The config without the region, wherever it stood."""
    edit = _Edit(path)
    if name not in edit.before.regions:
        raise UsageError(f"there is no region '{name}'", hint=name_hint(name, edit.before.regions))
    for environment, settings in edit.before.environments.by_name().items():
        if settings.regions == (name,):
            raise UsageError(
                f"'{name}' is the only region of {environment}", hint="add another one first: cigen region add"
            )
    edit.remove(("regions", name))
    for environment, settings in edit.before.environments.by_name().items():
        place: Location = ("environments", environment)
        if name in settings.regions:
            edit.remove((*place, "regions", settings.regions.index(name)))
        _out_of_waves(edit, place, name)
        own = edit.plain((*place, "overrides"))
        if isinstance(own, dict) and name in own:
            edit.remove((*place, "overrides", *((name,) if len(own) > 1 else ())))
    return edit.done()


def _check(new: NewRegion) -> None:
    """Say what is wrong with the words themselves before they stand in four places of the file."""
    regions: Any = Config.model_fields["regions"].annotation
    accounts = [{"account": account, "regions": ()} for account in (new.accounts or {}).values()]
    for model, value in (
        (TypeAdapter[Any](regions), {new.name: {"aws_region": new.aws_region}}),
        *((TypeAdapter[Any](Environment), account) for account in accounts),
    ):
        try:
            model.validate_python(value)
        except ValidationError as error:
            raise UsageError(str(error.errors()[0].get("ctx", {}).get("message", error))) from error


def _into_wave(edit: "_Edit", new: NewRegion) -> None:
    place: Location = ("environments", "prod", "waves")
    waves = edit.plain(place)
    count = len(waves) if isinstance(waves, list) else 0
    if not count:
        if new.wave is not None:
            hint = "leave --wave out, or order its regions in environments.prod.waves"
            raise UsageError("prod has no waves", hint=hint)
        return
    wave = count if new.wave is None else new.wave
    if not 1 <= wave <= count + 1:
        raise UsageError(f"there is no wave {wave}", hint=f"prod has {count}; {count + 1} would be a new one")
    if wave > count:
        edit.append(place, [new.name])
    else:
        edit.append(_regions_of_wave(edit, (*place, wave - 1)), new.name)


def _refuse_other_wave(config: Config, new: NewRegion) -> None:
    waves = config.environments.prod.waves if config.environments.prod else ()
    here = next((number for number, wave in enumerate(waves, 1) if new.name in wave.regions), None)
    if here != new.wave:
        where = "in no wave" if here is None else f"in wave {here}"
        raise UsageError(f"'{new.name}' is {where} already", hint="move it in environments.prod.waves by hand")


def _give_account(edit: "_Edit", environment: str, region: str, account: str) -> None:
    """Write down the region's own account, below as many of the keys around it as there are."""
    keys: Location = (ACCOUNT_OF_REGION[0], region, *ACCOUNT_OF_REGION[1:])
    place: Location = ("environments", environment)
    there = edit.plain((*place, *keys))
    if there == account:
        return
    if there is not None:
        raise UsageError(f"{environment} has the account {there} for '{region}' already", hint="change it by hand")
    depth = 0
    while isinstance(edit.plain((*place, *keys[: depth + 1])), dict):
        depth += 1
    value: Value = account
    for key in reversed(keys[depth + 1 :]):
        value = {str(key): value}
    edit.put((*place, *keys[:depth]), str(keys[depth]), value)


def _out_of_waves(edit: "_Edit", place: Location, name: str) -> None:
    waves = edit.plain((*place, "waves"))
    for number, _ in enumerate(waves if isinstance(waves, list) else ()):
        wave: Location = (*place, "waves", number)
        regions = edit.plain(_regions_of_wave(edit, wave))
        if isinstance(regions, list) and name in regions:
            edit.remove((*_regions_of_wave(edit, wave), regions.index(name)) if len(regions) > 1 else wave)


def _regions_of_wave(edit: "_Edit", wave: Location) -> Location:
    return (*wave, "regions") if isinstance(edit.plain(wave), dict) else wave


class _Edit:
    """Each change is made twice, to the text and to the plain values; they must agree in the end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._text = read_text(path)
        document = parse(str(path), self._text)
        self.before = validated(path, document)
        self._old: Plain = document.value
        self._new: Plain = deepcopy(document.value)
        self._gone: list[Location] = []
        self._edit = YamlEdit(self._text)

    def plain(self, location: Location) -> Plain:
        """What the file held at a location before the change."""
        return Document("", [], self._old).at(location)

    def put(self, location: Location, key: str, value: Value) -> None:
        self._edit.put(location, key, value)
        owner = Document("", [], self._new).at(location)
        if isinstance(owner, dict):
            owner[key] = _plain(value)

    def append(self, location: Location, value: Value) -> None:
        self._edit.append(location, value)
        owner = Document("", [], self._new).at(location)
        if isinstance(owner, list):
            owner.append(_plain(value))

    def remove(self, location: Location) -> None:
        self._edit.remove(location)
        self._gone.append(location)

    def done(self) -> Edited:
        """The change, when it says what was meant and is a config."""
        for location in sorted(self._gone, key=str, reverse=True):
            owner = Document("", [], self._new).at(location[:-1])
            if isinstance(owner, dict):
                del owner[str(location[-1])]
            elif isinstance(owner, list):
                del owner[int(location[-1])]
        text = self._edit.text()
        document = parse(str(self._path), text)
        if document.value != self._new:
            message = f"{self._path}: shares values by anchors, and would change in other places too"
            raise WorkError(message, hint="edit it by hand")
        return Edited(self._path, self.before, validated(self._path, document), self._text, text)


def _plain(value: Value) -> Plain:
    match value:
        case str():
            return value
        case Mapping():
            return {key: _plain(child) for key, child in value.items()}
        case Sequence():
            return [_plain(child) for child in value]
