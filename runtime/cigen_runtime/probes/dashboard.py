"""Does the version dashboard let the job in?"""

from collections.abc import Mapping

from cigen_runtime.contract.dashboard import (
    DASHBOARD_ACCOUNT,
    DASHBOARD_AWS_REGION,
    DASHBOARD_BUCKET,
    DASHBOARD_URL,
)
from cigen_runtime.contract.identity import ENVIRONMENT, REGION
from cigen_runtime.diagnosis import Branch, Check, checks
from cigen_runtime.log import counted
from cigen_runtime.probes.probe import Probe, Surroundings
from cigen_runtime.services.dashboard import HttpDashboard
from cigen_runtime.services.dashboard_bucket import BucketDashboard
from cigen_runtime.services.s3 import Bucket


def _login(surroundings: Surroundings) -> str:
    job = surroundings.job
    with HttpDashboard(job) as dashboard:
        shown = dashboard.current(job.value(ENVIRONMENT), job.value(REGION))
    return f"it shows {counted(len(shown), 'project')} of {job.place}; whether the token may record shows only a record"


def _bucket(surroundings: Surroundings) -> str:
    job = surroundings.job
    bucket = Bucket(
        job,
        surroundings.aws(),
        job.value(DASHBOARD_BUCKET),
        Branch.DASHBOARD,
        owner=job.value(DASHBOARD_ACCOUNT),
        region=job.value(DASHBOARD_AWS_REGION),
    )
    shown = BucketDashboard(job, bucket).current(job.value(ENVIRONMENT), job.value(REGION))
    return f"it shows {counted(len(shown), 'project')} of {job.place}; whether the role may write shows only a write"


PROBES: Mapping[Check, Probe] = {
    checks.DASHBOARD_LOGIN: Probe(_login, needs=(DASHBOARD_URL, ENVIRONMENT, REGION)),
    checks.DASHBOARD_BUCKET: Probe(
        _bucket,
        needs=(DASHBOARD_BUCKET, DASHBOARD_ACCOUNT, DASHBOARD_AWS_REGION, ENVIRONMENT, REGION),
        after=(checks.IAM_ROLE,),
    ),
}
