"""The proxy does what it says, or the trials behind it would prove nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from tests.chaos.fault_proxy import SOCKET_NAME, FaultProxy

BROKEN = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError)


@pytest.fixture(params=["tcp", "unix"])
async def proxy(request: pytest.FixtureRequest, clean_url: str, open_directory: Path) -> AsyncIterator[FaultProxy]:
    place = parse_qs(urlsplit(clean_url).query).get("host")
    if place is None:
        pytest.skip("the tests' server has no Unix socket")
    async with FaultProxy(Path(place[0]) / SOCKET_NAME, open_directory if request.param == "unix" else None) as proxy:
        yield proxy


@pytest.fixture
async def through(proxy: FaultProxy, clean_url: str) -> AsyncIterator[asyncpg.Connection]:
    parts = urlsplit(clean_url)
    connection = await asyncpg.connect(proxy.url(parts.username or "flowforge", parts.path[1:]), timeout=5)
    yield connection
    connection.terminate()


@pytest.mark.parametrize("how", ["prepared", "simple", "COMMIT"])
async def test_what_was_asked_is_done_and_its_answer_is_lost(how, proxy, through, clean_url):
    insert = "insert into flowforge.person (tenant_id, person_id, name) values (gen_random_uuid(), gen_random_uuid(), 'mira')"
    proxy.lose_replies_to(b"COMMIT" if how == "COMMIT" else b"insert into flowforge.person", 1)
    asking = {"prepared": through.fetch, "simple": through.execute, "COMMIT": lambda query: in_transaction(through, query)}[how]
    with pytest.raises(BROKEN):
        await asking(insert)
    direct = await asyncpg.connect(clean_url)
    assert await direct.fetchval("select count(*) from flowforge.person") == 1
    await direct.close()
    assert proxy.did["replies lost"] == 1


async def in_transaction(connection: asyncpg.Connection, query: str) -> None:
    async with connection.transaction():
        await connection.execute(query)


@pytest.mark.parametrize("reset", [False, True])
async def test_a_cut_ends_what_is_under_way(reset, proxy, through):
    asking = asyncio.ensure_future(through.fetchval("select pg_sleep(20)"))
    await asyncio.sleep(0.05)
    assert proxy.cut(reset=reset) == 1
    with pytest.raises(BROKEN):
        await asyncio.wait_for(asking, 5)


async def test_an_answer_is_cut_in_its_midst(proxy, through):
    proxy.cut_in_answer_after = 7
    with pytest.raises(BROKEN):
        await through.fetchval("select repeat('x', 1000)")
    assert proxy.did["answers cut"] == 1


async def test_a_stall_is_silence_and_nothing_is_lost_by_it(proxy, through):
    proxy.stall()
    asking = asyncio.ensure_future(through.fetchval("select 7"))
    done, _ = await asyncio.wait([asking], timeout=0.2)
    assert not done
    proxy.flow()
    assert await asyncio.wait_for(asking, 5) == 7


async def test_latency_is_added(proxy, through):
    proxy.latency_seconds = 0.1
    begin = asyncio.get_running_loop().time()
    await through.execute("select 1")
    assert asyncio.get_running_loop().time() - begin >= 0.2


async def test_a_proxy_that_refuses_takes_nobody(proxy, through, clean_url):
    proxy.refuse()
    parts = urlsplit(clean_url)
    with pytest.raises((*BROKEN, asyncpg.InternalClientError)):
        await asyncpg.connect(proxy.url(parts.username or "flowforge", parts.path[1:]), timeout=2)
