"""Webhooks and queues as processes meet them: workers publish and receive, the server verifies with the secret of its own environment."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
import httpx
import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Running

    Start = Callable[..., Running]

pytestmark = pytest.mark.thorough  # many processes

KEY = "the-key-of-serve-in-these-tests-0123456789"

HOOK = """
import flowforge

@flowforge.function(trigger=flowforge.webhook("shop", scheme="github", event="order/created", data="body"))
async def ship(ctx):
    return ctx.event.data
"""
QUEUE = """

@flowforge.function(trigger=flowforge.queue("notify://orders", event="order/lost"))
async def refund(ctx):
    return ctx.event.data
"""


def outputs(url: str) -> list[Any]:
    answer = httpx.get(f"{url}/v1/runs", headers={"authorization": f"Bearer {KEY}"}, trust_env=False)
    return [run["output"] for run in answer.json()["data"] if run["state"] == "completed"]


def until(url: str, output: Any, again: Callable[[], object] = lambda: None) -> None:
    deadline = time.monotonic() + 30
    while output not in outputs(url):
        assert time.monotonic() < deadline, outputs(url)
        again()


def post(url: str, secret: str) -> int:
    body = b'{"order_id": "ORD-1"}'
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"x-hub-signature-256": signature, "content-type": "application/json"}
    return httpx.post(f"{url}/hooks/shop", content=body, headers=headers, trust_env=False).status_code


@pytest.mark.long
def test_a_server_verifies_what_a_worker_has_declared(tmp_path: Path, start: Start) -> None:
    (tmp_path / "app.py").write_text(HOOK)
    server, blind = start("serve", "--port", "0", SHOP_WEBHOOK_SECRET="old,new"), start("serve", "--port", "0")
    server.ready()
    blind.ready()
    assert post(server.url, "new") == 404  # no worker has declared it yet
    worker = start("worker", "app.py")
    assert "order/created" in worker.until("→ working · ready")

    assert [post(server.url, "wrong"), post(blind.url, "new"), post(server.url, "old"), post(server.url, "new")] == [401, 503, 200, 200]
    until(server.url, {"order_id": "ORD-1"})
    assert outputs(server.url) == [{"order_id": "ORD-1"}]  # the same body, and GitHub's id was missing: one delivery
    assert [process.end() for process in (server, blind, worker)] == [0, 0, 0]
    assert not [process for process in (server, blind, worker) if "SHOP_WEBHOOK_SECRET=" in process.output or "sha256=" in process.output]


def test_dev_receives_from_a_queue_as_soon_as_the_code_declares_it(tmp_path: Path, start: Start, clean_url: str) -> None:
    async def notify() -> None:
        connection = await asyncpg.connect(clean_url)
        await connection.execute("""select pg_notify('orders', '{"order_id": "ORD-2"}')""")
        await connection.close()
        await asyncio.sleep(0.1)

    app = tmp_path / "app.py"
    app.write_text(HOOK)
    dev = start("dev", "app.py", "--port", "0")
    dev.ready()
    calls = itertools.count()

    def again() -> None:
        if next(calls) % 20 == 0:  # `dev` says ready a moment before it watches, so the first change may go unseen
            app.write_text(HOOK + QUEUE)
        asyncio.run(notify())

    until(dev.url, {"order_id": "ORD-2"}, again)
    assert dev.end() == 0
