"""`GET /metrics`: what it holds, who may read it, and that it answers while the database is away."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from flowforge import metrics
from flowforge.access.permission import ROLES
from flowforge.access.principal import Principal
from flowforge.api import caller
from flowforge.api.app import create_app
from flowforge.api.exposition import FUNCTIONS_MAX, Exposition, _largest
from flowforge.api.metrics_app import metrics_server
from flowforge.errors import ConfigurationError
from flowforge.ids import DEFAULT_TENANT
from flowforge.settings import Settings

KEY = "a-key-of-the-test-0123456789-0123456789"


async def scrape(client: httpx.AsyncClient) -> dict[str, float]:
    answer = await client.get("/metrics")
    assert answer.status_code == 200, answer.text
    return {
        sample.name + "".join(f",{value}" for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_requests_are_counted_by_route_and_status_never_by_path(api):
    before = await scrape(api)
    for n in range(3):
        await api.get(f"/v1/runs/{n:032x}")
        await api.get(f"/no/such/page/{n}")

    after = await scrape(api)

    def grown(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    assert grown("flowforge_http_requests_total,GET,/v1/runs/{run_id},404") == 3
    assert grown("flowforge_http_requests_total,GET,none,404") == 3
    assert grown("flowforge_http_request_seconds_count,/v1/runs/{run_id}") == 3
    assert not [name for name in after if "/no/such" in name]


async def test_a_tenants_key_sees_its_own_open_work_and_nothing_of_the_process(api, publish, monkeypatch):
    await publish({"order.ship": ["order/created"], "order.bill": ["bill/created"]})
    for tenant, event in (("acme", "order/created"), ("globex", "bill/created"), ("globex", "bill/created")):
        await api.post("/events", json={"name": event, "data": {}}, headers={"x-flowforge-tenant": tenant})
    everything = await scrape(api)
    monkeypatch.setattr(caller, "ALL_PERMISSIONS", ROLES["admin"])
    api.headers["x-flowforge-tenant"] = "acme"

    found = await scrape(api)

    assert everything["flowforge_ready_runs,order.ship"] == 1 and everything["flowforge_ready_runs,order.bill"] == 2
    assert {name: value for name, value in found.items() if "_age_" not in name} == {
        "flowforge_database_up": 1,
        "flowforge_ready_runs,order.ship": 1,
        "flowforge_leased_runs": 0,
        "flowforge_undispatched_events": 0,
    }


async def test_the_page_has_the_backlog_and_the_process(api, publish):
    await publish({"order.ship": ["order/created"]})
    await api.post("/events", json={"name": "order/created", "data": {}})

    found = await scrape(api)

    assert found["flowforge_ready_runs,order.ship"] == 1
    assert found["flowforge_database_up"] == 1
    assert found["flowforge_oldest_ready_age_seconds"] >= 0
    assert found["process_resident_memory_bytes"] > 0
    assert found["flowforge_flush_seconds_bucket,+Inf"] == found["flowforge_flush_seconds_count"]


async def test_scrapes_ask_the_database_once_in_a_while(database, client_of, settings, bell, monkeypatch):
    app = create_app(database, settings=settings, bell=bell)
    read = 0
    from flowforge.api import exposition

    really = exposition.read_backlog

    async def counting(connection):
        nonlocal read
        read += 1
        return await really(connection)

    monkeypatch.setattr(exposition, "read_backlog", counting)
    async with client_of(app) as client:
        for _ in range(3):
            await scrape(client)
    assert read == 1


async def test_a_database_that_is_away_costs_its_part_of_the_answer(app, api, monkeypatch):
    class Away:
        async def fetch(self, *_: object) -> list[object]:
            raise OSError("connection refused")

    class Database:
        pool = Away()

    app.state.exposition = Exposition(Database())
    found = await scrape(api)
    assert found["flowforge_database_up"] == 0
    assert "flowforge_ready_runs" not in " ".join(found)
    assert "flowforge_commits_total" in found


async def test_metrics_need_the_key_that_the_api_needs(database, bell, client_of):
    app = create_app(database, settings=Settings(api_key=KEY), bell=bell)
    async with client_of(app, peer="10.0.0.9", base_url="http://flows.example") as client:
        assert (await client.get("/metrics")).status_code == 401
        assert (await client.get("/metrics", headers={"authorization": f"Bearer {KEY}"})).status_code == 200


async def test_metrics_without_a_key_are_for_this_machine(app, client_of):
    async with client_of(app, peer="10.0.0.9") as client:
        assert (await client.get("/metrics")).status_code == 403


async def test_metrics_can_be_made_public_and_nothing_else_with_them(database, bell, client_of):
    app = create_app(database, settings=Settings(api_key=KEY, metrics_public=True), bell=bell)
    async with client_of(app, peer="10.0.0.9", base_url="http://flows.example") as client:
        assert (await client.get("/metrics")).status_code == 200
        assert (await client.get("/v1/runs")).status_code == 401


async def test_a_worker_serves_its_metrics_on_a_port_of_its_own(database):
    async with metrics_server(database, Settings(metrics_port=0)) as server, httpx.AsyncClient(base_url=server.url) as client:
        assert "flowforge_commits_total" in await scrape(client)
        assert (await client.get("/v1/runs")).status_code == 404


def test_a_workers_port_is_not_opened_wide_without_a_key(database):
    with pytest.raises(ConfigurationError, match="without a key"):
        metrics_server(database, Settings(metrics_port=9000, metrics_host="0.0.0.0"))
    metrics_server(database, Settings(metrics_port=9000, metrics_host="0.0.0.0", metrics_public=True))
    metrics_server(database, Settings(metrics_port=9000, metrics_host="0.0.0.0", api_key=KEY))


async def test_a_workers_port_answers_this_machine_or_a_proof(database, client_of, monkeypatch):
    open_here = metrics_server(database, Settings(metrics_port=0)).app
    for peer, headers in (("10.0.0.9", {}), ("127.0.0.1", {"host": "evil.example"}), ("127.0.0.1", {"x-forwarded-for": "10.0.0.9"})):
        async with client_of(open_here, peer=peer) as client:
            assert (await client.get("/metrics", headers=headers)).status_code == 403, headers
    async with client_of(metrics_server(database, Settings(metrics_port=0, api_key=KEY)).app) as client:
        assert (await client.get("/metrics")).status_code == 401
        monkeypatch.setattr(caller, "find_session", viewer)
        assert (await client.get("/metrics", headers={"cookie": "__Host-flowforge=x"})).status_code == 403
        assert (await client.get("/metrics", headers={"authorization": f"Bearer {KEY}"})).status_code == 200


async def viewer(*_: object, **__: object) -> Principal:
    """Whoever has signed in, and may not read metrics."""
    return Principal(DEFAULT_TENANT, "person", "vera", DEFAULT_TENANT)


async def test_live_streams_are_counted_while_they_are_open(server, fake_run, reader):
    sent = metrics.FRAMES_SENT.values[()]
    await fake_run.emit(2)
    following = asyncio.create_task(reader.follow(server.url, f"/v1/runs/{fake_run.run_id.hex}/stream"))
    async with asyncio.timeout(20):
        while len(reader.frames) < 2:
            await asyncio.sleep(0.005)
    assert metrics.STREAMS_OPEN.read() == 1

    await fake_run.end()
    await following
    async with asyncio.timeout(20):
        while metrics.STREAMS_OPEN.read() is not None:
            await asyncio.sleep(0.005)
    assert metrics.FRAMES_SENT.values[()] - sent == len(reader.frames)


def test_functions_beyond_the_first_fifty_are_shown_together():
    counts = {f"f{n:03}": float(n) for n in range(1, 201)}
    shown = _largest(counts)
    assert len(shown) == FUNCTIONS_MAX + 1
    assert sum(shown.values()) == sum(counts.values())
    assert shown["f200"] == 200
