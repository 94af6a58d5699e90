"""Endpoints on this machine, a sender, and time that moves when a test says so."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.db.database import Database
from flowforge.orchestrator.notice import give_notice
from flowforge.secrets.key_ring import KeyRing
from flowforge.secrets.vault import Vault
from flowforge.transport.policy import LOOPBACK, EgressPolicy, replace_policy
from flowforge.webhooks.delivery import Delivery, list_deliveries, load_delivery
from flowforge.webhooks.endpoint import Endpoint, create_endpoint, load_endpoint
from flowforge.webhooks.sender import Sender
from tests.alerts.conftest import Receiver

KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(autouse=True)
def loopback_is_allowed() -> Iterator[None]:
    before = replace_policy(EgressPolicy(allow=LOOPBACK))
    yield
    replace_policy(before)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    await receiver.start()
    yield receiver
    await receiver.stop()


@pytest.fixture
def vault() -> Vault:
    return Vault(KeyRing.from_text(KEY))


@pytest.fixture
def moment() -> datetime:
    return datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class Hooks:
    """What tests of webhooks need."""

    def __init__(self, database: Database, vault: Vault, tenant_id: UUID) -> None:
        self.database, self.vault, self.tenant_id = database, vault, tenant_id
        self.principal = Principal(tenant_id, "person", "mira")
        self.sender = Sender(database, vault)

    async def endpoint(self, url: str, *events: str) -> tuple[Endpoint, str]:
        made, key = await create_endpoint(self.database, self.vault, self.principal, url, events or ("*",), endpoint_id=ids.new_id())
        assert key is not None
        return made, key

    async def happen(self, name: str = "run.failed", **data: object) -> None:
        async with self.database.pool.acquire() as connection, connection.transaction():
            await give_notice(connection, self.tenant_id, name, data or {"subject": name})

    async def round(self) -> None:
        """Everything that is due, sent and noted."""
        while await self.sender.turn() == 0.0:
            await self.sender.idle()

    async def advance(self, seconds: float) -> None:
        await self.database.pool.execute("update flowforge.clock set skew = skew + make_interval(secs => $1)", float(seconds))

    async def deliveries(self) -> list[Delivery]:
        """The oldest first, each with its attempts."""
        found = await list_deliveries(self.database, self.tenant_id)
        return [await load_delivery(self.database.pool, self.tenant_id, one.delivery_id) for one in reversed(found)]

    async def look(self, endpoint: Endpoint) -> Endpoint:
        return await load_endpoint(self.database.pool, self.tenant_id, endpoint.endpoint_id)


@pytest.fixture
async def hooks(database: Database, vault: Vault, tenant_id: UUID) -> AsyncIterator[Hooks]:
    hooks = Hooks(database, vault, tenant_id)
    yield hooks
    await hooks.sender.close()
