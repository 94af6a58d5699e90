"""An open run, for what may not be deleted while there is one; and what skills look like."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from flowforge.access.principal import Principal
from flowforge.db.database import Database
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.run import start_run
from flowforge.testing.plugin import scripted_model

__all__ = ["scripted_model"]

OpenRun = Callable[[], Awaitable[UUID]]


@pytest.fixture
def mira(tenant_id: UUID) -> Principal:
    return Principal(tenant_id, "person", "mira")


@pytest.fixture
def open_run(database: Database, tenant_id: UUID) -> OpenRun:
    """Begins a run that no worker will end."""

    async def begin() -> UUID:
        registry = Registry()

        @registry.function(id="order.ship")
        async def ship(ctx: Any) -> None: ...

        await publish_functions(database.pool, registry, app="tests")
        return await start_run(database, tenant_id, "order.ship", "{}")

    return begin
