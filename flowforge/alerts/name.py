"""What rules and channels may be called."""

from __future__ import annotations

import re

from flowforge.errors import InvalidInput

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def check_name(name: str) -> None:
    """Raises InvalidInput unless `name` is 1 to 63 small letters, digits, - and _, beginning with a letter or digit."""
    if not _NAME.fullmatch(name):
        raise InvalidInput("a name has 1 to 63 small letters, digits, - and _, and begins with a letter or digit", pointer="/name")
