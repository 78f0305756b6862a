"""Are functions, images, permissions and region what the deployment takes them for?"""

from collections.abc import Mapping

from cigen_runtime.contract.identity import AWS_ACCOUNT, AWS_REGION, ENVIRONMENT, ENVIRONMENT_NAME, REGION
from cigen_runtime.contract.images import ECR_REPOSITORY
from cigen_runtime.diagnosis import Check, checks
from cigen_runtime.errors import ConfigurationError, NotFoundError, TryAgainError, VerificationError
from cigen_runtime.files import Deployment, Project, has_mappings, read_deployment, read_mappings, read_versions
from cigen_runtime.job import refuse_a_foreign_identity
from cigen_runtime.probes.probe import CannotLookError, Probe, Surroundings
from cigen_runtime.services.ecr import ecr_repository
from cigen_runtime.services.lambda_ import Functions
from cigen_runtime.services.lambda_function import Function
from cigen_runtime.side_by_side import look_at_all
from cigen_runtime.target_versions import project_folders, read_target_versions
from cigen_runtime.versions import ecr_tag


def _deployments(surroundings: Surroundings) -> str:
    found = _read_deployments(surroundings)
    return f"{len(found)} folder{'s' * (len(found) != 1)}: {', '.join(each.lambda_name for each in found.values())}"


def _read_deployments(surroundings: Surroundings) -> dict[str, Deployment]:
    """The `.deployment` of every folder."""
    job = surroundings.job
    folders = list(project_folders(job.folder).values())
    found = look_at_all(
        folders,
        lambda folder: read_deployment(job.folder, folder, job.value(ENVIRONMENT) or None),
        if_not="not every folder below functions/ can be deployed",
    )
    return dict(zip(folders, found, strict=True))


def _names(surroundings: Surroundings) -> str:
    job = surroundings.job
    place = f"account {job.value(AWS_ACCOUNT)}, {job.value(AWS_REGION)}"
    functions = Functions(job, surroundings.aws())

    def look(entry: tuple[str, Deployment]) -> None:
        folder, deployment = entry
        if functions.find(deployment.lambda_name) is None:
            raise NotFoundError(
                f"there is no function {deployment.lambda_name} in {place}",
                remedy=f"Correct ACTUAL_LAMBDA_NAME in functions/{folder}/.deployment, or create the function.",
                leaf=checks.FUNCTION_NAME,
            )

    entries = _read_deployments(surroundings).items()
    look_at_all(entries, look, if_not="not every function is there")
    return f"all {len(entries)} are in {place}"


def _tags(surroundings: Surroundings) -> str:
    job = surroundings.job
    registry = surroundings.ecr()

    def look(project: Project) -> None:
        deployment = read_deployment(job.folder, project.folder, job.value(ENVIRONMENT) or None)
        repository, tag = ecr_repository(job, project.name), ecr_tag(deployment.lambda_name, project.version)
        if registry.digest(repository, tag) is None:
            raise NotFoundError(
                f"{registry.host}/{repository}:{tag} is not there",
                remedy="See whether retag-push-ecr ran for that version in this region, and run it again.",
                leaf=checks.ECR_TAG,
            )

    projects = read_versions(job)
    look_at_all(projects, look, if_not="not every image is in ECR")
    return f"all {len(projects)} are in {registry.host}"


def _permission(surroundings: Surroundings) -> str:
    functions, found = _found(surroundings)
    with_image = [function for function in found if function.image]
    look_at_all(with_image, functions.require_permission, if_not="not every function may be updated")
    return f"Lambda would take an update of {len(with_image)}; nothing was changed"


def _state(surroundings: Surroundings) -> str:
    _, found = _found(surroundings)

    def look(function: Function) -> bool:
        if function.state == "Pending":
            raise TryAgainError(
                f"function {function.name} is stuck in Pending",
                answer=f"{function.reason_code}: {function.reason}",
                remedy="Look at its VPC, subnets and role: creation waits for them.",
                leaf=checks.FUNCTION_STATE,
            )
        if function.failed:
            raise VerificationError(
                f"function {function.name} could not take its last image",
                answer=f"{function.reason_code}: {function.reason}",
                remedy="Repair what the reason names: until then calls run the image it had before.",
                leaf=checks.FUNCTION_STATE,
            )
        return function.settled

    ready = sum(look_at_all(found, look, if_not="not every function is ready"))
    updating = len(found) - ready
    return f"{ready} are ready" + (f", {updating} are being updated right now" if updating else "")


def _found(surroundings: Surroundings) -> tuple[Functions, list[Function]]:
    functions = Functions(surroundings.job, surroundings.aws())
    names = [deployment.lambda_name for deployment in _read_deployments(surroundings).values()]
    found = look_at_all(names, functions.find, if_not="not every function can be looked at")
    return functions, [function for function in found if function]


def _region(surroundings: Surroundings) -> str:
    job = surroundings.job
    refuse_a_foreign_identity(job.environment, in_one_region=bool(job.value(REGION)))
    place = job.value(ENVIRONMENT_NAME)
    if not job.value(REGION) or not has_mappings(job):
        return f"the job's variables agree with its GitLab environment {place}"
    for mapping in read_mappings(job):
        if f".{job.value(AWS_REGION)}." not in mapping.image.partition("/")[0]:
            raise ConfigurationError(
                f"the image of {mapping.project} is in another region than the job's",
                answer=f"{mapping.image}; the job is for {job.value(AWS_REGION)}",
                remedy="Let the job need the mapping job of its own region: Lambda pulls from its own region alone.",
                leaf=checks.REGION,
            )
    return f"variables, GitLab environment and images are those of {place}"


def _target_versions(surroundings: Surroundings) -> str:
    projects = read_target_versions(surroundings.job)
    if projects is None:
        raise CannotLookError("TARGET_VERSIONS_JSON is empty: this pipeline takes versions.json")
    return ", ".join(f"{project.name} {project.version}" for project in projects)


PROBES: Mapping[Check, Probe] = {
    checks.DEPLOYMENT_FILE: Probe(_deployments),
    checks.FUNCTION_NAME: Probe(_names, after=(checks.DEPLOYMENT_FILE, checks.IAM_ROLE)),
    checks.ECR_TAG: Probe(
        _tags, needs=(ECR_REPOSITORY,), after=(checks.VERSIONS_FILE, checks.DEPLOYMENT_FILE, checks.ECR_LOGIN)
    ),
    checks.LAMBDA_PERMISSION: Probe(_permission, after=(checks.FUNCTION_NAME,)),
    checks.REGION: Probe(_region, needs=(ENVIRONMENT, ENVIRONMENT_NAME, AWS_REGION)),
    checks.FUNCTION_STATE: Probe(_state, after=(checks.FUNCTION_NAME,)),
    checks.TARGET_VERSIONS: Probe(_target_versions),
}
