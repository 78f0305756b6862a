"""What the dashboard's tests are made of: a deployment that happened, and how it is recorded."""

import json
from collections.abc import Mapping
from typing import Any

from runtime.conftest import Service

DIGEST = "sha256:" + "1" * 64
AT = "2026-11-24T03:27:29Z"


def deployed(service: Service, region: str = "eu", at: str | None = AT, **outcomes: str | tuple[str, str]) -> None:
    """Leave what deploy-lambda would have left: `orders_api="updated"`, or a version and an outcome."""
    told = {name.replace("_", "-"): outcome for name, outcome in outcomes.items()}
    path = service.folder / "cigen-out" / "staging" / region / "deploy-result.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document("staging", region, told, at)))


def document(
    environment: str, region: str, outcomes: Mapping[str, str | tuple[str, str]], at: str | None = AT
) -> dict[str, Any]:
    """The content of a deploy-result.json."""
    projects = {}
    for project, told in outcomes.items():
        version, outcome = ("1.4.0", told) if isinstance(told, str) else told
        projects[project] = {
            "lambda": f"{project}-fn",
            "version": version,
            "image": f"111122223333.dkr.ecr.eu-west-2.amazonaws.com/lambda-images:{project}-fn-{version}",
            "digest": DIGEST,
            "source_digest": DIGEST,
            "before": None,
            "outcome": outcome,
            **({"reason": "the image is gone"} if outcome == "failed" else {}),
        }
    content: dict[str, Any] = {"schema": 1, "environment": environment, "region": region, "projects": projects}
    return {**content, "deployed_at": at} if at else content


def recorded(project: str = "orders-api", **changes: Any) -> dict[str, Any]:
    """The whole record of a deployment to staging/eu by pipeline 4711, with changes."""
    record: dict[str, Any] = {
        "project": project,
        "environment": "staging",
        "region": "eu",
        "version": "1.4.0",
        "digest": DIGEST,
        "lambda": f"{project}-fn",
        "deployed_at": AT,
        "pipeline": {"id": 4711, "url": "https://gitlab.example.com/shop/services/-/pipelines/4711"},
        "repository": "https://gitlab.example.com/shop/services",
        "commit": "",
        "ticket": {
            "key": "",
            "url": f"https://jira.example.com/issues/?jql=labels%20%3D%20%22cigen-{project}-1.4.0%22",
        },
        **changes,
    }
    time = record["deployed_at"].replace(":", "")
    place = f"{record['environment']}~{record['region']}"
    return {"key": f"{place}~{record['project']}~{time}~{record['pipeline']['id']}", **record}
