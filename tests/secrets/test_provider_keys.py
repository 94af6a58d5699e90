"""A tenant's own keys of providers: its calls go out with them, by either client, and nothing else of theirs shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest

import flowforge
from flowforge.orchestrator.models.client import set_client
from flowforge.orchestrator.models.http.client import HttpModelClient
from flowforge.orchestrator.models.litellm_client import LiteLLMClient
from flowforge.orchestrator.models.provider_key import fingerprint
from flowforge.steps import step
from flowforge.testing.harness import Forge

OWN, ENVIRONMENTS = "tenants-own-provider-key", "environments-provider-key"


class _Provider(BaseHTTPRequestHandler):
    """Answers every call, and keeps who called; a wrong key is repeated to whoever sent it."""

    keys: list[str]
    refuses = False

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        key = self.headers.get("authorization", "").removeprefix("Bearer ")
        self.keys.append(key)
        usage = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
        choice = {"index": 0, "message": {"role": "assistant", "content": "fine"}, "finish_reason": "stop"}
        answer: dict[str, Any] = {
            "id": "1",
            "object": "chat.completion",
            "created": 1,
            "model": "gpt-4o",
            "choices": [choice],
            "usage": usage,
        }
        if self.refuses:
            answer = {
                "error": {"message": f"Incorrect API key provided: {key}", "type": "invalid_request_error", "code": "invalid_api_key"}
            }
        body = json.dumps(answer).encode()
        self.send_response(401 if self.refuses else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Provider]]:
    made = type("Provider", (_Provider,), {"keys": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), made)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.server_port}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", ENVIRONMENTS)
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=["http", pytest.param("litellm", marks=pytest.mark.thorough)])
async def client(request: pytest.FixtureRequest, provider: object) -> Any:
    made = LiteLLMClient() if request.param == "litellm" else HttpModelClient()
    before = set_client(made)
    yield made
    set_client(before)
    await made.close()


def asks(forge: Forge, function_id: str = "order.ask") -> None:
    @forge.function(trigger=function_id.replace(".", "/"), id=function_id, retries=0)
    async def ask(ctx: flowforge.Context) -> str:
        return await step.ai("ask", model="gpt-4o", prompt="How?", stream=False, retries=0)


async def everything(forge: Forge) -> str:
    tables = [row[0] for row in await forge.database.pool.fetch("select tablename from pg_tables where schemaname = 'flowforge'")]
    return " ".join([str(await forge.database.pool.fetchval(f"select json_agg(t)::text from flowforge.{table} t")) for table in tables])


async def test_a_tenants_calls_go_out_with_its_own_key(forge: Forge, provider: type[_Provider], client: Any) -> None:
    asks(forge)
    await forge.secret("provider.openai", OWN)
    sent = await forge.send("order/ask")
    await forge.work_until_idle()
    assert ((await forge.run(sent)).output, provider.keys) == ("fine", [OWN])
    assert OWN not in await everything(forge)
    assert await forge.database.pool.fetchval("select detail::json ->> 'step' from flowforge.audit where action = 'secret.use'") == "ask"


async def test_without_one_they_go_out_with_the_environments(forge: Forge, provider: type[_Provider], client: Any) -> None:
    asks(forge)
    await forge.secret("provider.openai", OWN, function="order.other")
    await forge.send("order/ask")
    await forge.work_until_idle()
    assert provider.keys == [ENVIRONMENTS]


async def test_a_provider_that_repeats_the_key_tells_it_to_nobody(forge: Forge, provider: type[_Provider], client: Any) -> None:
    asks(forge)
    await forge.secret("provider.openai", OWN)
    provider.refuses = True
    sent = await forge.send("order/ask")
    await forge.work_until_idle()
    assert (await forge.run(sent)).state == "failed" and provider.keys == [OWN]
    assert OWN not in await everything(forge)


def test_calls_are_counted_by_the_key_that_they_go_out_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", ENVIRONMENTS)
    own = flowforge.SecretText("provider.openai", OWN.encode())
    prints = [fingerprint("openai", {}), fingerprint("openai", {}, own), fingerprint("openai", {"api_key": "x"}, own)]
    prints += [fingerprint("openai", {}, own, tenant) for tenant in (uuid4(), uuid4())]  # two tenants with the same key: neither can tell
    assert len(set(prints)) == 5 and not any(OWN in one or ENVIRONMENTS in one for one in prints)
