from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from flowforge.db.creation import create_database, drop_database
from flowforge.ids import new_id


@pytest.fixture
async def empty_url(server_url: str) -> AsyncIterator[str]:
    """A database of the test's own in which nothing was ever made."""
    name = f"flowforge_empty_{new_id().hex}"
    yield await create_database(server_url, name)
    await drop_database(server_url, name)
