"""What is asked of a model and what it answers, independent of who carries the question there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, NotRequired, Protocol

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from typing_extensions import TypedDict

from flowforge.settings import ModelClientName, model_client_name

DEFAULT_TIMEOUT_SECONDS = 600.0  # one call, from the request to the last token

Chat = dict[str, Any]  # one message in OpenAI's chat notation, which is the notation all providers are reached through
OwnKey = Annotated[SecretStr | None, Field(exclude=True, repr=False)]  # the tenant's key for this call; None: the environment's
FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]


class Reasoning(TypedDict):
    """A block of the model's thoughts; Anthropic wants a signed one back unchanged, and one that it `redacted` too."""

    text: str
    signature: str | None
    redacted: NotRequired[str]  # what the provider sent instead of the text: only it can read it


class ToolCall(TypedDict):
    """One call that the model asks for; `arguments` is JSON text as the model wrote it, valid or not."""

    id: str
    name: str
    arguments: str


class TokenUsage(BaseModel):
    """Tokens of one call. `cached` (read from the provider's prompt cache) and `cache_written` (put into it) are parts of `input`,
    `reasoning` is a part of `output`."""

    model_config = ConfigDict(frozen=True)

    input: int = 0
    output: int = 0
    cached: int = 0
    cache_written: int = 0
    reasoning: int = 0
    estimated: bool = False  # counted here, because the provider did not


class ModelRequest(BaseModel):
    """One request for a reply.

    `timeout_seconds` bounds the call from the request to the last token: a stream that falls silent in the middle ends then, at the
    latest. `model` is a LiteLLM name or one of our aliases. `settings` are sampling settings by their OpenAI names
    (`temperature`, `max_tokens`, `seed`, …); an unknown one is refused, not dropped.
    """

    model_config = ConfigDict(frozen=True)

    model: str
    messages: list[Chat]
    tools: tuple[dict[str, Any], ...] = ()
    tool_choice: str | dict[str, Any] | None = None
    response_format: dict[str, Any] | None = None
    settings: dict[str, Any] = {}
    stream: bool = True
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
    first_token_seconds: float | None = None  # how long a streamed reply may take to begin; None: as long as the whole call
    own_key: OwnKey = None


class ModelReply(BaseModel):
    """A complete reply. `model` is the one that was asked for, `answered_by` how the provider itself names who answered.

    A client counts tokens, and the price is put on by whoever called it; a client that was told what it is charged gives the
    `cost` itself. It is in USD, None where the price is unknown (never 0 for want of knowledge).
    """

    model_config = ConfigDict(frozen=True)

    text: str
    reasoning: list[Reasoning] = []
    tool_calls: list[ToolCall] = []
    finish_reason: FinishReason
    model: str
    provider: str
    answered_by: str | None = None
    response_id: str | None = None
    tokens: TokenUsage = TokenUsage()
    cost: Decimal | None = None
    price_source: str | None = None
    price_version: str | None = None
    latency_ms: int = 0
    first_token_ms: int | None = None

    def as_message(self) -> Chat:
        """This reply as the assistant's turn of the next request, signed thoughts included."""
        message: Chat = {"role": "assistant", "content": self.text or None}
        if self.tool_calls:
            message["tool_calls"] = [
                {"id": call["id"], "type": "function", "function": {"name": call["name"], "arguments": call["arguments"]}}
                for call in self.tool_calls
            ]
        thoughts = [_thought(block) for block in self.reasoning if block["signature"] or "redacted" in block]
        if thoughts:
            message["thinking_blocks"] = thoughts
        return message


def _thought(block: Reasoning) -> Chat:
    if "redacted" in block:
        return {"type": "redacted_thinking", "data": block["redacted"]}
    return {"type": "thinking", "thinking": block["text"], "signature": block["signature"]}


class EmbeddingRequest(BaseModel):
    """Texts to be turned into vectors, one vector each. `dimensions` shortens them where the model can."""

    model_config = ConfigDict(frozen=True)

    model: str
    texts: tuple[str, ...]
    dimensions: int | None = None
    settings: dict[str, Any] = {}
    timeout_seconds: float = 60.0
    own_key: OwnKey = None


class EmbeddingReply(BaseModel):
    """The vectors, in the order of the texts, and what they used."""

    model_config = ConfigDict(frozen=True)

    vectors: list[list[float]]
    model: str
    provider: str
    answered_by: str | None = None
    tokens: TokenUsage = TokenUsage()
    cost: Decimal | None = None
    price_source: str | None = None
    price_version: str | None = None
    latency_ms: int = 0


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of a reply that is still being written. For a tool call, `index` tells its calls apart;
    `id` and `name` come with its first piece and are repeated on the others."""

    kind: Literal["text", "reasoning", "tool_call"]
    text: str
    index: int = 0
    id: str | None = None
    name: str | None = None


OnDelta = Callable[[Delta], None]


class ModelClient(Protocol):
    """Whoever can carry a request to a model. Retries are not its business: they belong to the durable step."""

    async def complete(self, request: ModelRequest, on_delta: OnDelta | None = None) -> ModelReply:
        """One call, one complete reply. Raises ModelError; a stream that ended early is one, never a reply."""
        ...

    async def embed(self, request: EmbeddingRequest) -> EmbeddingReply:
        """One call for vectors. Raises ModelError."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


_client: ModelClient | None = None


def get_client() -> ModelClient:
    """The model client of this process: the one that FLOWFORGE_MODEL_CLIENT names, unless another one was set."""
    global _client
    if _client is None:
        _client = _make(model_client_name())
    return _client


def set_client(client: ModelClient | None) -> ModelClient | None:
    """Put another client in place, and return the one that was there; None brings the chosen one back at the next call."""
    global _client
    before, _client = _client, client
    return before


def _make(name: ModelClientName) -> ModelClient:
    """Each with its imports, so that a process pays for the one that it uses."""
    if name == "http":
        from flowforge.orchestrator.models.http.client import HttpModelClient

        return HttpModelClient()
    from flowforge.orchestrator.models.litellm_client import LiteLLMClient

    return LiteLLMClient()
