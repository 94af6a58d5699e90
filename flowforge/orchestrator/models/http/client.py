"""The model client without LiteLLM: plain HTTP to whoever speaks OpenAI's or Anthropic's format."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx

from flowforge.clock import SYSTEM_CLOCK, Clock
from flowforge.errors import ModelError
from flowforge.orchestrator.models import failure
from flowforge.orchestrator.models.abilities import refuse_impossible
from flowforge.orchestrator.models.assembly import Assembly
from flowforge.orchestrator.models.client import EmbeddingReply, EmbeddingRequest, ModelReply, ModelRequest, OnDelta
from flowforge.orchestrator.models.conversation import check_messages
from flowforge.orchestrator.models.embedding import check_texts, embedding_reply, refuse_without_embeddings
from flowforge.orchestrator.models.http import anthropic_wire, openai_wire
from flowforge.orchestrator.models.http.answer import Answer, ProviderBrokeOff
from flowforge.orchestrator.models.http.anthropic_answer import AnthropicAnswer
from flowforge.orchestrator.models.http.endpoint import Endpoint, find_endpoint
from flowforge.orchestrator.models.http.openai_answer import OpenAIAnswer
from flowforge.orchestrator.models.http.sse import EventTooLong, events
from flowforge.orchestrator.models.http.transport import Transport, is_html, read_whole
from flowforge.orchestrator.models.patience import patience
from flowforge.orchestrator.models.sampling import refuse_unknown

_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError, OverflowError, EventTooLong)


class HttpModelClient:
    """A ModelClient over httpx. It never imports LiteLLM; what models can do it reads from LiteLLM's table on disk."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._transport = Transport()

    async def complete(self, request: ModelRequest, on_delta: OnDelta | None = None) -> ModelReply:
        """One call. Raises ModelError, before anything is sent where the provider is not known here or has no key.

        What bounds it: `request.timeout_seconds` as a whole, and `request.first_token_seconds` until a streamed reply begins.
        """
        refuse_unknown(request.settings)
        check_messages(request.messages)
        endpoint = find_endpoint(request.model, request.settings, _own_key(request))
        refuse_impossible(request, endpoint.abilities)
        letter = _letter(request, endpoint)
        call = _Call(self._transport, request, endpoint, letter, self._clock)
        async with patience(request, endpoint.provider) as has_begun:
            return await (call.streamed(on_delta, has_begun) if request.stream else call.whole())

    async def embed(self, request: EmbeddingRequest) -> EmbeddingReply:
        """One call for vectors. Raises ModelError."""
        refuse_unknown(request.settings)
        check_texts(request)
        endpoint = find_endpoint(request.model, request.settings, _own_key(request))
        refuse_without_embeddings(request, endpoint.provider)
        begin = self._clock.monotonic()
        headers = openai_wire.headers(endpoint, request.settings)
        body = openai_wire.embedding_body(request, endpoint)
        bound = ModelRequest(model=request.model, messages=[], stream=False, timeout_seconds=request.timeout_seconds)
        async with (
            patience(bound, endpoint.provider),
            self._transport.post(
                endpoint.url(openai_wire.EMBEDDINGS), body, headers, model=request.model, provider=endpoint.provider
            ) as response,
        ):
            answer = await _json(response, request.model, endpoint.provider)
        return embedding_reply(
            request,
            endpoint.provider,
            answer.get("data") or [],
            answered_by=answer.get("model"),
            input_tokens=(answer.get("usage") or {}).get("prompt_tokens") or 0,
            latency_ms=round((self._clock.monotonic() - begin) * 1000),
        )

    async def close(self) -> None:
        """Close the connections of this event loop."""
        await self._transport.close()


@dataclass(frozen=True)
class _Letter:
    """What is sent, and who reads the answer."""

    url: str
    headers: dict[str, str]
    body: dict[str, Any]
    reader: Callable[[Assembly], Answer]


def _own_key(request: ModelRequest | EmbeddingRequest) -> str | None:
    return None if request.own_key is None else request.own_key.get_secret_value()


def _letter(request: ModelRequest, endpoint: Endpoint) -> _Letter:
    if endpoint.format == "openai":
        body = openai_wire.completion_body(request, endpoint)
        return _Letter(endpoint.url(openai_wire.COMPLETIONS), openai_wire.headers(endpoint, request.settings), body, OpenAIAnswer)
    names = anthropic_wire.tool_names(request)
    body = anthropic_wire.message_body(request, endpoint, names)
    schema_tool = anthropic_wire.asks_for_schema_tool(body)
    return _Letter(
        endpoint.url(anthropic_wire.MESSAGES),
        anthropic_wire.headers(endpoint, request),
        body,
        lambda assembly: AnthropicAnswer(assembly, names, schema_tool=schema_tool),
    )


class _Call:
    """One call on its way."""

    def __init__(self, transport: Transport, request: ModelRequest, endpoint: Endpoint, letter: _Letter, clock: Clock) -> None:
        self._transport, self._request, self._endpoint, self._letter, self._clock = transport, request, endpoint, letter, clock
        self._model, self._provider = request.model, endpoint.provider
        self._begin = clock.monotonic()

    async def whole(self) -> ModelReply:
        letter, assembly = self._letter, Assembly()
        async with self._transport.post(letter.url, letter.body, letter.headers, model=self._model, provider=self._provider) as response:
            body = await _json(response, self._model, self._provider)
        try:
            letter.reader(assembly).whole(body)
        except _UNREADABLE as error:
            raise failure.unreadable(failure.MISSHAPEN, self._model, self._provider) from error
        if assembly.is_empty or assembly.finish is None:
            raise self._without_answer(body)
        return assembly.reply(self._request, self._provider, latency_ms=self._elapsed_ms())

    async def streamed(self, on_delta: OnDelta | None, has_begun: Callable[[], None]) -> ModelReply:
        letter, assembly, first_token_ms = self._letter, Assembly(on_delta), None
        answer = letter.reader(assembly)
        async with self._transport.post(letter.url, letter.body, letter.headers, model=self._model, provider=self._provider) as response:
            if is_html(response):
                raise failure.unreadable(failure.WEB_PAGE, self._model, self._provider)
            async for body in self._bodies(response, assembly):
                self._take(answer, body, assembly)
                if first_token_ms is None and assembly.started:
                    first_token_ms = self._elapsed_ms()
                    has_begun()
        if assembly.is_empty:
            raise failure.unreadable(failure.NOTHING, self._model, self._provider)
        if assembly.finish is None:
            raise failure.cut_stream(self._model, self._provider)
        return assembly.reply(self._request, self._provider, latency_ms=self._elapsed_ms(), first_token_ms=first_token_ms)

    async def _bodies(self, response: httpx.Response, assembly: Assembly) -> AsyncIterator[dict[str, Any]]:
        """The JSON of each event, up to the end that OpenAI marks with `[DONE]`."""
        try:
            async for event in events(response.aiter_bytes()):
                if event.data.strip() == "[DONE]":
                    return
                yield json.loads(event.data)
        except (ValueError, RecursionError, EventTooLong) as error:
            raise self._lost(failure.NOT_JSON, assembly) from error

    def _take(self, answer: Answer, body: dict[str, Any], assembly: Assembly) -> None:
        try:
            answer.event(body)
        except ProviderBrokeOff as error:
            raise failure.broken_off(str(error), begun=assembly.started, model=self._model, provider=self._provider) from None
        except _UNREADABLE as error:
            raise self._lost(failure.MISSHAPEN, assembly) from error

    def _lost(self, what: str, assembly: Assembly) -> ModelError:
        """A stream that became unreadable was cut, one that never was readable is no answer."""
        if assembly.started:
            return failure.cut_stream(self._model, self._provider)
        return failure.unreadable(what, self._model, self._provider)

    def _without_answer(self, body: dict[str, Any]) -> ModelError:
        """All was well by its status, but there is no reply in it; some proxies put an error there."""
        if body.get("error"):
            return failure.broken_off(json.dumps(body), begun=False, model=self._model, provider=self._provider)
        return failure.unreadable(failure.NOTHING, self._model, self._provider)

    def _elapsed_ms(self) -> int:
        return round((self._clock.monotonic() - self._begin) * 1000)


async def _json(response: httpx.Response, model: str, provider: str) -> dict[str, Any]:
    """The body as a JSON object. Raises ModelError."""
    if is_html(response):
        raise failure.unreadable(failure.WEB_PAGE, model, provider)
    try:
        body = json.loads(await read_whole(response))
    except (ValueError, RecursionError, OverflowError) as error:
        raise failure.unreadable(failure.NOT_JSON, model, provider) from error
    if not isinstance(body, dict):
        raise failure.unreadable(failure.MISSHAPEN, model, provider)
    return body
