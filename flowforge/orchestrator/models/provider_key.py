"""Which key a call goes out with, as something that may be stored: providers count by key."""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any


def fingerprint(provider: str, settings: Mapping[str, Any]) -> str:
    """Sixteen hex digits that tell one key of a provider from another and do not lead back to it.

    >>> fingerprint("nobody", {})
    'nobody'
    """
    key = settings.get("api_key") or os.environ.get(f"{provider.upper().replace('-', '_')}_API_KEY")
    return f"{provider}:{blake2b(str(key).encode(), digest_size=8).hexdigest()}" if key else provider
