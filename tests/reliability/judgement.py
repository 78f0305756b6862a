"""What must be true after a cell was played, whatever happened in it."""

from __future__ import annotations

import base64
import functools
import json
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatch

import jsonschema

from cigen_runtime.contract.jira import FOUND_JIRA_TICKETS
from cigen_runtime.contract.model import RESULT, ExitCode, System
from cigen_runtime.contract.versions import VERSIONS
from cigen_runtime.file_schemas import SCHEMAS
from lab import Status
from lab.faults import Fault, Request
from lab.names import PRODUCTION_ACCOUNT, STAGING_ACCOUNT
from reliability.faults import RETRY_AFTER
from reliability.matrix import Call, Column, Effect
from reliability.play import Play
from reliability.stage import KEPT_BESIDE

SECRETS = ("VAULT_SECRET_ID", "ARTIFACTORY_PASS", "JIRA_API_TOKEN", "VERSIONING_TOKEN", "VERSION_DASHBOARD_TOKEN")
OPTIONAL = frozenset({FOUND_JIRA_TICKETS.path, VERSIONS.path})
"""Files that a command writes only when there is something to write that no earlier job wrote."""


def problems(play: Play) -> Iterator[str]:
    """All that is not as it must be."""
    yield from play.unmet
    yield from (f"{request.method} {request.path} began and never ended" for request in play.lab.gateway.unfinished)
    yield from _wrong_ends(play)
    if play.runs[-1].after != play.stage.goal(play.at):
        yield f"the end state is {play.runs[-1].after}, not {play.stage.goal(play.at)}"
    yield from _needless_writes(play)
    yield from _untrue_results(play)
    yield from _half_written(play)
    yield from _left_behind(play)
    yield from _secrets(play)


def _wrong_ends(play: Play) -> Iterator[str]:
    codes = [ran.code for ran in play.runs]
    match play.cell.column:
        case Column.KILLED | Column.TWICE | Column.BOTH:
            if any(codes):
                yield f"the runs ended with {codes}"
        case _:
            wanted = play.cell.exit_code
            is_one_of_two = wanted == ExitCode.AUTHENTICATION and codes[0] == ExitCode.PARTLY_DONE
            if codes[0] != wanted and not is_one_of_two:  # the other one was done by then, or was not
                yield f"the run ended with {codes[0]}, not {int(wanted)}"
            if codes[-1] != ExitCode.DONE:
                yield f"the last run ended with {codes[-1]}"
    was_told = play.cell.column in {Column.SECONDS, Column.DATE} and codes[0] == ExitCode.DONE
    is_shown = play.cell.call and play.cell.call.system is not System.GIT  # git keeps the header to itself
    if was_told and is_shown and play.runs[0].waited < RETRY_AFTER:
        yield f"it waited {play.runs[0].waited} s, and was asked to wait {RETRY_AFTER}"


def _needless_writes(play: Play) -> Iterator[str]:
    """Each write happens as often as an undisturbed run makes it; who only says what is to be may say it again."""
    carried_out = [request for request in play.lab.gateway.requests if request.carried_out]
    two = play.cell.column is Column.BOTH
    for call in play.cell.row.writes:
        count = sum(is_call(request, call) for request in carried_out)
        if call.effect is Effect.STAGED or (two and call.effect is Effect.SAME):
            continue
        # Of two at once the system itself refuses the second one's tag or revision, after taking the request.
        most = call.times * (len(play.runs) if call.each_run else 1 + two)
        may_repeat = call.effect is Effect.SAME and play.cell.call == call
        if not call.times <= count <= most + may_repeat:
            yield f"{call.name} was carried out {count} times, not {call.times}"
    if play.cell.column is Column.TWICE and play.runs[1].before != play.runs[1].after:
        yield "the second run changed something"
    writes = [request for request in carried_out if is_write(request)]
    strange = [each for each in writes if not any(is_call(each, call) for call in play.cell.row.writes)]
    if strange and not two:
        yield f"these writes are no part of the row: {strange}"


def _untrue_results(play: Play) -> Iterator[str]:
    for ran in play.runs:
        if not ran.result:
            yield "there is no result file"
            continue
        validator("result").validate(ran.result)
        if ran.result["exit_code"] != ran.code:
            yield f"the result file says {ran.result['exit_code']}, the run ended with {ran.code}"
        if (ran.result["error"] is None) != (ran.code in {ExitCode.DONE, ExitCode.INTERRUPTED}):
            yield f"the result file has the error {ran.result['error']} after {ran.code}"
        if play.cell.column is Column.BOTH:
            continue  # what the other one changed meanwhile is not in this one's file
        planned, changed, already = (
            Counter((each["what"], each["name"]) for each in ran.result[part])
            for part in ("planned", "changed", "already")
        )
        differs = {key for key in ran.after if ran.after[key] != ran.before.get(key) and key[0] not in KEPT_BESIDE}
        if ran.code == ExitCode.DONE and set(changed) != differs:
            yield f"the result file says that {set(changed)} changed, and {differs} did"
        if not set(changed) <= differs or not set(changed) <= set(planned) or max(changed.values(), default=1) > 1:
            yield f"the result file lists as changed {changed}; planned were {planned}, and {differs} changed"
        if set(already) & set(changed):
            yield f"changed and there already: {set(already) & set(changed)}"


def _half_written(play: Play) -> Iterator[str]:
    """What a job after this one reads is whole; what only looks up leaves it only when all was found."""
    command = play.cell.row.command
    for file in command.writes:
        found = list(play.at.folder.glob(file.at("*", "*").removesuffix("/")))
        for path in found:
            if file.schema:
                validator(file.schema).validate(json.loads(path.read_text()))
        if not found and play.runs[-1].code == ExitCode.DONE and file.path not in OPTIONAL:
            yield f"{file.path} is not there after the last run"
    yield from (f"{path.name} was left" for path in play.at.folder.rglob("*.part"))
    if not command.changes:
        for ran in play.runs:
            if ran.code != ExitCode.DONE and ran.written:
                yield f"it failed, and wrote {ran.written}"


def _left_behind(play: Play) -> Iterator[str]:
    """What nobody needs: a job's folder is kept by its runner, and the next job finds it."""
    known = [file.at("*", "*", "*") for file in (*play.cell.row.command.writes, RESULT)]
    patterns = [f"{path}*" if path.endswith("/") else path for path in known]
    for name in sorted({*play.files()} - play.present):
        if not any(fnmatch(name, pattern) for pattern in patterns):
            yield f"{name} was left behind"


def _secrets(play: Play) -> Iterator[str]:
    secrets = {*_known_secrets(play)}
    texts = {f"output {number}": ran.output for number, ran in enumerate(play.runs, 1)}
    texts |= {"what a program is given": "\n".join(play.given)}
    for path in play.at.folder.parent.rglob("*"):
        if path.is_file():
            texts[str(path.relative_to(play.at.folder.parent))] = path.read_text(errors="replace")
    for place, text in texts.items():
        if any(secret in text for secret in secrets):
            yield f"there is a secret in {place}"


def _known_secrets(play: Play) -> Iterator[str]:
    """Those of the job's settings, as they are and as they travel, and every token that was given out."""
    variables = play.lab.job_variables
    for name in SECRETS:
        yield variables[name]
    for user, password in (
        ("ci", variables["ARTIFACTORY_PASS"]),
        (variables["JIRA_USER"], variables["JIRA_API_TOKEN"]),
        ("cigen", variables["VERSIONING_TOKEN"]),
    ):
        yield base64.b64encode(f"{user}:{password}".encode()).decode()
    for account in (STAGING_ACCOUNT, PRODUCTION_ACCOUNT):
        yield f"{account}-auth-token"
        yield base64.b64encode(f"AWS:{account}-auth-token".encode()).decode()
    yield from play.lab.vault.issued
    for given in play.lab.aws.issued:
        yield given.secret_key
        yield given.session_token


@functools.cache
def validator(schema: str) -> jsonschema.Draft202012Validator:
    """What checks a file of the contract."""
    return jsonschema.Draft202012Validator(SCHEMAS[schema])


def is_call(request: Request, call: Call) -> bool:
    """Whether a request is this one."""
    fault = Fault(Status(500), call.method, call.host, call.path, call.target, 1)
    return fault.matches(request.method, request.host, request.path, request.target)


def is_write(request: Request) -> bool:
    """Whether a request may change something, by its method and what we know of the systems' reads by POST."""
    reads = ("/search/jql", "/comment/list", "/git-upload-pack", "/auth/", "/aws/sts/")
    if request.method in {"GET", "HEAD"} or any(part in request.path for part in reads):
        return False
    return not request.target.rpartition(".")[2].startswith("Get")
