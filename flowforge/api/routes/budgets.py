"""Budgets: what model calls may spend, by tenant, agent, function, task or run; and what is used of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge import ids
from flowforge.agents.agent import resolve_agent
from flowforge.api.caller import Caller, Db
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page
from flowforge.board.card import find_card
from flowforge.db.queries import Connection
from flowforge.errors import InvalidInput, NotFound
from flowforge.orchestrator.models import budget as budgets
from flowforge.orchestrator.models.budget import Budget, Measure, Over, Period, Scope, Terms, read_amount
from flowforge.orchestrator.models.spending import Unit
from flowforge.orchestrator.publish import list_functions
from flowforge.orchestrator.run import find_run_id

router = Resource(prefix="/v1/budgets", tags=["budgets"])

EXAMPLE: JsonDict = {
    "id": "bud_01968f3ac8b17c02a3f08241a2f70021",
    "name": "atlas-daily",
    "scope": "agent",
    "subject": "atlas",
    "unit": "usd",
    "period": "day",
    "amount": "25",
    "warn_at": "0.8",
    "over": "ask",
    "window_start": "2026-11-22T00:00:00.000000Z",
    "used": "18.4031",
    "reserved": "0.21",
    "raised": "0",
    "left": "6.3869",
    "unknown_calls": 0,
    "subjects": 1,
    "fullest": "0.7445",
    "state": "open",
    "created_at": "2026-11-20T09:00:00.000000Z",
    "updated_at": "2026-11-20T09:00:00.000000Z",
}
SPENDING: JsonDict = {"subject": "run_01968f3ac8b17c02a3f08241a2f70001", "used": "0.42", "reserved": "0", "raised": "0", "unknown_calls": 0}
Amount = Annotated[str, Field(max_length=40, description="A decimal string: US dollars, tokens or calls.", examples=["25.00"])]
Share = Annotated[str, Field(max_length=10, description="The share of it at which somebody is warned, above 0 and at most 1.")]
InPath = Annotated[str, Path(description="Its name, its id, or an ending of that.", examples=["atlas-daily"])]


class BudgetIn(Body):
    """A budget to make. Without a `subject`, each agent, function, task or run has the amount for itself."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "atlas-daily",
                    "scope": "agent",
                    "subject": "atlas",
                    "unit": "usd",
                    "period": "day",
                    "amount": "25",
                    "over": "ask",
                },
                {"name": "each-run", "scope": "run", "unit": "usd", "period": "total", "amount": "2.00"},
            ]
        },
    )

    name: Annotated[str, Field(min_length=1, max_length=budgets.NAME_MAX)]
    scope: Scope
    amount: Amount
    subject: Annotated[
        str | None,
        Field(max_length=300, description="An agent, a function, a task (`FF-12`) or a run; for runs also a function: each run of it."),
    ] = None
    unit: Unit = "usd"
    period: Annotated[Period, Field(description="Days and months are UTC's; `total` has no end.")] = "month"
    warn_at: Share = "0.8"
    over: Annotated[Over, Field(description="Beyond it a call fails, or waits until a person raises the budget.")] = "fail"


class BudgetPatch(Body):
    """What is left out stays as it is. What is used stays used."""

    model_config = ConfigDict(strict=True, extra="forbid", json_schema_extra={"examples": [{"amount": "40.00"}]})

    amount: Amount | None = None
    warn_at: Share | None = None
    over: Over | None = None


class RaiseIn(Body):
    """More for the day or month that is now. `subject` says whose, where the budget has several."""

    model_config = ConfigDict(strict=True, extra="forbid", json_schema_extra={"examples": [{"amount": "10.00"}]})

    amount: Amount
    subject: Annotated[str | None, Field(max_length=300)] = None


class BudgetOut(BaseModel):
    """A budget with what is used of it now. `reserved` is held by calls in flight, `raised` was added by people for this window.

    With several `subjects` these are sums, `fullest` is the share that the fullest of them has used, and `left` is null.
    `unknown_calls` were sent and never answered: what they cost is not in `used`.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str
    name: str
    scope: Scope
    subject: str | None
    unit: Unit
    period: Period
    amount: str
    warn_at: str
    over: Over
    window_start: datetime | None
    used: str
    reserved: str
    raised: str
    left: str | None
    unknown_calls: int
    subjects: int
    fullest: str
    state: Literal["open", "warning", "exceeded"]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, found: Budget) -> BudgetOut:
        terms, measure = found.terms, found.measure
        each = measure.subject is None and measure.scope != "tenant"
        left = terms.amount + found.raised - found.used
        return cls(
            id=ids.show("bud", found.budget_id),
            name=found.name,
            scope=measure.scope,
            subject=measure.subject_name or measure.subject,
            unit=measure.unit,
            period=measure.period,
            amount=_plain(terms.amount),
            warn_at=_plain(terms.warn_at),
            over=terms.over,
            window_start=None if measure.period == "total" else found.window_start,
            used=_plain(found.used),
            reserved=_plain(found.reserved),
            raised=_plain(found.raised),
            left=None if each else _plain(max(left, type(left)(0))),
            unknown_calls=found.unknown,
            subjects=found.subjects,
            fullest=_plain(round(found.fullest, 4)),
            state="exceeded" if found.fullest >= 1 else "warning" if found.fullest >= terms.warn_at else "open",
            created_at=found.created_at,
            updated_at=found.updated_at,
        )


class BudgetPage(Page[BudgetOut]):
    """Budgets by name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


class SpendingOut(BaseModel):
    """What one subject of a budget has used in the window that is now."""

    model_config = ConfigDict(json_schema_extra={"examples": [SPENDING]})

    subject: str
    used: str
    reserved: str
    raised: str
    unknown_calls: int


class SpendingPage(Page[SpendingOut]):
    """Subjects, the fullest first, 200 at most."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [SPENDING], "next_cursor": None}]})


@router.get("", summary="List budgets", operation_id="list_budgets")
async def index(caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> BudgetPage:
    """By name, each with what is used of it now."""
    found, following = await budgets.list_budgets(database.pool, caller.tenant_id, limit, cursor)
    return BudgetPage(data=[BudgetOut.of(one) for one in found], next_cursor=following)


@router.post("", status_code=201, summary="Make a budget", operation_id="create_budget", responses=errors(409))
async def create(body: BudgetIn, caller: Caller, database: Db, repeat: RepeatId) -> BudgetOut:
    """It holds from the next call on: what a call may take is reserved before it is sent, so that calls in flight together keep to it."""
    subject = None if body.subject is None else await _subject(database.pool, caller.tenant_id, body.scope, body.subject)
    measure = Measure(body.scope, body.unit, body.period, subject, body.subject)
    terms = Terms(read_amount(body.amount), read_amount(body.warn_at, "/warn_at"), body.over)
    return BudgetOut.of(await budgets.create_budget(database, caller, body.name, measure, terms, budget_id=repeat))


@router.get("/{budget}", summary="Show a budget", operation_id="get_budget", responses=errors(404))
async def show(budget: InPath, caller: Caller, database: Db) -> BudgetOut:
    """With what is used of it now."""
    budget_id = await budgets.resolve_budget(database.pool, caller.tenant_id, budget)
    return BudgetOut.of(await budgets.load_budget(database.pool, caller.tenant_id, budget_id))


@router.get("/{budget}/spending", summary="Show who uses a budget", operation_id="list_spending", responses=errors(404))
async def spending(budget: InPath, caller: Caller, database: Db) -> SpendingPage:
    """Its agents, functions, tasks or runs in the window that is now, the fullest first."""
    budget_id = await budgets.resolve_budget(database.pool, caller.tenant_id, budget)
    found = await budgets.load_budget(database.pool, caller.tenant_id, budget_id)
    rows = await budgets.list_spending(database.pool, caller.tenant_id, found)
    return SpendingPage(
        data=[
            SpendingOut(
                subject=_shown(found.measure.scope, row.subject),
                used=_plain(row.used),
                reserved=_plain(row.reserved),
                raised=_plain(row.raised),
                unknown_calls=row.unknown,
            )
            for row in rows
        ]
    )


@router.patch("/{budget}", summary="Change a budget", operation_id="update_budget", responses=errors(404))
async def change(budget: InPath, body: BudgetPatch, caller: Caller, database: Db) -> BudgetOut:
    """Its amount, its threshold, what follows beyond it. What it counts is fixed: make another one."""
    changes: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set}
    for name in changes:
        if changes[name] is None:
            raise InvalidInput(f"{name} cannot be null", pointer=f"/{name}", hint="leave it out to keep it")
        if name != "over":
            changes[name] = read_amount(changes[name], f"/{name}")
    budget_id = await budgets.resolve_budget(database.pool, caller.tenant_id, budget)
    return BudgetOut.of(await budgets.change_budget(database, caller, budget_id, changes))


@router.post("/{budget}/raises", status_code=201, summary="Raise a budget", operation_id="raise_budget", responses=errors(404))
async def lift(budget: InPath, body: RaiseIn, caller: Caller, database: Db, repeat: RepeatId) -> BudgetOut:
    """More for the day or month that is now; the next one begins with the budget's own amount again."""
    budget_id = await budgets.resolve_budget(database.pool, caller.tenant_id, budget)
    found = await budgets.load_budget(database.pool, caller.tenant_id, budget_id)
    subject = await _raised_subject(database.pool, caller.tenant_id, found.measure, body.subject)
    await budgets.raise_budget(database, caller, budget_id, read_amount(body.amount), subject=subject, raise_id=repeat)
    return BudgetOut.of(await budgets.load_budget(database.pool, caller.tenant_id, budget_id))


@router.delete("/{budget}", status_code=204, summary="Delete a budget", operation_id="delete_budget", responses=errors(404))
async def delete(budget: InPath, caller: Caller, database: Db) -> None:
    """It holds no call any more; what calls cost stays in the usage."""
    await budgets.delete_budget(database, caller, await budgets.resolve_budget(database.pool, caller.tenant_id, budget))


async def _subject(connection: Connection, tenant_id: Any, scope: Scope, text: str) -> str:
    """What the engine counts by, of a name as people write it. Raises InvalidInput with a pointer and the nearest names."""
    try:
        if scope == "agent":
            return str(await resolve_agent(connection, tenant_id, text))
        if scope == "task":
            return str(await find_card(connection, tenant_id, text))
        known = [function.function_id for function in await list_functions(connection)] if scope in ("function", "run") else []
        if text in known or scope == "tenant":
            return text
        if scope == "run":
            return str(await find_run_id(connection, tenant_id, text))
        raise NotFound("function", text, known)
    except NotFound as missing:
        raise InvalidInput(missing.message, pointer="/subject") from None


async def _raised_subject(connection: Connection, tenant_id: Any, measure: Measure, text: str | None) -> str:
    if measure.scope == "tenant":
        return ""
    if text is not None:
        return await _subject(connection, tenant_id, measure.scope, text)
    each_run = measure.scope == "run" and measure.subject is not None and "." in measure.subject
    if measure.subject is None or each_run:
        raise InvalidInput(
            f"whose? this budget is for each {measure.scope} by itself", pointer="/subject", hint="name the one to raise it for"
        )
    return measure.subject


def _shown(scope: Scope, subject: str) -> str:
    prefixes: dict[str, Any] = {"agent": "agt", "task": "tsk", "run": "run"}
    return ids.show(prefixes[scope], UUID(subject)) if scope in prefixes else subject or "tenant"


def _plain(amount: Any) -> str:
    return format(amount.normalize() + 0, "f")
