"""The made-up company: the hostnames, accounts and secrets that everything in the lab agrees on."""

STAGING_ACCOUNT = "111122223333"
PRODUCTION_ACCOUNT = "444455556666"
REGION = "eu-west-2"

ARTIFACTORY_HOST = "artifactory.example.com"
GITLAB_HOST = "gitlab.example.com"
VAULT_HOST = "vault.example.com"
JIRA_HOST = "jira.example.com"

ARTIFACTORY_USER = "ci"
ARTIFACTORY_PASSWORD = "artifactory-password-5f1c9d"
GITLAB_TOKEN = "glpat-lab-token-2b7e1a"
JIRA_USER = "release-bot@example.com"
JIRA_API_TOKEN = "ATATT3xFfGF0-lab-api-token-8c41"
JIRA_PROJECT = "REL"
VAULT_ROLE_ID = "6b0f1e5c-4b0e-4c55-9d5e-lab-role-id"
VAULT_SECRET_ID = "c9d0a3f2-7d1e-4f6a-8a55-lab-secret-id"
