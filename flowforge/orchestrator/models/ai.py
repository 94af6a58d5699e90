"""`step.ai`: one durable model call. Its answer is stored once; a replay returns it without calling anybody."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, overload

from flowforge.durations import Duration, seconds
from flowforge.errors import InvalidInput, ModelError
from flowforge.orchestrator.codec import PLAIN_CODEC, Encoded, ValueCodec, encode
from flowforge.orchestrator.current_execution import current_execution
from flowforge.orchestrator.models.call import call_model
from flowforge.orchestrator.models.client import DEFAULT_TIMEOUT_SECONDS, Chat, ModelReply, ModelRequest
from flowforge.orchestrator.models.conversation import conversation
from flowforge.orchestrator.models.output import Output, OutputMismatch
from flowforge.orchestrator.models.sampling import refuse_unknown
from flowforge.orchestrator.retry import StepOptions

T = TypeVar("T")


class ModelSteps:
    """The steps that ask models; `options` are those of `step.options(…)`."""

    def __init__(self, options: StepOptions | None = None) -> None:
        self._options = options or StepOptions()

    @overload
    def ai(
        self,
        name: str,
        *,
        model: str,
        prompt: str | None = ...,
        messages: Sequence[Mapping[str, Any]] | None = ...,
        system: str | None = ...,
        output: None = ...,
        stream: bool = ...,
        timeout: Duration | None = ...,
        retries: int | None = ...,
        **settings: Any,
    ) -> asyncio.Future[str]: ...
    @overload
    def ai(
        self,
        name: str,
        *,
        model: str,
        prompt: str | None = ...,
        messages: Sequence[Mapping[str, Any]] | None = ...,
        system: str | None = ...,
        output: type[T],
        stream: bool = ...,
        timeout: Duration | None = ...,
        retries: int | None = ...,
        **settings: Any,
    ) -> asyncio.Future[T]: ...
    @overload
    def ai(
        self,
        name: str,
        *,
        model: str,
        prompt: str | None = ...,
        messages: Sequence[Mapping[str, Any]] | None = ...,
        system: str | None = ...,
        output: Any,
        stream: bool = ...,
        timeout: Duration | None = ...,
        retries: int | None = ...,
        **settings: Any,
    ) -> asyncio.Future[Any]: ...
    def ai(
        self,
        name: str,
        *,
        model: str,
        prompt: str | None = None,
        messages: Sequence[Mapping[str, Any]] | None = None,
        system: str | None = None,
        output: Any = None,
        stream: bool = True,
        timeout: Duration | None = None,
        retries: int | None = None,
        **settings: Any,
    ) -> asyncio.Future[Any]:
        """Ask a model, once and durably. The reply's text, or a value of `output` (a type or a JSON Schema).

        A reply that does not fit `output` is asked for again, with what was wrong about it, as often as `retries` says.
        Further keyword arguments are sampling settings by their OpenAI names: `temperature`, `max_tokens`, `seed` …
        `timeout` bounds one call (default 10 minutes). Raises StepError when the step gives up.

            risk = await step.ai("fraud", model="gpt-4o", prompt=f"How risky is {order}?", output=Risk)
        """
        _check_name_of(model)
        refuse_unknown(settings)
        wanted = Output(output)
        question = _Question(
            name,
            wanted,
            ModelRequest(
                model=model,
                messages=conversation(prompt, messages, system),
                response_format=wanted.response_format(),
                settings=settings,
                stream=stream,
                timeout_seconds=DEFAULT_TIMEOUT_SECONDS if timeout is None else seconds(timeout),
            ),
        )
        return current_execution().durable(
            "ai",
            name,
            question.ask,
            input=question.shown(),
            options=self._options if retries is None else replace(self._options, retries=retries),
            codec=_OutputCodec(wanted) if wanted.typed_by_pydantic else PLAIN_CODEC,
            announce=stream,  # its frames begin before it ends
        )


@dataclass
class _Question:
    """What a step asks, and how the last answer failed, so that the next attempt can say so."""

    name: str
    output: Output
    request: ModelRequest
    rejected: list[Chat] = field(default_factory=list)

    def shown(self) -> dict[str, Any]:
        """The step's recorded input: everything that decides the answer."""
        request = self.request
        shown: dict[str, Any] = {"model": request.model, "messages": request.messages, **request.settings}
        return shown | ({"output": self.output.schema} if self.output.schema else {})

    async def ask(self) -> Any:
        """One attempt. Raises ModelError, of kind invalid_output when the reply does not fit."""
        request = self.request.model_copy(update={"messages": [*self.request.messages, *self.rejected]})
        reply = await call_model(request)
        if reply.finish_reason == "content_filter":
            raise ModelError("content_filter", f"{reply.provider} filtered the answer of {reply.model}", model=reply.model)
        try:
            return self.output.read(reply.text)
        except OutputMismatch as error:
            self.rejected = _correction(reply, error)
            raise ModelError(
                "invalid_output", f"{reply.model} answered what does not fit the output, {error}", model=reply.model, retry_after=0.0
            ) from None


def _check_name_of(model: object) -> None:
    if not isinstance(model, str) or not model:
        raise InvalidInput(f"model must be the name of a model, not {model!r}", pointer="/model", hint='as in model="gpt-4o"')


def _correction(reply: ModelReply, error: OutputMismatch) -> list[Chat]:
    """What the model is told about the answer that did not fit; only the newest one, so that requests stay small."""
    complaint = f"That answer cannot be used: {error}. Answer again, with JSON that fits the schema and nothing else."
    return [{"role": "assistant", "content": reply.text or "(empty)"}, {"role": "user", "content": complaint}]


class _OutputCodec(ValueCodec):
    """Stores what was validated as plain JSON, and hands it out as the type that was asked for."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def encode(self, value: object) -> Encoded:
        return encode(value)

    def decode(self, text: str, tagged: bool) -> Any:
        return self._output.typed(text)
