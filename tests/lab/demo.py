"""`make demo`: staging, production and the config sync on the lab, and what is where in the end."""

import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from cigen_runtime.log import table
from lab import Lab
from lab.company import ACCOUNTS, FUNCTIONS, Company, Run

NEW_ANSWER = 'def handler(event, context):\n    return "something new"\n'
NEW_TEXTS = '{"footer": "Thank you very much"}\n'
RELEASED = {"orders-api": "1.0.1", "invoices": "1.0.0"}


def main() -> int:
    """Play it and return the exit code."""
    with tempfile.TemporaryDirectory() as folder, Lab() as lab:
        company = Company(lab, Path(folder))
        _step("render the pipelines repo, start a service repo with three functions", company.found)
        is_fine = (
            _pipeline("push to main: the staging pipeline", company.run_pipeline)
            and _fix(company)
            and _pipeline("start production with orders-api 1.0.1 and invoices 1.0.0", lambda: _production(company))
            and _pipeline("start the config sync to production with invoices 1.0.0", lambda: _configs(company))
        )
        if not is_fine:
            return 1
        _table("what runs", ("function", "where", "image", "state", "dashboard"), _functions(company))
        _table("release tickets", ("ticket", "way"), _tickets(lab))
        _table("in Artifactory", ("image", *_REPOSITORIES), _artifacts(lab))
        _table("configs", ("bucket", "object", "content"), _objects(company))
    return 0


def _fix(company: Company) -> bool:
    company.commit(
        "fix: answer something new",
        {"functions/orders_api/app.py": NEW_ANSWER, "configs/base/invoices/texts.json": NEW_TEXTS},
    )
    return _pipeline("push a fix to functions/orders_api and a change of configs", company.run_pipeline)


def _production(company: Company) -> Run:
    return company.start_production(**RELEASED)


def _configs(company: Company) -> Run:
    return company.start_config_sync(invoices="1.0.0")


def _pipeline(title: str, run_it: Callable[[], Run]) -> bool:
    started = time.monotonic()
    run = run_it()
    if run.code:
        sys.stdout.write(run.log)
    told = "ok" if run.code == 0 else "failed"
    _say(f"{told:6} {title} ({len(run.jobs)} jobs, {time.monotonic() - started:.0f} s)")
    return run.code == 0


def _step(title: str, action: Callable[[], None]) -> None:
    started = time.monotonic()
    action()
    _say(f"ok     {title} ({time.monotonic() - started:.0f} s)")


def _functions(company: Company) -> Iterable[tuple[str, ...]]:
    for environment, account in ACCOUNTS.items():
        for region, aws_region in company.regions.items():
            shown = company.lab.dashboard.shown(environment, region).values()
            dashboard = {record["lambda"]: str(record["version"]) for record in shown}
            for name in FUNCTIONS:
                function = company.lab.aws.function(account, aws_region, name)
                image = f"{function.image_uri.rpartition(':')[2]} {function.image_digest[7:15]}"
                state = f"{function.state}, {function.last_update_status}"
                yield name, f"{environment}/{region}", image, state, dashboard.get(name, "-")


def _tickets(lab: Lab) -> Iterable[tuple[str, ...]]:
    for issue in lab.jira.issues.values():
        yield issue.summary, " → ".join(issue.history)


_REPOSITORIES = ("docker-native-local", "docker-native-rc", "docker-native-release")


def _artifacts(lab: Lab) -> Iterable[tuple[str, ...]]:
    for image, version in (
        ("invoices", "1.0.0"),
        ("orders-api", "1.0.0"),
        ("orders-api", "1.0.1"),
        ("reports", "1.0.0"),
    ):
        digests = (lab.artifactory.digest(f"{repository}/{image}", version) for repository in _REPOSITORIES)
        yield f"{image}:{version}", *(digest[7:15] if digest else "-" for digest in digests)


def _objects(company: Company) -> Iterable[tuple[str, ...]]:
    for environment in ACCOUNTS:
        for region in company.regions:
            for key, content in company.configs(environment, region).items():
                yield f"native-config-{environment}-{region}", key, " ".join(content.split())


def _table(title: str, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    _say(f"\n{title}")
    for line in table(head, sorted(rows)):
        _say(f"  {line}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
