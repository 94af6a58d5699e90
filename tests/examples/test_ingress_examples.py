"""The examples of what comes in, and the code in its documents, run offline."""

from __future__ import annotations

import hashlib
import hmac
import importlib.util
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import asyncpg
import httpx
import pytest

import flowforge
from flowforge.api.app import create_app
from flowforge.clock import SYSTEM_CLOCK
from flowforge.integrations.intake import Intakes
from flowforge.integrations.queue import queues_of
from flowforge.orchestrator.registry import REGISTRY, Registry
from flowforge.settings import Settings
from flowforge.testing.harness import Forge

pytest_plugins = ["flowforge.testing.plugin"]

ROOT = Path(__file__).parents[2]


@pytest.fixture
def apart() -> Iterator[None]:
    """What is registered meanwhile is forgotten afterwards."""
    functions = Registry()
    functions.replace(REGISTRY)
    yield
    REGISTRY.replace(functions)


@pytest.fixture
def example(apart: None) -> Iterator[Callable[[str], ModuleType]]:
    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(f"example_{name}", ROOT / "examples" / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[module.__name__] = module
        spec.loader.exec_module(module)
        return module

    yield load
    for name in [name for name in sys.modules if name.startswith("example_")]:
        del sys.modules[name]


async def post_as_stripe(forge: Forge, secret: str, event: dict[str, Any]) -> httpx.Response:
    raw, now = json.dumps(event).encode(), int(SYSTEM_CLOCK.now().timestamp())
    signature = hmac.new(secret.encode(), f"{now}.".encode() + raw, hashlib.sha256).hexdigest()
    app = create_app(forge.database, settings=Settings(open_here=True, secrets={"STRIPE_WEBHOOK_SECRET": secret}), bell=forge.bell)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        headers = {"stripe-signature": f"t={now},v1={signature}", "content-type": "application/json"}
        return await client.post("/hooks/stripe", content=raw, headers=headers)


async def test_an_invoice_a_parcel_and_an_order_come_in(forge: Forge, example: Callable[[str], ModuleType]) -> None:
    shop = example("three_ways_in")
    forge.use(shop)
    await forge._publish()
    for kind in ("invoice.paid", "invoice.created"):
        answer = await post_as_stripe(
            forge, "whsec_1", {"id": f"evt_{kind}", "type": kind, "data": {"object": {"id": "in_1", "amount_paid": 420}}}
        )
        assert answer.status_code == 200

    connection = await asyncpg.connect(forge.database.url)
    await connection.execute("create table public.orders (id text primary key)")
    try:
        await shop.place_order(connection, "ORD-1")
        with pytest.raises(asyncpg.UniqueViolationError):
            await shop.place_order(connection, "ORD-1")
    finally:
        await connection.execute("drop table public.orders")
        await connection.close()

    intakes = Intakes(forge.database, forge.bell)
    await intakes.follow(queues_of(forge.registry.ingresses()))
    while not await forge.database.pool.fetchval("select count(*) from flowforge.event where name = 'parcel/scanned'"):
        await forge.database.pool.execute("""select pg_notify('parcels', '{"parcel": "P-1"}')""")
    await intakes.close()
    await forge.work_until_idle()

    assert sorted(str(run.output) for run in await forge.runs()) == ["1", "P-1 was seen", "thank you for ORD-1"]
    assert shop.BOOKS == [("in_1", 420)]


async def test_the_canvas_that_was_rewritten_resizes_binds_waits_and_notifies(forge: Forge, example: Callable[[str], ModuleType]) -> None:
    books = example("from_celery")
    forge.use(books)
    sent = await forge.send("book/uploaded", {"pages": ["a", "b", "c"]})
    await forge.work_until_idle()
    assert (await forge.run(sent)).state == "sleeping" and books.SENT == []
    await forge.clock.advance("10m")
    await forge.work_until_idle()
    assert (await forge.run(sent)).output == "a@2x+b@2x+c@2x" and books.SENT == ["a@2x+b@2x+c@2x"]


def blocks() -> list[tuple[str, str]]:
    texts = {name: (ROOT / "docs" / f"{name}.md").read_text() for name in ("webhooks", "queues", "migrating")}
    found = {name: re.findall(r"```python\n(.*?)```", text, re.DOTALL) for name, text in texts.items()}
    return [(f"{name}.{number}", text) for name in found for number, text in enumerate(found[name])]


@pytest.mark.parametrize(("place", "text"), blocks(), ids=lambda value: value if len(value) < 20 else "")
def test_the_code_in_the_documents_registers_as_it_is_written(place: str, text: str, apart: None, monkeypatch: pytest.MonkeyPatch) -> None:
    code = compile(text, f"docs/{place}", "exec")
    if "flowforge.function" not in text:
        return
    if "flowforge.cron" in text and not hasattr(flowforge, "cron"):
        pytest.skip("cron is another part's")
    monkeypatch.setenv("ORDERS_URL", "redis://:secret@localhost:6379/0/orders")
    before = len(REGISTRY)
    exec(code, {"__name__": f"documents_{place.replace('.', '_')}"})
    assert len(REGISTRY) > before
