"""GitLab CI as a model: what stands in the files, and what GitLab makes of it."""
