"""The wire formats, replayed from `cassettes/`. Record anew with `CASSETTES=record pytest tests/models/test_cassettes.py`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from flowforge.errors import ModelError
from flowforge.orchestrator.models.client import Chat, EmbeddingRequest, ModelReply, ModelRequest, get_client, set_client
from flowforge.orchestrator.models.http.client import HttpModelClient
from flowforge.orchestrator.models.litellm_client import LiteLLMClient
from flowforge.orchestrator.models.output import Output
from flowforge.orchestrator.models.prices import price
from flowforge.testing.cassettes import SCRIPTED_SOURCE, Cassette, CassetteError, NoModelCalls, cassette_path, chosen_mode

ROOT = Path(__file__).parents[2]
REFUND = "Customer asks for $420 back for ORD-9218"


def tool(name: str, **properties: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": {key: {"type": kind} for key, kind in properties.items()}, "required": list(properties)}
    return {"type": "function", "function": {"name": name, "description": name.replace("_", " "), "parameters": schema}}


TOOLS = (tool("lookup_order", order_id="string"), tool("issue_refund", order_id="string", amount="number"))


async def ask(model: str, turns: list[Chat] | None = None, **fields: Any) -> ModelReply:
    messages = turns or [{"role": "user", "content": "hello"}]
    return await get_client().complete(ModelRequest(model=model, messages=messages, **fields))


async def refund(model: str) -> list[ModelReply]:
    """Three turns: look up, ask for the refund, sum up."""
    turns: list[Chat] = [{"role": "user", "content": REFUND}]
    answers = {"lookup_order": {"order_id": "ORD-9218", "total": 420}, "issue_refund": {"order_id": "ORD-9218", "refunded": 300}}
    replies = []
    for _ in range(3):
        reply = await ask(model, turns, tools=TOOLS)
        replies.append(reply)
        turns = [*turns, reply.as_message()]
        turns += [{"role": "tool", "tool_call_id": call["id"], "content": json.dumps(answers[call["name"]])} for call in reply.tool_calls]
    return replies


async def chat() -> None:
    for model, asked_price, said_price in (("gpt-4o", "2.50", "10"), ("claude-sonnet-4.5", "3", "15")):  # USD for a million tokens
        for stream in (True, False):
            reply = await ask(model, stream=stream)
            cost = reply.tokens.input * Decimal(asked_price) + reply.tokens.output * Decimal(said_price)
            assert (reply.text, reply.tokens.estimated) == ("You said: hello", False)
            assert price(model, reply.provider, reply.tokens).cost == cost / 1_000_000


async def refund_openai() -> None:
    replies = await refund("gpt-4o")
    assert [call["name"] for reply in replies for call in reply.tool_calls] == ["lookup_order", "issue_refund"]
    assert replies[-1].text == "Done: $300 was refunded to ORD-9218. The customer can be told."


async def refund_anthropic() -> None:
    replies = await refund("claude-sonnet-4.5")
    assert [call["name"] for reply in replies for call in reply.tool_calls] == ["lookup_order", "issue_refund"]
    assert all(block["signature"] for reply in replies for block in reply.reasoning)
    assert replies[-1].text == "Done: $300 was refunded to ORD-9218. The customer can be told."


async def structured_output() -> None:
    schema = {
        "type": "object",
        "properties": {"score": {"type": "integer"}, "level": {"enum": ["low", "high"]}},
        "required": ["score", "level"],
    }
    output = Output(schema)
    for model in ("gpt-4o", "claude-sonnet-4.5", "anthropic/claude-3-haiku-20240307"):
        reply = await ask(model, response_format=output.response_format())
        assert output.read(reply.text) == {"score": 0, "level": "low"}


async def embeddings() -> None:
    reply = await get_client().embed(EmbeddingRequest(model="text-embedding-3-small", texts=("a refund", "the weather"), dimensions=4))
    assert [len(vector) for vector in reply.vectors] == [4, 4]


async def refusals() -> None:
    for wire in ("openai", "anthropic"):
        for fault, kind, after in (
            ("rate_limited", "rate_limited", 2.0),
            ("unauthorized", "authentication", None),
            ("cut", "cut_stream", None),
        ):
            with pytest.raises(ModelError) as caught:
                await ask(f"{wire}/fault-{fault}")
            assert (caught.value.kind, caught.value.retry_after) == (kind, after)


SCENARIOS: dict[str, tuple[Callable[[], Awaitable[None]], int]] = {  # with the number of requests each makes
    "chat": (chat, 4),
    "refund-openai": (refund_openai, 3),
    "refund-anthropic": (refund_anthropic, 3),
    "structured-output": (structured_output, 3),
    "embeddings": (embeddings, 1),
    "refusals": (refusals, 6),
}


@pytest.fixture(autouse=True)
async def litellm_client(no_model_is_called: None) -> AsyncIterator[None]:
    client = LiteLLMClient()
    set_client(client)
    yield
    await client.close()


@pytest.mark.parametrize("name", SCENARIOS)
async def test_replays(name: str) -> None:
    scenario, requests = SCENARIOS[name]
    with Cassette(cassette_path(ROOT, name), chosen_mode()) as cassette:
        await scenario()
        assert cassette.mode != "replay" or cassette.play_count == requests


@pytest.mark.parametrize("name", SCENARIOS)
async def test_replays_through_plain_http_too(name: str) -> None:
    client = HttpModelClient()
    set_client(client)
    with Cassette(cassette_path(ROOT, name), "replay"):
        await SCENARIOS[name][0]()
    await client.close()


@pytest.mark.parametrize("name", SCENARIOS)
async def test_has_not_drifted_from_the_scripted_provider(name: str, tmp_path: Path) -> None:
    fresh = tmp_path / f"{name}.yaml"
    with Cassette(fresh, "record"):
        await SCENARIOS[name][0]()
    assert fresh.read_text() == cassette_path(ROOT, name).read_text(), "record anew with CASSETTES=record, and look at the difference"


@pytest.mark.parametrize("name", SCENARIOS)
def test_says_who_answered_and_holds_no_secret(name: str) -> None:
    text = cassette_path(ROOT, name).read_text()
    assert text.startswith(f"recorded_from: {SCRIPTED_SOURCE}\n")
    assert "authorization" not in text.lower()
    assert "sk-scripted" not in text
    assert "127.0.0.1" not in text


def test_every_cassette_belongs_to_a_scenario() -> None:
    ours = {file.stem for file in (ROOT / "cassettes").glob("*.yaml")}
    assert ours == set(SCENARIOS)


@pytest.mark.parametrize("model", ["gpt-4o", "claude-sonnet-4.5"])
async def test_a_request_that_is_not_in_the_cassette_fails_at_once(model: str) -> None:
    with Cassette(cassette_path(ROOT, "chat")):
        with pytest.raises(CassetteError, match="holds no answer to this request of") as caught:
            await ask(model, [{"role": "user", "content": "something else"}])
        assert caught.value.retryable is False
        await chat()


async def test_an_answer_is_played_once() -> None:
    with Cassette(cassette_path(ROOT, "chat")):
        await chat()
        with pytest.raises(CassetteError):
            await ask("gpt-4o")


async def test_a_cassette_that_is_not_played_to_its_end_fails() -> None:
    with pytest.raises(CassetteError, match="1 of 4 answers"), Cassette(cassette_path(ROOT, "chat")):
        await ask("gpt-4o")


def test_a_cassette_that_does_not_exist_says_how_to_record_it(tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match="there is no cassette") as caught, Cassette(tmp_path / "none.yaml"):
        pass
    assert caught.value.hint == "record it with CASSETTES=record"


async def test_without_a_cassette_no_model_can_be_called() -> None:
    set_client(NoModelCalls())
    with pytest.raises(CassetteError, match="a test called the model gpt-4o"):
        await ask("gpt-4o")


@pytest.mark.cassette("refund-openai")
async def test_the_marker_plays_a_cassette(cassette: Cassette) -> None:
    await refund_openai()
    assert (cassette.play_count, cassette.recorded_from) == (3, SCRIPTED_SOURCE)


def test_the_bodies_are_readable() -> None:
    interactions = yaml.safe_load(cassette_path(ROOT, "chat").read_text())["interactions"]
    assert all(isinstance(one["response"]["body"]["string"], str) for one in interactions)
