"""Where a person decides about a tool call: before a gated one, and after one of which nobody knows whether it happened."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flowforge.board.approval import Decision
from flowforge.board.approve_step import ask_approval
from flowforge.orchestrator.waits import Settled, TryAgain, UncertainStep
from flowforge.skills.tool import Tool, ToolRegistry

if TYPE_CHECKING:
    from flowforge.orchestrator.execution import Execution

SAID_CHARACTERS_MAX = 2_000


async def ask_before(
    execution: Execution, tool: Tool, arguments: dict[str, Any], reason: str, said: str, *, parent: str, call_id: str
) -> Decision:
    """Ask a person about this call, which has not run; the run holds nothing while it waits."""
    return await ask_approval(
        execution,
        f"approve {tool.name}",
        tool=tool.name,
        arguments=arguments,
        schema=tool.schema,
        effect=tool.effect,
        reversible=tool.reversible,
        reason=_why(tool, reason, said),
        parent=parent,
        identity=call_id,
    )


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


def _why(tool: Tool, reason: str, said: str) -> str:
    why = f"{tool.name} waits for a person: {tool.consequence or reason}."
    if not said:
        return why
    shown = said if len(said) <= SAID_CHARACTERS_MAX else said[: SAID_CHARACTERS_MAX - 1] + "…"
    return f"{why} The agent's own words: “{shown}”"


def _arguments(step: UncertainStep) -> dict[str, Any]:
    value = json.loads(step.input or "{}")
    return value if isinstance(value, dict) else {"input": value}
