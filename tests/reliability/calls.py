"""The requests that faults are aimed at, by the system that they go to."""

from __future__ import annotations

from dataclasses import replace

from cigen_runtime.contract.model import System
from reliability.matrix import Call, Effect

ECR = r"\.dkr\.ecr\."

FETCH_TAGS = Call("fetch tags", System.GIT, "GET", "gitlab", "/info/refs")
FETCH_BLOBS = Call("fetch blobs", System.GIT, "POST", "gitlab", "/git-upload-pack")
PUSH_TAGS = Call("push tags", System.GIT, "POST", "gitlab", "/git-receive-pack", effect=Effect.SAME)

VAULT_LOGIN = Call("Vault login", System.VAULT, "POST", "vault", "/login$")
VAULT_CREDENTIALS = Call("Vault credentials", System.VAULT, "(GET|PUT|POST)", "vault", "/aws/sts/")
CALLER_IDENTITY = Call("GetCallerIdentity", System.STS, "POST", "^sts", target="GetCallerIdentity")
ECR_TOKEN = Call("GetAuthorizationToken", System.ECR, "POST", r"^api\.ecr", target="GetAuthorizationToken")
SIGN_IN = (VAULT_LOGIN, VAULT_CREDENTIALS, CALLER_IDENTITY)

SOURCE_MANIFEST = Call("read manifest", System.ARTIFACTORY, "GET", "artifactory", "/manifests/", renews=True)
SOURCE_BLOB = Call("read blob", System.ARTIFACTORY, "GET", "artifactory", "/blobs/", renews=True)
READ_ECR_MANIFEST = Call("read ECR manifest", System.ECR, "GET", ECR, "/manifests/", renews=True)
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
PROMOTE = Call(
    "promote", System.ARTIFACTORY, "POST", "artifactory", "/promote$", effect=Effect.ONCE, times=2, side_by_side=2
)
KNOCK_AT_SOURCE = Call("knock at Artifactory", System.ARTIFACTORY, "GET", "artifactory", "^/v2/$", renews=True)
KNOCK_AT_ECR = Call("knock at ECR", System.ECR, "GET", ECR, "^/v2/$", renews=True)

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


ASK_DASHBOARD = Call("ask what is shown", System.DASHBOARD, "GET", "versions", "/deployments$")
RECORD = Call("record deployment", System.DASHBOARD, "PUT", "versions", "/deployments/", effect=Effect.ONCE, times=2)

S3 = r"\.s3\."
LOOK_AT_BUCKET = Call("look at bucket", System.S3, "HEAD", S3, "^/$", has_body=False)
LIST_BUCKET = Call("list bucket", System.S3, "GET", S3, "^/$")
LOOK_AT_OBJECT = Call("look at object", System.S3, "HEAD", S3, r"\.json$", has_body=False)
READ_STATE = Call("read state", System.S3, "GET", S3, "/state.json$")
WRITE_STATE = Call("write state", System.S3, "PUT", S3, "/state.json$", effect=Effect.ONCE, has_body=False)
READ_PAGE = Call("read page", System.S3, "GET", S3, "/index.html$")
WRITE_PAGE = Call("write page", System.S3, "PUT", S3, "/index.html$", effect=Effect.ONCE, has_body=False)
READ_MANIFEST = Call("read manifest", System.S3, "GET", S3, "/.cigen-manifest.json$")
WRITE_MANIFEST = replace(WRITE_STATE, name="write manifest", path="/.cigen-manifest.json$", each_run=True)
UPLOAD = Call("upload object", System.S3, "PUT", S3, "/orders/", effect=Effect.ONCE, times=2, has_body=False)
DELETE = Call("delete object", System.S3, "DELETE", S3, effect=Effect.ONCE, has_body=False)

AT_SOURCE = {"system": System.ARTIFACTORY, "host": "artifactory"}
PUBLISH = (
    *(replace(call, **AT_SOURCE) for call in (START_UPLOAD, SEND_BLOB, FINISH_UPLOAD)),
    replace(PUT_MANIFEST, **AT_SOURCE, effect=Effect.SAME),  # ECR's tags are immutable, Artifactory's are not
)
"""What publishes an image is what copies one, at another registry."""
