"""`cigen init`: write the first cigen.yaml."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cigen.errors import ExitCode, UsageError, WorkError

Answer = str | None


def init(
    gitlab_url: Annotated[Answer, typer.Option(help="Address of GitLab.", metavar="URL")] = None,
    gitlab_version: Annotated[
        Answer, typer.Option(help="The oldest GitLab to run on. Default: 17.5.", metavar="VERSION")
    ] = None,
    project: Annotated[
        Answer, typer.Option(help="Path of the pipelines project. Default: platform/pipelines.", metavar="PATH")
    ] = None,
    image: Annotated[Answer, typer.Option(help="Image that holds cigen-runtime.", metavar="IMAGE")] = None,
    vault: Annotated[Answer, typer.Option(help="Address of Vault.", metavar="URL")] = None,
    artifactory: Annotated[Answer, typer.Option(help="Host of Artifactory.", metavar="HOST")] = None,
    regions: Annotated[Answer, typer.Option(help="Such as eu=eu-west-2,us=us-east-1.", metavar="LIST")] = None,
    staging_account: Annotated[Answer, typer.Option(help="AWS account of staging.", metavar="ACCOUNT")] = None,
    prod_account: Annotated[
        Answer, typer.Option(help="AWS account of production; - for none.", metavar="ACCOUNT")
    ] = None,
    ecr_repository: Annotated[
        Answer, typer.Option(help="ECR repository of the images. Default: lambda-images.", metavar="NAME")
    ] = None,
    bucket: Annotated[
        Answer,
        typer.Option(help="Bucket of the configs. Default: native-config-{environment}-{region}.", metavar="PATTERN"),
    ] = None,
    jira: Annotated[Answer, typer.Option(help="Address of Jira; - for none. Default: -.", metavar="URL")] = None,
    jira_project: Annotated[Answer, typer.Option(help="Key of the Jira project. Default: REL.", metavar="KEY")] = None,
    dashboard: Annotated[
        Answer, typer.Option(help="Address of the dashboard; - for none. Default: -.", metavar="URL")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
    config: Annotated[Path, typer.Option(help="The file to write.", metavar="PATH")] = Path("cigen.yaml"),
) -> int:
    """Write a commented cigen.yaml, from a handful of answers.

    Asks for what no option says. Without a terminal, or with --yes, it asks nothing
    and takes the defaults.

    Examples:

    \b
      cigen init
      cigen init --yes --gitlab-url https://gitlab.example.com --vault https://vault.example.com \\
        --artifactory artifactory.example.com --image registry.example.com/cigen-runtime:0.1.0 \\
        --regions eu=eu-west-2 --staging-account 111122223333 --prod-account 444455556666

    Exit codes: 0 written; 2 an answer is wrong or missing, or the file is there; 3 it cannot be written; 130 stopped.
    """
    given = {
        "gitlab-url": gitlab_url,
        "gitlab-version": gitlab_version,
        "project": project,
        "image": image,
        "vault": vault,
        "artifactory": artifactory,
        "regions": regions,
        "staging-account": staging_account,
        "prod-account": prod_account,
        "ecr-repository": ecr_repository,
        "bucket": bucket,
        "jira": jira,
        "jira-project": jira_project,
        "dashboard": dashboard,
    }
    if config.exists():
        raise UsageError(
            f"{config} is there already, and is never overwritten", hint="edit it, or name another --config"
        )
    told = {key: value.strip() for key, value in given.items() if value is not None}
    try:
        answers = _answers(told, asks=not yes and sys.stdin.isatty())
    except typer.Abort:  # Ctrl-C or Ctrl-D instead of an answer
        typer.echo("\nstopped: nothing was written", err=True)
        return ExitCode.INTERRUPTED
    _write(config, answers)
    typer.echo(f"wrote {config}\nnext: cigen render")
    return ExitCode.CLEAN


def _answers(given: dict[str, str], *, asks: bool) -> dict[str, str]:
    from cigen.config.starter import NONE, QUESTIONS, problem_with

    missing = [f"--{each.key}" for each in QUESTIONS if each.key not in given and each.default is None]
    if missing and not asks:
        raise UsageError(f"nobody to ask, and nothing says {', '.join(missing)}", hint="cigen init --help")
    answers: dict[str, str] = {}
    for question in QUESTIONS:
        answer = given.get(question.key)
        if question.key == "jira-project" and answers["jira"] == NONE:
            answers[question.key] = answer or question.sample
            continue
        if answer is None and not asks:
            answer = question.default
        while answer is None:
            wanted = typer.prompt(f"{question.text} (such as {question.sample})", default=question.default)
            if fault := problem_with({**answers, question.key: wanted.strip()}, question):
                typer.echo(fault)
            else:
                answer = wanted.strip()
        if fault := problem_with({**answers, question.key: answer}, question):
            raise UsageError(f"--{question.key}: {fault}")
        answers[question.key] = answer
    return answers


def _write(path: Path, answers: dict[str, str]) -> None:
    from cigen.config.starter import starter

    text = starter(answers)
    try:
        with path.open("x") as file:
            file.write(text)
    except OSError as error:
        raise WorkError(f"{path}: cannot be written: {error.strerror}") from error
