"""The model of an agent: pydantic-ai's `Model`, spoken through FlowForge's one model client.

A request always runs inside the body of a durable step, so its deltas and its cost are reported to that step, and its
retries are the step's. Streaming is a matter of frames, not of pydantic-ai's stream: only whole responses are journaled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import Model, ModelRequestParameters, check_allow_model_requests
from pydantic_ai.settings import ModelSettings

from flowforge.agents.messages import chat_messages, chat_tools, model_response
from flowforge.orchestrator.models.call import call_model
from flowforge.orchestrator.models.client import Chat, ModelReply, ModelRequest
from flowforge.orchestrator.models.output import Output, OutputMismatch
from flowforge.orchestrator.models.policy import PLAIN, CallPolicy
from flowforge.orchestrator.models.question import refuse_unfinished, refuse_unseen
from flowforge.orchestrator.models.redaction import NOTHING, Redaction
from flowforge.orchestrator.step_scope import current_step

# pydantic-ai's names of settings that go to the provider, and the provider's.
_SETTINGS = {
    "max_tokens": "max_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "seed": "seed",
    "stop_sequences": "stop",
    "presence_penalty": "presence_penalty",
    "frequency_penalty": "frequency_penalty",
    "parallel_tool_calls": "parallel_tool_calls",
    "logit_bias": "logit_bias",
}


class FlowForgeModel(Model):
    """The model of one loop. `opening` is what every request of it has in common: the model by LiteLLM's name or one of our aliases,
    its settings and time-outs, the format of its answer. Messages in it stand in place of pydantic-ai's first one."""

    def __init__(
        self, opening: ModelRequest, policy: CallPolicy = PLAIN, output: Output | None = None, redaction: Redaction = NOTHING
    ) -> None:
        super().__init__()
        self._opening, self._policy, self._output, self._redaction = opening, policy, output or Output(None), redaction
        self.cost_max: Decimal | None = None  # of the next request, where its loop may spend no more

    @property
    def model_name(self) -> str:
        return self._opening.model

    @property
    def system(self) -> str:
        return self.model_name.partition("/")[0] if "/" in self.model_name else "litellm"

    async def request(
        self, messages: list[ModelMessage], model_settings: ModelSettings | None, model_request_parameters: ModelRequestParameters
    ) -> ModelResponse:
        """One request, inside the body of a durable step. Raises ModelError."""
        check_allow_model_requests()
        settings, parameters = self.prepare_request(model_settings, model_request_parameters)
        tools = chat_tools(parameters)
        request = self._opening.model_copy(
            update={
                "messages": self.chat(messages, parameters),
                "tools": tuple(tools),
                "tool_choice": "required" if tools and not parameters.allow_text_output else None,
                "settings": self._opening.settings | _chat_settings(settings),
            }
        )
        policy = self._policy if self.cost_max is None else replace(self._policy, cost_max=self.cost_max)
        await refuse_unseen(request, policy)
        reply = await call_model(request, policy)
        refuse_unfinished(reply, request, self._output)
        self._tell(reply)
        return model_response(reply)

    async def say(self, system: str, text: str, tokens: int) -> str:
        """A plain answer to a text, beside the conversation, inside the body of a durable step. Raises ModelError."""
        messages = [{"role": "system", "content": system}, {"role": "user", "content": text}]
        settings = {**self._opening.settings, "max_tokens": tokens}
        request = self._opening.model_copy(update={"messages": messages, "settings": settings, "response_format": None, "stream": False})
        return (await call_model(request, self._policy)).text

    def chat(self, messages: list[ModelMessage], parameters: ModelRequestParameters) -> list[Chat]:
        """What is sent: the conversation and the instructions, as chat messages."""
        instructions = self._get_instruction_parts(messages, parameters)
        if not self._opening.messages:
            return self._redaction.messages(chat_messages(messages, instructions))
        return [*self._opening.messages, *self._redaction.messages(chat_messages(messages[1:], instructions))]

    def new(self, messages: Sequence[ModelMessage], parameters: ModelRequestParameters) -> list[Chat]:
        """Of what is sent, what the model has not seen yet: everything behind its last answer."""
        last = max((n for n, one in enumerate(messages) if isinstance(one, ModelResponse)), default=None)
        if last is None:
            return self.chat(list(messages), parameters)
        return self._redaction.messages(chat_messages(messages[last + 1 :], None))

    def _tell(self, reply: ModelReply) -> None:
        """Say on the stream what follows from the reply: calls that begin, or an answer that will be asked for again."""
        step = current_step()
        for call in reply.tool_calls:
            step.emit("tool_call.started", {"tool_call_id": call["id"], "tool": call["name"], "arguments": call["arguments"]})
        if not reply.tool_calls:
            try:
                self._output.read(reply.text)
            except OutputMismatch as error:
                step.emit("log", {"level": "warning", "message": f"the answer does not fit the output: {error}"})


def _chat_settings(settings: ModelSettings | None) -> dict[str, Any]:
    given: dict[str, Any] = dict(settings or {})
    return {name: given[ours] for ours, name in _SETTINGS.items() if given.get(ours) is not None}
