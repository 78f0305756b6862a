"""The version dashboard in a bucket: state.json, which many jobs write to, and the page that shows it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from cigen_runtime.contract.dashboard import DASHBOARD_ACCOUNT, DASHBOARD_AWS_REGION, DASHBOARD_BUCKET
from cigen_runtime.dashboard.page import is_newer, page
from cigen_runtime.dashboard.record import Record
from cigen_runtime.dashboard.state import State, state_of
from cigen_runtime.diagnosis import Branch
from cigen_runtime.job import Job
from cigen_runtime.services.aws import aws_of
from cigen_runtime.services.s3 import Bucket

STATE = "state.json"
PAGE = "index.html"
CACHING = "no-cache"
"""Browsers and proxies ask each time whether it changed; that costs one small answer."""


class BucketDashboard:
    """The dashboard's two objects."""

    def __init__(self, job: Job, bucket: Bucket) -> None:
        self._job = job
        self._bucket = bucket

    def current(self, environment: str, region: str) -> dict[str, Record]:
        """What the state shows of a place, by project."""
        return self._read().current(environment, region)

    def knows(self, record: Record) -> bool:
        """Whether the state has this deployment in its history."""
        return self._read().knows(record)

    def write(self, records: Iterable[Record]) -> None:
        """Put the page there where it is missing or older, then deployments into the state that is there now.

        The state last: it says what is done, and a job that ends before it does all of it again.
        """
        wanted = list(records)

        def with_them(content: bytes | None) -> bytes | None:
            state = self._state(content)
            changed = state.with_records(wanted, self._job.clock.now())
            return None if changed is state else changed.as_bytes()

        self._bucket.update(PAGE, _newest_page, "text/html; charset=utf-8", cache_control=CACHING)
        self._bucket.update(STATE, with_them, "application/json", cache_control=CACHING)

    def _read(self) -> State:
        found = self._bucket.get(STATE)
        return self._state(found[0] if found else None)

    def _state(self, content: bytes | None) -> State:
        return State() if content is None else state_of(content, self._bucket.url(STATE))


@contextmanager
def dashboard_in_bucket(job: Job) -> Iterator[BucketDashboard]:
    """The dashboard in the configured bucket; the bucket may belong to another account than the job's functions."""
    with aws_of(job) as aws:
        bucket = Bucket(
            job,
            aws,
            job.value(DASHBOARD_BUCKET),
            Branch.DASHBOARD,
            owner=job.value(DASHBOARD_ACCOUNT),
            region=job.value(DASHBOARD_AWS_REGION),
        )
        yield BucketDashboard(job, bucket)


def _newest_page(there: bytes | None) -> bytes | None:
    return None if there is not None and is_newer(there) else page()
