"""Text of a file as a terminal may get it."""


def printable(text: str) -> str:
    """The text without the control characters that a file could send to the terminal."""
    return "".join(character if character.isprintable() or character == "\t" else "\ufffd" for character in text)
