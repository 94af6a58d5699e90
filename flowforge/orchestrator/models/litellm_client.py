"""The model client that ships: LiteLLM over real HTTP. No retries, no callbacks, no caches: those belong to the durable step."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any

from flowforge.clock import SYSTEM_CLOCK, Clock
from flowforge.orchestrator.models import failure
from flowforge.orchestrator.models.abilities import abilities_of, refuse_impossible
from flowforge.orchestrator.models.assembly import Assembly
from flowforge.orchestrator.models.client import EmbeddingReply, EmbeddingRequest, ModelReply, ModelRequest, OnDelta
from flowforge.orchestrator.models.conversation import check_messages
from flowforge.orchestrator.models.embedding import check_texts, embedding_reply, refuse_without_embeddings
from flowforge.orchestrator.models.library import is_loaded, loaded
from flowforge.orchestrator.models.litellm_answer import read_chunk, read_message, tokens_of
from flowforge.orchestrator.models.patience import patience
from flowforge.orchestrator.models.provider import Provider, find_provider, require_extra, require_key
from flowforge.orchestrator.models.sampling import refuse_unknown
from flowforge.orchestrator.models.schema_words import with_schema_in_words


class LiteLLMClient:
    """A ModelClient over `litellm.acompletion`: every provider that LiteLLM speaks."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock

    async def complete(self, request: ModelRequest, on_delta: OnDelta | None = None) -> ModelReply:
        """One call. Raises ModelError, before anything is sent where the provider, its key or its library is missing.

        What bounds it: `request.timeout_seconds` as a whole, and `request.first_token_seconds` until a streamed reply begins.
        """
        refuse_unknown(request.settings)
        check_messages(request.messages)
        litellm = await loaded()
        provider = _reachable(litellm, request)
        refuse_impossible(request, abilities_of(provider.name, provider.bare_model))
        call = _Call(litellm, request, provider, self._clock)
        try:
            async with patience(request, provider.name) as has_begun:
                return await (call.streamed(on_delta, has_begun) if request.stream else call.whole())
        except Exception as error:  # noqa: BLE001 - LiteLLM raises what any of its hundred providers' clients raise
            raise failure.model_error(error, model=request.model, provider=provider.name) from None

    async def embed(self, request: EmbeddingRequest) -> EmbeddingReply:
        """One call for vectors. Raises ModelError."""
        refuse_unknown(request.settings)
        check_texts(request)
        litellm = await loaded()
        provider = _reachable(litellm, request)
        refuse_without_embeddings(request, provider.name)
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
                **(_own_key(request) | arguments | request.settings),
            )
        except Exception as error:  # noqa: BLE001 - LiteLLM raises what any of its hundred providers' clients raise
            raise failure.model_error(error, model=request.model, provider=provider.name) from None
        usage = response.usage
        return embedding_reply(
            request,
            provider.name,
            response.data or [],
            answered_by=response.model,
            input_tokens=(usage and usage.prompt_tokens) or 0,
            latency_ms=round((self._clock.monotonic() - begin) * 1000),
        )

    async def close(self) -> None:
        """Close the connections that LiteLLM keeps open; another client of this process opens new ones."""
        if not is_loaded():
            return  # nor has it opened any
        litellm = await loaded()
        await litellm.close_litellm_async_clients()
        litellm.in_memory_llm_clients_cache.flush_cache()  # or it would hand out the closed ones again


def _reachable(litellm: ModuleType, request: ModelRequest | EmbeddingRequest) -> Provider:
    provider = find_provider(litellm, request.model)
    require_extra(provider)
    if "api_key" not in request.settings and request.own_key is None:
        require_key(litellm, provider)
    return provider


def _own_key(request: ModelRequest | EmbeddingRequest) -> dict[str, str]:
    """For LiteLLM, which reads the environment by itself where it is given none."""
    return {} if request.own_key is None else {"api_key": request.own_key.get_secret_value()}


class _Call:
    """One call on its way."""

    def __init__(self, litellm: ModuleType, request: ModelRequest, provider: Provider, clock: Clock) -> None:
        self._litellm, self._request, self._provider, self._clock = litellm, request, provider, clock
        self._begin = clock.monotonic()

    async def whole(self) -> ModelReply:
        response = await self._litellm.acompletion(**self._arguments())
        if not response.choices:
            raise failure.unreadable(failure.NOTHING, self._request.model, self._provider.name)
        assembly = Assembly()
        read_message(assembly, response.choices[0].message)
        assembly.response_id, assembly.answered_by = response.id, response.model
        assembly.tokens = tokens_of(getattr(response, "usage", None))
        if assembly.is_empty and assembly.tokens is None:
            raise failure.unreadable(failure.NOTHING, self._request.model, self._provider.name)
        assembly.end(response.choices[0].finish_reason or "stop")
        return assembly.reply(self._request, self._provider.name, latency_ms=self._elapsed_ms())

    async def streamed(self, on_delta: OnDelta | None, has_begun: Callable[[], None]) -> ModelReply:
        stream = await self._litellm.acompletion(**self._arguments(), stream=True, stream_options={"include_usage": True})
        assembly, first_token_ms = Assembly(on_delta), None
        try:
            async for chunk in stream:
                read_chunk(assembly, chunk)
                if first_token_ms is None and assembly.started:
                    first_token_ms = self._elapsed_ms()
                    has_begun()
        finally:
            with suppress(Exception):  # the answer, or the error that matters, is already here
                await stream.aclose()
        finish = _finish_of(stream)
        if finish is None:
            raise self._unfinished(assembly)
        assembly.end(finish)
        if not _counted_by_provider(stream):
            assembly.tokens = None
        return assembly.reply(self._request, self._provider.name, latency_ms=self._elapsed_ms(), first_token_ms=first_token_ms)

    def _unfinished(self, assembly: Assembly) -> Exception:
        model, provider = self._request.model, self._provider.name
        return failure.unreadable(failure.NOTHING, model, provider) if assembly.is_empty else failure.cut_stream(model, provider)

    def _arguments(self) -> dict[str, Any]:
        request, provider = self._request, self._provider
        arguments: dict[str, Any] = {
            "model": provider.litellm_model,
            "messages": request.messages,
            "num_retries": 0,
            "max_retries": 0,
            "timeout": request.timeout_seconds,
            **_own_key(request),
            **request.settings,
        }
        if provider.api_base is not None:
            arguments.setdefault("api_base", provider.api_base)
        if request.tools:
            arguments["tools"] = list(request.tools)
            if request.tool_choice is not None:
                arguments["tool_choice"] = request.tool_choice
        if request.response_format is not None:
            by_tool = provider.name == "anthropic" and not abilities_of(provider.name, provider.bare_model).native_structured_output
            if not (by_tool and request.tools):  # LiteLLM would force a tool of its own, and the others could never be called
                arguments["response_format"] = request.response_format
            if (by_tool and request.tools) or not self._litellm.supports_response_schema(model=provider.litellm_model):
                arguments["messages"] = with_schema_in_words(request.messages, request.response_format)
        return arguments

    def _elapsed_ms(self) -> int:
        return round((self._clock.monotonic() - self._begin) * 1000)


def _finish_of(stream: Any) -> str | None:
    """Why the provider ended its stream, None when it did not say: LiteLLM itself then makes a `stop` up in its last chunk."""
    return getattr(stream, "received_finish_reason", None) or getattr(stream, "intermittent_finish_reason", None)


def _counted_by_provider(stream: Any) -> bool:
    """Whether a usage came over the wire; LiteLLM fills one in of its own when none did."""
    return any(getattr(chunk, "usage", None) is not None for chunk in stream.chunks)
