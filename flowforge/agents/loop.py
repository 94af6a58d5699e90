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
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pydantic_ai
from pydantic_ai import Agent
from pydantic_ai.durable_exec import record_durable_unit, replay_scope
from pydantic_ai.exceptions import ModelRetry, ToolFailed, UnexpectedModelBehavior
from pydantic_ai.messages import ModelMessage, ToolReturn
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.tools import RunContext, ToolDenied
from pydantic_ai.usage import UsageLimits

from flowforge.agents.builtin.read_result import read_result_tool
from flowforge.agents.context_window import ASK_FOR_SUMMARY, SUMMARY_TOKENS, Window, reference, shortened, size, summed_up, transcript
from flowforge.agents.definition import AgentLimits
from flowforge.agents.durability import FlowForgeDurability
from flowforge.agents.exposure import Exposure
from flowforge.agents.gate import ask_before, refusal
from flowforge.agents.hearing import hear, said, taint_of
from flowforge.agents.limits import TURNS_MAX, Bounds, Meter, Spent
from flowforge.agents.loop_tool import AtWork, Calling, LoopTool, Tainted
from flowforge.agents.model import FlowForgeModel
from flowforge.agents.pace import keep_pace
from flowforge.agents.review import Reviewed, refusal_of, review
from flowforge.agents.snapshot import is_due, last_snapshot, take_snapshot
from flowforge.agents.tool_step import ASKED_TO_RETRY, call_tool, step_options
from flowforge.agents.toolset import LoopToolset
from flowforge.errors import Conflict, InvalidInput, LimitReached, NotAllowed, NotFound, StepError, TurnsExceeded
from flowforge.orchestrator.models.attachment import shown_messages
from flowforge.orchestrator.models.output import Output, OutputMismatch
from flowforge.orchestrator.models.question import complaint_about, never_fitted
from flowforge.orchestrator.retry import StepOptions
from flowforge.orchestrator.step_scope import current_step
from flowforge.skills.policy import CallUnderReview
from flowforge.skills.tool import Tool

if TYPE_CHECKING:
    from flowforge.orchestrator.execution import Execution

pydantic_ai.BANNER_ENABLED = False  # what a worker prints is not for a library to decide

NOTE = "flowforge"  # in the metadata of a stored answer: what it took

Body = Callable[[], Awaitable[Any]]


@dataclass(frozen=True)
class Terms:
    """What bounds one loop, and where its steps stand. `key` is that of the step which the loop is, None for a whole run."""

    name: str
    instructions: str = ""
    approval: Mapping[str, bool] = field(default_factory=dict)  # the agent's own rules for single tools
    key: str | None = None
    agent: str | None = None  # whose calls these are, for policies; None: those of `name` where the loop is the whole run, else nobody's
    turns_max: int | None = None  # of a step; a run has limits
    options: StepOptions = StepOptions()  # of a model request
    output: Output = field(default_factory=lambda: Output(None))
    repairs: int = 1
    at_work: AtWork | None = None  # the agent, where it is one
    limits: AgentLimits = field(default_factory=AgentLimits)
    window: int | None = None  # tokens that the model takes, as far as it is known
    snapshots: int | None = None  # after how many turns each; None: none, as with runs that began before there were any
    tainted: frozenset[str] = frozenset()  # what of the opening comes from outside
    hosts: frozenset[str] | None = None  # that the opening names; None: calls are not held to them
    heard: tuple[str, ...] = ()  # messages that the opening holds

    @property
    def bounds(self) -> Bounds:
        return Bounds.of(self.limits) if self.key is None else Bounds(turns=self.turns_max or TURNS_MAX)


class AgentLoop:
    """The loop of one agent in one run. `run` is called once per execution of the run, replays included."""

    def __init__(self, execution: Execution, model: FlowForgeModel, tools: Mapping[str, Tool], terms: Terms) -> None:
        self.execution = execution
        self.terms = terms
        self.meter = Meter(execution, terms.bounds)
        self._window = Window(terms.window)
        self._read_result = read_result_tool(tools)
        self._cuts = False  # something in the conversation is not whole, or will not be soon
        self._model = model
        self._tools = dict(tools)
        self._agent: Agent[None, str] = Agent(
            model,
            name=terms.name,
            instructions=terms.instructions or None,
            toolsets=[LoopToolset(self, self._tools)],
            capabilities=[FlowForgeDurability(self)],
            retries={"output": terms.repairs},
        )
        self._agent.output_validator(self._fits)
        self._complaint: str | None = None  # about the last answer
        self._exposure = Exposure(terms.tainted, execution.run_id.hex)
        self._heard: list[str] = list(terms.heard)  # ids of messages
        self._calls: Counter[tuple[str, str]] = Counter()  # since the last snapshot, by tool and id
        self._snapshot_at = 0  # turns
        self._snapshot_before = 0  # the one that the next continues; 0: it holds the whole conversation
        self._stored = 0  # so many of the messages stand in snapshots

    @property
    def taint(self) -> frozenset[str]:
        """By what something from outside has come into the conversation as the model has read it: it may try to give orders."""
        return self._exposure.taint

    @property
    def more_tools(self) -> Mapping[str, Tool]:
        """Tools that the state of the conversation brings."""
        return {self._read_result.name: self._read_result} if self._cuts else {}

    @property
    def turn(self) -> int:
        """The number of the model request that is being made, or whose answer is being acted on."""
        return self.meter.spent.turns

    @property
    def run_name(self) -> str | None:
        """What tells this conversation from others of its run; after a snapshot the library takes it for one that follows."""
        return f"{self.terms.key or ''}@{self._snapshot_at}" if self._snapshot_at else self.terms.key

    @property
    def _asker(self) -> str:
        """The key of the model request whose answer is being acted on: the parent of what follows from it."""
        return f"turn:{self.turn}" if self.terms.key is None else f"{self.terms.key}/turn:{self.turn}"

    async def run(self, prompt: str = "(as the conversation begins)") -> str:
        """The final answer. Without a prompt, the model knows how the conversation begins.

        Raises StepError when a model request gave up, ModelError when no answer fitted, LimitReached (TurnsExceeded for a step), and
        pydantic-ai's own errors.
        """
        history = await self._resume()
        try:
            with replay_scope():  # spans of steps that are only replayed are not exported again
                start = prompt if history is None else None
                result = await self._agent.run(start, message_history=history, usage_limits=UsageLimits(request_limit=None))
        except LimitReached:
            if self.terms.key is None:
                raise
            raise TurnsExceeded(self._model.model_name, self.terms.turns_max or TURNS_MAX) from None
        except UnexpectedModelBehavior:
            if self._complaint is None:
                raise
            raise never_fitted(self._model.model_name, self._complaint, self.terms.repairs) from None
        return result.output

    async def before_turn(self, ctx: RunContext[None]) -> None:
        """What comes before each model request: a snapshot now and then, a look at the limits, what people have said meanwhile, and a
        shorter conversation where it has grown too long."""
        self._exposure.next_turn()
        if self.terms.snapshots is not None:
            await self._take_snapshot(ctx.messages, self.terms.snapshots)
        await self.meter.make_room(turns=1)
        self.meter.count(turns=1)
        await self._hear(ctx, str(self.turn), self.turn, ahead=self._asker in self.execution.memo)
        if self._window.is_full(ctx.messages):
            await self._ease(ctx.messages)

    async def request(self, messages: list[ModelMessage], parameters: ModelRequestParameters, body: Body) -> Any:
        """A model request as a durable step. It stores what is new in the conversation, not the whole of it every time."""
        asked = {"model": self._model.model_name, "messages": shown_messages(self._model.new(messages, parameters))}
        self._model.cost_max = self.meter.bounds.money_left(self.meter.spent)

        async def ask() -> Any:
            return await self._noted(body)

        try:
            answer = await self._step("ai", "turn", ask, str(self.turn), input=asked, parent=self.terms.key, options=self.terms.options)
        except StepError as error:
            raise self._limit_behind(error) or error from None
        self.meter.note((answer.get("metadata") or {}).get(NOTE, {}))
        self._window = self._window.after(answer)
        self._cuts = self._cuts or self._window.will_be_full
        calls = sum(part["part_kind"] == "tool-call" for part in answer["parts"])
        if calls:
            await self.meter.make_room(calls=calls)
            self.meter.count(calls=calls)
        return answer

    async def call(self, tool: Tool, call_id: str, arguments: dict[str, Any], said: str) -> Any:
        """One tool call that the model asked for: what it reads as the result. Waits for a person where the policy says so."""
        asker, unique, call = self._asker, self._unique(tool, call_id), self._under_review(tool, arguments)
        reviewed = await review(self.execution, call, parent=asker, call_id=unique)
        if reviewed.verdict.action == "deny":
            return ToolDenied(refusal_of(reviewed.verdict))
        if reviewed.runs:
            return await self._call(tool, call_id, unique, arguments, asker, reviewed)
        decision = await ask_before(self.execution, call, reviewed.verdict, said, parent=asker, call_id=unique)
        if not decision.approved:
            return ToolDenied(refusal(decision))
        result = await self._call(tool, call_id, unique, decision.arguments, asker, reviewed)
        if decision.edited_args is None or decision.edited_args == arguments:
            return result
        changed = json.dumps(decision.edited_args, ensure_ascii=False)
        result.content = f"{decision.decided_by} approved {tool.name} with changed arguments; it was called with {changed}."
        return result  # or the model would report what it had asked for

    def _under_review(self, tool: Tool, arguments: dict[str, Any]) -> CallUnderReview:
        agent = self.terms.agent or (self.terms.name if self.terms.key is None else None)
        sources = tuple(sorted(self.taint))
        return CallUnderReview(
            tool,
            arguments,
            agent,
            self.terms.approval,
            tainted=bool(sources),
            taint_sources=sources,
            hosts=self.terms.hosts,
            informed=self._exposure.informed,
        )

    async def _call(self, tool: Tool, call_id: str, unique: str, arguments: dict[str, Any], asker: str, reviewed: Reviewed) -> ToolReturn:
        async def body() -> Any:
            with self.meter.unnoted.working():
                return await call_tool(tool, call_id, arguments, reviewed.told)

        try:
            tool.parameters.parse(arguments)  # a person may have edited them
            if isinstance(tool, LoopTool):
                assert self.terms.at_work is not None
                result = await tool.act(Calling(self.execution, self.terms.at_work, tool, unique, asker, self.taint), arguments)
            else:
                await keep_pace(self.execution, tool, unique, parent=asker)
                result = await self._step(
                    "tool",
                    tool.name,
                    body,
                    unique,
                    parent=asker,
                    input=arguments,
                    options=step_options(tool),
                    effectful=not tool.may_repeat,
                )
        except (InvalidInput, NotFound, Conflict, NotAllowed) as error:
            raise ToolFailed(str(error)) from None
        except StepError as error:
            self._exposure.take(tool)  # a server's words about why come from outside like its answers
            raise _for_the_model(error, self._exposure.shown(tool, error.reason)) from error
        return self._read(tool, result, f"{tool.name}:{unique}")

    def _read(self, tool: Tool, result: Any, step: str) -> ToolReturn:
        """A result as the model reads it: not more than the tool's limit of it, and what comes from outside in a frame."""
        self._exposure.take(tool, result.sources if isinstance(result, Tainted) else ())
        if isinstance(tool, LoopTool):
            result = result.value if isinstance(result, Tainted) else result
            return ToolReturn(self._exposure.shown(tool, _text(result)) if tool.outside else result)
        text = _text(result)
        rest = ""
        if len(text) > tool.result_characters_max:
            self._cuts = True
            rest = reference(step, len(text), tool.result_characters_max)
            result = text = text[: tool.result_characters_max]
        if tool.outside:
            result = self._exposure.shown(tool, text)
        return ToolReturn(f"{result}\n{rest}" if rest else result, metadata={"step": step})

    def _unique(self, tool: Tool, call_id: str) -> str:
        """What names this call in its run: some providers number the calls of each answer from the same start."""
        since = call_id if not self._snapshot_at else f"{call_id}@{self._snapshot_at}"
        self._calls[tool.name, since] += 1
        n = self._calls[tool.name, since]
        return since if n == 1 else f"{since}#{n}"

    async def _fits(self, ctx: RunContext[None], answer: str) -> str:
        """The answer, if it is what was asked for; else the model hears what is wrong about it. Who speaks now is still heard."""
        try:
            self.terms.output.read(answer)
        except OutputMismatch as error:
            self._complaint = str(error)
            raise ModelRetry(complaint_about(error)) from None
        self._complaint = None
        if self.meter.bounds.reached(self.meter.spent, turns=1) is None:
            await self._hear(ctx, f"{self.turn}.end", self.turn + 1, ahead=self.execution.has_records_ahead)
        return answer

    async def _hear(self, ctx: RunContext[None], place: str, turn: int, *, ahead: bool) -> None:
        if self.terms.at_work is None:
            return
        messages = await hear(self.execution, turn, place, self._heard, ahead=ahead)
        self._exposure.hear(taint_of(messages))
        for message in messages:
            self._heard.append(message["message_id"])
            ctx.enqueue(said(message, self.execution.run_id.hex))

    async def _noted(self, body: Body) -> Any:
        """What a model request answers, as it is stored: with a note of what it took, and the work before it."""
        unnoted = self.meter.unnoted
        with unnoted.working():
            try:
                answer = _without_blanks(await body())
            finally:
                unnoted.paid(current_step())
        if self.terms.at_work is not None:
            answer["metadata"] = {**answer.get("metadata", {}), NOTE: unnoted.take()}
        return answer

    async def _ease(self, messages: list[ModelMessage]) -> None:
        """Shorten the conversation in place: results of tools first, and where that is not enough, its older turns are summed up."""
        before, wanted = size(messages), self._window.wanted(messages)
        messages[:] = shortened(messages)
        self._cuts = True
        if not self._window.is_eased(wanted * size(messages) / max(before, 1)) and (told := transcript(messages)):
            messages[:] = summed_up(messages, await self._sum_up(told))
        self._window = replace(self._window, used=0)  # nobody has counted what is left
        self._stored, self._snapshot_before = 0, 0  # the next snapshot holds all of it

    async def _sum_up(self, told: str) -> str:
        async def body() -> Any:
            with self.meter.unnoted.working():
                try:
                    return await self._model.say(ASK_FOR_SUMMARY, told, SUMMARY_TOKENS)
                finally:
                    self.meter.unnoted.paid(current_step())

        asked = {"model": self._model.model_name, "characters": len(told)}
        summary: str = await self._step("ai", "summary", body, str(self.turn), input=asked, options=self.terms.options)
        return self._exposure.shown_summary(summary)

    def _limit_behind(self, error: StepError) -> LimitReached | None:
        """The limit of the run that made a model request fail, where one did."""
        if self._model.cost_max is None or error.error_type != "BudgetExceeded" or "max_cost" not in error.reason:
            return None
        return LimitReached("money", self.meter.bounds.show("money"), f": {error.reason}")

    async def _take_snapshot(self, messages: list[ModelMessage], every: int) -> None:
        if self._snapshot_at and self.turn == self._snapshot_at:  # it goes on from here
            self._stored = len(messages)
        if not is_due(self.turn, self._snapshot_at, messages, every):
            return
        state = {
            "spent": self.meter.spent.to_json(),
            "bounds": self.meter.bounds.to_json(),
            **self._exposure.to_json(),
            "heard": self._heard,
            "used": self._window.used,
            "cuts": self._cuts,
        }
        await take_snapshot(self.execution, self.turn, self._snapshot_before, messages[self._stored :], state)
        self._snapshot_at = self._snapshot_before = self.turn
        self._stored = len(messages)
        self._calls.clear()

    async def _resume(self) -> list[ModelMessage] | None:
        """The conversation as the last snapshot has it; None to begin with the first turn."""
        skips = self.terms.snapshots is not None and self.execution.skips_to_snapshots
        snapshot = await last_snapshot(self.execution) if skips else None
        if snapshot is None:
            return None
        self.meter.spent = Spent.from_json(snapshot.state["spent"])
        self.meter.bounds = Bounds.from_json(snapshot.state["bounds"])
        self._exposure.restore(snapshot.state)
        self._heard = list(snapshot.state["heard"])
        self._window = replace(self._window, used=snapshot.state["used"])
        self._cuts = snapshot.state["cuts"]
        self._snapshot_at = self._snapshot_before = snapshot.turn
        return snapshot.messages

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


def _text(result: Any) -> str:
    return result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)


def _for_the_model(error: StepError, told: str) -> Exception:
    """A tool's failure as something the model can react to; a defect of the tool itself fails the run."""
    if error.error_type == "NotSerializable":
        return error
    return ModelRetry(told) if error.error_type == ASKED_TO_RETRY else ToolFailed(told)
