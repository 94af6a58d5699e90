"""Where a person decides about a tool call: before a gated one, and after one of which nobody knows whether it happened."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flowforge.board.approval import Decision
from flowforge.board.approve_step import Question, ask_approval
from flowforge.orchestrator.waits import Settled, TryAgain, UncertainStep
from flowforge.skills.binding import call_hash
from flowforge.skills.policy import CallUnderReview, Verdict
from flowforge.skills.tool import Tool, ToolRegistry

if TYPE_CHECKING:
    from flowforge.orchestrator.execution import Execution

SAID_CHARACTERS_MAX = 2_000


async def ask_before(execution: Execution, call: CallUnderReview, verdict: Verdict, said: str, *, parent: str, call_id: str) -> Decision:
    """Ask people about this call, which has not run; the run holds nothing while it waits.

    An approval is of one call: tool, schema and arguments. Where the tool is another one by the time that the call is to run, the approval
    is stale, and people are asked again about what would run now.
    """
    decision, asked, stale = await _ask(execution, call, verdict, said, None, parent, call_id), 1, None
    while decision.approved and _is_stale(execution, call.tool, decision, call_id, asked):
        asked, stale = asked + 1, decision.approval
        decision = await _ask(execution, call, verdict, said, stale, parent, f"{call_id}~{asked}")
    return decision


async def _ask(
    execution: Execution, call: CallUnderReview, verdict: Verdict, said: str, stale: str | None, parent: str, identity: str
) -> Decision:
    tool = call.tool
    changed = "" if stale is None else f" The tool has changed since this call was approved as {stale}, so it is asked again."
    return await ask_approval(
        execution,
        f"approve {tool.name}",
        tool=tool.name,
        arguments=call.arguments,
        schema=tool.schema,
        effect=tool.effect,
        reversible=tool.reversible,
        reason=f"{tool.name} waits for a person: {verdict.reason}.{changed}",
        parent=parent,
        identity=identity,
        more=Question(
            requirement=verdict.requirement,
            rule=verdict.rule,
            grantable=verdict.grantable,
            taint=tuple(call.taint_sources) if call.tainted else None,
            said=_cut(said) or None,
            consequence=tool.consequence,
            supersedes=stale,
        ),
    )


def _is_stale(execution: Execution, tool: Tool, decision: Decision, call_id: str, asked: int) -> bool:
    """Whether what was approved is no longer what would run. A call that began under it is past that question, also in a replay."""
    if execution.is_recorded(f"approve {tool.name}", f"{call_id}~{asked + 1}"):
        return True
    if decision.hash is None or execution.is_recorded(tool.name, call_id):
        return False
    return decision.hash != call_hash(tool.name, tool.effect, tool.schema, decision.arguments)


def refusal(decision: Decision) -> str:
    """What the model reads in place of a result."""
    if decision.expired:
        return "This call needs a person's approval; nobody decided in time, so it did not run."
    denied = f"{decision.decided_by} denied this call, so it did not run."
    return f"{denied} Reason: {decision.reason}" if decision.reason else denied


async def settle_uncertain(execution: Execution, step: UncertainStep, tools: ToolRegistry) -> TryAgain | Settled:
    """Ask a person about a call whose worker died while it ran. Approving calls again; denying gives its result in words."""
    arguments = _arguments(step)
    tool = tools.find(step.name) if step.kind == "tool" and step.name in tools else None
    decision = await ask_approval(
        execution,
        f"settle {step.name}",
        tool=step.name,
        arguments=arguments,
        schema={"const": arguments},  # it is this call that is repeated, or none
        effect=tool.effect if tool else "outside",
        reversible=tool.reversible if tool else None,
        reason=f"{step.name} may have run: its worker died after it began and before its result was stored."
        " Find out. Approve to call it again; deny and give its result as the reason when it has happened.",
        parent=step.parent,
        identity=f"{step.key}:{step.attempt}",
    )
    if decision.approved:
        return TryAgain()
    told = f" A person settled it: {decision.reason}" if decision.reason else " A person decided not to repeat it."
    return Settled(f"It was not known whether this call had taken effect.{told}")


def _cut(said: str) -> str:
    return said if len(said) <= SAID_CHARACTERS_MAX else said[: SAID_CHARACTERS_MAX - 1] + "…"


def _arguments(step: UncertainStep) -> dict[str, Any]:
    value = json.loads(step.input or "{}")
    return value if isinstance(value, dict) else {"input": value}
