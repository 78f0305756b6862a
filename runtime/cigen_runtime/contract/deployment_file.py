"""`functions/<folder>/.deployment`: what it may say, and everything that is wrong with one, from its text alone."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cigen_runtime.contract.mistake import Wrong

FUNCTIONS = "functions"
"""The folder that holds one folder per Lambda function."""
FILE_NAME = ".deployment"
NAME_KEY = "ACTUAL_LAMBDA_NAME"
ARCHITECTURE_KEY = "ARCHITECTURE"
PROJECT_KEY = "PROJECT"
SHARED_KEY = "SHARED_PATHS"
KEYS = (NAME_KEY, ARCHITECTURE_KEY, PROJECT_KEY, SHARED_KEY)
ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}
"""Lambda's names of the architectures, and what images call them."""
DEFAULT_ARCHITECTURE = "x86_64"

REMEDY = f"A complete file is one line: {NAME_KEY}=orders-api"

_LAMBDA_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_KEY = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class Value:
    """What a key has, and in which line."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class DeploymentFile:
    """The values of a file, and its lines that say nothing."""

    values: Mapping[str, Value]
    broken: tuple[Wrong, ...]

    def lambda_name(self, environment: str | None = None) -> Value:
        """The function of an environment, where the file tells environments apart; an empty text where it has none."""
        own = self.values.get(name_key(environment)) if environment else None
        return own or self.values.get(NAME_KEY) or Value(1, "")

    @property
    def architecture(self) -> Value:
        """The architecture, Lambda's default where none is written."""
        return self.values.get(ARCHITECTURE_KEY) or Value(1, DEFAULT_ARCHITECTURE)

    @property
    def project(self) -> str:
        """The project that the folder is; empty where it has the folder's name."""
        value = self.values.get(PROJECT_KEY)
        return value.text if value else ""

    @property
    def shared_paths(self) -> tuple[str, ...]:
        """What else of the repository the function is built from, from its top."""
        value = self.values.get(SHARED_KEY)
        return tuple(path.strip("/") for path in value.text.replace(",", " ").split()) if value else ()

    def mistakes(self, environment: str | None = None) -> Iterator[Wrong]:
        """What keeps a job of an environment from using it."""
        yield from self.broken
        yield from _mistakes_of_name(self.lambda_name(environment))
        if self.architecture.text not in ARCHITECTURES:
            known = " or ".join(ARCHITECTURES)
            yield _wrong(self.architecture.line, f"{ARCHITECTURE_KEY} is {self.architecture.text!r}, not {known}")
        for path in self.shared_paths:
            if not path or ".." in path.split("/"):
                message = f"{SHARED_KEY} has {path!r}, which is no path below the repository"
                yield _wrong(self.values[SHARED_KEY].line, message)

    def all_mistakes(self, environments: Iterable[str]) -> Iterator[Wrong]:
        """What keeps any job from using it, each mistake once."""
        seen: set[Wrong] = set()
        for environment in (None, *environments):
            for mistake in self.mistakes(environment):
                if mistake not in seen:
                    seen.add(mistake)
                    yield mistake


def name_key(environment: str) -> str:
    """The key of the function's name in one environment."""
    return f"{NAME_KEY}_{re.sub('[^A-Z0-9]', '_', environment.upper())}"


def parse_deployment(text: str) -> DeploymentFile:
    """`KEY=VALUE` lines with `#` comments, or just the bare name of the function."""
    values: dict[str, Value] = {}
    broken: list[Wrong] = []
    lines = list(_meaningful_lines(text.removeprefix("\ufeff")))
    if len(lines) == 1 and "=" not in lines[0][1]:
        lines = [(lines[0][0], f"{NAME_KEY}={lines[0][1]}")]
    for number, line in lines:
        key, separator, value = (part.strip() for part in line.partition("="))
        if not separator or not _KEY.fullmatch(key):
            broken.append(_wrong(number, f"{line!r} is not KEY=VALUE"))
        elif key in values:
            broken.append(_wrong(number, f"{key} stands twice, first in line {values[key].line}"))
        else:
            values[key] = Value(number, value.strip("\"'"))
    return DeploymentFile(values, tuple(broken))


def _meaningful_lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if (stripped := re.sub(r"(^|\s)#.*", "", line).strip()) != "":
            yield number, stripped


def _mistakes_of_name(name: Value) -> Iterator[Wrong]:
    if not _LAMBDA_NAME.fullmatch(name.text):
        found = f"{NAME_KEY} is {name.text!r}" if name.text else f"it has no {NAME_KEY}"
        yield _wrong(name.line, f"{found}; a function's name has 1 to 64 letters, digits, - and _")


def _wrong(line: int, message: str) -> Wrong:
    return Wrong(message, REMEDY, line)
