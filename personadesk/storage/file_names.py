"""File names as they are stored: bytes, because a name need not be text."""


def name_bytes(name: str) -> bytes:
    """Every str goes there and back, also with halves of surrogate pairs."""
    return name.encode("utf-8", "surrogatepass")


def name_text(stored: bytes) -> str:
    return stored.decode("utf-8", "surrogatepass")
