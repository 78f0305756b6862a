"""From the build repository to the RC repository, and on to the release repository."""

from cigen_runtime.contract.identity import ENVIRONMENT, REGIONS
from cigen_runtime.contract.images import (
    ARTIFACTORY_REGISTRY,
    BUILD_REPOSITORY,
    RC_REPOSITORY,
    RELEASE_REPOSITORY,
)
from cigen_runtime.contract.lambda_ import DEPLOY_RESULT
from cigen_runtime.contract.model import Command, File, Origin, System, Variable
from cigen_runtime.contract.versions import VERSIONS

ARTIFACTORY_URL = Variable(
    "ARTIFACTORY_URL",
    "Address of Artifactory's REST API, such as `https://artifactory.example.com/artifactory`.",
    Origin.COMPANY,
    pattern=r"https?://\S+",
)

ARTIFACTORY_USER = Variable("ARTIFACTORY_USER", "User who may promote images in Artifactory.", Origin.SETTINGS)

ARTIFACTORY_PASS = Variable("ARTIFACTORY_PASS", "Password or token of that user.", Origin.SETTINGS, secret=True)

PROMOTE_FROM = Variable("CIGEN_PROMOTE_FROM", "Artifactory repository to promote from.", Origin.JOB)

PROMOTE_TO = Variable("CIGEN_PROMOTE_TO", "Artifactory repository to promote to.", Origin.JOB)

PROMOTION_VARIABLES = (
    ENVIRONMENT,
    REGIONS,
    ARTIFACTORY_URL,
    ARTIFACTORY_REGISTRY,
    ARTIFACTORY_USER,
    ARTIFACTORY_PASS,
)

PROMOTION = File(
    "cigen-out/{environment}/promotion.json",
    "Which images were promoted from where to where, and which were there already.",
    schema="promotion",
)

_HOW_PROMOTED = (
    "Looks at both ends of every project of versions.json before the first is promoted. What the target has already "
    "with the same digest is done; another digest there is a conflict, never overwritten; and only what a "
    "function runs, and still has the digest that was deployed, is promoted, always as a copy."
)

PROMOTE_ARTIFACTS = Command(
    name="promote-artifacts",
    summary="Promote each project's image from one Artifactory repository to another.",
    description=_HOW_PROMOTED,
    variables=(*PROMOTION_VARIABLES, PROMOTE_FROM, PROMOTE_TO),
    reads=(VERSIONS, DEPLOY_RESULT),
    writes=(PROMOTION,),
    systems=(System.ARTIFACTORY,),
    example="cigen-runtime promote-artifacts --dry-run",
)

PROMOTE_TO_RC = Command(
    name="promote-to-rc",
    summary="Promote what staging has proven from the build repository to the RC repository.",
    description=_HOW_PROMOTED,
    variables=(*PROMOTION_VARIABLES, BUILD_REPOSITORY, RC_REPOSITORY),
    reads=(VERSIONS, DEPLOY_RESULT),
    writes=(PROMOTION,),
    systems=(System.ARTIFACTORY,),
    example="cigen-runtime promote-to-rc --dry-run",
)

PROMOTE_TO_RELEASE = Command(
    name="promote-to-release",
    summary="Promote what production runs from the RC repository to the release repository.",
    description=_HOW_PROMOTED,
    variables=(*PROMOTION_VARIABLES, RC_REPOSITORY, RELEASE_REPOSITORY),
    reads=(VERSIONS, DEPLOY_RESULT),
    writes=(PROMOTION,),
    systems=(System.ARTIFACTORY,),
    example="cigen-runtime promote-to-release --dry-run",
)
