from __future__ import annotations

from collections.abc import Iterator

import pytest

from flowforge.secrets.opened import OPENED
from flowforge.testing.plugin import forge, forge_database_url, forge_workplace

__all__ = ["forge", "forge_database_url", "forge_workplace"]


@pytest.fixture(autouse=True)
def nothing_is_known_afterwards() -> Iterator[None]:
    """What one test opened is an ordinary word to the next one."""
    yield
    OPENED.forget()
