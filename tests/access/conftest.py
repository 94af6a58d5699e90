"""Callers of an API that is open to nobody: each with a key of its own."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from flowforge.access.api_key import create_key
from flowforge.access.key_check import KeyCheck
from flowforge.access.permission import ALL_PERMISSIONS, ROLES
from flowforge.access.principal import Principal
from flowforge.api import caller as callers
from flowforge.api.app import create_app
from flowforge.db.database import Database
from flowforge.ids import DEFAULT_TENANT
from flowforge.orchestrator.hints import Bell
from flowforge.secrets.key_ring import KeyRing
from flowforge.secrets.vault import Vault
from flowforge.settings import Settings
from tests.access.foreign import Listener, Walk
from tests.access.things import OURS, THEIRS, make_things
from tests.api.conftest import client_of, publish

__all__ = ["client_of", "publish"]

CallerOf = Callable[[str | None], httpx.AsyncClient]


@pytest.fixture
def vault() -> Vault:
    """With a key-encryption key of the test's own."""
    return Vault(KeyRing.from_text(base64.b64encode(bytes(32)).decode()))


@pytest.fixture
def closed(database: Database, vault: Vault) -> FastAPI:
    """An API as `serve` offers it: nobody is let in without a key."""
    return create_app(database, settings=Settings(), bell=Bell(), vault=vault)


@pytest.fixture
def keys(closed: FastAPI) -> KeyCheck:
    found: KeyCheck = closed.state.keys
    return found


@pytest.fixture
def operator() -> Principal:
    return Principal(DEFAULT_TENANT, "person", "operator", permissions=ALL_PERMISSIONS)


@pytest.fixture
def make_key(database: Database, keys: KeyCheck, operator: Principal) -> Callable[..., Awaitable[str]]:
    """The value of a new key: `await make_key("events:send", "runs:*", tenant_id=…)`."""
    count = 0

    async def make(*scopes: str, tenant_id: UUID = DEFAULT_TENANT, by: Principal | None = None, **terms: Any) -> str:
        nonlocal count
        count += 1
        maker = by or Principal(tenant_id, "person", "operator", permissions=operator.permissions)
        name = terms.pop("name", f"key-{count}")
        issued = await create_key(database.for_tenant(tenant_id), maker, keys.digest, name, scopes or ("*",), **terms)
        assert issued.value is not None
        return issued.value

    return make


@pytest.fixture
def caller(closed: FastAPI) -> CallerOf:
    """A client with that key, or with none, each at an address of its own: what one has failed at is not counted to another."""
    numbers = count(1)

    def make(key: str | None) -> httpx.AsyncClient:
        headers = {} if key is None else {"authorization": f"Bearer {key}"}
        transport = httpx.ASGITransport(closed, client=(f"203.0.113.{next(numbers) % 250 + 1}", 50000))
        return httpx.AsyncClient(transport=transport, base_url="http://flowforge.example", headers=headers)

    return make


@pytest.fixture
async def walk(clean_url, database, client_of, publish, vault, monkeypatch) -> AsyncIterator[Walk]:
    """Our admin before every door, in an installation where they have one of everything."""
    monkeypatch.setattr(callers, "ALL_PERMISSIONS", ROLES["admin"])
    listener, connect = Listener(), Database._connect

    async def overheard(self, url, application_name, *rest):
        connection = await connect(self, url, application_name, *rest)
        if application_name is None:  # of a pool
            listener.follow(connection)
        return connection

    await publish({"order.ship": ["order/*"]})
    bell = Bell()
    monkeypatch.setattr(Database, "_connect", overheard)
    async with await Database.open(clean_url) as whole:
        await bell.open(whole)
        app = create_app(whole, settings=Settings(open_here=True, rate_limits=False), bell=bell, vault=vault)
        ours, theirs = ({"X-FlowForge-Tenant": name} for name in (OURS, THEIRS))
        async with client_of(app, headers=ours, timeout=10) as http:
            things = await make_things(http, database, theirs, ours)
            yield Walk(app, http, things, listener)
        await bell.close()
