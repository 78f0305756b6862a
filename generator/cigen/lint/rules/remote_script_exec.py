"""The rule `remote-script-exec`."""

import re
from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.rule import found
from cigen.lint.script import scripts
from cigen.lint.subject import Subject

_SHELL = r"(?:sudo\s+(?:-\w+\s+)*)?(?:/(?:usr/)?bin/)?(?:env\s+)?(?:(?:ba|da|z|k|a)?sh|python3?|perl|ruby|node)\b"
_TELLS = re.compile(r"^\s*(?:echo|printf)\b[^;&|]*$")
_LOADER = r"(?:curl|wget)\b[^\n|;&]*"
_PIPED = re.compile(
    rf"{_LOADER}(?:\|\s*tee\b[^\n|;]*)?\|\s*{_SHELL}"
    rf"|{_SHELL}\s+(?:-\w+\s+)*<\(\s*{_LOADER}\)?"
    rf"|(?:{_SHELL}\s+(?:-\w+\s+)*-\w*c|eval)\s+[\"']?(?:\$\(|`)\s*{_LOADER}"
)


class RemoteScriptExec:
    """A script from the network that runs as it comes.

    Whoever controls the address, or the way there, runs commands with the secrets of the job, and a half download
    runs half.

    Fix: install from a package or bake it into the image; or download, compare the checksum, and run the file.
    """

    code = "CG804"
    name = "remote-script-exec"
    severity = Severity.WARNING
    bad = """\
build:
  script:
    - curl -fsSL https://example.com/install.sh | sh
"""
    good = """\
build:
  script:
    - curl -fsSL -o install.sh https://example.com/install.sh
    - echo "$INSTALL_SHA256  install.sh" | sha256sum --check
    - sh install.sh
  variables:
    INSTALL_SHA256: 8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each download that goes straight into a shell."""
        for job in subject.jobs.values():
            for script in scripts(subject, job):
                for match in _PIPED.finditer(script.code):
                    if _TELLS.search(script.code[: match.start()].rpartition("\n")[2]):
                        continue
                    span = script.span(match.start(), len(match[0]))
                    hint = "download it, compare its checksum, then run it"
                    yield found(self, span, f"{job.name} runs what the network sends", hint=hint, job=job.name)
