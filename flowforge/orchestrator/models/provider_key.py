"""Which key a call goes out with, as something that may be stored: providers count by key."""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from flowforge.orchestrator.models.http.providers import PROVIDERS


def fingerprint(provider: str, settings: Mapping[str, Any]) -> str:
    """Sixteen hex digits that tell one key of a provider from another and do not lead back to it.

    >>> fingerprint("nobody", {})
    'nobody'
    """
    known = PROVIDERS.get(provider)
    names = (*known.keys, *known.bearers) if known is not None else (f"{provider.upper().replace('-', '_')}_API_KEY",)
    key = settings.get("api_key") or next((os.environ[name] for name in names if os.environ.get(name)), None)
    return f"{provider}:{blake2b(str(key).encode(), digest_size=8).hexdigest()}" if key else provider
