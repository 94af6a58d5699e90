"""An errand: what an agent is asked to do without a card, and how a person or a key asks it.

The run that does it is the built-in function `flowforge.agent_run` (bare_run.py); a server starts it and has none of what does the work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.agents.agent import resolve_agent
from flowforge.audit.log import append
from flowforge.board.text import written
from flowforge.db.queries import load_queries
from flowforge.errors import Conflict, InvalidInput, NonRetryable, NotAllowed, NotFound
from flowforge.orchestrator import hints
from flowforge.orchestrator.codec import to_json
from flowforge.orchestrator.dispatch import shape_new_runs
from flowforge.orchestrator.models.output import Output
from flowforge.orchestrator.run import RunView, find_run, start_in

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database
    from flowforge.db.queries import Connection
    from flowforge.orchestrator.hints import Bell

BARE_RUN = "flowforge.agent_run"

sql = load_queries("flowforge.agents")


@dataclass(frozen=True)
class Errand:
    """What an agent is asked to do. `revision` None: the one that is current when it begins; `output`: a JSON Schema, before the agent's
    own; `budget`: US dollars that its model calls may cost; `tainted`: by what the prompt comes from outside."""

    agent_id: str
    agent: str
    prompt: str
    revision: int | None = None
    output: dict[str, Any] | None = None
    budget: str | None = None
    tainted: list[str] | None = None

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Errand:
        try:
            errand = cls(**data)
            UUID(errand.agent_id)
        except (TypeError, ValueError, AttributeError):
            raise NonRetryable(
                f"{BARE_RUN} is started by step.agent and by an agent's triggers", hint='await step.agent("ask", agent="atlas", task="…")'
            ) from None
        return errand


async def run_agent(
    database: Database,
    principal: Principal,
    agent: str,
    prompt: str,
    *,
    output: dict[str, Any] | None = None,
    budget: str | Decimal | None = None,
    run_id: UUID | None = None,
    bell: Bell | None = None,
) -> RunView:
    """Let an agent work on what `prompt` says, without a card: the run, whose output is its answer. Repeating it with the same `run_id`
    makes no second run.

    Raises NotFound, InvalidInput that points at what cannot be asked, Conflict for an archived agent and where no worker has ever run
    agents, and NotAllowed for a test key: agents are not parted into test and live.
    """
    if principal.test:
        raise NotAllowed("a test key runs no agents: what they do is live")
    text, allowed = written(prompt, "/prompt"), amount_of(budget)
    if output is not None:
        Output(output)  # or it is said here what is wrong with the schema
    run_id = run_id or ids.new_id()
    async with database.pool.acquire() as connection, connection.transaction():
        agent_id = await resolve_agent(connection, principal.tenant_id, agent)
        row = await sql.load_revision.fetchrow(connection, tenant_id=principal.tenant_id, agent_id=agent_id, revision=None)
        if row is None:
            raise NotFound("agent", agent)
        if row["archived_at"] is not None:
            raise Conflict(f"agent {row['name']!r} is archived and takes no work", hint="unarchive it, or name another agent")
        errand = Errand(agent_id.hex, row["name"], text, output=output, budget=allowed, tainted=_tainted(principal))
        if await _start(connection, principal, errand, run_id):
            detail = {"function": BARE_RUN, "agent": row["name"]}
            await append(connection, principal, "run.start", "run", ids.show("run", run_id), detail)
    await shape_new_runs(database, [run_id])
    if bell is not None:
        bell.ring(hints.READY)
    return await find_run(database.pool, principal.tenant_id, run_id.hex)


def amount_of(budget: str | Decimal | None) -> str | None:
    """An amount of US dollars as an errand keeps it. Raises InvalidInput.

    >>> amount_of("0.50")
    '0.50'
    """
    if budget is None:
        return None
    try:
        amount = Decimal(str(budget))
    except InvalidOperation:
        amount = Decimal(0)
    if not amount.is_finite() or not 0 < amount < 10**9:
        raise InvalidInput(f'budget is an amount of US dollars above 0, as in "0.50", not {budget!r}'[:200], pointer="/budget")
    return format(amount, "f")


def _tainted(principal: Principal) -> list[str] | None:
    """Words of an agent may repeat what it has read somewhere."""
    return [f"prompt of agent {principal.name}"] if principal.kind == "agent" else None


async def _start(connection: Connection, principal: Principal, errand: Errand, run_id: UUID) -> bool:
    try:
        text = to_json(errand.to_json())
        return await start_in(connection, principal.tenant_id, BARE_RUN, text, run_id, agent_id=UUID(errand.agent_id))
    except NotFound as missing:
        if missing.what != "function":
            raise
        raise Conflict("no worker has run agents here yet", hint="start one: flowforge worker") from None
