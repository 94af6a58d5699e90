"""One agent at work: pydantic-ai's loop, of which every model request and every tool call is a durable step.

A gated call waits inside its own tool call: first the durable wait for a person, then the durable step with the arguments
that were approved. pydantic-ai can defer such calls itself, but it then ends the turn and wants all answers at once in a new
run; waiting in place needs no second bookkeeping. The calls of a turn run as tasks of their own, so the others are
journaled while this one waits, several approvals wait side by side, and while nothing else moves the engine suspends the run.

Steps are named by what the recorded response says (turn number, tool call id) and not by the tasks in which the library runs
them, so an upgrade of pydantic-ai moves no step of a run that is under way. A `step.ai` with tools is led by the same loop, with its
steps below its own key.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pydantic_ai
from pydantic_ai import Agent
from pydantic_ai.durable_exec import record_durable_unit, replay_scope
from pydantic_ai.exceptions import ModelRetry, ToolFailed, UnexpectedModelBehavior, UsageLimitExceeded
from pydantic_ai.messages import ModelMessage, ToolReturn
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.tools import ToolDenied
from pydantic_ai.usage import UsageLimits

from flowforge.agents.durability import FlowForgeDurability
from flowforge.agents.gate import ask_before, refusal
from flowforge.agents.messages import since_last_answer
from flowforge.agents.model import FlowForgeModel
from flowforge.agents.tool_step import ASKED_TO_RETRY, call_tool
from flowforge.agents.toolset import LoopToolset
from flowforge.errors import InvalidInput, StepError, TurnsExceeded
from flowforge.orchestrator.models.attachment import shown_messages
from flowforge.orchestrator.models.output import Output, OutputMismatch
from flowforge.orchestrator.models.question import complaint_about, never_fitted
from flowforge.orchestrator.retry import StepOptions
from flowforge.skills.policy import needs_approval
from flowforge.skills.tool import Tool

if TYPE_CHECKING:
    from flowforge.orchestrator.execution import Execution

pydantic_ai.BANNER_ENABLED = False  # what a worker prints is not for a library to decide

TURNS_MAX = 200  # model requests of one run
READ_RETRIES = 2  # of a tool that only reads; any other is tried once, and the model is told when it failed

Body = Callable[[], Awaitable[Any]]


@dataclass(frozen=True)
class Terms:
    """What bounds one loop, and where its steps stand. `key` is that of the step which the loop is, None for a whole run."""

    name: str
    instructions: str = ""
    approval: Mapping[str, bool] = field(default_factory=dict)  # the agent's own rules for single tools
    key: str | None = None
    turns_max: int | None = None  # None: TURNS_MAX
    options: StepOptions = StepOptions()  # of a model request
    output: Output = field(default_factory=lambda: Output(None))
    repairs: int = 1


class AgentLoop:
    """The loop of one agent in one run. `run` is called once per execution of the run, replays included."""

    def __init__(self, execution: Execution, model: FlowForgeModel, tools: Mapping[str, Tool], terms: Terms) -> None:
        self.execution = execution
        self.terms = terms
        self._model = model
        self._agent: Agent[None, str] = Agent(
            model,
            name=terms.name,
            instructions=terms.instructions or None,
            toolsets=[LoopToolset(self, tools)],
            capabilities=[FlowForgeDurability(self)],
            retries={"output": terms.repairs},
        )
        self._agent.output_validator(self._fits)
        self._turn = 0
        self._complaint: str | None = None  # about the last answer

    @property
    def _asker(self) -> str:
        """The key of the model request whose answer is being acted on: the parent of what follows from it."""
        return f"turn:{self._turn}" if self.terms.key is None else f"{self.terms.key}/turn:{self._turn}"

    async def run(self, prompt: str = "(as the conversation begins)") -> str:
        """The final answer. Without a prompt, the model knows how the conversation begins.

        Raises StepError when a model request gave up, ModelError when no answer fitted, TurnsExceeded, and pydantic-ai's own errors.
        """
        turns_max = TURNS_MAX if self.terms.turns_max is None else self.terms.turns_max
        try:
            with replay_scope():  # spans of steps that are only replayed are not exported again
                result = await self._agent.run(prompt, usage_limits=UsageLimits(request_limit=turns_max))
        except UsageLimitExceeded:
            raise TurnsExceeded(self._model.model_name, turns_max) from None
        except UnexpectedModelBehavior:
            if self._complaint is None:
                raise
            raise never_fitted(self._model.model_name, self._complaint, self.terms.repairs) from None
        return result.output

    async def request(self, messages: list[ModelMessage], parameters: ModelRequestParameters, body: Body) -> Any:
        """A model request as a durable step. It stores what is new in the conversation, not the whole of it every time."""
        self._turn += 1
        new = shown_messages(since_last_answer(self._model.chat(messages, parameters)))

        async def ask() -> Any:
            return _without_blanks(await body())

        asked = {"model": self._model.model_name, "messages": new}
        return await self._step("ai", "turn", ask, str(self._turn), input=asked, parent=self.terms.key, options=self.terms.options)

    def _fits(self, answer: str) -> str:
        """The answer, if it is what was asked for; else the model hears what is wrong about it."""
        try:
            self.terms.output.read(answer)
        except OutputMismatch as error:
            self._complaint = str(error)
            raise ModelRetry(complaint_about(error)) from None
        self._complaint = None
        return answer

    async def call(self, tool: Tool, call_id: str, arguments: dict[str, Any], said: str) -> Any:
        """One tool call that the model asked for: what it reads as the result. Waits for a person where the policy says so."""
        reason = needs_approval(tool, self.terms.approval)
        if reason is None:
            return await self._call(tool, call_id, arguments)
        decision = await ask_before(self.execution, tool, arguments, reason, said, parent=self._asker, call_id=call_id)
        if not decision.approved:
            return ToolDenied(refusal(decision))
        result = await self._call(tool, call_id, decision.arguments)
        if decision.edited_args is None or decision.edited_args == arguments:
            return result
        changed = json.dumps(decision.edited_args, ensure_ascii=False)
        note = f"{decision.decided_by} approved {tool.name} with changed arguments; it was called with {changed}."
        return ToolReturn(result, content=note)  # or the model would report what it had asked for

    async def _call(self, tool: Tool, call_id: str, arguments: dict[str, Any]) -> Any:
        try:
            tool.parameters.parse(arguments)  # a person may have edited them
            return await self._step(
                "tool",
                tool.name,
                lambda: call_tool(tool, call_id, arguments),
                call_id,
                parent=self._asker,
                input=arguments,
                options=StepOptions(retries=READ_RETRIES if tool.effect == "read" else 0),
                effectful=tool.effect != "read",
            )
        except InvalidInput as error:
            raise ToolFailed(error.message) from None
        except StepError as error:
            raise _for_the_model(error) from error

    async def _step(self, kind: str, name: str, body: Body, identity: str, **options: Any) -> Any:
        executed = False

        async def counted() -> Any:
            nonlocal executed
            executed = True
            return await body()

        try:
            return await self.execution.durable(kind, name, counted, identity=identity, announce=True, **options)
        finally:
            record_durable_unit(executed=executed)


def _without_blanks(response: dict[str, Any]) -> dict[str, Any]:
    """pydantic-ai's JSON of a response, less the fields that hold nothing: they are most of it, and people read it too."""
    plain = {name: value for name, value in response.items() if value is not None}
    plain["parts"] = [{name: value for name, value in part.items() if value is not None} for part in plain["parts"]]
    plain["usage"] = {name: value for name, value in plain["usage"].items() if value}
    return plain


def _for_the_model(error: StepError) -> Exception:
    """A tool's failure as something the model can react to; a defect of the tool itself fails the run."""
    if error.error_type == "NotSerializable":
        return error
    return ModelRetry(error.reason) if error.error_type == ASKED_TO_RETRY else ToolFailed(error.reason)
