"""state.json: what runs where, as one document that many jobs bring up to date."""

import json
from collections.abc import Iterable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from cigen_runtime.dashboard.record import Record, record_of
from cigen_runtime.diagnosis import Branch
from cigen_runtime.errors import ConfigurationError
from cigen_runtime.file_schemas import SCHEMAS

SCHEMA = 1
HISTORY = 10
"""Deployments kept for each project and place, the one that runs now included."""


class State:
    """A state as it was read; changing it makes another one."""

    def __init__(self, document: dict[str, Any] | None = None) -> None:
        self._document = document or {"schema": SCHEMA, "updated_at": "1970-01-01T00:00:00Z", "projects": {}}

    def current(self, environment: str, region: str) -> dict[str, Record]:
        """What runs in a place, by project."""
        place = f"{environment}/{region}"
        return {
            project: _record(project, place, places[place][0])
            for project, places in self._document["projects"].items()
            if place in places
        }

    def knows(self, record: Record) -> bool:
        """Whether a deployment is in the history."""
        entries = self._document["projects"].get(record.project, {}).get(record.place, ())
        return any(_record(record.project, record.place, entry) == record for entry in entries)

    def with_records(self, records: Iterable[Record], now: float) -> "State":
        """The state with these deployments in it, each at its place in time.

        Whatever order deployments are told in, the result is the same. The state itself when it knows them all.
        """
        document = deepcopy(self._document)
        changed = False
        for record in records:
            places = document["projects"].setdefault(record.project, {})
            known = {
                each.key: each
                for each in (_record(record.project, record.place, e) for e in places.get(record.place, ()))
            }
            before = dict(known)
            known[record.key] = record
            newest = sorted(known.values(), key=lambda each: each.order, reverse=True)[:HISTORY]
            changed |= newest != list(before.values())
            places[record.place] = [each.as_entry() for each in newest]
        if not changed:
            return self
        document["projects"] = dict(sorted(document["projects"].items()))
        moment = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        document["updated_at"] = max(moment, self._document["updated_at"])
        return State(document)

    def as_bytes(self) -> bytes:
        """The file; a line per deployment, so that people can read it and it stays small."""
        projects = ",\n".join(
            f" {_json(project)}: {{\n"
            + ",\n".join(_place(place, entries) for place, entries in sorted(places.items()))
            + "}"
            for project, places in self._document["projects"].items()
        )
        head = {key: value for key, value in self._document.items() if key != "projects"}
        return f'{_json(head)[:-1]},"projects":{{\n{projects}}}}}\n'.encode()


def state_of(content: bytes, shown: str) -> State:
    """The state that a file holds.

    Raises ConfigurationError when it is not one, or one of a newer kind than this version knows.
    """
    from jsonschema import Draft202012Validator  # imported where a file is read: it takes longer than the reading

    try:
        document = json.loads(content)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise _malformed(shown, f"it is not JSON: {error}") from None
    schema = document.get("schema") if isinstance(document, dict) else None
    if isinstance(schema, int) and schema > SCHEMA:
        raise ConfigurationError(
            f"{shown} has schema {schema}, and this cigen-runtime knows {SCHEMA}",
            remedy="Other jobs use a newer cigen-runtime already: set jobs.image in cigen.yaml to that one.",
            branch=Branch.DASHBOARD,
        )
    problem = next(Draft202012Validator(SCHEMAS["dashboard-state"]).iter_errors(document), None)
    if problem is not None:
        where = ".".join(map(str, problem.absolute_path)) or "top"
        raise _malformed(shown, f"{where}: {problem.message}"[:300])
    return State(document)


def _record(project: str, place: str, entry: dict[str, Any]) -> Record:
    environment, _, region = place.partition("/")
    return record_of({"project": project, "environment": environment, "region": region, **entry})


def _malformed(shown: str, answer: str) -> ConfigurationError:
    return ConfigurationError(
        f"{shown} is not a state of the dashboard",
        answer=answer,
        remedy="Restore an older version of the object, or remove it: each deployment from then on is recorded anew.",
        branch=Branch.DASHBOARD,
    )


def _place(place: str, entries: list[dict[str, Any]]) -> str:
    lines = ",\n".join(f"   {_json(entry)}" for entry in entries)
    return f"  {_json(place)}: [\n{lines}]"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
