"""The commands of the matrix and those of their requests that faults are aimed at."""

from __future__ import annotations

from dataclasses import replace

from cigen_runtime.contract.images import BACKFILL_IMAGES, RETAG_PUSH_ECR
from cigen_runtime.contract.jira import (
    COMMENT_JIRA_TICKETS,
    CREATE_JIRA_TICKETS,
    TRANSITION_JIRA_TICKETS,
    UPDATE_JIRA_INSTRUCTIONS,
)
from cigen_runtime.contract.lambda_ import DEPLOY_LAMBDA, ROLLBACK_LAMBDA
from cigen_runtime.contract.model import Command, ExitCode, System
from cigen_runtime.contract.promotion import PROMOTE_ARTIFACTS, PROMOTE_TO_RC, PROMOTE_TO_RELEASE
from cigen_runtime.contract.versions import SEMANTIC_VERSIONING
from reliability.matrix import Call, Column, Effect, Row

ECR = r"\.dkr\.ecr\."

FETCH_TAGS = Call("fetch tags", System.GIT, "GET", "gitlab", "/info/refs")
PUSH_TAGS = Call("push tags", System.GIT, "POST", "gitlab", "/git-receive-pack", effect=Effect.SAME)

VAULT_LOGIN = Call("Vault login", System.VAULT, "POST", "vault", "/login$")
VAULT_CREDENTIALS = Call("Vault credentials", System.VAULT, "(GET|PUT|POST)", "vault", "/aws/sts/")
CALLER_IDENTITY = Call("GetCallerIdentity", System.STS, "POST", "^sts", target="GetCallerIdentity")
ECR_TOKEN = Call("GetAuthorizationToken", System.ECR, "POST", r"^api\.ecr", target="GetAuthorizationToken")
SIGN_IN = (VAULT_LOGIN, VAULT_CREDENTIALS, CALLER_IDENTITY, ECR_TOKEN)
SIGN_IN_ELSEWHERE = "the login to Vault and AWS: one piece of code for all commands, met at `deploy-lambda`"

SOURCE_MANIFEST = Call("read manifest", System.ARTIFACTORY, "GET", "artifactory", "/manifests/", renews=True)
SOURCE_BLOB = Call("read blob", System.ARTIFACTORY, "GET", "artifactory", "/blobs/", renews=True)
LOOK_AT_TAG = Call("look at ECR tag", System.ECR, "HEAD", ECR, "/manifests/", has_body=False, renews=True)
START_UPLOAD = Call(
    "start blob upload",
    System.ECR,
    "POST",
    ECR,
    "/blobs/uploads/",
    effect=Effect.STAGED,
    times=4,
    has_body=False,
    renews=True,
)
SEND_BLOB = Call(
    "send blob",
    System.ECR,
    "PATCH",
    ECR,
    effect=Effect.STAGED,
    times=4,
    has_body=False,
    renews=True,
)
FINISH_UPLOAD = Call(
    "finish blob upload",
    System.ECR,
    "PUT",
    ECR,
    "/blobs/uploads/",
    effect=Effect.SAME,
    times=4,
    has_body=False,
    renews=True,
)
PUT_MANIFEST = Call(
    "put manifest",
    System.ECR,
    "PUT",
    ECR,
    "/manifests/",
    effect=Effect.ONCE,
    times=2,
    has_body=False,
    renews=True,
)
LIST_TAGS = Call("list tags", System.ARTIFACTORY, "GET", "artifactory", "/tags/list", renews=True)

GET_FUNCTION = Call("GetFunction", System.LAMBDA, "GET", "^lambda", "/functions/")
UPDATE_CODE = Call("UpdateFunctionCode", System.LAMBDA, "PUT", "^lambda", "/code$", effect=Effect.ONCE, times=2)

LOOK_AT_TARGET = Call(
    "look at target tag",
    System.ARTIFACTORY,
    "HEAD",
    "artifactory",
    "/manifests/",
    has_body=False,
    renews=True,
)
PROMOTE = Call("promote", System.ARTIFACTORY, "POST", "artifactory", "/promote$", effect=Effect.ONCE, times=2)

JIRA_LOGIN = Call("Jira login", System.JIRA, "GET", "jira", "/myself")
SEARCH = Call("search tickets", System.JIRA, "POST", "jira", "/search/jql")
CREATE_ISSUE = Call("create ticket", System.JIRA, "POST", "jira", "/issue$", effect=Effect.ONCE)
ADD_LABEL = Call("add label", System.JIRA, "PUT", "jira", r"/issue/[^/]+$", effect=Effect.SAME, has_body=False)
READ_ISSUE = Call("read ticket", System.JIRA, "GET", "jira", r"/issue/[^/]+$")
READ_TRANSITIONS = Call("read transitions", System.JIRA, "GET", "jira", "/transitions$")
TRANSITION = Call(
    "transition", System.JIRA, "POST", "jira", "/transitions$", effect=Effect.ONCE, times=2, has_body=False
)
READ_COMMENTS = Call("read comments", System.JIRA, "GET", "jira", "/comment$")
COMMENT = Call("write comment", System.JIRA, "POST", "jira", r"/issue/[^/]+/comment$", effect=Effect.ONCE)
CHANGE_COMMENT = Call("change comment", System.JIRA, "PUT", "jira", r"/comment/\d+$", effect=Effect.SAME)
DESCRIBE = replace(ADD_LABEL, name="write description", times=2)

TRY_AGAIN = ExitCode.TRY_AGAIN
LOGIN_ENDS = {
    (Column.HTML, "Vault login"): ExitCode.TRY_AGAIN,
    (Column.HTML, "Vault credentials"): ExitCode.TRY_AGAIN,
    (Column.GONE, "Vault login"): ExitCode.OUTCOME_UNKNOWN,
    (Column.GONE, "Vault credentials"): ExitCode.OUTCOME_UNKNOWN,
    (Column.TRUNCATED, "GetCallerIdentity"): ExitCode.OUTCOME_UNKNOWN,
    (Column.HTML, "GetCallerIdentity"): ExitCode.OUTCOME_UNKNOWN,
    (Column.TRUNCATED, "GetAuthorizationToken"): ExitCode.OUTCOME_UNKNOWN,
    (Column.HTML, "GetAuthorizationToken"): ExitCode.OUTCOME_UNKNOWN,
}
UPDATE_ENDS = {
    (Column.GONE, "UpdateFunctionCode"): TRY_AGAIN,
    (Column.TRUNCATED, "GetFunction"): TRY_AGAIN,  # botocore takes half an answer for an empty one
    (Column.HTML, "GetFunction"): TRY_AGAIN,
}
COPY_ENDS = {
    (Column.HTML, "read manifest"): ExitCode.VERIFICATION,  # a page is no image
    (Column.HTML, "put manifest"): ExitCode.VERIFICATION,  # a yes, and reading back shows no tag
    (Column.GONE, "put manifest"): TRY_AGAIN,
}
PROMOTION_ENDS = {(Column.HTML, "promote"): ExitCode.PARTLY_DONE}  # a yes, and reading back shows one of two
JIRA_READS = ("Jira login", "search tickets", "read ticket", "read transitions", "read comments")
JIRA_PAGES = (*JIRA_READS, "add label", "write description", "transition", "write comment", "change comment")
JIRA_ENDS = {
    **{(Column.HTML, name): TRY_AGAIN for name in JIRA_PAGES},  # nobody waits for a ticket: GitLab tries again
    (Column.DOWN, "create ticket"): ExitCode.OUTCOME_UNKNOWN,
    (Column.ERROR, "transition"): TRY_AGAIN,
    (Column.ERROR, "write comment"): TRY_AGAIN,
}
ONE_AT_A_TIME = {
    Column.BOTH: "Jira jobs share the resource group `jira`; `test_create_jira_tickets.py` says what two do outside"
}


def _jira(command: Command, *calls: Call) -> Row:
    ends = {key: code for key, code in JIRA_ENDS.items() if key[1] in {call.name for call in calls}}
    return Row(command, calls, ONE_AT_A_TIME, ends)


ROWS = (
    Row(SEMANTIC_VERSIONING, (FETCH_TAGS, PUSH_TAGS)),
    Row(
        RETAG_PUSH_ECR,
        (SOURCE_MANIFEST, SOURCE_BLOB, LOOK_AT_TAG, START_UPLOAD, SEND_BLOB, FINISH_UPLOAD, PUT_MANIFEST),
        ends=COPY_ENDS,
        elsewhere=SIGN_IN_ELSEWHERE,
    ),
    Row(
        BACKFILL_IMAGES,
        (LIST_TAGS, SOURCE_MANIFEST, PUT_MANIFEST),
        ends={**COPY_ENDS, (Column.HTML, "list tags"): TRY_AGAIN},
        elsewhere=f"{SIGN_IN_ELSEWHERE}; the blobs: the code of `retag-push-ecr`, met there",
    ),
    Row(DEPLOY_LAMBDA, (*SIGN_IN, LOOK_AT_TAG, GET_FUNCTION, UPDATE_CODE), ends={**LOGIN_ENDS, **UPDATE_ENDS}),
    Row(
        ROLLBACK_LAMBDA,
        (LOOK_AT_TAG, GET_FUNCTION, UPDATE_CODE),
        ends={(Column.GONE, "UpdateFunctionCode"): TRY_AGAIN},
        elsewhere=SIGN_IN_ELSEWHERE,
    ),
    Row(PROMOTE_ARTIFACTS, (LOOK_AT_TARGET, PROMOTE), ends=PROMOTION_ENDS),
    Row(PROMOTE_TO_RC, (LOOK_AT_TARGET, PROMOTE), ends=PROMOTION_ENDS),
    Row(PROMOTE_TO_RELEASE, (LOOK_AT_TARGET, PROMOTE), ends=PROMOTION_ENDS),
    _jira(CREATE_JIRA_TICKETS, JIRA_LOGIN, SEARCH, CREATE_ISSUE, ADD_LABEL),
    _jira(TRANSITION_JIRA_TICKETS, READ_ISSUE, READ_TRANSITIONS, TRANSITION),
    _jira(COMMENT_JIRA_TICKETS, READ_COMMENTS, COMMENT, CHANGE_COMMENT),
    _jira(UPDATE_JIRA_INSTRUCTIONS, READ_ISSUE, DESCRIBE),
)
"""Every command that changes something outside its own files."""
