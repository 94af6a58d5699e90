"""What is sent in Anthropic's format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowforge.orchestrator.models.client import ModelRequest
from flowforge.orchestrator.models.http.anthropic_schema import plain_schema
from flowforge.orchestrator.models.http.anthropic_turns import system_blocks, turns
from flowforge.orchestrator.models.http.endpoint import Endpoint
from flowforge.orchestrator.models.http.tool_names import ToolNames
from flowforge.orchestrator.models.schema_words import with_schema_in_words

MESSAGES = "/messages"
SCHEMA_TOOL = "json_tool_call"  # the tool by which a model without structured output hands over its JSON

_VERSION = "2023-06-01"
_STRUCTURED_OUTPUTS = "structured-outputs-2025-11-13"
_DEFAULT_MAX_TOKENS = 4096
_LEAST_THINKING_TOKENS = 1024
_THINKING_TOKENS = {"minimal": 1024, "low": 1024, "medium": 2048, "high": 4096, "xhigh": 8192, "max": 16384}
_EFFORTS = {"minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "xhigh", "max": "max"}
_CHOICES = {"auto": "auto", "required": "any", "none": "none"}


def headers(endpoint: Endpoint, request: ModelRequest) -> dict[str, str]:
    """The key, the version of the format, and what the caller adds."""
    sent = {"anthropic-version": _VERSION}
    if endpoint.bearer:
        sent["authorization"] = f"Bearer {endpoint.bearer}"
    elif endpoint.key:
        sent["x-api-key"] = endpoint.key
    if _schema(request) is not None and endpoint.abilities.native_structured_output:
        sent["anthropic-beta"] = _STRUCTURED_OUTPUTS
    return sent | {str(name): str(value) for name, value in (request.settings.get("extra_headers") or {}).items()}


def tool_names(request: ModelRequest) -> ToolNames:
    """The names of this request's tools on the wire."""
    return ToolNames(tool["function"]["name"] for tool in request.tools)


def message_body(request: ModelRequest, endpoint: Endpoint, names: ToolNames) -> dict[str, Any]:
    """A request for a reply. Raises InvalidInput for what this format cannot hold."""
    messages = request.messages
    thinking = _thinking(request.settings, endpoint)
    structure: dict[str, Any] = {}
    if request.response_format is not None:
        structure = _structure(request, endpoint, thinking)
        if "output_format" not in structure:
            messages = with_schema_in_words(messages, request.response_format)
    system = system_blocks(messages)
    body: dict[str, Any] = {
        "model": endpoint.model,
        "messages": turns(messages, names.on_the_wire),
        "max_tokens": _max_tokens(request.settings, endpoint, thinking),
    }
    body |= ({"system": system} if system else {}) | ({"stream": True} if request.stream else {})
    body |= _sampling(request.settings, endpoint) | thinking | _tools(request, names) | structure
    return body | (request.settings.get("extra_body") or {})


def asks_for_schema_tool(body: Mapping[str, Any]) -> bool:
    """Whether the answer will come as a call of the tool that stands for a schema."""
    return any(tool.get("name") == SCHEMA_TOOL for tool in body.get("tools") or ())


def _structure(request: ModelRequest, endpoint: Endpoint, thinking: Mapping[str, Any]) -> dict[str, Any]:
    """Structured output: native, or else a tool that the model must call; it may not be forced to while it thinks or has tools."""
    schema = _schema(request)
    if schema is None:
        return {}
    if endpoint.abilities.native_structured_output:
        return {"output_format": {"type": "json_schema", "schema": plain_schema(schema)}}
    if request.tools or thinking:
        return {}
    return {"tools": [{"name": SCHEMA_TOOL, "input_schema": schema}], "tool_choice": {"type": "tool", "name": SCHEMA_TOOL}}


def _schema(request: ModelRequest) -> dict[str, Any] | None:
    found: dict[str, Any] | None = ((request.response_format or {}).get("json_schema") or {}).get("schema")
    return found


def _tools(request: ModelRequest, names: ToolNames) -> dict[str, Any]:
    if not request.tools:
        return {}
    tools = [_tool(tool["function"], names) | _cache_mark(tool) for tool in request.tools]
    choice = _choice(request.tool_choice, names)
    parallel = request.settings.get("parallel_tool_calls")
    if parallel is not None and (choice is None or choice["type"] != "none"):
        choice = (choice or {"type": "auto"}) | {"disable_parallel_tool_use": not parallel}
    return {"tools": tools} | ({"tool_choice": choice} if choice is not None else {})


def _tool(function: Mapping[str, Any], names: ToolNames) -> dict[str, Any]:
    schema = function.get("parameters") or {"type": "object", "properties": {}}
    described = {"description": function["description"]} if function.get("description") else {}
    return {"type": "custom", "name": names.on_the_wire(function["name"]), "input_schema": schema} | described


def _cache_mark(tool: Mapping[str, Any]) -> dict[str, Any]:
    return {"cache_control": tool["cache_control"]} if "cache_control" in tool else {}


def _choice(choice: str | Mapping[str, Any] | None, names: ToolNames) -> dict[str, Any] | None:
    if choice is None:
        return None
    if isinstance(choice, str):
        return {"type": _CHOICES[choice]} if choice in _CHOICES else {"type": "tool", "name": names.on_the_wire(choice)}
    name = (choice.get("function") or {}).get("name")
    return dict(choice) if name is None else {"type": "tool", "name": names.on_the_wire(name)}


def _thinking(settings: Mapping[str, Any], endpoint: Endpoint) -> dict[str, Any]:
    """`thinking` as it was given, or what `reasoning_effort` means for this model."""
    if settings.get("thinking") is not None:
        return {"thinking": settings["thinking"]}
    effort = settings.get("reasoning_effort")
    if effort not in _THINKING_TOKENS or not endpoint.abilities.reasoning:
        return {}
    if endpoint.abilities.adaptive_thinking:
        return {"thinking": {"type": "adaptive", "display": "summarized"}, "output_config": {"effort": _EFFORTS[effort]}}
    return {"thinking": {"type": "enabled", "budget_tokens": _THINKING_TOKENS[effort]}}


def _max_tokens(settings: Mapping[str, Any], endpoint: Endpoint, thinking: Mapping[str, Any]) -> int:
    """Anthropic wants a limit in every request: the caller's, or as much as the model can, or room for an answer behind its thoughts."""
    given = settings.get("max_completion_tokens") or settings.get("max_tokens")
    if given:
        return int(given)
    budget = (thinking.get("thinking") or {}).get("budget_tokens")
    if budget:
        return max(int(budget), _LEAST_THINKING_TOKENS) + _DEFAULT_MAX_TOKENS
    return endpoint.abilities.max_output_tokens or _DEFAULT_MAX_TOKENS


def _sampling(settings: Mapping[str, Any], endpoint: Endpoint) -> dict[str, Any]:
    """The settings that this format knows; the others (seed, penalties) have no meaning here."""
    stop = settings.get("stop")
    sequences = [stop] if isinstance(stop, str) else [one for one in stop or () if one.strip()]
    sent: dict[str, Any] = {"stop_sequences": sequences} if sequences else {}
    if endpoint.abilities.sampling is not False:
        sent |= {name: settings[name] for name in ("temperature", "top_p", "top_k") if settings.get(name) is not None}
    return sent | ({"metadata": {"user_id": settings["user"]}} if settings.get("user") else {})
