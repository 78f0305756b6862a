"""Release tickets."""

from cigen_runtime.contract.identity import (
    ENVIRONMENT,
    ENVIRONMENT_NAME,
    PIPELINE_ID,
    PIPELINE_URL,
    PROJECT_URL,
    REGION,
)
from cigen_runtime.contract.lambda_ import DEPLOY_RESULT
from cigen_runtime.contract.model import Command, File, Option, Origin, System, Variable
from cigen_runtime.contract.versions import DEFAULT_BRANCH, VERSIONS

JIRA_URL = Variable("JIRA_URL", "Address of Jira Cloud.", Origin.COMPANY, pattern=r"https?://\S+")

JIRA_PROJECT = Variable(
    "CIGEN_JIRA_PROJECT",
    "Key of the Jira project that holds the release tickets, such as `REL`.",
    Origin.COMPANY,
    pattern=r"[A-Z][A-Z0-9_]+",
)

JIRA_ISSUE_TYPE = Variable("CIGEN_JIRA_ISSUE_TYPE", "Issue type of a release ticket.", Origin.COMPANY, default="Task")

JIRA_STATUSES = Variable(
    "CIGEN_JIRA_STATUSES",
    'What Jira calls each step, as JSON, where it is not the default: `{"pp-testing": "In Test"}`.',
    Origin.COMPANY,
    default="",
)

JIRA_USER = Variable("JIRA_USER", "E-mail address of the Jira account that the token belongs to.", Origin.SETTINGS)

JIRA_API_TOKEN = Variable("JIRA_API_TOKEN", "API token of that Jira account.", Origin.SETTINGS, secret=True)

JIRA_VARIABLES = (JIRA_URL, JIRA_PROJECT, JIRA_USER, JIRA_API_TOKEN)

JIRA_TICKETS = File(
    "cigen-out/{environment}/{region}/jira-tickets.json",
    "The release ticket of each project that changed.",
    schema="jira-tickets",
)

FOUND_JIRA_TICKETS = File(
    "cigen-out/jira-tickets.json",
    "The release tickets that were found by their label, in a pipeline that created none.",
    schema="jira-tickets",
)

JIRA_STEPS = ("pre-prod", "pp-testing", "deploying", "resolved", "closed")
"""The steps of a release ticket, in the order it goes through them."""

FOR_ENVIRONMENT = Option("for", "which deployment it is about", ("staging", "production"))

CREATE_JIRA_TICKETS = Command(
    name="create-jira-tickets",
    summary="Make sure that each project that changed has one release ticket in Jira.",
    description=(
        "One ticket per project and version, known by its label `cigen-<project>-<version>`: the first region creates "
        "it, the others find it and add their own label `<environment>-<region>`. A creation that Jira did not answer "
        "is looked for before it is sent again. Of several tickets with one label the oldest counts; one that this "
        "pipeline created beside it is marked as its duplicate, and closed where the workflow has a way."
    ),
    variables=(ENVIRONMENT, REGION, ENVIRONMENT_NAME, *JIRA_VARIABLES, JIRA_ISSUE_TYPE, PIPELINE_URL),
    reads=(VERSIONS, JIRA_TICKETS),
    writes=(JIRA_TICKETS,),
    systems=(System.JIRA,),
    example="cigen-runtime create-jira-tickets --dry-run",
    may_lack=(JIRA_TICKETS,),
)

TRANSITION_JIRA_TICKETS = Command(
    name="transition-jira-tickets",
    summary="Move the release tickets to a step of the release, unless they are there or further.",
    description=(
        "Takes the tickets that this pipeline recorded, and finds by label those of versions.json that the record "
        "misses. A transition is chosen by the status it leads to, since its name and number differ from one Jira "
        "project to the next."
    ),
    variables=(*JIRA_VARIABLES, JIRA_STATUSES),
    reads=(VERSIONS, JIRA_TICKETS, FOUND_JIRA_TICKETS),
    writes=(FOUND_JIRA_TICKETS,),
    systems=(System.JIRA,),
    example="cigen-runtime transition-jira-tickets --to pre-prod --dry-run",
    options=(Option("to", "the step that the tickets move to", JIRA_STEPS),),
    may_lack=(JIRA_TICKETS, FOUND_JIRA_TICKETS),
)

COMMENT_JIRA_TICKETS = Command(
    name="comment-jira-tickets",
    summary="Say in each release ticket what was deployed where.",
    description=(
        "One comment per pipeline, known by a property of the comment that nobody sees: run again, it is brought up "
        "to date and never written twice."
    ),
    variables=(*JIRA_VARIABLES, PIPELINE_ID, PIPELINE_URL),
    reads=(VERSIONS, JIRA_TICKETS, FOUND_JIRA_TICKETS, DEPLOY_RESULT),
    writes=(),
    systems=(System.JIRA,),
    example="cigen-runtime comment-jira-tickets --for staging --dry-run",
    options=(FOR_ENVIRONMENT,),
    may_lack=(JIRA_TICKETS, FOUND_JIRA_TICKETS, DEPLOY_RESULT),
)

UPDATE_JIRA_INSTRUCTIONS = Command(
    name="update-jira-instructions",
    summary="Write into each release ticket how its version gets to production.",
    description=(
        "Keeps one section of the description: the TARGET_VERSIONS_JSON to paste, and a link that starts the "
        "production pipeline with it. What people wrote around the section stays as it is."
    ),
    variables=(*JIRA_VARIABLES, PROJECT_URL, DEFAULT_BRANCH, PIPELINE_URL),
    reads=(VERSIONS, JIRA_TICKETS, FOUND_JIRA_TICKETS),
    writes=(),
    systems=(System.JIRA,),
    example="cigen-runtime update-jira-instructions --for staging --dry-run",
    options=(FOR_ENVIRONMENT,),
    may_lack=(JIRA_TICKETS, FOUND_JIRA_TICKETS),
)
