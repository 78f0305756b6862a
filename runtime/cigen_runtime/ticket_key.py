"""The keys of Jira's tickets, such as `REL-17`."""


def number_of(key: str) -> int:
    """The number in a ticket's key: the oldest ticket of a project has the lowest."""
    return int(key.rpartition("-")[2])
