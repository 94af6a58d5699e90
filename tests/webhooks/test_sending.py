"""Deliveries: signed, again until they are taken, under one id, and nobody waits for somebody else's endpoint."""

from __future__ import annotations

import asyncio
import base64
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook

from flowforge import ids
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.secrets.key_ring import KeyRing
from flowforge.secrets.vault import Vault
from flowforge.transport.policy import EgressPolicy, replace_policy
from flowforge.webhooks.delivery import ping, send_again
from flowforge.webhooks.endpoint import change_endpoint, create_endpoint, delete_endpoint
from flowforge.webhooks.fan_out import fan_out
from flowforge.webhooks.queries import sql
from flowforge.webhooks.retry import DELAYS_SECONDS, delay_seconds, read_retry_after
from flowforge.webhooks.sender import EACH_ENDPOINT, Sender
from flowforge.webhooks.signing_key import rotate_key
from tests.alerts.conftest import Receiver
from tests.webhooks.conftest import KEY

ROOT = Path(__file__).parents[2]


async def test_a_delivery_is_verified_by_the_standards_own_library(hooks, receiver):
    _, key = await hooks.endpoint(receiver.url)
    await hooks.happen("alert.opened", rule="orders")
    await hooks.round()

    (request,) = receiver.requests
    told = Webhook(key).verify(request.body, request.headers)
    assert told["type"] == "alert.opened" and told["data"] == {"rule": "orders"}
    (delivery,) = await hooks.deliveries()
    assert delivery.state == "delivered" and request.headers["webhook-id"] == f"msg_{delivery.delivery_id.hex}"
    assert [(one.attempt, one.status) for one in delivery.attempts] == [(1, 200)]


async def test_while_keys_change_both_sign_and_afterwards_the_new_one_alone(hooks, receiver):
    endpoint, first = await hooks.endpoint(receiver.url)
    key, second = await rotate_key(
        hooks.database, hooks.vault, hooks.principal, endpoint.endpoint_id, key_id=ids.new_id(), overlap_seconds=3600
    )
    assert second is not None and key.expires_at is None
    await hooks.happen()
    await hooks.round()
    both = receiver.requests[0]
    assert len(both.headers["webhook-signature"].split(" ")) == 2
    for text in (first, second):
        Webhook(text).verify(both.body, both.headers)

    await hooks.advance(3601)
    await hooks.happen()
    await hooks.round()
    alone = receiver.requests[1]
    Webhook(second).verify(alone.body, alone.headers)
    with pytest.raises(Exception, match="matching"):
        Webhook(first).verify(alone.body, alone.headers)


async def test_at_most_two_keys_sign(hooks, receiver):
    endpoint, _ = await hooks.endpoint(receiver.url)
    key_id = ids.new_id()
    for each in (ids.new_id(), key_id, key_id):  # the last one is a repeat
        _, text = await rotate_key(hooks.database, hooks.vault, hooks.principal, endpoint.endpoint_id, key_id=each)
    assert text is None and len((await hooks.look(endpoint)).keys) == 2


async def test_keys_are_nowhere_in_clear(hooks, receiver):
    _, key = await hooks.endpoint(receiver.url)
    tables = await hooks.database.pool.fetch("select tablename from pg_tables where schemaname = 'flowforge'")
    for (table,) in tables:
        for row in await hooks.database.pool.fetch(f"select x::text from flowforge.{table} x"):
            assert key.removeprefix("whsec_") not in row[0] and key.encode().hex() not in row[0], table


async def test_what_is_not_taken_is_sent_again_the_same_to_the_byte(hooks, receiver):
    endpoint, key = await hooks.endpoint(receiver.url)
    receiver.status = 500
    await hooks.happen()
    await hooks.round()
    (delivery,) = await hooks.deliveries()
    assert (delivery.state, delivery.error) == ("pending", "it answered with status 500")
    assert (await hooks.look(endpoint)).failing_since is not None
    await hooks.round()
    assert len(receiver.requests) == 1, "it waits"
    receiver.status = 204
    await hooks.advance(7)
    await hooks.round()
    (delivery,) = await hooks.deliveries()
    assert delivery.state == "delivered" and [one.status for one in delivery.attempts] == [500, 204]
    assert len({(request.headers["webhook-id"], request.body) for request in receiver.requests}) == 1
    assert (await hooks.look(endpoint)).failing_since is None
    Webhook(key).verify(receiver.requests[1].body, receiver.requests[1].headers)


async def test_a_delivery_is_given_up_after_about_a_day(hooks, receiver):
    await hooks.endpoint(receiver.url)
    await receiver.stop()
    await hooks.happen()
    await hooks.round()
    for delay in DELAYS_SECONDS:
        await hooks.advance(delay * 1.2 + 1)
        await hooks.round()
    (delivery,) = await hooks.deliveries()
    assert delivery.state == "failed" and delivery.error == "no answer: ConnectError"
    assert 9 <= delivery.attempt <= 11


async def test_an_endpoint_that_is_gone_is_disabled_and_the_others_are_told(hooks, receiver):
    gone = Receiver()
    await gone.start()
    gone.status = 410
    endpoint, _ = await hooks.endpoint(gone.url, "run.*")
    await hooks.endpoint(receiver.url, "webhook_endpoint.disabled")
    await hooks.happen("run.failed")
    await hooks.round()
    found = await hooks.look(endpoint)
    assert not found.enabled and "410" in str(found.disabled_because)
    assert [request.json["data"]["endpoint"] for request in receiver.requests] == [f"whe_{endpoint.endpoint_id.hex}"]
    actions = [row[0] for row in await hooks.database.pool.fetch("select action from flowforge.audit order by entry_id")]
    assert actions.count("webhook_endpoint.disable") == 1
    assert (await hooks.deliveries())[0].state == "failed"
    await gone.stop()


async def test_an_endpoint_that_takes_nothing_for_five_days_is_disabled(hooks, receiver):
    endpoint, _ = await hooks.endpoint(receiver.url)
    receiver.status = 503
    await hooks.happen()
    await hooks.round()
    await hooks.advance(5 * 24 * 3600 + 1)
    await hooks.happen()
    assert (await hooks.look(endpoint)).enabled
    await hooks.round()
    found = await hooks.look(endpoint)
    assert not found.enabled and "five days" in str(found.disabled_because)
    again = await change_endpoint(hooks.database, hooks.principal, endpoint.endpoint_id, {"enabled": True})
    assert again.enabled and again.failing_since is None and again.disabled_because is None


async def test_a_slow_endpoint_keeps_nobody_else_waiting(hooks, receiver):
    hanging, hold = 0, asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal hanging
        hanging += 1
        await hold.wait()
        writer.close()

    slow = await asyncio.start_server(hang, "127.0.0.1", 0)
    await hooks.endpoint(f"http://127.0.0.1:{slow.sockets[0].getsockname()[1]}/", "run.*")
    for _ in range(30):
        await hooks.happen("run.failed")
    while await hooks.sender.turn() == 0.0:
        pass
    await hooks.endpoint(receiver.url, "task.*")
    for _ in range(3):
        await hooks.happen("task.moved")
    async with asyncio.timeout(10):
        while len(receiver.requests) < 3:
            await hooks.sender.turn()
            await asyncio.sleep(0)
    assert hanging <= EACH_ENDPOINT
    hold.set()
    slow.close()


async def test_an_address_inside_is_refused_when_it_is_named_and_when_it_is_called(hooks, receiver):
    await hooks.endpoint(receiver.url)
    await hooks.happen()
    replace_policy(EgressPolicy())
    hooks.sender = Sender(hooks.database, hooks.vault)
    await hooks.round()
    (delivery,) = await hooks.deliveries()
    assert delivery.error == "127.0.0.1 may not be called from here: it is not at a public address" and receiver.requests == []
    for url in (
        receiver.url,
        "http://169.254.169.254/",
        "file:///etc/passwd",
        "http://u:p@example.com/",
        "nonsense",
        "http://" + "x" * 3000,
    ):
        with pytest.raises(InvalidInput) as refused:
            await create_endpoint(hooks.database, hooks.vault, hooks.principal, url, ["*"], endpoint_id=ids.new_id())
        assert refused.value.pointer == "/url"


async def test_the_beginning_of_an_answer_is_kept_without_secrets(hooks):
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = b"token=sk-proj-abcdef123456 \0 " + b"x" * 5000
        writer.write(b"HTTP/1.1 400 no\r\nretry-after: 7000\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    await hooks.endpoint(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    await hooks.happen()
    await hooks.round()
    (delivery,) = await hooks.deliveries()
    (attempt,) = delivery.attempts
    assert attempt.status == 400 and "sk-[redacted]" in attempt.answer and len(attempt.answer) <= 1024
    assert "abcdef" not in attempt.answer
    wait = await hooks.database.pool.fetchval("select extract(epoch from due - flowforge.now()) from flowforge.webhook_delivery")
    assert 6900 < wait <= 7000, "what Retry-After asked for"
    server.close()


async def test_a_delivery_is_sent_again_when_somebody_asks(hooks, receiver):
    endpoint, _ = await hooks.endpoint(receiver.url)
    await hooks.happen()
    await hooks.round()
    (delivery,) = await hooks.deliveries()
    assert (await send_again(hooks.database, hooks.principal, delivery.delivery_id)).state == "pending"
    await hooks.round()
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1 and len(receiver.requests) == 2
    (delivery,) = await hooks.deliveries()
    assert delivery.state == "delivered" and delivery.attempt == 2
    await change_endpoint(hooks.database, hooks.principal, endpoint.endpoint_id, {"enabled": False})
    with pytest.raises(Conflict, match="disabled"):
        await send_again(hooks.database, hooks.principal, delivery.delivery_id)
    with pytest.raises(NotFound):
        await send_again(hooks.database, hooks.principal, ids.new_id())


async def test_a_ping_comes_whatever_the_endpoint_listens_to(hooks, receiver):
    endpoint, _ = await hooks.endpoint(receiver.url, "run.failed")
    await ping(hooks.database, hooks.principal, endpoint.endpoint_id, delivery_id=ids.new_id(), now=datetime.now(UTC))
    await hooks.round()
    assert [request.json["type"] for request in receiver.requests] == ["webhook.ping"]


async def test_with_its_endpoint_everything_goes(hooks, receiver):
    endpoint, _ = await hooks.endpoint(receiver.url)
    await hooks.happen()
    await hooks.round()
    await delete_endpoint(hooks.database, hooks.principal, endpoint.endpoint_id)
    for table in ("webhook_endpoint", "webhook_key", "webhook_delivery", "webhook_attempt"):
        assert await hooks.database.pool.fetchval(f"select count(*) from flowforge.{table}") == 0, table


CRASHING = """
import asyncio, sys
from flowforge.db.database import Database
from flowforge.secrets.key_ring import KeyRing
from flowforge.secrets.vault import Vault
from flowforge.webhooks.sender import Sender

async def main():
    async with await Database.open(sys.argv[1]) as database:
        sender = Sender(database, Vault(KeyRing.from_text(sys.argv[2])))
        while await sender.turn() == 0.0:
            await sender.idle()

asyncio.run(main())
"""


async def test_a_crash_behind_the_sending_repeats_one_delivery_under_its_id_and_loses_none(hooks, receiver, database_url):
    await hooks.endpoint(receiver.url)
    for number in range(3):
        await hooks.happen("run.failed", number=number)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CRASHING, database_url, KEY,
        env={"FLOWFORGE_CRASH": "webhook.sent:2", "FLOWFORGE_EGRESS_ALLOW": "127.0.0.1", "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
    )  # fmt: skip
    _, errors = await process.communicate()
    assert process.returncode == -signal.SIGKILL, errors.decode()
    await hooks.round()
    await hooks.advance(61)
    await hooks.round()
    deliveries = await hooks.deliveries()
    assert [delivery.state for delivery in deliveries] == ["delivered"] * 3
    sent = {(request.headers["webhook-id"], request.body) for request in receiver.requests}
    assert len(sent) == 3 and {request.json["data"]["number"] for request in receiver.requests} == {0, 1, 2}


async def test_what_one_sender_is_claiming_another_one_neither_takes_nor_waits_for(hooks, receiver):
    await hooks.endpoint(receiver.url)
    await hooks.happen()
    await fan_out(hooks.database)
    wish = {"hold": 60.0, "each": 4, "each_tenant": 16, "limit": 64, "busy_endpoints": [], "busy_tenants": [], "unsigned_tenants": []}
    async with hooks.database.pool.acquire() as first, hooks.database.pool.acquire() as second:
        async with first.transaction():
            assert len(await sql.claim_deliveries.fetch(first, **wish)) == 1
            async with asyncio.timeout(2):
                assert await sql.claim_deliveries.fetch(second, **wish) == []
        assert await sql.claim_deliveries.fetch(second, **wish) == []


async def test_two_senders_make_each_delivery_once(hooks, receiver):
    await hooks.endpoint(receiver.url)
    other = Sender(hooks.database, hooks.vault)
    for _ in range(20):
        await hooks.happen()
    for _ in range(12):
        await asyncio.gather(hooks.sender.turn(), other.turn())
        await asyncio.gather(hooks.sender.idle(), other.idle())
    assert len(receiver.requests) == len({request.headers["webhook-id"] for request in receiver.requests}) == 20
    await other.close()


async def test_a_process_without_the_key_leaves_a_delivery_to_one_that_has_it(hooks, receiver):
    endpoint, key = await hooks.endpoint(receiver.url)
    await hooks.happen()
    other = Sender(hooks.database, Vault(KeyRing.from_text(base64.b64encode(bytes(32)).decode())))
    while await other.turn() == 0.0:
        await other.idle()
    (delivery,) = await hooks.deliveries()
    assert delivery.state == "pending" and "could not be signed" in delivery.error and receiver.requests == []
    assert (await hooks.look(endpoint)).failing_since is None, "the endpoint did nothing wrong"
    await hooks.round()
    Webhook(key).verify(receiver.requests[0].body, receiver.requests[0].headers)
    await other.close()


def test_pauses_grow_are_spread_and_honour_retry_after():
    deliveries = [ids.new_id() for _ in range(50)]
    first = [delay_seconds(delivery, 1) for delivery in deliveries]
    assert all(4 <= delay <= 6 for delay in first) and len(set(first)) > 40
    assert delay_seconds(deliveries[0], 1) == delay_seconds(deliveries[0], 1)
    assert delay_seconds(deliveries[0], 99) >= DELAYS_SECONDS[-1] * 0.8
    assert delay_seconds(deliveries[0], 1, 100.0) == 100.0
    assert delay_seconds(deliveries[0], 1, 10.0**9) == 24 * 3600
    assert 21 * 3600 < sum(DELAYS_SECONDS) < 24 * 3600


def test_retry_after_is_seconds_or_a_date():
    now = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    later = (now + timedelta(seconds=90)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert [read_retry_after(text, now) for text in (None, "30", later, "soon", "-1")] == [None, 30.0, 90.0, None, None]
