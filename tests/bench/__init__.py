"""Measurements: whole processes, beside what one would use instead, in the same run."""
