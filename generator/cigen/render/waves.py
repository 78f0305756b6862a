"""Waves of production: which regions a region waits for, and what its gate is made of."""

from cigen.config.model import Config


def wave_of(config: Config, region: str) -> tuple[list[str], bool]:
    """The regions that a production region waits for, and whether a person starts it."""
    before: list[str] = []
    for wave in config.environments.prod.waves if config.environments.prod else ():
        if region in wave.regions:
            return before, wave.manual
        before = list(wave.regions)
    return [], False


def gate_extends(family: str, region: str, *, is_manual: bool) -> list[str]:
    """What the gate of a region extends."""
    gate = [".aws-credentials-template", f".cigen-{family}-{region}"]
    return [*gate, rules_of_gate(family, is_manual=is_manual)] if is_manual else gate


def rules_of_gate(family: str, *, is_manual: bool) -> str:
    """The hidden job with the rules of a gate."""
    return f".cigen-rules-{family}-manual" if is_manual else f".cigen-rules-{family}"
