"""Every check, once: flowchart, decision tree and cheat sheet are made of these."""

from cigen_runtime.contract.credentials import VAULT_ID_TOKEN, VAULT_ROLE_ID, VAULT_SECRET_ID
from cigen_runtime.contract.dashboard import DASHBOARD_TOKEN
from cigen_runtime.contract.identity import ENVIRONMENT_NAME
from cigen_runtime.contract.images import DOCKER_AUTH_CONFIG as DOCKER_AUTH_CONFIG_VARIABLE
from cigen_runtime.contract.jira import JIRA_API_TOKEN, JIRA_USER
from cigen_runtime.contract.promotion import ARTIFACTORY_PASS as ARTIFACTORY_PASS_VARIABLE
from cigen_runtime.contract.promotion import ARTIFACTORY_USER
from cigen_runtime.contract.versions import TARGET_VERSIONS as TARGET_VERSIONS_VARIABLE
from cigen_runtime.contract.versions import VERSIONING_TOKEN
from cigen_runtime.diagnosis.check import Check

# Versions

WHOLE_HISTORY = Check(
    "whole-history",
    "Does the job see the whole history and every tag of the service's repository?",
    'Set GIT_DEPTH: "0" for the job, and see that VERSIONING_TOKEN or the job token may read the repository.',
)

TAG_PUSH = Check(
    "tag-push",
    "May the job push tags?",
    "Set VERSIONING_TOKEN to a token with write_repository, or let job tokens push in the project's settings.",
    (VERSIONING_TOKEN,),
)

PROTECTED_TAGS = Check(
    "protected-tags",
    "Is the job's token allowed by every protected-tag rule that fits `<project>-v<version>`?",
    "Add the token's user to that rule: Settings > Repository > Protected tags.",
)

# Vault and AWS

VAULT_LOGIN = Check(
    "vault-login",
    "Does Vault accept the job's login?",
    "Issue a new secret ID and set VAULT_ROLE_ID and VAULT_SECRET_ID; see that both reach this ref and environment. "
    "With JWT: compare the role's bound_audiences and bound_claims with this project.",
    (VAULT_ROLE_ID, VAULT_SECRET_ID, VAULT_ID_TOKEN),
)

VAULT_POLICY = Check(
    "vault-policy",
    "May that login take AWS credentials at the path of the role?",
    'Give its policy: path "<aws mount>/sts/<role>" { capabilities = ["update"] }, in the same namespace, and see that '
    "mount and role exist.",
)

IAM_TRUST = Check(
    "iam-trust",
    "Does the trust policy of the IAM role let Vault assume it?",
    "Let the role's trust policy allow sts:AssumeRole to the identity that Vault uses.",
)

IAM_ROLE = Check(
    "iam-role",
    "Is the IAM role one of the account that cigen.yaml names?",
    "Compare the role's ARN in Vault with the account of this environment in cigen.yaml: one of the two is wrong.",
)

# Registries

DOCKER_AUTH_CONFIG = Check(
    "docker-auth-config",
    "Is DOCKER_AUTH_CONFIG set, with a login for Artifactory's registry?",
    "Define it in the CI/CD settings as a docker config.json whose `auths` names the registry's host, and see that it "
    "reaches this ref.",
    (DOCKER_AUTH_CONFIG_VARIABLE,),
)

ARTIFACTORY_LOGIN = Check(
    "artifactory-login",
    "Does Artifactory's registry accept the user and password in it?",
    "Renew the password or token, and put `base64 of user:password` into DOCKER_AUTH_CONFIG.",
)

ECR_LOGIN = Check(
    "ecr-login",
    "Does ECR give the job a token, and let it in with it?",
    "Allow ecr:GetAuthorizationToken on * in the role's IAM policy, and see that the region is right: "
    "`aws ecr get-login-password --region <region>` must work with the same role.",
)

ECR_PERMISSION = Check(
    "ecr-permission",
    "Is the ECR repository there, and may the role push to it?",
    "Create the repository in that region, or allow ecr:BatchCheckLayerAvailability, ecr:BatchGetImage, "
    "ecr:InitiateLayerUpload, ecr:UploadLayerPart, ecr:CompleteLayerUpload and ecr:PutImage on it.",
)

BUILD_IMAGE = Check(
    "build-image",
    "Is each project's image in Artifactory's build repository?",
    "See whether the publish job of the build stage ran, and pushed <project>:<version> there.",
)

# The service's files

DEPLOYMENT_FILE = Check(
    "deployment-file",
    "Has each folder below functions/ a .deployment file that can be read?",
    "Add functions/<folder>/.deployment with the line ACTUAL_LAMBDA_NAME=<name of the function in AWS>.",
)

VERSIONS_FILE = Check(
    "versions-file",
    "Is there a valid versions.json?",
    "See whether semantic-versioning ran in this pipeline and its artifact reaches the job; a file of your own needs "
    '{"<project>": {"version": "1.4.0", "folder": "<folder>"}}.',
)

TARGET_VERSIONS = Check(
    "target-versions",
    "Is TARGET_VERSIONS_JSON one JSON object of projects and versions that exist?",
    'Start the pipeline again with an object such as {"orders-api": "1.4.0"}: project names as in versions.json, '
    "versions that were released to staging.",
    (TARGET_VERSIONS_VARIABLE,),
)

# Lambda

FUNCTION_NAME = Check(
    "function-name",
    "Is there a function of that name in this account and region?",
    "Correct ACTUAL_LAMBDA_NAME in functions/<folder>/.deployment, or create the function.",
)

ECR_TAG = Check(
    "ecr-tag",
    "Is the image in ECR, under the tag <function>-<version>?",
    "Run the retag job of the staging pipeline again, in this region; see that no lifecycle rule expires such tags.",
)

LAMBDA_PERMISSION = Check(
    "lambda-permission",
    "May the role update the functions, and may Lambda pull from ECR?",
    "Allow lambda:GetFunction and lambda:UpdateFunctionCode in the role's IAM policy, and let lambda.amazonaws.com "
    "pull in the policy of the ECR repository.",
)

REGION = Check(
    "region",
    "Does the job work in the region that the functions and images are in?",
    "Remove what overrides CIGEN_ENVIRONMENT, CIGEN_REGION or CIGEN_AWS_REGION in the settings or the pipeline, and "
    "compare the region in cigen.yaml with AWS.",
    (ENVIRONMENT_NAME,),
)

FUNCTION_STATE = Check(
    "function-state",
    "Is every function ready, neither stuck in Pending nor failed at its last update?",
    "Look at the function's reason in the console: a VPC without addresses, a role or KMS key it may not use, an image "
    "that is gone. Then run the job again.",
)

# Jira

JIRA_BLOCKING = Check(
    "jira-blocking",
    "Does anything wait for the ticket right now?",
    "Leave it: the job may fail, the pipeline goes on, and the next one brings the ticket up to date.",
    ends=True,
)

JIRA_LOGIN = Check(
    "jira-login",
    "Does Jira accept JIRA_USER with JIRA_API_TOKEN?",
    "Create a new token of that user's account and set JIRA_API_TOKEN; tokens end after a year at most.",
    (JIRA_USER, JIRA_API_TOKEN),
)

JIRA_PERMISSION = Check(
    "jira-permission",
    "May that user browse, create, edit, comment and transition in the Jira project?",
    "Give the user these permissions in the project's permission scheme.",
)

JIRA_STATUSES = Check(
    "jira-statuses",
    "Does the project's workflow have the statuses that the release goes through?",
    "Write what the workflow calls them as jira.statuses in cigen.yaml, or add them to the workflow.",
)

# Promotion

ARTIFACTORY_PASS = Check(
    "artifactory-pass",
    "Is ARTIFACTORY_PASS set, and does Artifactory accept it for ARTIFACTORY_USER?",
    "Define ARTIFACTORY_PASS in the CI/CD settings, or renew it; see that it reaches this ref and belongs to "
    "ARTIFACTORY_USER.",
    (ARTIFACTORY_USER, ARTIFACTORY_PASS_VARIABLE),
)

ARTIFACTORY_REPOSITORIES = Check(
    "artifactory-repositories",
    "Are build, RC and release repository in cigen.yaml Artifactory's own names of local Docker repositories?",
    "Correct artifactory.repositories in cigen.yaml; a virtual or remote repository cannot be promoted to.",
)

SOURCE_TAG = Check(
    "source-tag",
    "Is the version in the repository that it is promoted from?",
    "See whether the step before put it there: the publish job for build, the staging pipeline's promotion for RC. "
    "Was it cleaned up since, release a new version.",
)

ARTIFACTORY_PERMISSION = Check(
    "artifactory-permission",
    "May ARTIFACTORY_USER read the repository to promote from, and deploy to the one to promote to?",
    "Give that user both rights in Artifactory; it needs none to delete.",
)

# S3

BUCKET = Check(
    "bucket",
    "Is there a bucket of the name that cigen.yaml gives for this environment and region?",
    "Correct s3.bucket in cigen.yaml (it names environment and region), or create the bucket in that region.",
)

S3_CREDENTIALS = Check(
    "s3-credentials",
    "Are the job's AWS credentials those of the account that owns the bucket?",
    "Compare the account of this environment in cigen.yaml, and the role's ARN in Vault, with the bucket's owner.",
)

S3_PERMISSION = Check(
    "s3-permission",
    "May the role list the bucket, and read and write what is in it?",
    "Allow s3:ListBucket on the bucket, and s3:GetObject, s3:PutObject and s3:DeleteObject on what is in it.",
)

MERGED_FILES = Check(
    "merged-files",
    "Does merged-files/ of this environment and region hold what should be synced?",
    "See whether merge-configs ran in this pipeline, and whether configs/ has a layer for this environment.",
)

# Version dashboard

DASHBOARD_BLOCKING = Check(
    "dashboard-blocking",
    "Does anybody need the dashboard right now?",
    "Leave it: what was deployed runs, and the next deployment brings the dashboard up to date.",
    ends=True,
)

DASHBOARD_LOGIN = Check(
    "dashboard-login",
    "Does the company's dashboard accept VERSION_DASHBOARD_TOKEN?",
    "Renew it in the CI/CD settings, and see that it reaches this ref.",
    (DASHBOARD_TOKEN,),
)

DASHBOARD_BUCKET = Check(
    "dashboard-bucket",
    "May the role read and write the dashboard's bucket, also from another account?",
    "Allow s3:GetObject and s3:PutObject in the role's policy and, across accounts, in the bucket's.",
)
