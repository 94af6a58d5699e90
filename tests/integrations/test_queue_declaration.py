"""A queue as it is declared, and the PostgreSQL channel, which needs no other server."""

from __future__ import annotations

import asyncio
import json
import sys
from urllib.parse import urlsplit

import pytest

import flowforge
from flowforge.errors import ConfigurationError, RegistrationError
from flowforge.integrations.intake import Intake
from flowforge.integrations.queue import queues_of
from flowforge.orchestrator.registry import Registry

URL = "redis://user:p%40ss@host:6379/0/orders"


def test_the_password_is_in_no_text_of_a_queue():
    queue = flowforge.queue(URL, event="order/created")
    assert queue.shown == "redis://host:6379/0/orders" and queue.name == "orders"
    for text in (repr(queue), queue.identity, queue.shown, queue.key_of("1-0")):
        assert "p%40ss" not in text and "p@ss" not in text and "user" not in text
    assert {"p%40ss", "p@ss"} <= set(queue.secrets)


@pytest.mark.parametrize(
    ("url", "name", "server"),
    [
        (URL, "orders", "redis://user:p%40ss@host:6379/0"),
        ("redis://host/orders", "orders", "redis://host"),
        ("amqp://u:p@host/shop/orders?heartbeat=5", "orders", "amqp://u:p@host/shop?heartbeat=5"),
        ("amqp://host/orders%2Fnew", "orders/new", "amqp://host"),
        ("nats://host:4222/orders.*", "orders.*", "nats://host:4222"),
        ("notify://orders", "orders", "notify://orders"),
        ("postgresql://u:p@host/shop/orders", "orders", "postgresql://u:p@host/shop"),
    ],
)
def test_the_last_part_of_the_address_names_the_queue(url, name, server):
    queue = flowforge.queue(url, event="order/created")
    assert (queue.name, queue.server_url) == (name, server)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"url": "kafka://host/orders"}, "begins with one of"),
        ({"url": "redis://:secret@host:6379"}, "names no queue"),
        ({"url": "redis://:secret@host:sixty/orders"}, "cannot be read"),
        ({"event": "two words"}, "not a CEL expression"),
        ({"event": "body.kind"}, "must begin with a text"),
        ({"event": "board/task.assigned"}, "FlowForge alone"),
        ({"group": "two words"}, "group"),
        ({"redeliver_after": 0}, "redeliver_after"),
    ],
)
def test_a_queue_that_cannot_work_is_refused_where_it_is_declared(arguments, complaint):
    with pytest.raises(RegistrationError, match=complaint) as refused:
        flowforge.queue(**{"url": URL, "event": "order/created", **arguments})
    assert "secret" not in str(refused.value)


def test_functions_share_a_queue_but_do_not_quarrel_about_it():
    registry = Registry()
    orders = flowforge.queue(URL, event="'order/' + body.kind")

    async def ship(ctx) -> None: ...
    async def watch(ctx) -> None: ...
    async def other(ctx) -> None: ...

    registry.function(trigger=orders.only("order/created"))(ship)
    registry.function(trigger=[orders, "order/lost"])(watch)
    assert [[str(t) for t in function.triggers] for function in registry] == [["order/created"], ["order/*", "order/lost"]]
    assert queues_of(registry.ingresses()) == [orders]
    with pytest.raises(RegistrationError, match="declared twice") as refused:
        registry.function(trigger=flowforge.queue(URL, event="order/created"))(other)
    assert "p%40ss" not in str(refused.value)


async def test_a_client_that_is_not_installed_is_named_with_what_to_install(database, monkeypatch):
    monkeypatch.setitem(sys.modules, "redis", None)
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)
    monkeypatch.delitem(sys.modules, "flowforge.integrations.redis_streams", raising=False)
    with pytest.raises(ConfigurationError) as told:
        Intake(flowforge.queue(URL, event="order/created"), database)
    assert told.value.hint == "pip install 'flowforge[redis]'" and "p%40ss" not in str(told.value)


async def listeners(database, count: int) -> None:
    async with asyncio.timeout(10):
        while await database.pool.fetchval("select count(*) from pg_stat_activity where application_name = 'ff:notify'") != count:
            await asyncio.sleep(0.01)


async def locked(database) -> None:
    async with asyncio.timeout(10):
        while not await database.pool.fetchval(
            "select exists (select from pg_locks l join pg_stat_activity a using (pid) where l.locktype = 'advisory' and l.granted"
            " and a.application_name = 'ff:notify' and a.query ilike 'listen%')"
        ):
            await asyncio.sleep(0.01)


@pytest.mark.thorough
@pytest.mark.parametrize("url", ["notify://orders", "own"])
async def test_a_notification_is_one_event_however_many_workers_there_are(database, intake, stored, url):
    own = urlsplit(database.url)
    queue = flowforge.queue(own._replace(path=f"{own.path}/orders").geturl() if url == "own" else url, event="order/created")
    one = intake(queue)
    await locked(database)
    other = intake(queue)
    await listeners(database, 2)
    await database.pool.execute("""select pg_notify('orders', '{"n": 1}'), pg_notify('orders', 'no json')""")
    events = await stored.count(2)
    assert sorted((event["name"], json.loads(event["data"]).get("n")) for event in events) == [
        ("order/created", 1),
        ("queue/rejected", None),
    ]

    await one.stop()
    await locked(database)  # by the other, within two seconds
    await database.pool.execute("""select pg_notify('orders', '{"n": 2}')""")
    assert json.loads((await stored.count(3))[-1]["data"]) == {"n": 2}
    await other.stop()
    await listeners(database, 0)
