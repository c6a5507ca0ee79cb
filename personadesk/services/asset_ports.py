"""What the services need of files that are kept by their content."""

from pathlib import Path
from typing import Protocol


class Assets(Protocol):
    """Files named by the SHA-256 of their content."""

    def put(self, content: bytes, media_type: str, *, sha256: str = "") -> str:
        """Store once, return the SHA-256 in hex; who knows it already gives it."""
        ...

    def path(self, sha256: str) -> Path:
        """Where the file is. Raises NotFound."""
        ...

    def let_go(self, sha256: str) -> None:
        """Drop the file unless something holds it."""
        ...
