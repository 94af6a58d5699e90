"""A call over MCP is one request of its key; when there are too many, or the tenant is suspended, it is told so."""

from __future__ import annotations

import pytest

from flowforge.api.app import create_app
from flowforge.api.rate_limits import Rates
from flowforge.orchestrator.hints import Bell
from flowforge.settings import Settings
from tests.access.conftest import caller, closed, keys, make_key, operator
from tests.mcp.speaking import call, post

EVENTS = 10

__all__ = ["caller", "keys", "make_key", "operator"]


@pytest.fixture
def closed(database, vault):  # noqa: F811 - with a rate that a test can use up
    return create_app(
        database, settings=Settings(requests_per_minute=60, events_per_minute=EVENTS, key_share=1.0), bell=Bell(), vault=vault
    )


async def test_a_call_counts_once_whatever_it_asks_inside(caller, make_key, monkeypatch):
    taken, take = [], Rates.take

    async def counted(self, principal, kind, count):
        taken.append((kind, count))
        return await take(self, principal, kind, count)

    monkeypatch.setattr(Rates, "take", counted)
    async with caller(await make_key()) as http:
        await call(http, "get_run", {"run_id": "run_0", "wait_seconds": 1})
        await call(http, "send_event", {"name": "order/created"})
    assert taken == [("requests", 1), ("requests", 1), ("events", 1)]


async def test_who_calls_too_often_is_refused(caller, make_key):
    async with caller(await make_key()) as http:
        for _ in range(200):
            answer = await post(http, "tools/list")
            if answer.status_code != 200:
                break
        assert (answer.status_code, answer.json()["type"]) == (429, "/docs#problem-too-many") and "retry-after" in answer.headers


async def test_events_count_as_events(caller, make_key):
    async with caller(await make_key()) as http:
        statuses = []
        for _ in range(3):
            sent = await call(http, "send_event", {"name": "order/created"})
            statuses.append(sent["structuredContent"].get("status"))
        assert statuses[0] is None and statuses[-1] == 429
