"""The commands of the matrix and those of their requests that faults are aimed at."""

from __future__ import annotations

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
from cigen_runtime.contract.model import Command, ExitCode
from cigen_runtime.contract.overview import DOCTOR, STATUS, TRACE
from cigen_runtime.contract.promotion import PROMOTE_ARTIFACTS, PROMOTE_TO_RC, PROMOTE_TO_RELEASE
from cigen_runtime.contract.versions import SEMANTIC_VERSIONING
from reliability import calls
from reliability.matrix import Call, Column, Row

TRY_AGAIN, UNKNOWN, VERIFICATION = ExitCode.TRY_AGAIN, ExitCode.OUTCOME_UNKNOWN, ExitCode.VERIFICATION
SIGN_IN_ELSEWHERE = "the login to Vault and AWS is one piece of code for all commands, met at `aws-credentials`"
BLOBS_ELSEWHERE = "its blobs travel by the code of `retag-push-ecr`, met there"
CREATED_TWICE = (
    "Jira takes no key that would make a second creation the first one again, and its search lags behind. The rendered "
    "jobs share the resource group `jira`, so that GitLab never runs two; if two run all the same, the oldest ticket "
    "counts and what was created beside it is closed as its duplicate"
)

SIGN_IN_ENDS = {
    (Column.HTML, "Vault login"): TRY_AGAIN,
    (Column.HTML, "Vault credentials"): TRY_AGAIN,
    (Column.GONE, "Vault login"): UNKNOWN,
    (Column.GONE, "Vault credentials"): UNKNOWN,
    (Column.TRUNCATED, "GetCallerIdentity"): UNKNOWN,
    (Column.HTML, "GetCallerIdentity"): UNKNOWN,
    (Column.TRUNCATED, "GetAuthorizationToken"): UNKNOWN,
    (Column.HTML, "GetAuthorizationToken"): UNKNOWN,
}
UPDATE_ENDS = {
    (Column.GONE, "UpdateFunctionCode"): TRY_AGAIN,
    (Column.TRUNCATED, "GetFunction"): TRY_AGAIN,  # botocore takes half an answer for an empty one
    (Column.HTML, "GetFunction"): TRY_AGAIN,
}
COPY_ENDS = {
    (Column.HTML, "read manifest"): VERIFICATION,  # a page is no image
    (Column.HTML, "put manifest"): VERIFICATION,  # a yes, and reading back shows no tag
    (Column.GONE, "put manifest"): TRY_AGAIN,
    (Column.HTML, "list tags"): TRY_AGAIN,
}
PROMOTION_ENDS = {(Column.HTML, "promote"): ExitCode.PARTLY_DONE}  # a yes, and reading back shows one of two
JIRA_READS = ("Jira login", "search tickets", "read ticket", "read transitions", "read comments")
JIRA_PAGES = (*JIRA_READS, "add label", "write description", "transition", "write comment", "change comment")
JIRA_ENDS = {
    **{(Column.HTML, name): TRY_AGAIN for name in JIRA_PAGES},  # nobody waits for a ticket: GitLab tries again
    (Column.DOWN, "create ticket"): UNKNOWN,
    (Column.ERROR, "transition"): TRY_AGAIN,
    (Column.ERROR, "write comment"): TRY_AGAIN,
}
DASHBOARD_ENDS = {
    (Column.HTML, "ask what is shown"): TRY_AGAIN,
    (Column.HTML, "record deployment"): VERIFICATION,  # a yes, and asking again shows nothing
}


def _row(command: Command, *met: Call, ends: dict[tuple[Column, str], ExitCode], settles: str = "") -> Row:
    """A row with those of the exit codes that are about its own requests."""
    names = {call.name for call in met}
    return Row(command, met, {key: code for key, code in ends.items() if key[1] in names}, settles=settles)


CHANGING = (
    Row(SEMANTIC_VERSIONING, (calls.FETCH_TAGS, calls.PUSH_TAGS)),
    Row(
        PUBLISH_IMAGE,
        (calls.LOOK_AT_TARGET, *calls.PUBLISH),
        ends={key: code for key, code in COPY_ENDS.items() if key[1] == "put manifest"},
    ),
    Row(
        RETAG_PUSH_ECR,
        (
            calls.SOURCE_MANIFEST,
            calls.SOURCE_BLOB,
            calls.LOOK_AT_TAG,
            calls.START_UPLOAD,
            calls.SEND_BLOB,
            calls.FINISH_UPLOAD,
            calls.PUT_MANIFEST,
        ),
        ends={key: code for key, code in COPY_ENDS.items() if key[1] != "list tags"},
        elsewhere=SIGN_IN_ELSEWHERE,
    ),
    Row(
        BACKFILL_IMAGES,
        (calls.LIST_TAGS, calls.SOURCE_MANIFEST, calls.PUT_MANIFEST),
        ends=COPY_ENDS,
        also=(calls.START_UPLOAD, calls.SEND_BLOB, calls.FINISH_UPLOAD),
        elsewhere=f"{SIGN_IN_ELSEWHERE}; {BLOBS_ELSEWHERE}",
    ),
    Row(
        DEPLOY_LAMBDA,
        (*calls.SIGN_IN, calls.ECR_TOKEN, calls.READ_ECR_MANIFEST, calls.GET_FUNCTION, calls.UPDATE_CODE),
        ends={**SIGN_IN_ENDS, **UPDATE_ENDS, (Column.HTML, "read ECR manifest"): VERIFICATION},
    ),
    Row(
        ROLLBACK_LAMBDA,
        (calls.LOOK_AT_TAG, calls.GET_FUNCTION, calls.UPDATE_CODE),
        ends={(Column.GONE, "UpdateFunctionCode"): TRY_AGAIN},
        elsewhere=SIGN_IN_ELSEWHERE,
    ),
    Row(PROMOTE_ARTIFACTS, (calls.LOOK_AT_TARGET, calls.PROMOTE), ends=PROMOTION_ENDS),
    Row(PROMOTE_TO_RC, (calls.LOOK_AT_TARGET, calls.PROMOTE), ends=PROMOTION_ENDS),
    Row(PROMOTE_TO_RELEASE, (calls.LOOK_AT_TARGET, calls.PROMOTE), ends=PROMOTION_ENDS),
    _row(
        CREATE_JIRA_TICKETS,
        calls.JIRA_LOGIN,
        calls.SEARCH,
        calls.CREATE_ISSUE,
        calls.ADD_LABEL,
        ends=JIRA_ENDS,
        settles=CREATED_TWICE,
    ),
    _row(TRANSITION_JIRA_TICKETS, calls.READ_ISSUE, calls.READ_TRANSITIONS, calls.TRANSITION, ends=JIRA_ENDS),
    _row(COMMENT_JIRA_TICKETS, calls.READ_COMMENTS, calls.COMMENT, calls.CHANGE_COMMENT, ends=JIRA_ENDS),
    _row(UPDATE_JIRA_INSTRUCTIONS, calls.READ_ISSUE, calls.DESCRIBE, ends=JIRA_ENDS),
    Row(UPDATE_VERSION_DASHBOARD, (calls.ASK_DASHBOARD, calls.RECORD), DASHBOARD_ENDS, way="http"),
    Row(
        UPDATE_VERSION_DASHBOARD,
        (calls.READ_STATE, calls.LOOK_AT_OBJECT, calls.WRITE_STATE, calls.READ_PAGE, calls.WRITE_PAGE),
        {
            (Column.DOWN, "look at object"): UNKNOWN,  # it looks after it wrote
            (Column.GONE, "look at object"): UNKNOWN,
        },
        way="s3",
        elsewhere=SIGN_IN_ELSEWHERE,
    ),
    Row(
        S3_SYNC,
        (
            calls.LOOK_AT_BUCKET,
            calls.LIST_BUCKET,
            calls.READ_MANIFEST,
            calls.LOOK_AT_OBJECT,
            calls.UPLOAD,
            calls.DELETE,
            calls.WRITE_MANIFEST,
        ),
        {
            (Column.DOWN, "delete object"): ExitCode.PARTLY_DONE,  # uploads come first
            (Column.GONE, "delete object"): ExitCode.PARTLY_DONE,
        },
        elsewhere=SIGN_IN_ELSEWHERE,
    ),
)
"""Every command that changes something outside its own files."""

READING = (
    Row(AWS_CREDENTIALS, calls.SIGN_IN, {key: code for key, code in SIGN_IN_ENDS.items() if "Auth" not in key[1]}),
    Row(
        PREPARE_DOCKER_CONFIG,
        (calls.KNOCK_AT_SOURCE, calls.ECR_TOKEN, calls.KNOCK_AT_ECR),
        {key: code for key, code in SIGN_IN_ENDS.items() if "Auth" in key[1]},
        elsewhere=SIGN_IN_ELSEWHERE,
    ),
    Row(
        GENERATE_MAPPINGS,
        (calls.LIST_TAGS, calls.SOURCE_MANIFEST, calls.SOURCE_BLOB, calls.LOOK_AT_TAG),
        {key: code for key, code in COPY_ENDS.items() if key[1] != "put manifest"},
        elsewhere=SIGN_IN_ELSEWHERE,
    ),
    Row(FIND_VERSIONS, (calls.FETCH_TAGS,)),
    Row(MERGE_CONFIGS, (calls.FETCH_BLOBS,)),
)
"""The commands of jobs that only read; what they write are files for the jobs after them."""

ROWS = (*CHANGING, *READING)
LOOKING = (STATUS, TRACE, DOCTOR)
"""Commands of the contract that have no row."""
LOOKING_ONLY = (
    "a person runs it to look; it changes nothing, and no job goes on with what it leaves. What it could not look at, "
    "and its exit code then, are tested beside its other tests"
)
"""Why they have none."""
