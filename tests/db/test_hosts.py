"""The race of all hosts of a URL for the one that takes writes."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from flowforge.db import hosts
from flowforge.db.hosts import connect_to_primary, hosts_of
from flowforge.errors import ConfigurationError, DatabaseUnavailable


@pytest.fixture
def dead_port() -> int:
    """A port of this machine that refuses connections."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes the connection and every byte, and never says anything."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
async def primary_port(server_url: str) -> AsyncIterator[int]:
    """The test server over TCP, which it does not offer itself."""
    directory = parse_qs(urlsplit(server_url).query)["host"][0]

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream, downstream = await asyncio.open_unix_connection(f"{directory}/.s.PGSQL.5432")
        await asyncio.gather(pump(reader, downstream), pump(upstream, writer), return_exceptions=True)

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
async def read_only_url(empty_url: str) -> str:
    """A database that answers like a standby."""
    connection = await asyncpg.connect(empty_url)
    name = await connection.fetchval("select current_database()")
    await connection.execute(f"alter database {name} set default_transaction_read_only = on")
    await connection.close()
    return empty_url


async def answers(url: str, **options: object) -> bool:
    connection = await connect_to_primary(url, **options)
    try:
        return await connection.fetchval("select 1") == 1
    finally:
        await connection.close()


async def test_a_dead_host_before_the_primary_costs_nothing(dead_port, primary_port):
    begin = time.monotonic()

    assert await answers(f"postgresql://flowforge@127.0.0.1:{dead_port},127.0.0.1:{primary_port}/postgres")
    assert time.monotonic() - begin < 1


async def test_a_host_that_swallows_packets_does_not_delay_the_primary(silent_port, primary_port):
    begin = time.monotonic()

    assert await answers(f"postgresql://flowforge@127.0.0.1:{silent_port},127.0.0.1:{primary_port}/postgres")
    assert time.monotonic() - begin < 1


async def test_all_hosts_that_fail_are_named_with_what_they_answered(dead_port, silent_port):
    url = f"postgresql://127.0.0.1:{dead_port},127.0.0.1:{silent_port}/postgres"
    begin = time.monotonic()

    with pytest.raises(DatabaseUnavailable) as refusal:
        await answers(url, seconds=0.2)
    assert time.monotonic() - begin < 1
    assert str(refusal.value) == (
        f"PostgreSQL cannot be reached: 127.0.0.1:{dead_port} refuses connections; 127.0.0.1:{silent_port} does not answer"
    )


async def test_a_host_that_takes_no_writes_is_passed_over(read_only_url):
    with pytest.raises(DatabaseUnavailable, match="accepts no writes") as refusal:
        await answers(read_only_url)
    assert "name the primary" in str(refusal.value.hint)


async def test_sockets_and_tcp_hosts_may_be_mixed(server_url, dead_port):
    assert await answers(server_url.replace("host=", f"host=127.0.0.1:{dead_port},/nowhere,"))


async def test_an_attempt_that_got_through_after_the_race_was_decided_is_hung_up_on(server_url):
    late = asyncio.ensure_future(connect_to_primary(server_url))
    await asyncio.wait([late])

    await hosts._abandon([late])

    assert late.result().is_closed()


async def test_a_tcp_connection_is_kept_alive(primary_port):
    connection = await connect_to_primary(f"postgresql://flowforge@127.0.0.1:{primary_port}/postgres")
    try:
        line = connection._transport.get_extra_info("socket")
        assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 6000
    finally:
        await connection.close()


async def test_giving_up_in_the_middle_of_the_race_leaves_no_attempt_behind(silent_port):
    before = asyncio.all_tasks()

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(connect_to_primary(f"postgresql://127.0.0.1:{silent_port}/postgres"), 0.05)

    assert asyncio.all_tasks() == before


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://db/app", ["db:5432"]),
        ("postgresql://me:p%40ss@db1:1,db2,[::1]:3/app?sslmode=disable", ["db1:1", "db2:5432", "[::1]:3"]),
        ("postgresql://me@/app?host=/run/pg", ["/run/pg"]),
        ("postgresql://me@/app?host=a,b&port=1,2", ["a:1", "b:2"]),
        ("postgresql://me@/app?host=a,b&port=7", ["a:7", "b:7"]),
        ("postgresql://[::1]/app", ["[::1]:5432"]),
        ("postgresql:///app", ["localhost:5432"]),
    ],
)
def test_hosts_are_read_from_the_url(url, expected):
    assert [str(host) for host in hosts_of(url)] == expected


def test_an_unreadable_port_is_refused():
    with pytest.raises(ConfigurationError, match="port of the database host 'db:five'"):
        hosts_of("postgresql://db:five/app")


@pytest.mark.parametrize("url", ["postgresql://me@/app?sslmode=perhaps&host=/x", "postgresql://me@/app?what&host=/x", "mysql://db/app"])
async def test_an_unreadable_url_is_refused_as_such(url):
    with pytest.raises(ConfigurationError, match="URL cannot be read"):
        await connect_to_primary(url)


async def test_an_ipv6_address_may_stand_after_other_hosts(dead_port, server_url):
    with pytest.raises(DatabaseUnavailable, match=rf"127.0.0.1:{dead_port} refuses connections; \[::1\]:{dead_port} "):
        await connect_to_primary(f"postgresql://flowforge@127.0.0.1:{dead_port},[::1]:{dead_port}/postgres")


def test_a_pooler_that_was_not_announced_is_recognised_by_its_refusal():
    refusal = asyncpg.ProtocolViolationError("unsupported startup parameter: statement_timeout")
    failure = hosts._unavailable([hosts.Host("db1")], [refusal])
    assert "FLOWFORGE_DATABASE_POOLER=1" in str(failure.hint)
