"""What each command reads, writes and talks to: declared here, once, and used everywhere.

The generator renders variables and artifacts from it, the linter checks jobs against it, the runtime reads its
variables through it, and the reference pages are printed from it. It imports nothing outside the standard library, so
that whoever needs only the contract installs only the contract.
"""

from cigen_runtime.contract.configs import FIND_VERSIONS, MERGE_CONFIGS, S3_SYNC
from cigen_runtime.contract.credentials import AWS_CREDENTIALS
from cigen_runtime.contract.dashboard import UPDATE_VERSION_DASHBOARD
from cigen_runtime.contract.images import (
    BACKFILL_IMAGES,
    GENERATE_MAPPINGS,
    PREPARE_DOCKER_CONFIG,
    PUBLISH_IMAGE,
    RETAG_PUSH_ECR,
)
from cigen_runtime.contract.jira import (
    COMMENT_JIRA_TICKETS,
    CREATE_JIRA_TICKETS,
    TRANSITION_JIRA_TICKETS,
    UPDATE_JIRA_INSTRUCTIONS,
)
from cigen_runtime.contract.lambda_ import DEPLOY_LAMBDA, ROLLBACK_LAMBDA
from cigen_runtime.contract.overview import DOCTOR, STATUS, TRACE
from cigen_runtime.contract.promotion import PROMOTE_ARTIFACTS, PROMOTE_TO_RC, PROMOTE_TO_RELEASE
from cigen_runtime.contract.versions import SEMANTIC_VERSIONING

COMMANDS = (
    SEMANTIC_VERSIONING,
    PUBLISH_IMAGE,
    AWS_CREDENTIALS,
    PREPARE_DOCKER_CONFIG,
    RETAG_PUSH_ECR,
    DEPLOY_LAMBDA,
    ROLLBACK_LAMBDA,
    GENERATE_MAPPINGS,
    PROMOTE_ARTIFACTS,
    PROMOTE_TO_RC,
    PROMOTE_TO_RELEASE,
    BACKFILL_IMAGES,
    CREATE_JIRA_TICKETS,
    TRANSITION_JIRA_TICKETS,
    COMMENT_JIRA_TICKETS,
    UPDATE_JIRA_INSTRUCTIONS,
    UPDATE_VERSION_DASHBOARD,
    FIND_VERSIONS,
    MERGE_CONFIGS,
    S3_SYNC,
    STATUS,
    TRACE,
    DOCTOR,
)
