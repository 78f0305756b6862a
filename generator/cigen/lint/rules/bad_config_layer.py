"""The rule `bad-config-layer`."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import ClassVar

from cigen.findings import Finding, Related, Severity, Span
from cigen.lint.config_syntax import syntax_mistakes
from cigen.lint.rule import Example, found
from cigen.lint.service_files import environments_of, line_of, paths_below, reads
from cigen.lint.subject import Subject
from cigen_runtime.contract.config_layers import (
    BASE,
    ROOT,
    RULES_FILE,
    YAML_ENDINGS,
    never_meeting,
    outside_of_layers,
    split,
)
from cigen_runtime.contract.configs import CONFIGS

_ENDINGS = (".json", *YAML_ENDINGS)
_PIPELINE = """\
find-versions:
  image: registry.example.com/cigen-runtime:0.1.0
  script: cigen-runtime find-versions
  environment: {name: staging/eu, action: access}
  variables:
    CIGEN_ENVIRONMENT: staging
    CIGEN_REGION: eu
    CIGEN_ENVIRONMENTS: '{"staging": ["eu"], "prod": ["eu"]}'
"""


class BadConfigLayer:
    """A file below `configs/` that no environment gets, or that cannot be merged.

    Configs lie in layers: `base/`, `<environment>/` and `<environment>/<region>/`. A folder that is none of them, most
    often a misspelling, stops the sync of all configs, and so does a file that is no JSON or YAML or has a key twice.
    `limits.yml` in one layer and `limits.yaml` in another are two files that never meet.

    Fix: move or rename the file, or correct it.
    """

    code = "CG860"
    name = "bad-config-layer"
    severity = Severity.ERROR
    bad: ClassVar[Example] = {".gitlab-ci.yml": _PIPELINE, "configs/stagin/orders-api/limits.yml": "limit: 5\n"}
    good: ClassVar[Example] = {".gitlab-ci.yml": _PIPELINE, "configs/staging/orders-api/limits.yml": "limit: 5\n"}

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each folder and each file that stops a sync."""
        environments = environments_of(subject) if reads(subject, CONFIGS) else {}
        if not environments:
            return
        paths = [path for path in paths_below(subject, ROOT) if not path.endswith("/.gitkeep")]
        for path, mistake in outside_of_layers(paths, environments):
            yield found(self, Span(subject.shown(path)), mistake.message, hint=mistake.remedy)
        for one, other in sorted(set(_strangers(paths, environments))):
            related = (Related(Span(subject.shown(other)), "the other one"),)
            message, hint = f"it never meets {other}", "give both the same ending"
            yield found(self, Span(subject.shown(one)), message, hint=hint, related=related)
        for path in paths:
            if PurePosixPath(path).suffix in _ENDINGS and (file := subject.file(path)) is not None:
                for line, message in syntax_mistakes(path, file.text):
                    yield found(self, line_of(file, line), message)


def _strangers(paths: list[str], environments: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Files with one name but for the ending, which some environment and region gets both."""
    for environment, regions in environments.items():
        for region in (None, *regions):
            layers = {(BASE, None), (environment, None), (environment, region)}
            by_name: dict[str, str] = {}
            for path in paths:
                layer, its_region, name = split(path, environments)
                if path != RULES_FILE and (layer, its_region) in layers:
                    by_name.setdefault(name, path)
            for one, other in never_meeting(sorted(by_name)):
                yield by_name[one], by_name[other]
