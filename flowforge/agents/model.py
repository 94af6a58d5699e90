"""The model of an agent: pydantic-ai's `Model`, spoken through FlowForge's one model client.

A request always runs inside the body of a durable step, so its deltas and its cost are reported to that step, and its
retries are the step's. Streaming is a matter of frames, not of pydantic-ai's stream: only whole responses are journaled.
"""

from __future__ import annotations

from typing import Any

from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import Model, ModelRequestParameters, check_allow_model_requests
from pydantic_ai.settings import ModelSettings

from flowforge.agents.messages import chat_messages, chat_tools, model_response
from flowforge.orchestrator.models.call import call_model
from flowforge.orchestrator.models.client import Chat, ModelRequest
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
    """A model by LiteLLM's name or one of our aliases."""

    def __init__(self, model_name: str) -> None:
        super().__init__()
        self._model_name = model_name

    @property
    def model_name(self) -> str:
        return self._model_name

    @property
    def system(self) -> str:
        return self._model_name.partition("/")[0] if "/" in self._model_name else "litellm"

    async def request(
        self, messages: list[ModelMessage], model_settings: ModelSettings | None, model_request_parameters: ModelRequestParameters
    ) -> ModelResponse:
        """One request, inside the body of a durable step. Raises ModelError."""
        check_allow_model_requests()
        settings, parameters = self.prepare_request(model_settings, model_request_parameters)
        tools = chat_tools(parameters)
        request = ModelRequest(
            model=self._model_name,
            messages=self.chat(messages, parameters),
            tools=tuple(tools),
            tool_choice="required" if tools and not parameters.allow_text_output else None,
            settings=_chat_settings(settings),
        )
        reply = await call_model(request)
        for call in reply.tool_calls:
            started = {"tool_call_id": call["id"], "tool": call["name"], "arguments": call["arguments"]}
            current_step().emit("tool_call.started", started)
        return model_response(reply)

    def chat(self, messages: list[ModelMessage], parameters: ModelRequestParameters) -> list[Chat]:
        """What is sent: the conversation and the instructions, as chat messages."""
        return chat_messages(messages, self._get_instruction_parts(messages, parameters))


def _chat_settings(settings: ModelSettings | None) -> dict[str, Any]:
    given: dict[str, Any] = dict(settings or {})
    return {name: given[ours] for ours, name in _SETTINGS.items() if given.get(ours) is not None}
