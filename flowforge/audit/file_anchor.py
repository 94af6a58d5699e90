"""Heads in a file: one line each, appended and synchronised before they count as kept."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from flowforge.audit.entry import canonical
from flowforge.audit.head import SignedHead


class FileAnchor:
    """Appends to a file, best one on another machine's disk, or one that can only be appended to (`chattr +a`)."""

    def __init__(self, name: str, path: Path) -> None:
        self.name, self._path = name, path

    async def keep(self, heads: Sequence[SignedHead]) -> None:
        lines = "".join(canonical(head.as_json()) + "\n" for head in heads).encode()
        await asyncio.to_thread(self._append, lines)

    def _append(self, lines: bytes) -> None:
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            while lines:
                lines = lines[os.write(file, lines) :]
            os.fsync(file)
        finally:
            os.close(file)
