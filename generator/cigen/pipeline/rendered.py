"""How a file says that cigen has rendered it."""

MARK = "Rendered by cigen"


def is_rendered(text: str) -> bool:
    """Whether a YAML file begins as every rendered one does."""
    return text.startswith(f"# {MARK} ")
