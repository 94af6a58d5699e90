"""What every client must make of every server, whoever wrote it: checks that need nothing but a script behind that server."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pytest

from flowforge.errors import ModelError
from flowforge.orchestrator.models.client import Delta, ModelClient, ModelReply, ModelRequest
from flowforge.orchestrator.models.output import Output
from flowforge.testing.scripted_provider import Asked, Reply, Tokens, ToolCall

THOUGHT = "I look it up first."
CALLS = (ToolCall("lookup_order", {"order_id": "ORD-1"}), ToolCall("lookup_order", {"order_id": "ORD-2", "why": "it is the other one"}))
TOOLS = ({"type": "function", "function": {"name": "lookup_order", "description": "", "parameters": {"type": "object", "properties": {}}}},)
SCHEMA = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}


def script(asked: Asked) -> Reply:
    """Answers by what was offered: a schema, tools, or nothing but words."""
    if asked.schema is not None:
        return Reply('{"ok":true}')
    if asked.tools:
        return Reply("One moment.", THOUGHT, CALLS, Tokens(1204, 88, cached=1000, reasoning=12))
    return Reply("Good evening, my friend.", tokens=Tokens(12, 7), finish="length" if "briefly" in asked.text() else None)


@dataclass(frozen=True)
class Terms:
    """Who asks whom, and how."""

    client: ModelClient
    model: str
    stream: bool

    async def ask(self, words: str = "hello", *, model: str | None = None, **fields: Any) -> tuple[ModelReply, list[Delta]]:
        deltas: list[Delta] = []
        turns = [{"role": "user", "content": words}]
        request = ModelRequest.model_validate({"model": model or self.model, "messages": turns, "stream": self.stream, **fields})
        return await self.client.complete(request, deltas.append), deltas

    async def fail(self, fault: str) -> ModelError:
        wire = "anthropic" if "claude" in self.model else "openai"
        with pytest.raises(ModelError) as caught:
            await self.ask(model=f"{wire}/fault-{fault}")
        return caught.value


async def words_come_whole_and_in_pieces(terms: Terms) -> None:
    reply, deltas = await terms.ask()
    assert (reply.text, reply.finish_reason, reply.model) == ("Good evening, my friend.", "stop", terms.model)
    assert "".join(delta.text for delta in deltas) == (reply.text if terms.stream else "")
    assert {delta.kind for delta in deltas} <= {"text"}


async def tokens_are_counted(terms: Terms) -> None:
    reply, _ = await terms.ask(tools=TOOLS)
    assert (reply.tokens.input, reply.tokens.output, reply.tokens.cached, reply.tokens.estimated) == (1204, 88, 1000, False)


async def tools_are_called(terms: Terms) -> None:
    reply, deltas = await terms.ask(tools=TOOLS)
    assert (reply.text, reply.finish_reason) == ("One moment.", "tool_calls")
    assert [(call["name"], json.loads(call["arguments"])) for call in reply.tool_calls] == [
        (one.name, dict(one.arguments)) for one in CALLS
    ]
    assert len({call["id"] for call in reply.tool_calls}) == 2
    assert [block["text"] for block in reply.reasoning] == [THOUGHT]
    if terms.stream:
        assert [group for group, _ in groupby((delta.kind, delta.index) for delta in deltas)] == [
            ("reasoning", 0),
            ("text", 0),
            ("tool_call", 0),
            ("tool_call", 1),
        ]
        pieces = [delta for delta in deltas if delta.kind == "tool_call"]
        for position, call in enumerate(reply.tool_calls):
            own = [delta for delta in pieces if delta.index == position]
            assert {(delta.id, delta.name) for delta in own} == {(call["id"], call["name"])}
            assert "".join(delta.text for delta in own) == call["arguments"]


async def a_schema_is_followed(terms: Terms) -> None:
    output = Output(SCHEMA)
    reply, _ = await terms.ask(response_format=output.response_format())
    assert (output.read(reply.text), reply.tool_calls, reply.finish_reason) == ({"ok": True}, [], "stop")


async def a_reply_without_room_says_so(terms: Terms) -> None:
    assert (await terms.ask("briefly"))[0].finish_reason == "length"


async def a_rate_limit_is_told(terms: Terms) -> None:
    error = await terms.fail("rate_limited")
    assert (error.kind, error.status, error.retryable, error.answer_lost) == ("rate_limited", 429, True, False)


async def too_much_text_is_told(terms: Terms) -> None:
    error = await terms.fail("context_too_long")
    assert (error.kind, error.status, error.retryable, error.answer_lost) == ("context_too_long", 400, False, False)


CORE: tuple[Callable[[Terms], Awaitable[None]], ...] = (
    words_come_whole_and_in_pieces,
    tokens_are_counted,
    tools_are_called,
    a_schema_is_followed,
    a_reply_without_room_says_so,
    a_rate_limit_is_told,
    too_much_text_is_told,
)
