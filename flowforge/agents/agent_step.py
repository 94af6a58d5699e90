"""`step.agent`: an agent works in a run of its own, and its answer is the step's.

    ask                 agent  running ──► completed
    ├ ask/find:agent    agent  which agent, by which revision
    └ ask/run:agent     agent  waits for the child run, which holds the agent's conversation

Cancelling the run cancels the child; so does the end of `timeout`. What the agent costs is the child run's, and the agent's.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar, overload
from uuid import UUID

from flowforge import ids
from flowforge.agents.agent import resolve_agent
from flowforge.agents.errand import BARE_RUN, Errand, amount_of
from flowforge.agents.prompt import opening
from flowforge.db.queries import load_queries
from flowforge.durations import Duration, seconds
from flowforge.errors import InvalidInput, NonRetryable, NotFound, StepMisuse, StepTimeout, TooManyChildren
from flowforge.orchestrator.change import Child
from flowforge.orchestrator.codec import PLAIN_CODEC, Codec, to_json, well_formed
from flowforge.orchestrator.current_execution import current_execution
from flowforge.orchestrator.models.ai import OutputCodec
from flowforge.orchestrator.models.output import Output
from flowforge.orchestrator.run import cancel_run
from flowforge.orchestrator.steps.engine import MAX_CHILDREN, MAX_DEPTH
from flowforge.orchestrator.steps.looks import look_for_children
from flowforge.orchestrator.waits import register_wait_kind

if TYPE_CHECKING:
    from asyncio import Future

    from flowforge.orchestrator.execution import Execution

T = TypeVar("T")
KIND = "agent"

_NAMED = re.compile(r"(?P<name>[^@\s]{1,100})(?:@(?P<revision>[1-9][0-9]{0,8}))?")

sql = load_queries("flowforge.agents")


@overload
def agent(
    name: str, *, agent: str, task: str | None = ..., prompt: str | None = ..., output: None = ..., timeout: Duration | None = ...,
    budget: str | Decimal | None = ...,
) -> Future[str]: ...  # fmt: skip
@overload
def agent(
    name: str, *, agent: str, task: str | None = ..., prompt: str | None = ..., output: type[T], timeout: Duration | None = ...,
    budget: str | Decimal | None = ...,
) -> Future[T]: ...  # fmt: skip
@overload
def agent(
    name: str, *, agent: str, task: str | None = ..., prompt: str | None = ..., output: Any, timeout: Duration | None = ...,
    budget: str | Decimal | None = ...,
) -> Future[Any]: ...  # fmt: skip
def agent(
    name: str,
    *,
    agent: str,
    task: str | None = None,
    prompt: str | None = None,
    output: Any = None,
    timeout: Duration | None = None,
    budget: str | Decimal | None = None,
) -> Future[Any]:
    """Let an agent work, durably, in a child run without a card; the result is its answer, or a value of `output` (a type or a schema).

    `agent`: its name, perhaps with a revision (`atlas@3`); without one, the revision that is current when the step begins. It is told
    its `task` in words, or a whole `prompt`. `timeout`: when it has not answered by then it is cancelled. `budget`: US dollars that its
    model calls may cost. Without `output` an agent whose definition has an output answers with that.
    Raises StepError when there is no such agent or its run fails or is cancelled, StepTimeout, and InvalidInput for what cannot be asked.

        verdict = await step.agent("judge", agent="atlas", task=f"Is {order} a fraud?", output=Verdict, timeout="1h", budget="0.50")
    """
    execution = current_execution()
    wanted = _NAMED.fullmatch(str(agent))
    if wanted is None:
        raise InvalidInput(f'agent must be a name, as in "atlas" or "atlas@3", not {agent!r}'[:300], pointer="/agent")
    if (task is None) == (prompt is None):
        raise InvalidInput(f'step "{name}" needs a task or a prompt, and not both', pointer="/task")
    if execution.depth >= MAX_DEPTH:
        raise StepMisuse(f'step "{name}" would start a run {MAX_DEPTH + 1} levels deep', hint="agents that ask each other need an end")
    said = opening(str(task), "") if prompt is None else str(prompt)
    answer, allowed = Output(output), amount_of(budget)
    limit = None if timeout is None else seconds(timeout)
    revision = None if wanted["revision"] is None else int(wanted["revision"])
    schema = None if answer.plain else answer.schema
    text = well_formed(said)
    asked = {"agent": agent, "prompt": text, "output": schema, "budget": allowed, "timeout": limit}

    async def lead(key: str) -> Any:
        found = await execution.durable(KIND, "find", lambda: _find(execution, wanted["name"], revision), parent=key, identity="agent")
        errand = Errand(found["agent_id"], found["agent"], text, found["revision"], schema, allowed)
        child_id = UUID(found["run_id"])
        try:
            result = await _wait(execution, key, child_id, errand, limit)
        except StepTimeout:
            await execution.durable(KIND, "stop", lambda: _stop(execution, child_id), parent=key, identity="agent")
            raise
        return result if answer.plain else answer.read(json.dumps(result))

    codec: Codec = OutputCodec(answer) if answer.typed_by_pydantic else PLAIN_CODEC
    return execution.compound(KIND, name, lead, input={key: value for key, value in asked.items() if value is not None}, codec=codec)


def _wait(execution: Execution, key: str, child_id: UUID, errand: Errand, limit: float | None) -> Any:
    if execution.children >= MAX_CHILDREN:
        raise TooManyChildren(key, MAX_CHILDREN)
    execution.children += 1
    text = to_json(errand.to_json())
    execution.keep_secrets_out(text, f"what step {key!r} gives to agent {errand.agent}")
    return execution.wait(
        KIND,
        "run",
        input={"agent": errand.agent, "revision": errand.revision},
        ref=child_id,
        timeout=limit,
        parent=key,
        identity="agent",
        child=lambda own: Child(
            child_id,
            BARE_RUN,
            own,
            text,
            execution.depth + 1,
            agent_id=UUID(errand.agent_id),
            vt=execution.host.share.next(execution.tenant_id, execution.weight),
        ),
    )


async def _find(execution: Execution, name: str, revision: int | None) -> dict[str, Any]:
    pool, tenant_id = execution.host.database.pool, execution.tenant_id
    try:
        agent_id = await resolve_agent(pool, tenant_id, name)
    except (NotFound, InvalidInput) as error:
        raise NonRetryable(str(error), hint=error.hint) from None
    row = await sql.load_revision.fetchrow(pool, tenant_id=tenant_id, agent_id=agent_id, revision=revision)
    if row is None:
        raise NonRetryable(f"agent {name!r} has no revision {revision}")
    if row["archived_at"] is not None:
        raise NonRetryable(f"agent {name!r} is archived and takes no work", hint="unarchive it, or name another agent")
    return {"agent_id": agent_id.hex, "agent": row["name"], "revision": row["revision"], "run_id": ids.new_id().hex}


async def _stop(execution: Execution, child_id: UUID) -> bool:
    return await cancel_run(
        execution.host.database, execution.tenant_id, child_id, by=f"{execution.shown_id}, which waited no longer", bell=execution.host.bell
    )


register_wait_kind(KIND, look_for_children)
