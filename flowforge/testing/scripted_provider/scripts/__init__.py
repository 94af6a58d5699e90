"""The scripts that ship with the provider."""

from __future__ import annotations

from flowforge.testing.scripted_provider.scripts.atlas import atlas
from flowforge.testing.scripted_provider.scripts.everyday import everyday

__all__ = ["atlas", "everyday"]
