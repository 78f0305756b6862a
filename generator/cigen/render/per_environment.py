"""What the production files say of their images: staging's, or copies of their own."""

from cigen.config.model import Config


def image_origin(config: Config) -> str:
    """Where the images that production runs come from."""
    if config.ecr.per_environment:
        return "No image is built: each region copies what staging has proven from the RC repository to its own ECR."
    return "No image is built or moved: what staging pushed to ECR is what production runs."


def mappings_purpose(config: Config) -> str:
    """What the first job of production is for."""
    if config.ecr.per_environment:
        return "Checks every version that was asked for in Artifactory; each region's copy then writes its own mapping."
    return "Checks every version that was asked for, in every region, and writes a lambda-ecr-mappings.json for each."
