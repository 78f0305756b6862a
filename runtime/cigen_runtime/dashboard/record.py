"""One deployment as the version dashboard knows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class TicketLink:
    """Where the release ticket is; without a key, where one finds it."""

    key: str
    url: str


@dataclass(frozen=True, slots=True)
class Record:
    """That a project runs a version in one environment and region since a certain time."""

    project: str
    environment: str
    region: str
    version: str
    digest: str
    lambda_name: str
    deployed_at: str
    """In UTC, as `2026-11-24T03:27:29Z`: texts of this form sort by time."""
    pipeline: int
    pipeline_url: str
    repository: str
    commit: str
    ticket: TicketLink | None

    @property
    def place(self) -> str:
        """Where it runs: `<environment>/<region>`."""
        return f"{self.environment}/{self.region}"

    @property
    def key(self) -> str:
        """What makes two tries to record one deployment the same; no character of it needs escaping in a URL."""
        return "~".join(
            (self.environment, self.region, self.project, self.deployed_at.replace(":", ""), f"{self.pipeline}")
        )

    @property
    def order(self) -> tuple[str, int]:
        """Sorts deployments of one place by age; of two in one second the later pipeline counts."""
        return self.deployed_at, self.pipeline

    def runs_what(self, other: "Record") -> bool:
        """Whether both say that the same version with the same content runs."""
        return (self.version, self.digest) == (other.version, other.digest)

    def as_json(self) -> dict[str, object]:
        """The whole record."""
        place = {"project": self.project, "environment": self.environment, "region": self.region}
        return {"key": self.key, **place, **self.as_entry()}

    def as_entry(self) -> dict[str, object]:
        """The record without what its place in state.json says already."""
        return {
            "version": self.version,
            "digest": self.digest,
            "lambda": self.lambda_name,
            "deployed_at": self.deployed_at,
            "pipeline": {"id": self.pipeline, "url": self.pipeline_url},
            "repository": self.repository,
            "commit": self.commit,
            "ticket": {"key": self.ticket.key, "url": self.ticket.url} if self.ticket else None,
        }


def record_of(document: Mapping[str, Any]) -> Record:
    """The record that a document holds, once it is known to fit its schema."""
    ticket = document["ticket"]
    return Record(
        project=document["project"],
        environment=document["environment"],
        region=document["region"],
        version=document["version"],
        digest=document["digest"],
        lambda_name=document["lambda"],
        deployed_at=document["deployed_at"],
        pipeline=document["pipeline"]["id"],
        pipeline_url=document["pipeline"]["url"],
        repository=document["repository"],
        commit=document["commit"],
        ticket=TicketLink(ticket["key"], ticket["url"]) if ticket else None,
    )
