"""`step.ai` and `step.embed`: durable model calls. An answer is stored once; a replay returns it without calling anybody."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, overload

from flowforge.durations import Duration
from flowforge.orchestrator.codec import PLAIN_CODEC, Codec, Encoded, ValueCodec, encode
from flowforge.orchestrator.current_execution import current_execution
from flowforge.orchestrator.models.asking import Asked, Asking, read_asking
from flowforge.orchestrator.models.output import Output
from flowforge.orchestrator.models.tool_loop import Conversation, tool_loop
from flowforge.orchestrator.models.vectors import read_embedding
from flowforge.orchestrator.retry import StepOptions

if TYPE_CHECKING:
    from flowforge.orchestrator.execution import Execution

T = TypeVar("T")


class ModelSteps:
    """The steps that ask models; `options` are those of `step.options(…)`."""

    _options: StepOptions

    def __init__(self, options: StepOptions | None = None) -> None:
        self._options = options or StepOptions()

    @overload
    def ai(self, name: str, *, model: str, output: None = ..., **asking: Unpack[Asking]) -> asyncio.Future[str]: ...
    @overload
    def ai(self, name: str, *, model: str, output: type[T], **asking: Unpack[Asking]) -> asyncio.Future[T]: ...
    @overload
    def ai(self, name: str, *, model: str, output: Any, **asking: Unpack[Asking]) -> asyncio.Future[Any]: ...
    def ai(self, name: str, *, model: str, output: Any = None, **asking: Unpack[Asking]) -> asyncio.Future[Any]:
        """Ask a model, once and durably. The answer's text, or a value of `output` (a type or a JSON Schema).

        An answer that does not fit `output` is asked for again, with what was wrong about it, `repairs` times. With `tools` the
        model may call them first, `max_turns` requests in all; each request and each call is then a step below this one.
        `Asking` lists all that may be said: images and files, time-outs, who answers instead, settings by their OpenAI names.
        Raises InvalidInput for what cannot be asked, and StepError when the step gives up.

            risk = await step.ai("fraud", model="gpt-4o", prompt=f"How risky is {order}?", output=Risk, fallback=["gpt-4o-mini"])
        """
        execution = current_execution()
        asked = read_asking(execution, model, output, asking)
        options = self._options_with(asking.get("retries"))
        question = asked.question
        codec: Codec = OutputCodec(question.output) if question.output.typed_by_pydantic else PLAIN_CODEC
        if asked.tools:
            return _conversation(execution, name, asked, options, codec)
        streams = question.request.stream  # its frames begin before it ends
        return execution.durable("ai", name, question.ask, input=asked.shown(), options=options, codec=codec, announce=streams)

    @overload
    def embed(  # type: ignore[overload-overlap]  # a text is a sequence of texts too, and gets one vector
        self,
        name: str,
        *,
        model: str,
        input: str,
        dimensions: int | None = ...,
        timeout: Duration | None = ...,
        retries: int | None = ...,
    ) -> asyncio.Future[list[float]]: ...
    @overload
    def embed(
        self,
        name: str,
        *,
        model: str,
        input: Sequence[str],
        dimensions: int | None = ...,
        timeout: Duration | None = ...,
        retries: int | None = ...,
    ) -> asyncio.Future[list[list[float]]]: ...
    def embed(
        self,
        name: str,
        *,
        model: str,
        input: str | Sequence[str],
        dimensions: int | None = None,
        timeout: Duration | None = None,
        retries: int | None = None,
    ) -> asyncio.Future[Any]:
        """Turn a text, or each of several, into a vector, once and durably: a list of numbers, or a list of such lists.

        More texts than a provider takes at once go in several requests. `dimensions` shortens the vectors where the model can.
        `timeout` bounds one request (default a minute). Raises InvalidInput for an empty text, StepError when the step gives up.

            vector = await step.embed("place", model="text-embedding-3-small", input=ticket)
        """
        embedding = read_embedding(model, input, dimensions, timeout)
        return current_execution().durable("embed", name, embedding.ask, input=embedding.shown(), options=self._options_with(retries))

    def _options_with(self, retries: int | None) -> StepOptions:
        return self._options if retries is None else replace(self._options, retries=retries)


def _conversation(execution: Execution, name: str, asked: Asked, options: StepOptions, codec: Codec) -> asyncio.Future[Any]:
    loop = tool_loop()

    async def lead(key: str) -> Any:
        return await loop.lead(Conversation(execution, key, name, asked.question, asked.tools, asked.turns_max, asked.redaction, options))

    return execution.compound("ai", name, lead, input=asked.shown(), codec=codec)


class OutputCodec(ValueCodec):
    """Stores what was validated as plain JSON, and hands it out as the type that was asked for."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def encode(self, value: object) -> Encoded:
        return encode(value)

    def decode(self, text: str, tagged: bool) -> Any:
        return self._output.typed(text)
