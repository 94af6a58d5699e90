"""What comes back in OpenAI's format, also as its many imitators write it."""

from __future__ import annotations

import json
from typing import Any

from flowforge.orchestrator.models.assembly import Assembly
from flowforge.orchestrator.models.client import TokenUsage
from flowforge.orchestrator.models.http.answer import ProviderBrokeOff


class OpenAIAnswer:
    """Reads one answer into an Assembly."""

    def __init__(self, assembly: Assembly) -> None:
        self._assembly = assembly
        self._padding: str | None = None

    def whole(self, body: dict[str, Any]) -> None:
        """The answer to a request without a stream. An answer without a choice leaves the Assembly empty."""
        self._identify(body)
        for choice in body.get("choices") or ():
            message = choice["message"]
            self._read(message)
            self._assembly.end(choice.get("finish_reason") or "stop")
            break

    def event(self, body: dict[str, Any]) -> None:
        """One chunk. Raises ProviderBrokeOff."""
        if body.get("error"):
            raise ProviderBrokeOff(json.dumps(body))
        if self._is_repeated(body):
            return
        self._identify(body)
        for choice in body.get("choices") or ():
            if choice.get("index"):
                continue  # only one was asked for
            self._read(choice.get("delta") or {})
            if choice.get("finish_reason"):
                self._assembly.end(choice["finish_reason"])

    def _is_repeated(self, body: dict[str, Any]) -> bool:
        """OpenAI pads each chunk with random characters: the same ones twice in a row are the same chunk, sent twice."""
        before, self._padding = self._padding, body.get("obfuscation")
        return bool(before) and before == self._padding

    def _identify(self, body: dict[str, Any]) -> None:
        self._assembly.response_id = self._assembly.response_id or body.get("id")
        self._assembly.answered_by = body.get("model") or self._assembly.answered_by
        usage = body.get("usage") or (body.get("x_groq") or {}).get("usage")
        self._assembly.tokens = _tokens(usage) or self._assembly.tokens

    def _read(self, message: dict[str, Any]) -> None:
        thought = message.get("reasoning_content") or message.get("reasoning")
        if isinstance(thought, str):
            self._assembly.think(thought)
        content = message.get("content")
        if isinstance(content, list):
            self._read_parts(content)
        else:
            self._assembly.say(content)
        for position, call in enumerate(message.get("tool_calls") or ()):
            function = call.get("function") or {}
            arguments = function.get("arguments")
            text = arguments if isinstance(arguments, str | None) else json.dumps(arguments)
            index = call.get("index")
            self._assembly.call(index if isinstance(index, int) else position, call.get("id"), function.get("name"), text)
        refusal = message.get("refusal")
        if refusal:
            self._assembly.say(refusal)

    def _read_parts(self, parts: list[dict[str, Any]]) -> None:
        """Content in parts, as Mistral's reasoning models write it."""
        for part in parts:
            if part.get("type") == "thinking":
                self._assembly.think("".join(one.get("text") or "" for one in part.get("thinking") or ()))
            else:
                self._assembly.say(part.get("text"))


def _tokens(usage: dict[str, Any] | None) -> TokenUsage | None:
    """What the provider counted, None when it counted nothing."""
    if not usage or not (usage.get("prompt_tokens") or usage.get("completion_tokens")):
        return None
    asked, said = usage.get("prompt_tokens_details") or {}, usage.get("completion_tokens_details") or {}
    return TokenUsage(
        input=usage.get("prompt_tokens") or 0,
        output=usage.get("completion_tokens") or 0,
        cached=asked.get("cached_tokens") or usage.get("prompt_cache_hit_tokens") or 0,
        cache_written=asked.get("cache_creation_tokens") or asked.get("cache_write_tokens") or 0,
        reasoning=said.get("reasoning_tokens") or 0,
    )
