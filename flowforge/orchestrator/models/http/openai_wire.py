"""What is sent in OpenAI's format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowforge.orchestrator.models.client import Chat, EmbeddingRequest, ModelRequest
from flowforge.orchestrator.models.http.endpoint import Endpoint
from flowforge.orchestrator.models.schema_words import with_schema_in_words

COMPLETIONS = "/chat/completions"
EMBEDDINGS = "/embeddings"

_NOT_SENT = frozenset({"api_base", "api_key", "api_version", "extra_body", "extra_headers", "thinking"})
_OF_REASONERS = frozenset({"reasoning_effort", "verbosity"})  # refused by models that do not reason
_NOT_OF_REASONERS = frozenset({"temperature", "top_p", "presence_penalty", "frequency_penalty", "logit_bias"})  # refused by those that do


def headers(endpoint: Endpoint, settings: Mapping[str, Any]) -> dict[str, str]:
    """The key, and what the caller adds."""
    key = endpoint.key or endpoint.bearer
    return ({"authorization": f"Bearer {key}"} if key else {}) | _own_headers(settings)


def completion_body(request: ModelRequest, endpoint: Endpoint) -> dict[str, Any]:
    """A request for a reply."""
    messages = request.messages
    if request.response_format is not None and not endpoint.abilities.response_schema:
        messages = with_schema_in_words(messages, request.response_format)
    body: dict[str, Any] = {"model": endpoint.model, "messages": [_message(message, endpoint) for message in messages]}
    if request.stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    if request.tools:
        body["tools"] = list(request.tools)
        if request.tool_choice is not None:
            body["tool_choice"] = request.tool_choice
    if request.response_format is not None:
        body["response_format"] = request.response_format
    return body | _settings(request, endpoint) | (request.settings.get("extra_body") or {})


def embedding_body(request: EmbeddingRequest, endpoint: Endpoint) -> dict[str, Any]:
    """A request for vectors."""
    body: dict[str, Any] = {"model": endpoint.model, "input": list(request.texts), "encoding_format": "float"}
    if request.dimensions is not None:
        body["dimensions"] = request.dimensions
    own = {name: value for name, value in request.settings.items() if name not in _NOT_SENT}
    return body | own | (request.settings.get("extra_body") or {})


def _message(message: Chat, endpoint: Endpoint) -> Chat:
    """Without what this provider would refuse: a role that only OpenAI knows, another provider's signed thoughts, content that is null."""
    sent = dict(message)
    if sent["role"] == "developer" and endpoint.provider != "openai":
        sent["role"] = "system"
    if endpoint.official:
        sent.pop("thinking_blocks", None)
    if sent.get("content") is None:
        sent.pop("content", None)
    return sent


def _settings(request: ModelRequest, endpoint: Endpoint) -> dict[str, Any]:
    """The caller's settings, less what the table says that this model refuses."""
    abilities = endpoint.abilities
    unfit: frozenset[str] = _NOT_SENT | ({"parallel_tool_calls"} if not request.tools else frozenset())
    reasons = endpoint.provider == "openai" and bool(abilities.reasoning)
    if reasons and request.settings.get("reasoning_effort") != "none":
        unfit |= _NOT_OF_REASONERS
    elif abilities.listed and not abilities.reasoning:
        unfit |= _OF_REASONERS
    sent = {name: value for name, value in request.settings.items() if name not in unfit and value is not None}
    if reasons and "max_tokens" in sent:
        sent.setdefault("max_completion_tokens", sent.pop("max_tokens"))
    return sent


def _own_headers(settings: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in (settings.get("extra_headers") or {}).items()}
