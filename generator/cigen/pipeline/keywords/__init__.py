"""The keywords of GitLab CI, each declared once: what it may hold, since when, and where it is described."""

from cigen.pipeline.keywords.job import DEFAULT, JOB, PIPELINE, SHARED, TRIGGER_JOB
from cigen.pipeline.keywords.shapes import Keyword, keywords_in
from cigen.pipeline.keywords.walk import look, look_at_job
from cigen.pipeline.keywords.where import Where

__all__ = [
    "DEFAULT",
    "JOB",
    "PIPELINE",
    "SHARED",
    "TRIGGER_JOB",
    "Keyword",
    "Where",
    "keywords_in",
    "look",
    "look_at_job",
]
