"""Budgets as records: what a tenant lets its model calls spend. How they are held is `spending.py`'s."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Literal, get_args
from uuid import UUID

from flowforge import ids
from flowforge.audit.log import append
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.orchestrator.models.spending import Unit

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database

Scope = Literal["tenant", "agent", "function", "task", "run"]
Period = Literal["day", "month", "total"]
Over = Literal["fail", "ask"]

NAME_MAX = 100
ENDING_MIN = 4
LARGEST = Decimal(10) ** 12
SUBJECTS_SHOWN = 200

sql = load_queries("flowforge.orchestrator")


@dataclass(frozen=True)
class Terms:
    """What a budget says: `amount` of `unit` for each `period` in UTC, a warning at `warn_at` of it, and what follows beyond it:
    the call fails, or waits until a person raises the budget."""

    amount: Decimal
    warn_at: Decimal = Decimal("0.8")
    over: Over = "fail"

    def __post_init__(self) -> None:
        if not 0 < self.amount <= LARGEST:
            raise InvalidInput(
                f"a budget's amount must lie above 0 and be at most {LARGEST:f}, not {self.amount:f}",
                pointer="/amount",
                hint="to stop all calls, pause the function, the agent or the tenant",
            )
        if not 0 < self.warn_at <= 1:
            raise InvalidInput(f"warn_at is a share of the budget, above 0 and at most 1, not {self.warn_at:f}", pointer="/warn_at")
        if self.over not in get_args(Over):
            raise InvalidInput(f"over is one of {', '.join(get_args(Over))}, not {self.over!r}", pointer="/over")


@dataclass(frozen=True)
class Measure:
    """What a budget counts, and of whom. Without a `subject`, each agent, function, task or run has the amount for itself."""

    scope: Scope
    unit: Unit
    period: Period
    subject: str | None = None
    subject_name: str | None = None

    def __post_init__(self) -> None:
        if self.scope == "tenant" and self.subject is not None:
            raise InvalidInput("a tenant's budget has no subject: it is the tenant's", pointer="/subject")
        if self.scope == "run" and self.period != "total":
            raise InvalidInput("a run's budget is for the whole of it", pointer="/period", hint='give the period "total"')


@dataclass(frozen=True)
class Budget:
    """A budget and what is used of it now: `used` is settled, `reserved` held by calls in flight, `raised` what people have added.

    With several subjects these are their sums; `fullest` is the share that the fullest of them has used.
    """

    budget_id: UUID
    name: str
    measure: Measure
    terms: Terms
    window_start: datetime
    used: Decimal
    reserved: Decimal
    raised: Decimal
    unknown: int
    subjects: int
    fullest: Decimal
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class SubjectSpending:
    """What one subject of a budget has used in the window that is now."""

    subject: str
    used: Decimal
    reserved: Decimal
    raised: Decimal
    unknown: int


async def create_budget(
    database: Database, principal: Principal, name: str, measure: Measure, terms: Terms, *, budget_id: UUID | None = None
) -> Budget:
    """Make a budget; it holds for every call from now on. Raises Conflict when its name is taken."""
    _check_name(name)
    budget_id = budget_id or ids.new_id()
    async with database.pool.acquire() as connection, connection.transaction():
        columns = {**vars(measure), **vars(terms)}
        made = await sql.insert_budget.fetchval(connection, tenant_id=principal.tenant_id, budget_id=budget_id, name=name, **columns)
        if made is None:
            raise Conflict(f"there is a budget named {name!r} already", hint="choose another name, or PATCH that one")
        await _enter(connection, principal, "budget.create", budget_id, name, measure, terms)
    return await load_budget(database.pool, principal.tenant_id, budget_id)


async def change_budget(database: Database, principal: Principal, budget_id: UUID, changes: dict[str, Any]) -> Budget:
    """Change amount, threshold or what follows; what is used stays used. Raises NotFound and InvalidInput."""
    async with database.pool.acquire() as connection, connection.transaction():
        row = await sql.lock_budget.fetchrow(connection, tenant_id=principal.tenant_id, budget_id=budget_id)
        if row is None:
            raise NotFound("budget", ids.show("bud", budget_id))
        before = Terms(row["amount"], row["warn_at"], row["over"])
        after = Terms(**{**vars(before), **changes})
        if after != before:
            await sql.update_budget.execute(connection, tenant_id=principal.tenant_id, budget_id=budget_id, **vars(after))
            await _enter(connection, principal, "budget.update", budget_id, row["name"], _measure(row), after)
    return await load_budget(database.pool, principal.tenant_id, budget_id)


async def delete_budget(database: Database, principal: Principal, budget_id: UUID) -> None:
    """Take a budget away; calls in flight go on. Raises NotFound."""
    async with database.pool.acquire() as connection, connection.transaction():
        name = await sql.delete_budget.fetchval(connection, tenant_id=principal.tenant_id, budget_id=budget_id)
        if name is None:
            raise NotFound("budget", ids.show("bud", budget_id))
        await append(connection, principal, "budget.delete", "budget", ids.show("bud", budget_id), {"name": name})


async def raise_budget(
    database: Database,
    principal: Principal,
    budget_id: UUID,
    amount: Decimal,
    *,
    subject: str = "",
    window: datetime | None = None,
    raise_id: UUID | None = None,
) -> bool:
    """Let one subject spend more in one window (None: that which is now). The same `raise_id` counts once; False: it had counted.

    Raises NotFound, and InvalidInput for an amount that is not above 0.
    """
    if not 0 < amount <= LARGEST:
        raise InvalidInput(f"a raise must lie above 0, {amount:f} does not", pointer="/amount")
    async with database.pool.acquire() as connection, connection.transaction():
        row = await sql.lock_budget.fetchrow(connection, tenant_id=principal.tenant_id, budget_id=budget_id)
        if row is None:
            raise NotFound("budget", ids.show("bud", budget_id))
        window = window or await sql.window_of.fetchval(connection, tenant_id=principal.tenant_id, budget_id=budget_id)
        place = {"tenant_id": principal.tenant_id, "budget_id": budget_id, "subject": subject, "window_start": window, "amount": amount}
        made = await sql.note_raise.fetchval(connection, **place, raise_id=raise_id or ids.new_id(), raised_by=principal.name)
        if made is not None:
            await sql.raise_spend.execute(connection, **place)
            detail = {"name": row["name"], "amount": format(amount, "f"), "unit": row["unit"], "subject": subject}
            await append(connection, principal, "budget.raise", "budget", ids.show("bud", budget_id), detail)
    return made is not None


async def load_budget(connection: Connection, tenant_id: UUID, budget_id: UUID) -> Budget:
    """Raises NotFound."""
    row = await sql.list_budgets.fetchrow(connection, tenant_id=tenant_id, budget_id=budget_id, after="", limit=1)
    if row is None:
        raise NotFound("budget", ids.show("bud", budget_id))
    return _budget(row)


async def list_budgets(
    connection: Connection, tenant_id: UUID, limit: int = 50, cursor: str | None = None
) -> tuple[list[Budget], str | None]:
    """Budgets by name from behind `cursor`, and the cursor of the next page."""
    rows = await sql.list_budgets.fetch(connection, tenant_id=tenant_id, budget_id=None, after=cursor or "", limit=limit + 1)
    found = [_budget(row) for row in rows[:limit]]
    return found, found[-1].name if len(rows) > limit else None


async def list_spending(connection: Connection, tenant_id: UUID, budget: Budget) -> Sequence[SubjectSpending]:
    """Its subjects in the window that is now, the fullest first, 200 at most."""
    rows = await sql.list_spending.fetch(
        connection, tenant_id=tenant_id, budget_id=budget.budget_id, window_start=budget.window_start, limit=SUBJECTS_SHOWN
    )
    return [SubjectSpending(**row) for row in rows]


async def resolve_budget(connection: Connection, tenant_id: UUID, text: str) -> UUID:
    """The budget of that name, or whose id ends so. Raises NotFound with the nearest names, InvalidInput when several fit."""
    ending = text.removeprefix("bud_").lower()
    ending = ending if len(ending) >= ENDING_MIN and ending.isalnum() else ""
    rows = await sql.find_budget.fetch(connection, tenant_id=tenant_id, text=text, ending=ending)
    named = [row["budget_id"] for row in rows if row["name"] == text]
    if named or len(rows) == 1:
        found: UUID = named[0] if named else rows[0]["budget_id"]
        return found
    if rows:
        raise InvalidInput(f"{text!r} could be {' or '.join(row['name'] for row in rows)}", hint="give more of the id, or the name")
    raise NotFound("budget", text, [row["name"] for row in await sql.budget_names.fetch(connection, tenant_id=tenant_id)])


def read_amount(text: object, pointer: str = "/amount") -> Decimal:
    """A decimal string, exactly. Raises InvalidInput.

    >>> read_amount("12.50")
    Decimal('12.50')
    """
    try:
        amount = Decimal(text) if isinstance(text, str) else None
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite():
        raise InvalidInput(f"an amount is a decimal string, not {text!r}"[:200], pointer=pointer, hint='as in "12.50"')
    return amount


def _check_name(name: str) -> None:
    if not 0 < len(name) <= NAME_MAX or not name.isprintable() or name != name.strip():
        raise InvalidInput(f"a budget's name is a text of 1 to {NAME_MAX} printable characters, not {name[:NAME_MAX]!r}", pointer="/name")


async def _enter(
    connection: Connection, principal: Principal, action: str, budget_id: UUID, name: str, measure: Measure, terms: Terms
) -> None:
    detail = {
        "name": name,
        "scope": measure.scope,
        "subject": measure.subject_name or measure.subject,
        "unit": measure.unit,
        "period": measure.period,
        "amount": format(terms.amount, "f"),
        "warn_at": format(terms.warn_at, "f"),
        "over": terms.over,
    }
    await append(connection, principal, action, "budget", ids.show("bud", budget_id), detail)


def _measure(row: Any) -> Measure:
    return Measure(row["scope"], row["unit"], row["period"], row["subject"], row["subject_name"])


def _budget(row: Any) -> Budget:
    return Budget(
        row["budget_id"],
        row["name"],
        _measure(row),
        Terms(row["amount"], row["warn_at"], row["over"]),
        row["window_start"],
        row["used"],
        row["reserved"],
        row["raised"],
        row["unknown"],
        row["subjects"],
        row["fullest"],
        row["created_at"],
        row["updated_at"],
    )
