"""What a model call may spend: budgets and limits of providers, asked before each request and settled after it.

    allowance ─► reserve ─► the call ─► settled with the step's checkpoint (flush.sql), or apart when the run is lost

A reservation is a row. Whoever dies with one in flight leaves it to the sweepers, which give back what it held and note a call of
which nobody knows whether it was answered. An outage of the database is waited out: it is no failure of the step.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID
from weakref import WeakValueDictionary

from flowforge.db.queries import load_queries
from flowforge.orchestrator.models.price_book import load_overrides
from flowforge.orchestrator.models.price_override import PriceOverride
from flowforge.orchestrator.outage import insist

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.orchestrator.change import Lease, Settlement, UsageRow

BURST_SECONDS = 10.0  # of a model's limit, that may be used at once
_PER_MINUTE = 60.0 + BURST_SECONDS  # so that no minute sees more than the limit
RESERVING = 4  # transactions at once
ORPHANS = 500  # calls of dead workers that one look settles

Unit = Literal["usd", "tokens", "calls"]

sql = load_queries("flowforge.orchestrator")


@dataclass(frozen=True)
class Caller:
    """Who calls: what budgets go by."""

    tenant_id: UUID
    run_id: UUID
    function_id: str
    agent_id: UUID | None
    task_id: UUID | None
    worker_id: UUID
    step_key: str
    attempt: int


@dataclass(frozen=True)
class Line:
    """A budget that applies to a call, and the row of its spending: one subject in one window."""

    budget_id: UUID
    name: str
    unit: Unit
    over: Literal["fail", "ask"]
    subject: str
    window: datetime


@dataclass(frozen=True)
class Standing:
    """How a line stands. `limit` includes what people have added."""

    line: Line
    limit: Decimal
    used: Decimal
    reserved: Decimal
    raises: int

    def has_room_for(self, amount: Decimal) -> bool:
        """Also when everything in flight costs nothing?"""
        return self.used + amount <= self.limit


@dataclass(frozen=True)
class Allowance:
    """What stands in the way of a call: nothing, in most installations."""

    lines: tuple[Line, ...] = ()
    tokens_per_minute: int | None = None
    requests_per_minute: int | None = None
    blocked_seconds: float = 0.0

    @property
    def is_paced(self) -> bool:
        return self.tokens_per_minute is not None or self.requests_per_minute is not None


@dataclass(frozen=True)
class Warned:
    """A call has come to the threshold of a budget, as the first one."""

    line: Line
    used: Decimal
    limit: Decimal


class Spending:
    """A worker's door to budgets, limits and kept answers."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turns: WeakValueDictionary[tuple[UUID, str, datetime], asyncio.Lock] = WeakValueDictionary()
        self._reserving = asyncio.Semaphore(RESERVING)  # more would only wait for each other, on connections that others need

    async def allowance(self, caller: Caller, key: str, model: str) -> Allowance:
        """What applies to a call of `model` with the provider's key of this fingerprint."""
        found: Any = await insist(
            lambda: sql.allowance.fetchrow(
                self._database.engine,
                tenant_id=caller.tenant_id,
                run_id=caller.run_id,
                function_id=caller.function_id,
                agent_id=caller.agent_id,
                task_id=caller.task_id,
                key=key,
                model=model,
            )
        )
        return Allowance(
            tuple(_line(one) for one in json.loads(found["budgets"] or "[]")),
            found["tokens_per_minute"],
            found["requests_per_minute"],
            (found["free_at"] - found["now"]).total_seconds() if found["free_at"] is not None else 0.0,
        )

    async def overrides(self, tenant_id: UUID) -> Mapping[str, PriceOverride]:
        """The prices of the tenant's own."""
        return await insist(lambda: load_overrides(self._database.engine, tenant_id))

    async def reserve(
        self, caller: Caller, call_id: UUID, model: str, provider: str, wanted: Sequence[tuple[Line, Decimal]]
    ) -> tuple[Warned, ...] | None:
        """Take from all of the budgets, or (None) from none of them. Returns the thresholds that this call comes to.

        Not to be repeated under the same id: where the answer is lost, the call may hold its reservation.
        """
        values = {
            "tenant_id": caller.tenant_id,
            "call_id": call_id,
            "worker_id": caller.worker_id,
            "run_id": caller.run_id,
            "step_key": caller.step_key,
            "attempt": caller.attempt,
            "function_id": caller.function_id,
            "agent_id": caller.agent_id,
            "task_id": caller.task_id,
            "model": model,
            "provider": provider,
            "budget_ids": [line.budget_id for line, _ in wanted],
            "subjects": [line.subject for line, _ in wanted],
            "windows": [line.window for line, _ in wanted],
            "units": [line.unit for line, _ in wanted],
            "amounts": [amount for _, amount in wanted],
        }
        try:
            async with self._reserving, self._database.engine.acquire() as connection, connection.transaction():
                rows = await sql.reserve.fetch(connection, **values)
                if len(rows) < len(wanted):
                    raise _NoRoom
        except _NoRoom:
            return None
        of = {line.budget_id: line for line, _ in wanted}
        return tuple(Warned(of[row["budget_id"]], row["used"] + row["reserved"], row["limit"]) for row in rows if row["warned"])

    async def standing(self, caller: Caller, lines: Sequence[Line]) -> list[Standing]:
        """How these lines stand now; one whose budget was taken away is missing."""
        rows = await insist(
            lambda: sql.standing.fetch(
                self._database.engine,
                tenant_id=caller.tenant_id,
                budget_ids=[line.budget_id for line in lines],
                subjects=[line.subject for line in lines],
                windows=[line.window for line in lines],
            )
        )
        return [Standing(lines[row["place"]], row["limit"], row["used"], row["reserved"], row["raises"]) for row in rows]

    def turn(self, line: Line) -> asyncio.Lock:
        """Those who wait here for calls in flight to be settled stand in one line, as long as somebody does."""
        return self._turns.setdefault(_place(line), asyncio.Lock())

    def queue(self, lines: Sequence[Line]) -> asyncio.Lock | None:
        """The turn of the first of these lines in which somebody waits already."""
        return next((turn for line in lines if (turn := self._turns.get(_place(line))) is not None and turn.locked()), None)

    async def settle_apart(self, lease: Lease, usage: Sequence[UsageRow], settlements: Sequence[Settlement]) -> None:
        """Settle calls of a run that another worker holds now, or that is no more: the money is spent all the same."""
        for row in usage:
            used = row.usage
            await sql.keep_apart.execute(
                self._database.pool,
                tenant_id=lease.tenant_id,
                usage_id=row.usage_id,
                run_id=lease.run_id,
                step_key=row.key,
                function_id=lease.function_id,
                agent_id=lease.agent_id,
                task_id=lease.task_id,
                attempt=row.attempt,
                **{name: getattr(used, name) for name in _USAGE},
            )
        if settlements:
            await sql.settle_apart.execute(
                self._database.pool,
                tenant_id=lease.tenant_id,
                call_ids=[one.call_id for one in settlements],
                costs=[one.cost for one in settlements],
                tokens=[one.tokens for one in settlements],
                counts=[one.calls for one in settlements],
                unknown=[one.unknown for one in settlements],
            )

    async def block(self, key: str, model: str, seconds: float) -> None:
        """The provider wants to be left alone for so long; all workers heed it."""
        await insist(lambda: sql.block_model.execute(self._database.engine, key=key, model=model, seconds=seconds))

    async def take_turn(self, key: str, model: str, allowance: Allowance, tokens: int) -> float:
        """Take a turn at a model with a limit; the seconds to wait before asking again, 0 when it is taken."""
        place = {"key": key, "model": model, "burst": BURST_SECONDS}
        taken = await insist(
            lambda: sql.take_turn.fetchval(
                self._database.engine,
                **place,
                tokens_seconds=_seconds(tokens, allowance.tokens_per_minute),
                request_seconds=_seconds(1, allowance.requests_per_minute),
            )
        )
        if taken:
            return 0.0
        return max(0.05, await insist(lambda: sql.turn_in.fetchval(self._database.engine, **place)) or 0.0)

    async def correct_turn(self, key: str, model: str, allowance: Allowance, tokens: int) -> None:
        """The call used so many tokens more (or, below 0, fewer) than its turn had paid for."""
        if allowance.tokens_per_minute is not None and tokens:
            seconds = _seconds(tokens, allowance.tokens_per_minute)
            await sql.correct_turn.execute(self._database.engine, key=key, model=model, tokens_seconds=seconds)

    async def find_answer(self, tenant_id: UUID, digest: bytes, age_seconds: float) -> str | None:
        """A kept answer to exactly this request, at most so old."""
        place = {"tenant_id": tenant_id, "digest": digest, "age_seconds": age_seconds}
        found: str | None = await insist(lambda: sql.find_answer.fetchval(self._database.engine, **place))
        return found

    async def keep_answer(self, tenant_id: UUID, digest: bytes, reply: str, age_seconds: float) -> None:
        """Once more is no harm: the newest stands."""
        place = {"tenant_id": tenant_id, "digest": digest, "age_seconds": age_seconds}
        await insist(lambda: sql.keep_answer.execute(self._database.engine, **place, reply=reply))


class _NoRoom(Exception):
    """Rolls a reservation back."""


class Unlimited(Spending):
    """In place of `Spending` where there is no database, as in a replay: no budget applies, nothing is kept."""

    def __init__(self) -> None:
        """Nothing is needed for it."""

    async def allowance(self, caller: Caller, key: str, model: str) -> Allowance:
        return Allowance()

    async def overrides(self, tenant_id: UUID) -> Mapping[str, PriceOverride]:
        return {}

    async def find_answer(self, tenant_id: UUID, digest: bytes, age_seconds: float) -> str | None:
        return None

    async def keep_answer(self, tenant_id: UUID, digest: bytes, reply: str, age_seconds: float) -> None:
        return None

    async def block(self, key: str, model: str, seconds: float) -> None:
        return None

    async def settle_apart(self, lease: Lease, usage: Sequence[UsageRow], settlements: Sequence[Settlement]) -> None:
        return None


async def settle_of_the_dead(database: Database) -> int:
    """Give back what calls of dead workers hold, and note them as unknown. Returns how many there were."""
    return int(await sql.settle_of_the_dead.fetchval(database.pool, limit=ORPHANS))


_USAGE = (
    "model", "provider", "answered_by", "kind", "outcome", "input_tokens", "output_tokens", "cached_tokens", "cache_written_tokens",
    "reasoning_tokens", "tokens_estimated", "cost", "saved_cost", "price_source", "price_version", "latency_ms", "first_token_ms",
)  # fmt: skip


def _line(found: dict[str, Any]) -> Line:
    return Line(
        UUID(found["budget_id"]), found["name"], found["unit"], found["over"], found["subject"], datetime.fromisoformat(found["window"])
    )


def _place(line: Line) -> tuple[UUID, str, datetime]:
    return line.budget_id, line.subject, line.window


def _seconds(amount: int, per_minute: int | None) -> float:
    """The time that so much takes at that rate."""
    return 0.0 if per_minute is None else amount * _PER_MINUTE / per_minute
