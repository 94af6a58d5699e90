"""The built-in function `flowforge.agent_trigger`: an event or a time that fires triggers of agents becomes their cards and runs.

One run for each event: it reads which triggers of its tenant the event fires, and makes for each of them a card or a run whose id
follows from the two, so that a repeat after a crash makes nothing twice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.agents.errand import BARE_RUN, Errand
from flowforge.agents.framing import RULE, framed
from flowforge.agents.trigger import TRIGGER_RUN, TriggerDefinition, filled, trigger_of
from flowforge.agents.work import code_version
from flowforge.board.assignee import AssigneeName
from flowforge.board.creation import NewTask, create_task
from flowforge.board.text import TITLE_CHARACTERS_MAX, mended
from flowforge.db.queries import load_queries
from flowforge.errors import Conflict, ExpressionFailed, NonRetryable, NotFound, StepError
from flowforge.orchestrator.codec import to_json
from flowforge.orchestrator.current_execution import current_execution
from flowforge.orchestrator.function import Function
from flowforge.orchestrator.run import start_run
from flowforge.orchestrator.trigger import CRON_EVENT, read_triggers

if TYPE_CHECKING:
    from flowforge.orchestrator.context import Context
    from flowforge.orchestrator.execution import Execution
    from flowforge.orchestrator.registry import Registry

NOTHING_SAID = "(no title)"

sql = load_queries("flowforge.agents")


def register_trigger_run(registry: Registry) -> None:
    """Let workers of `registry` fire the triggers of agents. Twice is once."""

    async def fire(ctx: Context[Any]) -> list[dict[str, Any]]:
        return await fire_triggers(current_execution())

    if TRIGGER_RUN not in registry:
        triggers = read_triggers(CRON_EVENT + TRIGGER_RUN)
        registry.add(Function(TRIGGER_RUN, fire, triggers, version=code_version(), builtin=True))


async def fire_triggers(execution: Execution) -> list[dict[str, Any]]:
    """What each of the fired triggers has made: `{"agent", "task"}` or `{"agent", "run"}`, or why it made nothing."""
    fired: list[dict[str, Any]] = await execution.durable("agent", "match", lambda: _fired(execution), announce=True)
    made = []
    for one in fired:
        try:
            made.append(await execution.durable("agent", "make", partial(_make, execution, one), input=one, identity=one["trigger"]))
        except StepError as error:  # the others have their turn all the same
            made.append({"agent": one["agent"], "error": error.reason})
    return made


async def _fired(execution: Execution) -> list[dict[str, Any]]:
    """The triggers that the event fires, each with what it makes. A filter that has no value over the event does not match."""
    event = execution.event.facts()
    times = event["name"] == CRON_EVENT + TRIGGER_RUN
    found = []
    for row in await sql.triggers_of_tenant.fetch(execution.host.database.pool, tenant_id=execution.tenant_id):
        trigger = trigger_of(row)
        if row["archived_at"] is not None:
            continue
        try:
            if not trigger.definition.matches(event, times):
                continue
        except ExpressionFailed:
            continue
        about = {"trigger": trigger.id, "agent": row["agent"], "agent_id": row["agent_id"].hex}
        found.append(about | _asked(execution, trigger.definition, event))
    return found


def _asked(execution: Execution, definition: TriggerDefinition, event: Mapping[str, Any]) -> dict[str, Any]:
    """What the card or the run says: the templates filled, and what came, marked as what comes from outside. A time brings nothing."""
    came = framed(event["name"], json.dumps(event["data"], ensure_ascii=False, indent=1), execution.run_id.hex)
    tainted = [] if event["name"] == CRON_EVENT + TRIGGER_RUN else [f"event {event['name']}"]
    if definition.makes == "run":
        return {"prompt": f"{filled(definition.prompt or '', event)}\n\n{came}\n\n{RULE}", "tainted": tainted}
    title = " ".join(mended(filled(definition.title or "", event)).split())[:TITLE_CHARACTERS_MAX] or NOTHING_SAID
    said = filled(definition.description, event) if definition.description is not None else ""
    return {"title": title, "description": mended(f"{said}\n\n{came}".strip()), "tainted": tainted}


async def _make(execution: Execution, one: dict[str, Any]) -> dict[str, Any]:
    host = execution.host
    made_id = ids.derived_id(execution.run_id, one["trigger"])
    if "prompt" in one:
        text = to_json(Errand(one["agent_id"], one["agent"], one["prompt"], tainted=one["tainted"]).to_json())
        run_id = await start_run(
            host.database,
            execution.tenant_id,
            BARE_RUN,
            text,
            run_id=made_id,
            agent_id=UUID(one["agent_id"]),
            test=execution.test,
            bell=host.bell,
        )
        return {"agent": one["agent"], "run": ids.show("run", run_id)}
    by = Principal(execution.tenant_id, "system", f"a trigger of {one['agent']}"[:100])
    new = NewTask(one["title"], one["description"], assignee=AssigneeName("agent", one["agent"]), tainted=one["tainted"])
    try:
        task = await create_task(host.database, by, new, task_id=made_id, bell=host.bell)
    except (Conflict, NotFound) as error:  # the agent is archived, or was renamed just now
        raise NonRetryable(str(error), hint=error.hint) from None
    return {"agent": one["agent"], "task": task.key}
