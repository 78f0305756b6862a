"""Where credentials go: the files that hold them, the jobs that get them, the scripts that print them."""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from cigen.lint.calls import Call
from cigen.lint.script import Script, scripts
from cigen.lint.subject import Job, Subject, items_of, text_of
from cigen.lint.told import Told
from cigen.pipeline.node import Scalar
from cigen_runtime.contract import COMMANDS
from cigen_runtime.contract.credentials import VAULT_AUTH
from cigen_runtime.contract.model import Variable

_FILES = re.compile(
    r"(?:^|/)(?:\.aws(?:/.*)?|(?:aws[-_]?)?credentials(?:\.(?:json|ini|csv|env|ya?ml|txt))?"
    r"|\.docker(?:/(?:config\.json)?)?|docker/config\.json|docker[-_](?:auth[-_])?config(?:\.json)?|\.netrc|\.pgpass|\.git-credentials|\.pypirc"
    r"|\.?vault[-_]token|kubeconfig|id_(?:rsa|ed25519|ecdsa)|service[-_]account\.json)/?\*{0,2}$"
)
_SECRET_FILES = tuple(
    dict.fromkeys(
        tuple(file.at("*", "*").split("/"))
        for command in COMMANDS
        for file in (*command.writes, *command.hands_over)
        if file.is_secret
    )
)
_BLIND_PROGRAMS = "[ : cat curl date echo false git grep head jq ls mkdir printf sed set sleep sort tail test true wget"
_BLIND = frozenset(_BLIND_PROGRAMS.split())
"""Programs that make nothing of credentials which nobody hands to them."""
_WITH_CREDENTIALS = re.compile(r"AWS_|DOCKER_|KUBECONFIG|NETRC|netrc|VAULT_")
PRINTS_ALL = re.compile(
    r"(?:^|[;&|({]|\b(?:then|do|else)\b)[ \t]*"
    r"(?:env|printenv|export(?:[ \t]+-p)?|declare[ \t]+-p?x|set)[ \t]*(?=$|[|>;&)}])",
    re.MULTILINE,
)


def keepers(subject: Subject) -> Mapping[str, tuple[str, ...]]:
    """The jobs that keep credentials, each with the paths of these."""
    return subject.once(_keepers)


def _keepers(subject: Subject) -> Mapping[str, tuple[str, ...]]:
    kept = {job.name: tuple(text_of(path) for path in kept_credentials(job)) for job in subject.running}
    return {name: paths for name, paths in kept.items() if paths}


def kept_credentials(job: Job) -> Iterator[Scalar]:
    """Those of a job's artifact paths that hold credentials: the contract says so, or their names do."""
    for item in items_of(job.get("artifacts", "paths")):
        if isinstance(item, Scalar) and (_FILES.search(text_of(item)) or _is_of_contract(text_of(item))):
            yield item


def _is_of_contract(path: str) -> bool:
    """Whether a path is one that the contract keeps credentials at, for whatever environment and region."""
    parts = path.removeprefix("./").split("/")
    return any(len(parts) == len(pattern) and all(map(fnmatchcase, parts, pattern)) for pattern in _SECRET_FILES)


def reads(calls: tuple[Call, ...], known: Told) -> frozenset[str]:
    """The names of the variables that some calls read, under the login that the job is told."""
    auth = known.values.get(VAULT_AUTH.name) or VAULT_AUTH.default
    return frozenset(
        variable.name
        for call in calls
        for variable in call.command.variables_under(known.values)
        if _is_read(variable, auth or "")
    )


def _is_read(variable: Variable, auth: str) -> bool:
    return variable.login is None or variable.login == auth


def is_blind(subject: Subject, job: Job, paths: tuple[str, ...]) -> bool:
    """Whether no command of a job can make anything of credentials in these files, or in its environment."""
    found = scripts(subject, job)
    return bool(found) and all(_is_blind(script, paths) for script in found)


def _is_blind(script: Script, paths: tuple[str, ...]) -> bool:
    if script.is_foreign or script.words.is_opaque or _WITH_CREDENTIALS.search(script.code) or "$(" in script.code:
        return False
    names = {path.rstrip("/*").rpartition("/")[2] for path in paths}
    if any(name and name in script.code for name in names):
        return False
    commands = re.split(r"\n|&&|\|\||[;|]", script.code)
    return all(not command.strip() or command.split()[0] in _BLIND for command in commands)


def prints_everything(script: Script) -> Iterator[tuple[int, int]]:
    """Where a script prints all variables into the log: offset and length."""
    for match in PRINTS_ALL.finditer(script.code):
        after = script.code[match.end() :].lstrip(" \t")
        if not after.startswith((">", "|")) or re.match(r"\|[ \t]*(?:sort|tee|cat|less)\b", after):
            begin = match.start() + len(match[0]) - len(match[0].lstrip(" \t;&|({\n"))
            yield begin, match.end() - begin
