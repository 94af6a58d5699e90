"""What the environment says of providers, for all tenants that have no key of their own: the one place that reads it."""

from __future__ import annotations

import os
from collections.abc import Iterable


def prefix_of(provider: str) -> str:
    """What the provider's variables begin with.

    >>> prefix_of("fireworks-ai")
    'FIREWORKS_AI'
    """
    return provider.upper().replace("-", "_")


def first_set(names: Iterable[str]) -> tuple[str, str] | None:
    """The value of the first of these variables that is set, and its name."""
    return next(((os.environ[name], name) for name in names if os.environ.get(name)), None)


def base_url(prefix: str) -> tuple[str, str] | None:
    """Where the environment says that a provider is reached, and the variable that says so."""
    return first_set((f"{prefix}_BASE_URL", f"{prefix}_API_BASE"))
