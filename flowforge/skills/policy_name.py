"""Names of policies."""

from __future__ import annotations

import re

from flowforge.errors import InvalidInput

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?")


def check_policy_name(name: str) -> str:
    """The name itself. Raises InvalidInput for what cannot be one: it stands in addresses, and before `@` in reasons."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(f"{name[:80]!r} cannot be a policy's name", pointer="/name", hint="use lower-case letters, digits and hyphens")
    return name
