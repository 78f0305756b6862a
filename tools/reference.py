"""Prints docs/reference/ and docs/rules/ from the contract, the diagnosis, the config model and the linter's rules.

Nobody writes these facts twice.

`make docs` writes the pages, `make check` wants them up to date: `python tools/reference.py [--check]`.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from cigen.config import load
from cigen.config.json_schema import json_schema
from cigen.config.model import Config
from cigen.graph import mermaid
from cigen.graph.model import graphs_of
from cigen.graph.poster import poster_of
from cigen.graph.poster_svg import poster_svg
from cigen.lint.registry import AREAS, RULES
from cigen.lint.rule import Rule, explanation, files_of, summary
from cigen.pipeline.tree import Repo, resolved
from cigen.render.in_memory import rendered_tree
from cigen_runtime.contract import COMMANDS
from cigen_runtime.contract.model import RESULT, RETRIED, Command, ExitCode, Origin, Variable
from cigen_runtime.diagnosis import CHEAT_SHEET, TREE, Branch, Stage
from cigen_runtime.errors import JobError
from cigen_runtime.file_schemas import SCHEMAS

PUBLISHED = ("dashboard-deployment", "dashboard-state")
"""The schemas of what programs of other people read or write."""
FOLDER = Path(__file__).parents[1] / "docs"
DRAWING_NOTE = "<!-- Printed by `make docs`. Do not edit: change cigen.yaml or a template. -->"
RULE_NOTE = "<!-- Printed by `make docs`. Do not edit: change the rule. -->"
NOTE = "<!-- Printed by `make docs`. Do not edit: change the contract, the diagnosis or the config model. -->"


def main() -> int:
    """Write what differs, or with --check name it and return 1."""
    wanted: dict[Path, str | None] = dict.fromkeys([*FOLDER.glob("commands/*.md"), *FOLDER.glob("rules/*.md")])
    wanted |= {FOLDER / name: text for name, text in pages().items()}
    stale = [(path, text) for path, text in wanted.items() if _text(path) != text]
    for path, text in stale:
        sys.stdout.write(f"{path.relative_to(FOLDER.parent)}: {'out of date' if text else 'obsolete'}\n")
        if "--check" not in sys.argv:
            _put(path, text)
    return 1 if stale and "--check" in sys.argv else 0


def _put(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def pages() -> dict[str, str]:
    """Every page by its path below docs/."""
    return {
        "architecture.md": "\n".join(_architecture()) + "\n",
        "architecture.svg": _poster(),
        "reference/cigen.schema.json": json.dumps(json_schema(), indent=2) + "\n",
        **{f"reference/{name}.schema.json": json.dumps(SCHEMAS[name], indent=2) + "\n" for name in PUBLISHED},
        "commands/index.md": "\n".join(_commands()) + "\n",
        **{f"commands/{command.name}.md": "\n".join(_command(command)) + "\n" for command in COMMANDS},
        "reference/failures.md": "\n".join(_failures()) + "\n",
        "reference/files.md": "\n".join(_files()) + "\n",
        "reference/variables.md": "\n".join(_checklist()) + "\n",
        "rules/index.md": "\n".join(_rules()) + "\n",
        **{f"rules/{rule.name}.md": "\n".join(_rule(rule)) + "\n" for rule in RULES},
    }


def _architecture() -> Iterator[str]:
    """The poster and each pipeline, drawn from what is rendered from the example."""
    config, repo = _example()
    yield from (DRAWING_NOTE, "")
    yield from ("# Architecture", "")
    yield "Drawn from the pipelines that `cigen.yaml` renders and the contract of the commands that their jobs run."
    yield "One region stands for all. Solid lines carry files, dotted ones only wait; a dashed job may fail and stops"
    yield "nothing. `cigen graph --format html --output pipelines.html` draws every region and says what jobs do."
    yield from ("", "![The pipelines, the files that flow between their jobs, and the systems](architecture.svg)")
    yield from ("", "The same as Mermaid:", "")
    yield from ("```mermaid", mermaid.architecture(poster_of(repo, config, is_compact=True)).rstrip("\n"), "```")
    for graph in graphs_of(repo.entries, is_compact=True):
        yield from ("", f"## {graph.name}", "", f"`{graph.entry}`: {graph.title}.", "")
        yield from ("```mermaid", mermaid.pipeline(graph).rstrip("\n"), "```")


def _poster() -> str:
    config, repo = _example()
    return poster_svg(poster_of(repo, config, is_compact=True))


def _example() -> tuple[Config, Repo]:
    """The example's config, and what it renders to."""
    path = FOLDER.parent / "cigen.yaml"
    config = load(path)
    return config, resolved(rendered_tree(config, path))


def _commands() -> Iterator[str]:
    yield from (NOTE, "", "# The runtime commands", "")
    yield "Each job template calls the command of its own name; some commands are for people."
    yield "All are safe to run again. Those that change something take `--dry-run`."
    yield f"However a command ends, it writes `{RESULT.path}`; `--json FILE` puts it elsewhere, and with `--json -`"
    yield "it goes to the standard output and the log to the standard error."
    for title, by_hand in (("Called by jobs", False), ("For people", True)):
        yield from ("", f"## {title}", "", "| command | what it does |", "|---|---|")
        for command in COMMANDS:
            if command.by_hand is by_hand:
                yield f"| [`{command.name}`]({command.name}.md) | {command.summary} |"


def _command(command: Command) -> Iterator[str]:
    yield from (NOTE, "", f"# `cigen-runtime {command.name}`", "", command.summary, "", command.description, "")
    yield f"Talks to: {', '.join(system.value for system in command.systems)}."
    read = [file for file in command.reads if file not in command.may_lack]
    for verb, files in (
        ("Reads", read),
        ("Reads, where it is there", command.may_lack),
        ("Writes", command.writes),
        ("Hands over, where `credentials.handover` is `artifact`", command.hands_over),
    ):
        if files:
            yield f"{verb}: {', '.join(f'`{file.path}`' for file in files)}."
    for argument in command.arguments:
        yield f"Takes `{argument.shown}`: {argument.meaning}."
    for option in command.options:
        choices = f": {', '.join(f'`{choice}`' for choice in option.choices)}" if option.choices else ""
        yield f"{'Takes' if option.required else 'May take'} `{option.flag}`, {option.meaning}{choices}."
    if command.starts_incomplete:
        yield "Starts with whatever variables there are, and says what it could not look at without the others."
    yield from ("", "```console", f"$ {command.example}", "```", "")
    yield from ("| variable | set by | default | meaning |", "|---|---|---|---|")
    for variable in command.variables:
        default = _default(command, variable)
        if condition := command.condition_of(variable):
            default += f" {condition}"
        yield f"| `{variable.name}` | {variable.origin.value} | {default} | {variable.meaning} |"
    yield from ("", "[All commands](index.md), [the files](../reference/files.md),")
    yield "[what to do when it fails](../reference/failures.md)."


def _failures() -> Iterator[str]:
    yield from (NOTE, "", "# When a job fails", "")
    yield "The end of the job's log says what was done, what came back and what to do; below it stand these checks."
    yield "Every command may be run again: it looks at what is there before it changes anything."
    yield from ("", "## Exit codes", "", "| code | meaning | GitLab tries again |", "|---|---|---|")
    meanings = {kind.exit_code: (kind.__doc__ or "").splitlines()[0] for kind in _kinds(JobError)}
    meanings |= {ExitCode.DONE: "Done, or nothing to do.", ExitCode.INTERRUPTED: "Somebody stopped it."}
    meanings[ExitCode.FAULT] = "A fault we have no name for: please report it."
    for code in ExitCode:
        yield f"| {int(code)} | {meanings[code]} | {'yes' if code in RETRIED else 'no'} |"
    yield from ("", "## Which step failed?", "")
    yield "The same checks that end the log of a failed job, in their order. `cigen-runtime doctor` makes them live,"
    yield "with the variables that it finds, and changes nothing."
    yield from ("", "```mermaid", *_flowchart(), "```")
    for branch in Branch:
        yield from ("", f"### {_title(branch.value.step)}", "")
        for number, check in enumerate(branch.value.in_order, start=1):
            yield from (f"{number}. {_prose(check.question)}", f"   If not: {_prose(check.remedy)}")
        yield from ("", branch.value.afterwards, f"Live: `cigen-runtime doctor --branch {branch.value.name}`.")
    yield from ("", "## Which stage failed?", "")
    yield "One question at a time, until one is answered with no."
    yield "Live: `cigen-runtime doctor --stage <stage>`."
    yield from ("", "```mermaid", *_tree(), "```", "", "## What do you see?")
    for situation in CHEAT_SHEET:
        yield from ("", f"### {situation.title}", "")
        yield from (f"- {_prose(check.question)} If not: {_prose(check.remedy)}" for check in situation.checks)
        yield from ("", f"Live: `cigen-runtime doctor --situation {situation.name}`.")


def _flowchart() -> Iterator[str]:
    """Every branch with its checks, one after the other."""
    yield from ("flowchart TB", '    failed(["The pipeline failed"]) --> where{"At which step?"}')
    for branch in Branch:
        name = branch.name.lower()
        yield f'    where -- "{branch.value.step}" --> {name}_1'
        for number, check in enumerate(branch.value.in_order, start=1):
            yield f'    {name}_{number}["{_quoted(check.question)}"] --> {name}_{number + 1}'
        yield f'    {name}_{len(branch.value.in_order) + 1}(["{_quoted(branch.value.afterwards)}"])'


def _tree() -> Iterator[str]:
    """Every stage with its questions, each with a way out for no."""
    yield from ("flowchart LR", '    failed(["The pipeline failed"]) --> which{"Which stage?"}')
    for stage in TREE:
        yield from _stage(stage)


def _stage(stage: Stage) -> Iterator[str]:
    name = stage.name.replace("-", "_")
    yield f'    which -- "{stage.name}" --> {name}_1'
    for number, check in enumerate(stage.questions, start=1):
        no = f'{name}_{number}_no["{_quoted(check.remedy)}"]'
        yield f'    {name}_{number}{{"{_quoted(check.question)}"}} -- no --> {no}'
        yield f"    {name}_{number} -- yes --> {name}_{number + 1}"
    yield f'    {name}_{len(stage.questions) + 1}(["{_quoted(stage.done)}"])'


def _quoted(text: str) -> str:
    """Text for a node: Mermaid reads HTML in it, and ends it at a quote."""
    escapes = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "#quot;", "`": ""}
    return "".join(escapes.get(character, character) for character in text)


def _prose(text: str) -> str:
    """Text for a paragraph: outside of code, Markdown takes `<…>` for HTML and a star for emphasis."""
    parts = text.split("`")
    parts[::2] = [part.replace("<", "\\<").replace("*", "\\*") for part in parts[::2]]
    return "`".join(parts)


def _title(text: str) -> str:
    return text[0].upper() + text[1:]


def _kinds(kind: type[JobError]) -> Iterator[type[JobError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _kinds(child)


def _files() -> Iterator[str]:
    yield from (NOTE, "", "# The files that flow between jobs", "")
    yield from ("| file | written by | read by | meaning |", "|---|---|---|---|")
    files = dict.fromkeys(
        file for command in COMMANDS for file in (*command.reads, *command.writes, *command.hands_over)
    )
    for file in files:
        makers = (command for command in COMMANDS if file in (*command.writes, *command.hands_over))
        writers = ", ".join(f"`{command.name}`" for command in makers) or "people"
        others = "jobs of the service" if file.is_secret else "people"
        readers = ", ".join(f"`{command.name}`" for command in COMMANDS if file in command.reads) or others
        yield f"| `{file.path}` | {writers} | {readers} | {file.meaning} |"
    yield f"| `{RESULT.path}` | every command | people | {RESULT.meaning} |"


def _checklist() -> Iterator[str]:
    yield from (NOTE, "", "# Variables to define in GitLab", "")
    yield "Define these in the CI/CD settings of the group or project; the rest is rendered from `cigen.yaml`."
    yield "A secret is masked and protected there, and bound to the environments that need it."
    yield from ("", "| variable | secret | needed | meaning | read by |", "|---|---|---|---|---|")
    variables = dict.fromkeys(v for command in COMMANDS for v in command.variables_of(Origin.SETTINGS))
    for variable in variables:
        readers = ", ".join(f"`{command.name}`" for command in COMMANDS if variable in command.variables)
        conditions = {command.condition_of(variable) for command in COMMANDS if variable in command.variables}
        if None in conditions:
            needed = "always" if variable.required else f"by {variable.login}" if variable.login else "see meaning"
        else:
            needed = ", ".join(sorted(map(str, conditions)))
        secret = "yes" if variable.secret else "no"
        yield f"| `{variable.name}` | {secret} | {needed} | {variable.meaning} | {readers} |"


def _rules() -> Iterator[str]:
    yield from (RULE_NOTE, "", "# The rules of the linter", "")
    yield "`cigen lint` checks them, `cigen explain` prints one of these pages."
    yield "The `lint` section of `cigen.yaml` gives a rule another severity, everywhere or in some files;"
    yield "`# cigen: ignore[name] reason` silences it in one place."
    for digit, area in AREAS.items():
        yield from ("", f"## {area}", "", "| code | rule | severity | finds |", "|---|---|---|---|")
        for rule in RULES:
            if rule.code.startswith(f"CG{digit}"):
                yield f"| {rule.code} | [{rule.name}]({rule.name}.md) | {rule.severity} | {summary(rule)} |"


def _rule(rule: Rule) -> Iterator[str]:
    yield from (RULE_NOTE, "", f"# {rule.name}", "", f"{rule.code}, {rule.severity}", "", explanation(rule))
    for title, example in (("Bad", rule.bad), ("Good", rule.good)):
        yield from ("", f"## {title}")
        files = files_of(example)
        for path, text in files.items():
            yield from ("", *([f"`{path}`:", ""] if len(files) > 1 else []), "```yaml", text.rstrip(), "```")


def _default(command: Command, variable: Variable) -> str:
    if variable.default is None:
        return "required" if command.needs(variable) else "none"
    return f"`{variable.default}`" if variable.default else "empty"


if __name__ == "__main__":
    sys.exit(main())
