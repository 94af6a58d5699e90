"""Rates: never more than the rate and its span, over any number of servers; a refusal tells the truth and costs nothing."""

from __future__ import annotations

import asyncio
import time

import asyncpg
import pytest

from flowforge.access.principal import Principal
from flowforge.access.rate_lease import Leases
from flowforge.access.rate_limit import RateLimits, find_rate_limits, reset_rate_limits, set_rate_limits, take
from flowforge.access.stream_count import StreamCount
from flowforge.access.tenant import find_or_create_tenant
from flowforge.clock import SystemClock
from flowforge.errors import InvalidInput, NotFound

RATE = 60  # a minute: one a second, ten at once
WHOLE = 10
FAST = 6000  # a hundred a second, a thousand at once; leases of up to ten


class Hand(SystemClock):
    """A clock that somebody moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def later(database, clock):
    """Let time pass, here and in the database, whose clock otherwise stands still for what these tests count."""

    async def pass_time(seconds: float) -> None:
        clock.seconds += seconds
        await database.pool.execute("update flowforge.clock set skew = skew + make_interval(secs => $1)", seconds)

    return pass_time


@pytest.fixture
def take_one(database, tenant_id):
    async def taken(least=1, most=1, tenant=tenant_id, subject="", share=1.0, rate=RATE):
        return await take(database.pool, tenant, subject, "requests", least=least, most=most, per_minute=rate, share=share)

    return taken


async def drain(leases: Leases, connection, tenant_id, subject="", count=1, rate=RATE, at_most=10_000) -> int:
    accepted = 0
    while accepted < at_most:
        if not (await leases.take(connection, tenant_id, subject, "requests", count, per_minute=rate)).allowed:
            return accepted
        accepted += 1
    raise AssertionError("there was no end to it")


async def test_a_rested_rate_gives_its_whole_allowance_and_then_what_grows_back(take_one, later):
    first = await take_one(most=1000)
    refused = await take_one()

    assert (first.granted, first.whole, first.per_minute) == (WHOLE, WHOLE, RATE)
    assert refused.granted == 0 and 0 < refused.wait_seconds <= 1
    await later(5)
    assert 5 <= (await take_one(most=1000)).granted <= 7


async def test_what_is_asked_for_at_least_is_given_whole_or_not_at_all(take_one):
    await take_one(least=5, most=5)

    assert (await take_one(least=9, most=40)).granted == 0
    assert 5 <= (await take_one(least=2, most=40)).granted <= 7


async def test_more_than_a_whole_allowance_is_given_to_the_rested_and_paid_off(take_one, later):
    assert (await take_one(least=15)).granted == 15
    refused = await take_one()
    assert refused.granted == 0 and 4.5 < refused.wait_seconds <= 6
    await later(6)
    assert (await take_one()).granted == 1


@pytest.mark.parametrize("rate", [1, 3, 60])
async def test_slow_rates_are_exact(take_one, later, rate):
    granted = [(await take_one(rate=rate)).granted for _ in range(20)]
    await later(60 / rate + 0.01)

    assert sum(granted) == max(1, rate * 10 // 60)
    assert [(await take_one(rate=rate)).granted for _ in range(3)] == [1, 0, 0]


async def test_the_wait_that_is_told_is_true(take_one, later):
    while (refused := await take_one(rate=60)).granted:
        pass

    await later(refused.wait_seconds - 0.3)
    early = await take_one(rate=60)
    await later(early.wait_seconds + 0.001)
    assert (early.granted, (await take_one(rate=60)).granted) == (0, 1)


async def test_two_servers_together_accept_no_more_than_the_rate_and_a_lease_each(database, tenant_id, clock, later):
    servers = [Leases(clock), Leases(clock)]
    accepted, begun = 0, time.monotonic()
    for _ in range(20):  # ten seconds
        accepted += sum(await asyncio.gather(*(drain(server, database.pool, tenant_id, rate=FAST) for server in servers)))
        await later(0.5)

    fair = (10 + 10) * FAST / 60
    ran = (time.monotonic() - begun) * FAST / 60  # the database's clock goes on while the test runs
    assert fair * 0.9 <= accepted <= fair + ran + 2 * 10


async def test_a_lease_spares_the_database_and_a_refusal_too(database, tenant_id, clock):
    leases, counting = Leases(clock), Counting(database.pool)
    accepted = await drain(leases, counting, tenant_id, rate=FAST)
    asked = counting.statements
    for _ in range(500):
        assert not (await leases.take(counting, tenant_id, "", "requests", 1, per_minute=FAST)).allowed

    assert accepted >= 1000 and asked <= accepted / 8
    assert counting.statements == asked


async def test_who_asks_seldom_takes_one_at_a_time(database, tenant_id, clock, later):
    leases = Leases(clock)
    for _ in range(10):
        standing = await leases.take(database.pool, tenant_id, "", "requests", 1, per_minute=FAST)
        await later(0.001)
        clock.seconds += 2

    assert standing.remaining >= 1000 - 30


async def test_a_lease_that_has_ended_is_not_used(database, tenant_id, clock):
    leases, counting = Leases(clock), Counting(database.pool)
    for _ in range(30):
        await leases.take(counting, tenant_id, "", "requests", 1, per_minute=FAST)
    asked = counting.statements
    clock.seconds += 1.01
    await leases.take(counting, tenant_id, "", "requests", 1, per_minute=FAST)

    assert counting.statements == asked + 1


async def test_refusals_are_counted_against_what_was_allowed_and_forgotten(database, tenant_id, clock, later):
    leases = Leases(clock)

    async def ask():
        return await leases.take(database.pool, tenant_id, "", "requests", 1, per_minute=12)

    assert [(await ask()).refusals for _ in range(5)] == [0, 0, 1, 2, 3]
    await later(5)
    assert [(await ask()).refusals for _ in range(2)] == [0, 3]
    clock.seconds += 11
    assert (await ask()).refusals == 1


async def test_tenants_and_keys_are_counted_apart(database, take_one, tenant_id):
    acme = (await find_or_create_tenant(database.pool, "acme")).tenant_id
    await take_one(most=1000)

    assert (await take_one(tenant=acme)).granted == 1
    assert (await take_one(subject="a-key", share=0.5, most=1000)).granted == WHOLE // 2
    assert (await take_one(subject="a-key", share=0.5)).granted == 0
    assert (await take_one(subject="another", share=0.5)).granted == 1


async def test_an_operators_word_holds_for_one_tenant(database, take_one, tenant_id):
    operator = Principal(tenant_id, "person", "operator")
    acme = (await find_or_create_tenant(database.pool, "acme")).tenant_id
    await set_rate_limits(database, operator, "acme", RateLimits(requests_per_minute=120))

    assert (await take_one(tenant=acme, most=1000)).granted == 20
    assert (await take_one(most=1000)).granted == WHOLE
    assert await find_rate_limits(database.pool, acme) == RateLimits(120)
    await reset_rate_limits(database, operator, "acme")
    assert await find_rate_limits(database.pool, acme) == RateLimits()
    acts = await database.pool.fetch("select action, target from flowforge.audit order by entry_id")
    assert [tuple(act) for act in acts] == [("rate_limit.set", "acme"), ("rate_limit.reset", "acme")]


async def test_what_cannot_be_a_limit_is_refused(database, tenant_id):
    operator = Principal(tenant_id, "person", "operator")
    with pytest.raises(InvalidInput, match="streams must lie between 1"):
        RateLimits(streams=0)
    with pytest.raises(NotFound):
        await set_rate_limits(database, operator, "nobody", RateLimits(streams=1))
    with pytest.raises(NotFound):
        await reset_rate_limits(database, operator, "default")


async def test_while_the_database_is_away_everything_is_allowed(tenant_id):
    class Away:
        async def fetchrow(self, *args):
            raise asyncpg.ConnectionDoesNotExistError("gone")

    standing = await Leases().take(Away(), tenant_id, "", "requests", 1, per_minute=1)
    assert standing.allowed


async def test_streams_are_counted_over_all_servers(database, tenant_id):
    here, there = StreamCount(database), StreamCount(database)
    acme = (await find_or_create_tenant(database.pool, "acme")).tenant_id

    assert [await server.open(tenant_id, 3) for server in (here, there, here, there, here)] == [True, True, True, False, False]
    assert await there.open(acme, 3)
    await here.close(tenant_id)
    assert [await there.open(tenant_id, 3) for _ in range(2)] == [True, False]


async def test_streams_of_a_server_that_died_are_forgotten(database, tenant_id, later):
    dead, alive = StreamCount(database), StreamCount(database)
    assert await dead.open(tenant_id, 1)
    await later(50)
    await dead.tell(tenant_id)
    await later(50)
    assert not await alive.open(tenant_id, 1)
    await later(11)
    assert await alive.open(tenant_id, 1)


async def test_many_streams_at_once_at_two_servers_are_no_more_than_allowed(database, tenant_id):
    servers = [StreamCount(database), StreamCount(database)]

    opened = await asyncio.gather(*(servers[number % 2].open(tenant_id, 5) for number in range(20)))

    assert sum(opened) <= 5
    await asyncio.gather(*(server.tell(tenant_id) for server in servers))
    assert await database.pool.fetchval("select sum(streams) from flowforge.open_streams") == sum(opened)


class Counting:
    """A pool that counts the statements that it is asked for."""

    def __init__(self, pool) -> None:
        self.pool, self.statements = pool, 0

    async def fetchrow(self, query, *args):
        self.statements += 1
        return await self.pool.fetchrow(query, *args)
