"""The version dashboard, over HTTP and in a bucket."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from cigen_runtime.dashboard.page import page
from reliability.stage import State, Surroundings
from runtime.conftest import STAGING_EU
from runtime.deployments import document, recorded

BUCKET = "company-versions"
PROJECTS = ("orders", "billing")
KNOWN = recorded("mailer", version="1.0.0")
"""What the dashboard shows already."""


class HttpStage:
    """Two functions were updated; the company's tool shows neither."""

    command = "update-version-dashboard"
    options: tuple[str, ...] = ()
    second: Mapping[str, str] = {"CI_PIPELINE_ID": "4712"}
    variables: Mapping[str, str] = STAGING_EU

    def arrange(self, at: Surroundings) -> None:
        at.write(
            "cigen-out/staging/eu/deploy-result.json", document("staging", "eu", dict.fromkeys(PROJECTS, "updated"))
        )
        self.show(at)

    def show(self, at: Surroundings) -> None:
        at.lab.dashboard.deployments[KNOWN["key"]] = KNOWN

    def known(self, at: Surroundings) -> Iterator[tuple[str, str, int]]:
        """Project, version and pipeline of every deployment that the dashboard knows."""
        for each in at.lab.dashboard.deployments.values():
            yield each["project"], each["version"], each["pipeline"]["id"]

    def state(self, at: Surroundings) -> State:
        """Every deployment, also what a later one covers: of two jobs at once neither is lost."""
        known = sorted(self.known(at))
        return {
            ("deployment", f"{name} in staging/eu"): [each[1:] for each in known if each[0] == name]
            for name in (*PROJECTS, "mailer")
        }

    def goal(self, at: Surroundings) -> State:
        deployed = [("1.4.0", 4711), ("1.4.0", 4712)][: 1 + at.two]
        return {
            ("deployment", "orders in staging/eu"): deployed,
            ("deployment", "billing in staging/eu"): deployed,
            ("deployment", "mailer in staging/eu"): [("1.0.0", 4711)],
        }


class BucketStage(HttpStage):
    """The same with a bucket, in which the page is missing yet."""

    variables: Mapping[str, str] = {
        **STAGING_EU,
        "CIGEN_DASHBOARD_BACKEND": "s3",
        "CIGEN_DASHBOARD_BUCKET": BUCKET,
        "CIGEN_DASHBOARD_ACCOUNT": "111122223333",
        "CIGEN_DASHBOARD_AWS_REGION": "eu-west-2",
    }

    def show(self, at: Surroundings) -> None:
        at.lab.aws.create_bucket(BUCKET)
        entry = {key: value for key, value in KNOWN.items() if key not in {"key", "project", "environment", "region"}}
        state = {"schema": 1, "updated_at": "2026-11-24T03:27:29Z", "projects": {"mailer": {"staging/eu": [entry]}}}
        at.lab.aws.put_object(BUCKET, "state.json", json.dumps(state).encode())

    def known(self, at: Surroundings) -> Iterator[tuple[str, str, int]]:
        for name, places in json.loads(at.lab.aws.objects(BUCKET)["state.json"])["projects"].items():
            for each in places["staging/eu"]:
                yield name, each["version"], each["pipeline"]["id"]

    def state(self, at: Surroundings) -> State:
        content = at.lab.aws.objects(BUCKET).get("index.html")
        return {**super().state(at), ("page", "index.html"): content == page() if content else None}

    def goal(self, at: Surroundings) -> State:
        return {**super().goal(at), ("page", "index.html"): True}
