"""The receiver of the documentation takes what is sent, once, and nothing else."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from flowforge import ids
from flowforge.webhooks.delivery import send_again
from flowforge.webhooks.signing_key import rotate_key

FILE = Path(__file__).parents[2] / "examples" / "webhook_receiver.py"


@pytest.fixture
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("example_webhook_receiver", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def listening(example: ModuleType) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Its address, and what it was told."""
    told: list[dict[str, Any]] = []

    class Noting(example.Receiver):  # its own memory of what it has had: the module is loaded anew for each test
        def happened(self, event: dict[str, Any]) -> None:
            told.append(event)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Noting)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/hooks", told
    server.shutdown()
    thread.join()
    server.server_close()


async def test_it_takes_a_delivery_once_and_goes_on_while_keys_change(hooks, listening, monkeypatch):
    url, told = listening
    endpoint, first = await hooks.endpoint(url, "run.failed")
    monkeypatch.setenv("WEBHOOK_SECRET", first)
    await hooks.happen("run.failed", run="run_1")
    await hooks.round()
    (delivery,) = await hooks.deliveries()
    await send_again(hooks.database, hooks.principal, delivery.delivery_id)
    await hooks.round()
    (delivery,) = await hooks.deliveries()
    assert [attempt.status for attempt in delivery.attempts] == [204, 204] and len(told) == 1

    _, second = await rotate_key(hooks.database, hooks.vault, hooks.principal, endpoint.endpoint_id, key_id=ids.new_id())
    await hooks.happen("run.failed", run="run_2")
    await hooks.round()
    monkeypatch.setenv("WEBHOOK_SECRET", f"{second},{first}")
    await hooks.happen("run.failed", run="run_3")
    await hooks.round()
    assert [event["data"]["run"] for event in told] == ["run_1", "run_2", "run_3"]


async def test_it_refuses_what_is_not_signed_or_old_or_changed(hooks, listening, example, monkeypatch):
    url, told = listening
    monkeypatch.setenv("WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    async with httpx.AsyncClient() as client:
        assert (await client.post(url, content=b"{}")).status_code == 401
    good = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    secrets, body = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], b'{"test": 2432232314}'
    assert example.verify(secrets, good, body, 1614265330) == good["webhook-id"]
    for headers, content, now in (
        (good, body + b" ", 1614265330),
        (good, body, 1614265330 + 301),
        ({**good, "webhook-id": "msg_other"}, body, 1614265330),
        ({**good, "webhook-signature": "v1,AAAA"}, body, 1614265330),
    ):
        with pytest.raises(example.NotVerified):
            example.verify(secrets, headers, content, now)
    assert told == []
