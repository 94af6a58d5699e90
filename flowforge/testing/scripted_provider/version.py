"""The version that cassettes name as their source; raise it when the same request would get other bytes."""

from __future__ import annotations

VERSION = "2"
