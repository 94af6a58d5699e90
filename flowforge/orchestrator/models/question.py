"""What one `step.ai` asks, and how: one call, or some more until the answer fits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flowforge.errors import ModelError
from flowforge.orchestrator.models.abilities import require_sight
from flowforge.orchestrator.models.attachment import has_images, shown_messages
from flowforge.orchestrator.models.call import call_model
from flowforge.orchestrator.models.client import Chat, ModelReply, ModelRequest
from flowforge.orchestrator.models.output import Output, OutputMismatch
from flowforge.orchestrator.models.policy import CallPolicy
from flowforge.orchestrator.models.sampling import recorded_settings
from flowforge.orchestrator.step_scope import current_step

SHOWN_CHARACTERS = 200  # of an answer that was filtered, in the error


@dataclass
class Question:
    """A question with everything that decides its answer. `ask` is the body of its step."""

    request: ModelRequest
    policy: CallPolicy
    output: Output
    repairs: int
    rejected: list[Chat] = field(default_factory=list)  # the newest answer that did not fit, and what was wrong about it
    repaired: int = 0  # a failed attempt does not give the next one its repairs back

    def shown(self) -> dict[str, Any]:
        """The step's recorded input: everything that decides the answer, without credentials and without the bytes of files."""
        request = self.request
        shown: dict[str, Any] = {
            "model": request.model,
            "messages": shown_messages(request.messages),
            **recorded_settings(request.settings),
        }
        if self.output.schema:
            shown["output"] = self.output.schema
        if self.policy.fallback:
            shown["fallback"] = list(self.policy.fallback)
        return shown

    async def ask(self) -> Any:
        """One attempt. Raises ModelError, of kind invalid_output when no answer fitted."""
        await refuse_unseen(self.request, self.policy)
        while True:
            request = self.request.model_copy(update={"messages": [*self.request.messages, *self.rejected]})
            reply = await call_model(request, self.policy, self._fits)
            refuse_unfinished(reply, request, self.output)
            try:
                return self.output.read(reply.text)
            except OutputMismatch as error:
                if self.repaired >= self.repairs:
                    raise never_fitted(reply.model, str(error), self.repairs) from None
                self.repaired += 1
                self.rejected = _correction(reply, error)
                say_again(str(error), self.repaired, self.repairs)

    def _fits(self, reply: ModelReply) -> bool:
        try:
            self.output.read(reply.text)
        except OutputMismatch:
            return False
        return True


async def refuse_unseen(request: ModelRequest, policy: CallPolicy) -> None:
    """Raises ModelError when pictures are sent and the model, or one that may answer instead, is known not to see them."""
    if has_images(request.messages):
        await require_sight((request.model, *policy.fallback))


def refuse_unfinished(reply: ModelReply, request: ModelRequest, output: Output) -> None:
    """Raises ModelError for a reply that was filtered, or that ended in the middle of what must be whole."""
    if reply.finish_reason == "content_filter":
        said = f", which began: {reply.text[:SHOWN_CHARACTERS]}" if reply.text.strip() else ""
        raise ModelError("content_filter", f"{reply.provider} filtered the answer of {reply.model}{said}", model=reply.model)
    if reply.finish_reason == "length" and (reply.tool_calls or not output.plain):
        limit = next(
            (f"{name}={request.settings[name]}" for name in ("max_tokens", "max_completion_tokens") if name in request.settings), None
        )
        raise final(
            ModelError(
                "invalid_output",
                f"{reply.model} reached {limit or 'the most tokens that it may write'} before its answer was complete",
                model=reply.model,
                hint="raise max_tokens, or ask for less" if limit else "ask for less at a time",
            )
        )


def never_fitted(model: str, complaint: str, repairs: int) -> ModelError:
    """The error of a model whose last answer did not fit either; trying the step again would ask the same."""
    tried = {0: "", 1: ", and neither did its second try"}.get(repairs, f", and neither did {repairs} more tries")
    return final(ModelError("invalid_output", f"{model} answered what does not fit the output{tried}: {complaint}", model=model))


def final(error: ModelError) -> ModelError:
    """The error as one that no further attempt can help."""
    error.retryable, error.retry_after = False, None
    return error


def say_again(complaint: str, repaired: int, repairs: int) -> None:
    """Tell watchers that what they have just read is not the answer."""
    message = f"the answer does not fit the output, it is asked for again ({repaired}/{repairs}): {complaint}"
    current_step().emit("log", {"level": "warning", "message": message})


def complaint_about(error: OutputMismatch | str) -> str:
    """What the model is told about an answer that did not fit."""
    return f"That answer cannot be used: {error}. Answer again, with JSON that fits the schema and nothing else."


def _correction(reply: ModelReply, error: OutputMismatch) -> list[Chat]:
    """Only the newest, so that requests stay small."""
    return [{"role": "assistant", "content": reply.text or "(empty)"}, {"role": "user", "content": complaint_about(error)}]
