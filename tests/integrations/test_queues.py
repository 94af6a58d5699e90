"""One suite for every broker: what goes in comes out as one event each, whatever dies in between."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import uuid
from collections.abc import AsyncIterator
from typing import Any, Protocol

import aio_pika
import nats
import pytest
from redis.asyncio import Redis

import flowforge
from flowforge.integrations.intake import Intakes
from flowforge.integrations.queue import Queue

pytestmark = pytest.mark.thorough


class Side(Protocol):
    """The other side of a queue: who publishes, and who can look how much is left."""

    broker: Any
    queue: Queue

    async def publish(self, *bodies: bytes, ids: bool = True) -> None: ...
    async def left(self) -> int:
        """Messages that were not acknowledged yet."""
        ...


class RedisSide:
    def __init__(self, broker: Any) -> None:
        self.broker = broker
        self.queue = flowforge.queue(
            f"redis://:redis-pass@127.0.0.1:{broker.port}/0/orders-{uuid.uuid4().hex[:8]}", event="order/created", redeliver_after=0.4
        )

    async def publish(self, *bodies: bytes, ids: bool = True) -> None:
        async with Redis.from_url(self.queue.server_url) as client:
            for body in bodies:
                await client.xadd(self.queue.name, {"data": body, "trace": "t1"})

    async def left(self) -> int:
        async with Redis.from_url(self.queue.server_url) as client:
            groups = await client.xinfo_groups(self.queue.name)
            return sum(group["pending"] + (group.get("lag") or 0) for group in groups)


class RabbitSide:
    def __init__(self, broker: Any) -> None:
        self.broker = broker
        self.queue = flowforge.queue(f"amqp://guest:guest@127.0.0.1:{broker.port}/orders-{uuid.uuid4().hex[:8]}", event="order/created")

    async def publish(self, *bodies: bytes, ids: bool = True) -> None:
        async with await aio_pika.connect(self.queue.server_url) as connection:
            channel = await connection.channel()
            await channel.declare_queue(self.queue.name, durable=True)
            for body in bodies:
                message = aio_pika.Message(
                    body,
                    message_id=uuid.uuid4().hex if ids else None,
                    headers={"trace": "t1"},
                    delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                )
                await channel.default_exchange.publish(message, self.queue.name)

    async def left(self) -> int:
        """Those that are ready; what a consumer holds is ready again when that consumer is gone."""
        async with await aio_pika.connect(self.queue.server_url) as connection:
            channel = await connection.channel()
            return (await channel.declare_queue(self.queue.name, passive=True)).declaration_result.message_count or 0


class NatsSide:
    def __init__(self, broker: Any) -> None:
        self.broker = broker
        self.stream = f"ORDERS{uuid.uuid4().hex[:8]}"
        self.queue = flowforge.queue(
            f"nats://ff:nats-pass@127.0.0.1:{broker.port}/{self.stream.lower()}.created", event="order/created", redeliver_after=0.8
        )

    async def publish(self, *bodies: bytes, ids: bool = True) -> None:
        client = await nats.connect(self.queue.server_url)
        await client.jetstream().add_stream(name=self.stream, subjects=[f"{self.stream.lower()}.*"])
        for body in bodies:
            await client.jetstream().publish(self.queue.name, body, headers={"trace": "t1"})
        await client.close()

    async def left(self) -> int:
        client = await nats.connect(self.queue.server_url)
        consumers = await client.jetstream().consumers_info(self.stream)
        await client.close()
        return sum((found.num_pending or 0) + (found.num_ack_pending or 0) for found in consumers)


@pytest.fixture(params=["redis", "rabbitmq", "nats_server"])
async def side(request: pytest.FixtureRequest) -> AsyncIterator[Side]:
    broker = request.getfixturevalue(request.param)
    yield {"redis": RedisSide, "rabbitmq": RabbitSide, "nats_server": NatsSide}[request.param](broker)
    if broker.process.poll() is not None:
        broker.start()


async def acknowledged(side: Side) -> None:
    async with asyncio.timeout(10):
        while await side.left():
            await asyncio.sleep(0.05)


def orders(first: int, last: int) -> list[bytes]:
    return [json.dumps({"n": n}).encode() for n in range(first, last)]


async def test_each_message_is_one_event_and_is_acknowledged(side, intake, stored):
    await side.publish(*orders(0, 250))  # before anybody listens, and more than one batch
    one, other = intake(side.queue), intake(side.queue)  # who share them
    await stored.count(250)
    await side.publish(*orders(250, 300))
    events = await stored.count(300)
    await acknowledged(side)

    assert sorted(json.loads(event["data"])["n"] for event in events) == list(range(300))
    assert {event["name"] for event in events} == {"order/created"} and len({event["key"] for event in events}) == 300
    await asyncio.gather(one.stop(), other.stop())
    assert await side.left() == 0


async def test_a_consumer_that_is_killed_between_store_and_acknowledgement_leaves_one_event(side, intake_process, stored):
    await side.publish(*orders(0, 3))
    process = intake_process(side.queue, crash="queue.stored:1")
    assert await asyncio.to_thread(process.wait, 30) == -signal.SIGKILL
    before = await stored.events()
    assert before  # stored, and never acknowledged

    intake_process(side.queue)
    await stored.count(3)
    await acknowledged(side)
    await side.publish(*orders(3, 4))  # whatever was to be delivered again comes before it
    events = await stored.count(4)
    assert sorted(json.loads(event["data"])["n"] for event in events) == [0, 1, 2, 3]


async def test_what_cannot_be_an_event_is_kept_as_rejected_and_stops_nobody(side, intake, stored):
    queue = flowforge.queue(side.queue.url, event="'order/' + body.kind", redeliver_after=side.queue.redeliver_seconds)
    poison = [b"{not json", b'{"a": 1, "a": 2}', b'"\\u0000"', b"\xff\x00", b"", b'{"kind": "two words"}', b'{"kind": 7}', b"[]"]
    await side.publish(*poison, b'{"kind": "created"}')
    intake(queue)
    events = await stored.count(len(poison) + 1)
    await acknowledged(side)

    assert [event["name"] for event in events].count("queue/rejected") == len(poison)
    assert [event["name"] for event in events if event["name"] != "queue/rejected"] == ["order/created"]
    rejected = [json.loads(event["data"]) for event in events if event["name"] == "queue/rejected"]
    assert {told["queue"] for told in rejected} == {queue.shown} and all(told["reason"] for told in rejected)
    assert "{not json" in [told["body"] for told in rejected]


async def test_headers_are_at_hand_for_expressions(side, intake, stored):
    intake(flowforge.queue(side.queue.url, event="order/created", data="{'n': body.n, 'trace': headers.trace}", id="string(body.n)"))
    await side.publish(*orders(0, 2), *orders(0, 2))
    await acknowledged_after(side, stored, 2)
    events = await stored.events()
    assert sorted((event["key"], json.loads(event["data"])["trace"]) for event in events) == [("0", "t1"), ("1", "t1")]


async def acknowledged_after(side: Side, stored: Any, count: int) -> None:
    await stored.count(count)
    await acknowledged(side)


async def test_a_broker_that_goes_away_and_comes_back_is_found_again_and_its_password_is_never_told(side, intake, stored, caplog):
    with caplog.at_level(logging.DEBUG, logger="flowforge"):
        intake(side.queue)
        await side.publish(*orders(0, 1))
        await stored.count(1)
        await acknowledged(side)
        await asyncio.to_thread(side.broker.stop)
        async with asyncio.timeout(20):
            while "queue.away" not in caplog.text:
                await asyncio.sleep(0.05)
        await asyncio.to_thread(side.broker.start)
        async with asyncio.timeout(30):
            while True:
                try:
                    await side.publish(*orders(1, 2))
                    break
                except Exception:  # its port is open before it is ready
                    await asyncio.sleep(0.2)
        async with asyncio.timeout(30):
            while len(await stored.events()) < 2:
                await asyncio.sleep(0.05)
    assert sorted({json.loads(event["data"])["n"] for event in await stored.events()}) == [0, 1]
    assert "-pass" not in caplog.text and "guest:guest" not in caplog.text


async def test_while_the_database_is_away_nothing_is_acknowledged_and_nothing_lost(side, intake, stored, database, monkeypatch):
    from flowforge.integrations import intake as module

    real, back, tried = module.send_events, asyncio.Event(), 0

    async def unreachable(*args: Any, **options: Any) -> Any:
        nonlocal tried
        tried += 1
        if not back.is_set():
            raise ConnectionRefusedError("the database is away")
        return await real(*args, **options)

    monkeypatch.setattr(module, "send_events", unreachable)
    await side.publish(*orders(0, 5))
    one = intake(side.queue)
    async with asyncio.timeout(20):
        while tried < 3:
            await asyncio.sleep(0.02)
    assert await stored.events() == []
    back.set()
    await stored.count(5)
    await acknowledged(side)
    await one.stop()


async def test_a_worker_follows_what_is_declared(side, database, stored):
    intakes = Intakes(database)
    await intakes.follow([side.queue])
    await side.publish(*orders(0, 1))
    await stored.count(1)
    await intakes.follow([])
    await side.publish(*orders(1, 2))
    assert await side.left() == 1
    assert len(await stored.events()) == 1
    await intakes.follow([side.queue])
    await stored.count(2)
    await intakes.close()
