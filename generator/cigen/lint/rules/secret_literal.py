"""The rule `secret-literal`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity, Span
from cigen.lint.rule import found
from cigen.lint.secrets import is_secret_value, secrets_in
from cigen.lint.subject import Subject, text_of
from cigen.lint.variables import definitions

_HINT = "make it void, and keep the new one in Vault or in a masked variable of the project"


class SecretLiteral:
    """A secret in the file.

    Everybody who can read the repository has it, now and in all its history.

    Fix: make it void where it was issued, and keep the new one in Vault or in the masked and protected variables of
    the project.
    """

    code = "CG802"
    name = "secret-literal"
    severity = Severity.ERROR
    bad = """\
build:
  script: make deploy
  variables:
    AWS_ACCESS_KEY_ID: AKIAQ3R7T5V2W6X4Y7Z2
"""
    good = """\
build:
  script: make deploy
  id_tokens:
    VAULT_ID_TOKEN: {aud: https://vault.example.com}
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each text that has the form of a known secret, or is the literal value of a variable named like one."""
        for path, text in subject.texts.items():
            for secret in secrets_in(text):
                span = Span(
                    path, secret.line + 1, secret.column + 1, secret.line + 1, secret.column + 1 + secret.length
                )
                yield found(self, span, f"{secret.kind} stands in the file", hint=_HINT)
        for definition in definitions(subject):
            value = text_of(definition.value)
            if definition.value is not None and is_secret_value(definition.name, value) and not any(secrets_in(value)):
                message = f"the value of {definition.name} stands in the file"
                place = definition.value.place
                yield found(self, place, message, hint=_HINT, job=definition.job, severity=Severity.WARNING)
