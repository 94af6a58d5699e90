"""Budgets hold: nothing is sent that they have no room for, however many ask at once, and whoever dies gives back what it held."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from flowforge.access.principal import Principal
from flowforge.errors import Conflict, InvalidInput, ModelError, NotFound
from flowforge.ids import DEFAULT_TENANT
from flowforge.orchestrator.models import prices
from flowforge.orchestrator.models.budget import (
    Budget,
    Measure,
    Terms,
    change_budget,
    create_budget,
    delete_budget,
    list_spending,
    load_budget,
    raise_budget,
    resolve_budget,
)
from flowforge.orchestrator.models.client import EmbeddingReply, EmbeddingRequest, ModelReply, ModelRequest, OnDelta, TokenUsage, set_client
from flowforge.orchestrator.models.spending import Spending, settle_of_the_dead
from flowforge.steps import step
from flowforge.testing.harness import Forge
from flowforge.testing.plugin import forge, forge_database_url, forge_workplace

__all__ = ["forge", "forge_database_url", "forge_workplace"]

PERSON = Principal(DEFAULT_TENANT, "person", "maya")
MAX_TOKENS = 500


class CountingClient:
    """Answers every call with the same tokens, and knows how many it has had. `hold` lets calls wait until it is set."""

    def __init__(self) -> None:
        self.calls = 0
        self.tokens = TokenUsage(input=20, output=MAX_TOKENS)
        self.fail: Callable[[], Exception | None] = lambda: None
        self.hold: asyncio.Event | None = None
        self.begun = asyncio.Event()

    async def complete(self, request: ModelRequest, on_delta: OnDelta | None = None) -> ModelReply:
        self.calls += 1
        self.begun.set()
        if self.hold is not None:
            await self.hold.wait()
        if (error := self.fail()) is not None:
            raise error
        return ModelReply(text="done", finish_reason="stop", model=request.model, provider="openai", tokens=self.tokens)

    async def embed(self, request: EmbeddingRequest) -> EmbeddingReply:
        raise AssertionError("nobody asks for vectors here")

    async def close(self) -> None: ...


@pytest.fixture
def model() -> Any:
    client = CountingClient()
    before = set_client(client)
    yield client
    set_client(before)


@pytest.fixture
async def ask(forge: Forge) -> Any:
    """A function that asks once for each event; `retries=0`, so that a call is a call."""

    @forge.function(trigger="ask", id="test.ask", retries=0)
    async def ask(ctx: Any) -> str:
        return await step.ai("ask", model="gpt-4o", prompt="How risky is this order?", max_tokens=MAX_TOKENS, stream=False)

    return ask


def money(calls: float, of: CountingClient) -> Decimal:
    """What so many calls cost."""
    cost = prices.price("gpt-4o", "openai", of.tokens).cost
    assert cost is not None
    return cost * Decimal(str(calls))


async def budget(
    forge: Forge, name: str = "all", *, scope: Any = "tenant", unit: Any = "calls", period: Any = "day", **terms: Any
) -> Budget:
    subject = terms.pop("subject", None)
    return await create_budget(forge.database, PERSON, name, Measure(scope, unit, period, subject), Terms(**terms))


async def now(forge: Forge, of: Budget) -> Budget:
    return await load_budget(forge.database.pool, DEFAULT_TENANT, of.budget_id)


async def states(forge: Forge) -> dict[str, int]:
    rows = await forge.database.pool.fetch("select state, count(*) as n from flowforge.run group by state")
    return {row["state"]: row["n"] for row in rows}


async def test_calls_within_a_budget_are_made_and_counted(forge: Forge, model: CountingClient, ask: Any) -> None:
    spent = await budget(forge, unit="usd", amount=money(10, model))
    for _ in range(3):
        await forge.send("ask")
    await forge.work_until_idle()

    spent = await now(forge, spent)
    assert (model.calls, spent.used, spent.reserved) == (3, money(3, model), 0)


async def test_a_call_that_would_exceed_it_is_not_sent(forge: Forge, model: CountingClient, ask: Any) -> None:
    await budget(forge, amount=Decimal(2))
    for _ in range(4):
        await forge.send("ask")
    await forge.work_until_idle()

    assert model.calls == 2
    assert await states(forge) == {"completed": 2, "failed": 2}
    error = await forge.database.pool.fetchval("select error from flowforge.run where state = 'failed' limit 1")
    assert "the budget 'all' has 0 of 2 calls left, and a call of gpt-4o may take 1" in error


@pytest.mark.parametrize("callers", [100, pytest.param(500, marks=pytest.mark.long)])
async def test_many_at_once_stop_within_one_call_of_it(forge: Forge, model: CountingClient, ask: Any, callers: int) -> None:
    half = money(callers / 2, model) + money(0.5, model)
    spent = await budget(forge, unit="usd", amount=half)
    await asyncio.gather(*(forge.send("ask") for _ in range(callers)))
    forge.clock.auto_skip = True  # who has waited long for calls in flight comes back later
    await forge.work_until_idle(timeout_seconds=60)

    spent = await now(forge, spent)
    assert spent.used <= half
    assert half - spent.used <= money(1.1, model)  # an estimate is a little more than what is then used
    assert (model.calls, spent.reserved) == (spent.used / money(1, model), 0)
    assert (await states(forge))["completed"] == model.calls


async def test_calls_are_counted_once_when_their_run_is_replayed(forge: Forge, model: CountingClient, ask: Any) -> None:
    spent = await budget(forge, amount=Decimal(5))
    forge.always_suspend = True
    await forge.send("ask")
    await forge.work_until_idle()

    assert (model.calls, (await now(forge, spent)).used) == (1, 1)


async def test_tokens_and_calls_are_budgets_too(forge: Forge, model: CountingClient, ask: Any) -> None:
    tokens = await budget(forge, "tokens", unit="tokens", amount=Decimal(2000))
    calls = await budget(forge, "calls", unit="calls", amount=Decimal(20))
    for _ in range(5):
        await forge.send("ask")
    await forge.work_until_idle()

    assert model.calls == 3  # 520 tokens each; a fourth could take 2,080 in all
    assert ((await now(forge, tokens)).used, (await now(forge, calls)).used) == (3 * 520, 3)


async def test_what_one_budget_refuses_no_other_one_pays_for(forge: Forge, model: CountingClient, ask: Any) -> None:
    wide = await budget(forge, "wide", amount=Decimal(100))
    await budget(forge, "narrow", amount=Decimal(1), scope="function", subject="test.ask")
    for _ in range(3):
        await forge.send("ask")
    await forge.work_until_idle()

    spent = await now(forge, wide)
    assert (model.calls, spent.used, spent.reserved) == (1, 1, 0)


async def test_each_run_has_its_own_where_no_subject_is_named(forge: Forge, model: CountingClient) -> None:
    @forge.function(trigger="talk", id="test.talk", retries=0)
    async def talk(ctx: Any) -> None:
        for n in range(3):
            await step.ai(f"turn {n}", model="gpt-4o", prompt="Go on.", max_tokens=MAX_TOKENS, stream=False)

    each = await budget(forge, "each run", scope="run", period="total", amount=Decimal(2))
    for _ in range(2):
        await forge.send("talk")
    await forge.work_until_idle()

    assert model.calls == 4
    assert [one.used for one in await list_spending(forge.database.pool, DEFAULT_TENANT, await now(forge, each))] == [2, 2]


async def test_another_tenants_calls_do_not_count(forge: Forge, model: CountingClient, ask: Any) -> None:
    other = Principal(UUID(int=7), "person", "eve")
    theirs = await create_budget(forge.database, other, "theirs", Measure("tenant", "calls", "day"), Terms(Decimal(1)))
    for _ in range(2):
        await forge.send("ask")
    await forge.work_until_idle()

    assert model.calls == 2
    assert (await load_budget(forge.database.pool, other.tenant_id, theirs.budget_id)).used == 0


async def test_a_failed_call_gives_back_what_it_held(forge: Forge, model: CountingClient, ask: Any) -> None:
    spent = await budget(forge, amount=Decimal(5))
    model.fail = lambda: ModelError("bad_request", "no", model="gpt-4o")
    await forge.send("ask")
    await forge.work_until_idle()

    found = await now(forge, spent)
    assert (model.calls, found.used, found.reserved, found.unknown) == (1, 0, 0, 0)
    assert await forge.database.pool.fetchval("select count(*) from flowforge.usage") == 0


async def test_a_lost_answer_is_noted_as_unknown(forge: Forge, model: CountingClient, ask: Any) -> None:
    spent = await budget(forge, amount=Decimal(5))
    model.fail = lambda: ModelError("cut_stream", "cut", model="gpt-4o", answer_lost=True)
    await forge.send("ask")
    await forge.work_until_idle()

    found = await now(forge, spent)
    assert (found.used, found.reserved, found.unknown) == (0, 0, 1)
    row = await forge.database.pool.fetchrow("select outcome, cost from flowforge.usage")
    assert (row["outcome"], row["cost"]) == ("unknown", None)


@pytest.mark.parametrize("point", ["model.answered", "checkpoint.before_commit"])
async def test_a_worker_that_dies_in_a_call_leaves_nothing_reserved(forge: Forge, model: CountingClient, ask: Any, point: str) -> None:
    spent = await budget(forge, amount=Decimal(5))
    forge.crash_at(point)
    await forge.send("ask")
    await forge.work_until_idle()
    await settle_of_the_dead(forge.database)

    found = await now(forge, spent)
    assert (found.used, found.reserved, found.unknown) == (1, 0, 1)
    rows = await forge.database.pool.fetch("select outcome, cost from flowforge.usage order by outcome")
    assert [(row["outcome"], row["cost"]) for row in rows] == [("answered", money(1, model)), ("unknown", None)]


async def test_a_price_that_is_not_known_is_no_way_around_a_budget(forge: Forge, model: CountingClient) -> None:
    @forge.function(trigger="ask", id="test.ask", retries=0)
    async def ask(ctx: Any) -> str:
        return await step.ai("ask", model="nobody/knows-me", prompt="Hello.", stream=False)

    await budget(forge, unit="usd", amount=Decimal(100))
    await forge.send("ask")
    await forge.work_until_idle()

    assert model.calls == 0
    error = await forge.database.pool.fetchval("select error from flowforge.run")
    assert "the price of nobody/knows-me is not known" in error


async def test_the_call_that_comes_to_the_threshold_warns_once(forge: Forge, model: CountingClient, ask: Any) -> None:
    await budget(forge, amount=Decimal(5), warn_at=Decimal("0.4"))
    for _ in range(4):
        await forge.send("ask")
        await forge.work_until_idle()

    said = await forge.database.pool.fetch("select data from flowforge.frame where name = 'budget.warning'")
    assert [frame["data"].count('"used": "2"') for frame in said] == [1]


# ── raising ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_over_a_budget_that_asks_the_run_waits_for_a_person(forge: Forge, model: CountingClient, ask: Any) -> None:
    spent = await budget(forge, amount=Decimal(1), over="ask")
    await forge.send("ask")
    await forge.work_until_idle()
    waiting = await forge.send("ask")
    run = await forge.wait_for(waiting, "waiting")
    (approval,) = await forge.approvals("pending")
    assert approval.arguments == {"budget": "all", "raise_by": "1", "unit": "calls"}
    assert (model.calls, run.cost) == (1, Decimal(0))

    await forge.approve(approval, edited_args={**approval.arguments, "raise_by": "3"})
    await forge.wait_for(waiting, "completed")
    found = await now(forge, spent)
    assert (model.calls, found.used, found.raised, found.reserved) == (2, 2, 3, 0)


async def test_a_raise_that_is_denied_fails_the_call_with_the_reason(forge: Forge, model: CountingClient, ask: Any) -> None:
    await budget(forge, amount=Decimal(1), over="ask")
    await forge.send("ask")
    await forge.work_until_idle()
    waiting = await forge.send("ask")
    await forge.wait_for(waiting, "waiting")
    (approval,) = await forge.approvals("pending")
    await forge.deny(approval, reason="not this month")

    run = await forge.wait_for(waiting, "failed")
    assert run.error is not None
    assert "not this month" in run.error["message"]
    assert model.calls == 1


async def test_a_raise_counts_once_though_the_worker_dies_after_it(forge: Forge, model: CountingClient, ask: Any) -> None:
    spent = await budget(forge, amount=Decimal(1), over="ask")
    await forge.send("ask")
    await forge.work_until_idle()
    waiting = await forge.send("ask")
    await forge.wait_for(waiting, "waiting")
    (approval,) = await forge.approvals("pending")
    await forge.approve(approval)
    forge.crash_at("checkpoint.before_commit")
    await forge.wait_for(waiting, "completed")

    assert (await now(forge, spent)).raised == 1


# ── as records ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_budget_is_found_by_its_name_and_by_the_end_of_its_id(forge: Forge) -> None:
    made = await budget(forge, "research", amount=Decimal(5))
    pool = forge.database.pool
    assert await resolve_budget(pool, DEFAULT_TENANT, "research") == made.budget_id
    assert await resolve_budget(pool, DEFAULT_TENANT, made.budget_id.hex[-8:]) == made.budget_id
    with pytest.raises(NotFound, match="did you mean research"):
        await resolve_budget(pool, DEFAULT_TENANT, "reserch")


async def test_changes_of_a_budget_are_in_the_audit_log(forge: Forge) -> None:
    made = await budget(forge, amount=Decimal(5))
    await change_budget(forge.database, PERSON, made.budget_id, {"amount": Decimal(7)})
    await raise_budget(forge.database, PERSON, made.budget_id, Decimal(1))
    await delete_budget(forge.database, PERSON, made.budget_id)

    said = await forge.database.pool.fetch("select action from flowforge.audit where action like 'budget.%' order by entry_id")
    assert [entry["action"] for entry in said] == ["budget.create", "budget.update", "budget.raise", "budget.delete"]


async def test_a_name_is_given_once(forge: Forge) -> None:
    await budget(forge, amount=Decimal(5))
    with pytest.raises(Conflict, match="there is a budget named 'all' already"):
        await budget(forge, amount=Decimal(6))


@pytest.mark.parametrize("amount", ["0", "-1", "10000000000000"])
def test_an_amount_that_makes_no_sense_is_refused(amount: str) -> None:
    with pytest.raises(InvalidInput, match="must lie above 0") as refused:
        Terms(Decimal(amount))
    assert refused.value.pointer == "/amount"


async def test_what_a_worker_used_counts_though_another_one_has_its_run(forge: Forge, model: CountingClient, ask: Any) -> None:
    spent = await budget(forge, amount=Decimal(5))
    model.hold = asyncio.Event()
    sent = await forge.send("ask")
    working = asyncio.create_task(forge.wait_for(sent, "completed"))
    await model.begun.wait()
    await forge.database.pool.execute("update flowforge.owner set state = 'r', worker_id = null, fence = fence + 1")
    model.hold.set()
    await working
    await forge.work_until_idle()

    async with asyncio.timeout(10):
        while (found := await now(forge, spent)).reserved:
            await asyncio.sleep(0.01)
    assert (model.calls, found.used, found.unknown) == (2, 2, 0)
    assert [row["outcome"] for row in await forge.database.pool.fetch("select outcome from flowforge.usage")] == ["answered"] * 2


class Away:
    """The database's pool through an outage: so many statements fail before it is back."""

    def __init__(self, pool: Any, failures: int) -> None:
        self._pool, self.failures = pool, failures

    def __getattr__(self, name: str) -> Any:
        if self.failures:
            self.failures -= 1
            raise ConnectionResetError("the database is away")
        return getattr(self._pool, name)


@pytest.mark.parametrize("failures", [1, 2, 3])
async def test_an_outage_before_a_call_is_waited_out_and_is_no_attempt(
    forge: Forge, model: CountingClient, ask: Any, monkeypatch: pytest.MonkeyPatch, failures: int
) -> None:
    spent = await budget(forge, amount=Decimal(5))
    away = Away(forge.database.engine, failures)
    broken = SimpleNamespace(engine=away, pool=forge.database.pool)
    init = Spending.__init__
    monkeypatch.setattr(Spending, "__init__", lambda self, database: init(self, broken))
    await forge.restart_worker()
    run = await forge.wait_for(await forge.send("ask"), "completed")

    found = await now(forge, spent)
    assert (run.state, model.calls, found.used, found.reserved, away.failures) == ("completed", 1, 1, 0, 0)


async def test_a_reservation_whose_answer_was_lost_is_given_back(
    forge: Forge, model: CountingClient, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    spent = await budget(forge, amount=Decimal(5))
    reserve, lost = Spending.reserve, [True]

    async def reserved(self: Spending, *given: Any) -> Any:
        found = await reserve(self, *given)
        if lost:
            lost.pop()
            raise ConnectionResetError("the commit's answer is lost")
        return found

    monkeypatch.setattr(Spending, "reserve", reserved)
    await forge.wait_for(await forge.send("ask"), "completed")

    found = await now(forge, spent)
    assert (model.calls, found.used, found.reserved) == (1, 1, 0)
