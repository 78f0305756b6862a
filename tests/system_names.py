"""The names of the system: every template and every job that its poster has, those of a region with the region `eu`."""

TEMPLATES = {
    ".semantic-versioning-template",
    ".publish-image-template",
    ".aws-credentials-template",
    ".prepare-docker-config-template",
    ".retag-push-ecr-template",
    ".generate-mappings-template",
    ".deploy-lambda-template",
    ".update-version-dashboard-template",
    ".create-jira-tickets-template",
    ".transition-jira-tickets-pre-prod",
    ".transition-jira-tickets-pp-testing",
    ".transition-jira-tickets-deploying",
    ".transition-jira-tickets-resolved",
    ".transition-jira-tickets-closed",
    ".comment-jira-tickets-staging",
    ".comment-jira-tickets-production",
    ".update_jira_instructions_staging",
    ".update_jira_instructions_production",
    ".promote-artifacts-template",
    ".promote-to-rc-template",
    ".promote-to-release-template",
    ".find-versions-template",
    ".merge-configs-template",
    ".s3-sync-template",
}
STAGING = {
    "semantic-versioning",
    "aws-credentials-staging-eu",
    "prepare-docker-config-staging-eu",
    "retag-push-ecr-staging-eu",
    "deploy-lambda-staging-eu",
    "update-version-dashboard-staging-eu",
    "create-jira-tickets-staging-eu",
    "transition-jira-tickets-pre-prod",
    "update-jira-instructions",
    "transition-jira-tickets-pp-testing",
    "promote-to-rc-build-artifacts",
}
PRODUCTION = {
    "generate-on-demand-mappings",
    "aws-credentials-prod-eu",
    "deploy-lambda-prod-eu",
    "update-version-dashboard-prod-eu",
    "transition-jira-tickets-deploying",
    "transition-jira-tickets-resolved",
    "transition-jira-tickets-closed",
    "comment-production",
    "promote-to-release-artifacts",
}
CONFIG_STEPS = ("aws-credentials-s3", "find-versions", "merge-configs", "s3-sync")
CONFIGS = {f"{step}-{environment}-eu" for step in CONFIG_STEPS for environment in ("staging", "prod")}
