"""A member of an archive, as it says itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Member:
    """A file or a directory; `chunks` unpacks a file piece by piece, so that whoever counts can stop."""

    name: str
    is_directory: bool
    chunks: Callable[[], Iterator[bytes]]
