from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from flowforge.access.permission import ROLES
from flowforge.api import caller
from flowforge.api.app import create_app
from flowforge.db.database import Database
from flowforge.orchestrator.hints import Bell
from flowforge.settings import Settings
from tests.access.foreign import OURS, THEIRS, Listener, Walk, make_things
from tests.api.conftest import client_of, publish

__all__ = ["client_of", "publish"]


@pytest.fixture
async def walk(clean_url, database, client_of, publish, monkeypatch) -> AsyncIterator[Walk]:
    """Our admin before every door, in an installation where they have one of everything."""
    monkeypatch.setattr(caller, "ALL_PERMISSIONS", ROLES["admin"])
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
        app = create_app(whole, settings=Settings(), bell=bell)
        ours, theirs = ({"X-FlowForge-Tenant": name} for name in (OURS, THEIRS))
        async with client_of(app, headers=ours, timeout=10) as http:
            things = await make_things(http, database, theirs, ours)
            yield Walk(app, http, things, listener)
        await bell.close()
