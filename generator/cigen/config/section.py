"""What all sections of cigen.yaml have in common, and the texts that several of them hold."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict

from cigen.config.text import Matches, Placeholders

Account = Annotated[str, Matches(r"\d{12}", "an AWS account: 12 digits in quotes")]
Address = Annotated[str, Matches(r"https?://[^\s\"'\\$]+", "an address that starts with https:// or http://")]
Word = Annotated[str, Matches(r"[^\s\"'\\$#]+", "one word without spaces, quotes, '$' or '#'")]
RegionName = Annotated[
    str, Matches(r"[a-z][a-z0-9-]*", "a region's name: small letters, digits and '-', a letter first")
]
AwsRegion = Annotated[str, Matches(r"[a-z]{2}(-[a-z]+)+-\d", "an AWS region such as eu-west-2")]
Branch = Annotated[str, Matches(r"[^\s\"'\\$~^:?*\[]+", "the name of a branch")]
Version = Annotated[str, Matches(r"\d+\.\d+", 'a GitLab version as "MAJOR.MINOR", such as "17.5"')]


Image = Annotated[str, Matches(r"[^\s\"'\\]+", "an image's name without spaces or quotes")]


EcrRepository = Annotated[Word, Placeholders(("project", "environment"))]


OfPlace = Annotated[Word, Placeholders(("environment", "region"))]
"""A word that may hold the environment and the region of a job."""

RoleArn = Annotated[Word, Placeholders(("environment", "region", "account"))]


class Section(BaseModel):
    """What all parts of the file have in common: no unknown keys, no guessing of types, no change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
