"""What Lambda's reasons mean, for an update that failed and for a call that it refused, and what to do about each.

https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html, at LastUpdateStatusReasonCode
"""

IMAGE_ACCESS = "Let the policy of the ECR repository allow lambda.amazonaws.com to pull: ecr:BatchGetImage and "
IMAGE_ACCESS += "ecr:GetDownloadUrlForLayer."
_STARTS = "Run the image in the build with Lambda's own entry point: it must start there as it does here."
_FILE_SYSTEM = "Look at the function's EFS access point, its mount targets and its security group."

REMEDIES = {
    "CapacityProviderScalingLimitExceeded": "Raise the limit of the function's capacity provider.",
    "DependencyError": "A service that the function's start depends on failed: run the job again.",
    "DisabledKMSKey": "Enable the KMS key that encrypts the function's environment.",
    "DisallowedByVpcEncryptionControl": "The VPC's encryption controls refuse the function: see what they enforce.",
    "EC2RequestLimitExceeded": "EC2 throttles the account: run the job again later, or raise the quota.",
    "EFSIOError": _FILE_SYSTEM,
    "EFSMountConnectivityError": _FILE_SYSTEM,
    "EFSMountFailure": _FILE_SYSTEM,
    "EFSMountTimeout": _FILE_SYSTEM,
    "EniLimitExceeded": "The VPC is out of network interfaces: raise the quota.",
    "FunctionError": _STARTS,
    "FunctionError.ExtensionInitError": "An extension in the image fails at its start: see the function's log.",
    "FunctionError.InitResourceExhausted": "The image needs more memory to start than the function has: raise it.",
    "FunctionError.InitTimeout": "The image takes too long to start: see the function's log.",
    "FunctionError.InvalidEntryPoint": "Correct ENTRYPOINT and CMD in the Dockerfile: what they name is not there.",
    "FunctionError.InvalidWorkingDirectory": "Correct WORKDIR in the Dockerfile: it is not there.",
    "FunctionError.PermissionDenied": "Let every user read and execute the files of the image (chmod a+rX).",
    "FunctionError.RuntimeInitError": _STARTS,
    "FunctionError.TooManyExtensions": "Leave out extensions: Lambda takes ten.",
    "ImageAccessDenied": IMAGE_ACCESS,
    "ImageDeleted": "The image is gone from ECR: a lifecycle policy must never expire a deployed tag.",
    "IncompatibleAcceleratorInstanceTypes": "Choose instance types that have the accelerator the function asks for.",
    "InsufficientCapacity": "AWS lacks the capacity just now: run the job again later.",
    "InsufficientRolePermissions": "Give the function's execution role what its VPC or file system needs.",
    "InternalError": "Lambda failed by itself: run the job again.",
    "InvalidConfiguration": "See what in the function's configuration does not fit together.",
    "InvalidImage": "Lambda cannot run this image: look at its media type, entry point and layers.",
    "InvalidRuntime": "The function's configuration names a runtime, which images do not have: create it anew.",
    "InvalidSecurityGroup": "A security group of the function is gone: name others.",
    "InvalidStateKMSKey": "The KMS key that encrypts the function's environment is being deleted: name another.",
    "InvalidSubnet": "A subnet of the function is gone: name others.",
    "InvalidZipFileException": "The function has layers of archives, which image functions have not.",
    "KMSKeyAccessDenied": "Let the function's role use the KMS key that encrypts its environment.",
    "KMSKeyNotFound": "The KMS key that encrypts the function's environment is gone: name another.",
    "ServiceQuotaExceededException": "Raise the quota that the reason names.",
    "SubnetOutOfIPAddresses": "The function's subnets are out of addresses: add one.",
    "VcpuLimitExceeded": "Raise the account's quota of vCPUs.",
}
"""What to do about each way in which an update can end Failed; until then, calls run the image from before."""


def remedy_of_refusal(code: str, message: str) -> str | None:
    """What to do about a call that Lambda refused; None where only its own words help."""
    if code == "ResourceNotFoundException":
        return "Create the function, or correct its name in .deployment."
    if "ECR" in message and code.startswith("AccessDenied"):
        return IMAGE_ACCESS
    if code.startswith("AccessDenied"):
        return "Allow lambda:GetFunction and lambda:UpdateFunctionCode in the role's IAM policy."
    if code == "InvalidParameterValueException" and "not supported" in message:
        return "Lambda takes single-platform images only: let retag-push-ecr resolve the index."
    if code == "InvalidParameterValueException" and "Source image" in message:
        return "The image must be in ECR of the function's own region: run the mapping job of this region again."
    if code == "CodeStorageExceededException":
        return "Delete versions of functions that nobody calls: the account's storage for code is used up."
    return None


def remedy_of_refused_alias(code: str, message: str) -> str | None:
    """The same for the calls that publish a version and move an alias."""
    if code.startswith("AccessDenied"):
        return "Allow lambda:PublishVersion, lambda:UpdateAlias and lambda:CreateAlias in the role's IAM policy."
    return remedy_of_refusal(code, message)
