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
from cigen_runtime.contract.model import System
from cigen_runtime.contract.promotion import PROMOTE_ARTIFACTS, PROMOTE_TO_RC, PROMOTE_TO_RELEASE
from cigen_runtime.contract.versions import SEMANTIC_VERSIONING
from reliability.matrix import Call, Effect, Row

ECR = r"\.dkr\.ecr\."

FETCH_TAGS = Call("fetch tags", System.GIT, "GET", "gitlab", "/info/refs")
PUSH_TAGS = Call("push tags", System.GIT, "POST", "gitlab", "/git-receive-pack", effect=Effect.ONCE)

VAULT_LOGIN = Call("Vault login", System.VAULT, "POST", "vault", "/login$")
VAULT_CREDENTIALS = Call("Vault credentials", System.VAULT, "(GET|PUT|POST)", "vault", "/aws/sts/")
CALLER_IDENTITY = Call("GetCallerIdentity", System.STS, "POST", "^sts", target="GetCallerIdentity")
ECR_TOKEN = Call("GetAuthorizationToken", System.ECR, "POST", r"^api\.ecr", target="GetAuthorizationToken")
SIGN_IN = (VAULT_LOGIN, VAULT_CREDENTIALS, CALLER_IDENTITY, ECR_TOKEN)
SIGN_IN_ELSEWHERE = "the login to Vault and AWS: one piece of code for all commands, met at `deploy-lambda`"

SOURCE_MANIFEST = Call("read manifest", System.ARTIFACTORY, "GET", "artifactory", "/manifests/")
SOURCE_BLOB = Call("read blob", System.ARTIFACTORY, "GET", "artifactory", "/blobs/")
LOOK_AT_TAG = Call("look at ECR tag", System.ECR, "HEAD", ECR, "/manifests/", has_body=False)
START_UPLOAD = Call(
    "start blob upload", System.ECR, "POST", ECR, "/blobs/uploads/", effect=Effect.STAGED, times=4, has_body=False
)
SEND_BLOB = Call("send blob", System.ECR, "PATCH", ECR, effect=Effect.STAGED, times=4, has_body=False)
FINISH_UPLOAD = Call(
    "finish blob upload", System.ECR, "PUT", ECR, "/blobs/uploads/", effect=Effect.SAME, times=4, has_body=False
)
PUT_MANIFEST = Call("put manifest", System.ECR, "PUT", ECR, "/manifests/", effect=Effect.ONCE, times=2, has_body=False)
LIST_TAGS = Call("list tags", System.ARTIFACTORY, "GET", "artifactory", "/tags/list")

GET_FUNCTION = Call("GetFunction", System.LAMBDA, "GET", "^lambda", "/functions/")
UPDATE_CODE = Call("UpdateFunctionCode", System.LAMBDA, "PUT", "^lambda", "/code$", effect=Effect.ONCE, times=2)

LOOK_AT_TARGET = Call("look at target tag", System.ARTIFACTORY, "HEAD", "artifactory", "/manifests/", has_body=False)
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

ROWS = (
    Row(SEMANTIC_VERSIONING, (FETCH_TAGS, PUSH_TAGS)),
    Row(
        RETAG_PUSH_ECR,
        (SOURCE_MANIFEST, SOURCE_BLOB, LOOK_AT_TAG, START_UPLOAD, SEND_BLOB, FINISH_UPLOAD, PUT_MANIFEST),
        elsewhere=SIGN_IN_ELSEWHERE,
    ),
    Row(
        BACKFILL_IMAGES,
        (LIST_TAGS, SOURCE_MANIFEST, PUT_MANIFEST),
        elsewhere=f"{SIGN_IN_ELSEWHERE}; the blobs: the code of `retag-push-ecr`, met there",
    ),
    Row(DEPLOY_LAMBDA, (*SIGN_IN, LOOK_AT_TAG, GET_FUNCTION, UPDATE_CODE)),
    Row(ROLLBACK_LAMBDA, (LOOK_AT_TAG, GET_FUNCTION, UPDATE_CODE), elsewhere=SIGN_IN_ELSEWHERE),
    Row(PROMOTE_ARTIFACTS, (LOOK_AT_TARGET, PROMOTE)),
    Row(PROMOTE_TO_RC, (LOOK_AT_TARGET, PROMOTE)),
    Row(PROMOTE_TO_RELEASE, (LOOK_AT_TARGET, PROMOTE)),
    Row(CREATE_JIRA_TICKETS, (JIRA_LOGIN, SEARCH, CREATE_ISSUE, ADD_LABEL)),
    Row(TRANSITION_JIRA_TICKETS, (READ_ISSUE, READ_TRANSITIONS, TRANSITION)),
    Row(COMMENT_JIRA_TICKETS, (READ_COMMENTS, COMMENT, CHANGE_COMMENT)),
    Row(UPDATE_JIRA_INSTRUCTIONS, (READ_ISSUE, DESCRIBE)),
)
"""Every command that changes something outside its own files."""
