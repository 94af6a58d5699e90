"""A tool call under review: what the policies in force say, judged once and recorded, so that a replay judges nothing anew.

Where no policy and no grant can speak, the verdict follows from the tool, the agent's own word and what it has read: nothing needs to be
recorded. A policy that comes to be later holds from the next call on; a call that was under way stays as it was judged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.board.grant import use_grant
from flowforge.db.queries import load_queries
from flowforge.orchestrator.step_scope import current_step
from flowforge.skills.policy import CallUnderReview, PolicySet, Verdict, as_json, from_json, judge, load_policies

if TYPE_CHECKING:
    from flowforge.orchestrator.execution import Execution

NO_RULES = PolicySet()

sql = load_queries("flowforge.agents")


@dataclass(frozen=True)
class Reviewed:
    """What was judged. With a `grant` a call that would have to be asked about runs at once."""

    verdict: Verdict
    grant: str | None = None

    @property
    def runs(self) -> bool:
        return self.verdict.action == "allow" or self.grant is not None

    @property
    def told(self) -> dict[str, Any]:
        """What the frames of the call say of it; nothing where no rule and no grant had a part in it."""
        facts = {"rule": self.verdict.rule, "grant": self.grant}
        return {name: value for name, value in facts.items() if value is not None}


async def review(execution: Execution, call: CallUnderReview, *, parent: str, call_id: str) -> Reviewed:
    """What becomes of a call that a model asked for in the step `parent`."""
    tool, name, identity = call.tool, f"review {call.tool.name}", f"{parent}/{call_id}"
    if not execution.is_recorded(name, identity):
        under_way = execution.is_recorded(tool.name, call_id) or execution.is_recorded(f"approve {tool.name}", call_id)
        if under_way or not execution.under_rules or not await _has_rules(execution, tool.name):
            return Reviewed(await judge(call, NO_RULES))

    async def decide() -> dict[str, Any]:
        reviewed = await _judge(execution, call, identity)
        if reviewed.verdict.action == "deny":
            error = {"type": "Denied", "message": refusal_of(reviewed.verdict)}
            about = {"tool_call_id": call_id, "tool": tool.name, "arguments": dict(call.arguments)}
            current_step().emit("tool_call.failed", {**about, "error": error, **reviewed.told})
        return {"verdict": as_json(reviewed.verdict), "grant": reviewed.grant}

    asked = {"tool": tool.name, "arguments": dict(call.arguments)}
    stored = await execution.durable("policy", name, decide, identity=identity, parent=parent, input=asked)
    return Reviewed(from_json(stored["verdict"]), stored["grant"])


def refusal_of(verdict: Verdict) -> str:
    """What the model reads in place of a result."""
    return f"A policy does not allow this call, so it did not run. Reason: {verdict.reason}"


async def _has_rules(execution: Execution, tool: str) -> bool:
    execution.busy += 1  # the run does not leave its worker meanwhile
    try:
        pool = execution.host.database.pool
        return bool(await sql.has_rules.fetchval(pool, tenant_id=execution.tenant_id, task_id=execution.task_id, tool=tool))
    finally:
        execution.busy -= 1
        execution.moved()


async def _judge(execution: Execution, call: CallUnderReview, call_key: str) -> Reviewed:
    database, tenant_id = execution.host.database, execution.tenant_id
    facts = await sql.facts_of_call.fetchrow(database.pool, tenant_id=tenant_id, run_id=execution.run_id)
    rules = await load_policies(database.pool, tenant_id)
    verdict = await judge(
        replace(call, task=facts["task"], labels=_labels(facts["labels"]), cost_so_far=facts["cost"], at=facts["now"]), rules
    )
    grant: UUID | None = None
    if verdict.action == "require" and execution.task_id is not None:
        grant = await use_grant(
            database,
            _asker(execution, call),
            run_id=execution.run_id,
            task_id=execution.task_id,
            call_key=call_key,
            tool=call.tool,
            arguments=call.arguments,
            verdict=verdict,
            tainted=call.tainted,
        )
    return Reviewed(verdict, None if grant is None else ids.show("grt", grant))


def _asker(execution: Execution, call: CallUnderReview) -> Principal:
    if call.agent is not None and execution.agent_id is not None:
        return Principal(execution.tenant_id, "agent", call.agent, execution.agent_id)
    return Principal(execution.tenant_id, "system", execution.function_id)


def _labels(stored: str | None) -> tuple[str, ...]:
    """A task's labels, as a list or as the JSON text of one."""
    found = None if stored is None else json.loads(stored)
    if isinstance(found, str):
        found = json.loads(found)
    return tuple(_name(label) for label in found or ())


def _name(label: Any) -> str:
    return str(label["name"]) if isinstance(label, Mapping) and "name" in label else str(label)
