"""What is wrong with a pipeline: what GitLab would refuse, and what only this system knows."""
