"""The model client that ships: LiteLLM over real HTTP. No retries, no callbacks, no caches: those belong to the durable step."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import ModuleType
from typing import Any, get_args

from flowforge.clock import SYSTEM_CLOCK, Clock
from flowforge.orchestrator.codec import well_formed
from flowforge.orchestrator.models import failure, prices
from flowforge.orchestrator.models.assembly import Assembly
from flowforge.orchestrator.models.client import (
    Chat,
    EmbeddingReply,
    EmbeddingRequest,
    FinishReason,
    ModelReply,
    ModelRequest,
    OnDelta,
    Reasoning,
    TokenUsage,
    ToolCall,
)
from flowforge.orchestrator.models.conversation import check_messages
from flowforge.orchestrator.models.library import loaded
from flowforge.orchestrator.models.provider import Provider, find_provider, require_key
from flowforge.orchestrator.models.sampling import refuse_unknown

_FINISH_REASONS = frozenset(get_args(FinishReason))


class LiteLLMClient:
    """A ModelClient over `litellm.acompletion`."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock

    async def complete(self, request: ModelRequest, on_delta: OnDelta | None = None) -> ModelReply:
        """One call. Raises ModelError, before anything is sent where the provider or its key is unknown."""
        refuse_unknown(request.settings)
        check_messages(request.messages)
        litellm = await loaded()
        provider = find_provider(litellm, request.model)
        if "api_key" not in request.settings:
            require_key(litellm, provider)
        try:
            async with asyncio.timeout(request.timeout_seconds) as bound:
                call = _Call(litellm, request, provider, self._clock)
                return await (call.streamed(on_delta) if request.stream else call.whole())
        except TimeoutError as error:
            if not bound.expired():
                raise failure.model_error(error, model=request.model, provider=provider.name) from None
            raise failure.timed_out(request.model, provider.name, request.timeout_seconds) from None
        except Exception as error:  # noqa: BLE001 - LiteLLM raises what any of its hundred providers' clients raise
            raise failure.model_error(error, model=request.model, provider=provider.name) from None

    async def embed(self, request: EmbeddingRequest) -> EmbeddingReply:
        """One call for vectors. Raises ModelError."""
        refuse_unknown(request.settings)
        litellm = await loaded()
        provider = find_provider(litellm, request.model)
        if "api_key" not in request.settings:
            require_key(litellm, provider)
        begin = self._clock.monotonic()
        arguments: dict[str, Any] = {"dimensions": request.dimensions} if request.dimensions is not None else {}
        if provider.api_base is not None:
            arguments["api_base"] = provider.api_base
        try:
            response = await litellm.aembedding(
                model=provider.litellm_model,
                input=list(request.texts),
                timeout=request.timeout_seconds,
                num_retries=0,
                max_retries=0,
                encoding_format="float",
                **(arguments | request.settings),
            )
        except Exception as error:  # noqa: BLE001 - LiteLLM raises what any of its hundred providers' clients raise
            raise failure.model_error(error, model=request.model, provider=provider.name) from None
        usage = response.usage
        return EmbeddingReply(
            vectors=[list(row["embedding"]) for row in sorted(response.data, key=lambda row: row["index"])],
            model=request.model,
            provider=provider.name,
            answered_by=response.model,
            tokens=TokenUsage(input=usage.prompt_tokens if usage else 0),
            latency_ms=round((self._clock.monotonic() - begin) * 1000),
        )

    async def close(self) -> None:
        """Close the connections that LiteLLM keeps open for this event loop."""
        litellm = await loaded()
        await litellm.close_litellm_async_clients()


class _Call:
    """One call on its way."""

    def __init__(self, litellm: ModuleType, request: ModelRequest, provider: Provider, clock: Clock) -> None:
        self._litellm, self._request, self._provider, self._clock = litellm, request, provider, clock
        self._begin = clock.monotonic()

    async def whole(self) -> ModelReply:
        response = await self._litellm.acompletion(**self._arguments())
        message = response.choices[0].message
        return self._reply(
            text=well_formed(message.content or ""),
            reasoning=_thoughts(message),
            tool_calls=[_tool_call(call) for call in message.tool_calls or ()],
            finish=response.choices[0].finish_reason,
            response_id=response.id,
            usage=getattr(response, "usage", None),
        )

    async def streamed(self, on_delta: OnDelta | None) -> ModelReply:
        stream = await self._litellm.acompletion(**self._arguments(), stream=True, stream_options={"include_usage": True})
        assembly, first_token_ms = Assembly(on_delta), None
        try:
            async for chunk in stream:
                assembly.add(chunk)
                if first_token_ms is None and assembly.started:
                    first_token_ms = self._elapsed_ms()
        finally:
            with suppress(Exception):  # the answer, or the error that matters, is already here
                await stream.aclose()
        finish = _finish_of(stream)
        if finish is None:
            raise failure.cut_stream(self._request.model, self._provider.name)
        return self._reply(
            text=assembly.text,
            reasoning=assembly.reasoning,
            tool_calls=assembly.tool_calls,
            finish="tool_calls" if finish == "stop" and assembly.tool_calls else finish,
            response_id=assembly.response_id,
            usage=assembly.usage if _counted_by_provider(stream) else None,
            first_token_ms=first_token_ms,
        )

    def _arguments(self) -> dict[str, Any]:
        request, provider = self._request, self._provider
        arguments: dict[str, Any] = {
            "model": provider.litellm_model,
            "messages": request.messages,
            "num_retries": 0,
            "max_retries": 0,
            "timeout": request.timeout_seconds,
            **request.settings,
        }
        if provider.api_base is not None:
            arguments.setdefault("api_base", provider.api_base)
        if request.tools:
            arguments["tools"] = list(request.tools)
            if request.tool_choice is not None:
                arguments["tool_choice"] = request.tool_choice
        if request.response_format is not None:
            arguments["response_format"] = request.response_format
            if not self._litellm.supports_response_schema(model=provider.litellm_model):
                arguments["messages"] = [*request.messages, _schema_in_words(request.response_format)]
        return arguments

    def _reply(
        self,
        *,
        text: str,
        reasoning: list[Reasoning],
        tool_calls: list[ToolCall],
        finish: str,
        response_id: str | None,
        usage: Any,
        first_token_ms: int | None = None,
    ) -> ModelReply:
        return ModelReply(
            text=text,
            reasoning=reasoning,
            tool_calls=tool_calls,
            finish_reason=finish if finish in _FINISH_REASONS else "stop",
            model=self._request.model,
            provider=self._provider.name,
            response_id=response_id,
            tokens=self._tokens(usage, text, reasoning, tool_calls),
            latency_ms=self._elapsed_ms(),
            first_token_ms=first_token_ms,
        )

    def _tokens(self, usage: Any, text: str, reasoning: list[Reasoning], tool_calls: list[ToolCall]) -> TokenUsage:
        """What the provider counted, or our estimate."""
        if usage is not None and (usage.prompt_tokens or usage.completion_tokens):
            asked, said = usage.prompt_tokens_details, usage.completion_tokens_details
            return TokenUsage(
                input=usage.prompt_tokens,
                output=usage.completion_tokens,
                cached=getattr(asked, "cached_tokens", None) or 0,
                cache_written=getattr(asked, "cache_creation_tokens", None) or 0,
                reasoning=getattr(said, "reasoning_tokens", None) or 0,
            )
        thoughts = "".join(block["text"] for block in reasoning)
        return prices.estimate(self._request, text, thoughts, [call["name"] + call["arguments"] for call in tool_calls])

    def _elapsed_ms(self) -> int:
        return round((self._clock.monotonic() - self._begin) * 1000)


def _finish_of(stream: Any) -> str | None:
    """Why the provider ended its stream, None when it did not say: LiteLLM itself then makes a `stop` up in its last chunk."""
    return getattr(stream, "received_finish_reason", None) or getattr(stream, "intermittent_finish_reason", None)


def _counted_by_provider(stream: Any) -> bool:
    """Whether a usage came over the wire; LiteLLM fills one in of its own when none did."""
    return any(getattr(chunk, "usage", None) is not None for chunk in stream.chunks)


def _thoughts(message: Any) -> list[Reasoning]:
    blocks = getattr(message, "thinking_blocks", None) or ()
    if blocks:
        return [Reasoning(text=well_formed(block.get("thinking") or ""), signature=block.get("signature")) for block in blocks]
    text = getattr(message, "reasoning_content", None)
    return [Reasoning(text=well_formed(text), signature=None)] if text else []


def _tool_call(call: Any) -> ToolCall:
    return ToolCall(id=call.id or "", name=call.function.name or "", arguments=well_formed(call.function.arguments or ""))


def _schema_in_words(response_format: dict[str, Any]) -> Chat:
    """For models that LiteLLM does not know to follow a schema, say it in words too."""
    schema = response_format.get("json_schema", {}).get("schema", {})
    return {"role": "system", "content": f"Answer with JSON only, without any other text. It must fit this JSON Schema: {schema}"}
