"""The rule `image-not-pinned`."""

from collections.abc import Iterator

from cigen.findings import Finding, Severity
from cigen.lint.rule import found
from cigen.lint.subject import Subject, items_of, text_of
from cigen.pipeline.node import Mapping


class ImageNotPinned:
    """An image without a tag, or with the tag `latest`.

    What it is changes under you: a job that passed yesterday fails today, and nobody has changed a line.

    Fix: name a version, or better a digest.
    """

    code = "CG801"
    name = "image-not-pinned"
    severity = Severity.WARNING
    bad = """\
build:
  script: make
  image: python:latest
"""
    good = """\
build:
  script: make
  image: python:3.12.4
"""

    def check(self, subject: Subject) -> Iterator[Finding]:
        """Each image of a job and its services that is whatever its publisher made last."""
        for job in subject.jobs.values():
            for node in (job.get("image"), *items_of(job.get("services"))):
                name = node.get("name") if isinstance(node, Mapping) else node
                image = text_of(name)
                if name is not None and image and is_moving(image):
                    message = f"the image {image} is another one whenever its publisher likes"
                    hint = "name a version or a digest"
                    yield found(self, name.place, message, hint=hint, job=job.name)


def is_moving(image: str) -> bool:
    """Whether an image's name has neither a digest nor a tag that says a version."""
    if "@" in image or "$" in image:
        return False
    tag = image.rpartition("/")[2].partition(":")[2]
    return tag in ("", "latest")
