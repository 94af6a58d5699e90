"""A worker is killed around a model call: the money is counted once, and a call that nobody heard the end of is told as such."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from flowforge.access.principal import Principal
from flowforge.orchestrator.models import prices
from flowforge.orchestrator.models.budget import Measure, Terms, create_budget, load_budget
from flowforge.orchestrator.models.client import TokenUsage
from flowforge.testing.scripted_provider import Asked, Reply, ScriptedProvider, Tokens
from tests.crash.conftest import Child, Crashes, Nursery

WORDS = " ".join(str(n) for n in range(60))
COST = prices.price("gpt-4o", "openai", TokenUsage(input=12, output=60)).cost


def counting(asked: Asked) -> Reply:
    return Reply(text=WORDS, tokens=Tokens(input=12, output=60))


@pytest.fixture
def provider() -> Iterator[ScriptedProvider]:
    with ScriptedProvider(counting, chunk_delay_seconds=0.02) as provider:
        yield provider


@pytest.fixture
async def birth(crashes: Crashes, nursery: Nursery, provider: ScriptedProvider, tmp_path: Path) -> AsyncIterator[Callable[..., Child]]:
    """Start a worker; with `crash_at` it will die there."""
    born: list[Child] = []

    def birth(crash_at: str = "") -> Child:
        order = {"url": crashes.url, "directory": str(tmp_path), "crash_at": crash_at, "environment": provider.environment()}
        born.append(nursery.birth("work", **order))
        return born[-1]

    yield birth
    for child in born:
        child.kill()


@pytest.mark.thorough
async def test_a_kill_in_the_middle_of_a_stream_counts_the_money_once(crashes, birth, provider):
    budget = await a_budget(crashes)
    first = birth()
    (run_id,) = await crashes.send("crash/ask", {})
    await until(crashes, "select exists (select from flowforge.frame where name = 'message.delta')")
    first.kill()
    await crashes.settled()
    assert await crashes.database.pool.fetchval("select count(*) from flowforge.step where state >= 2") == 0, "partial text was stored"
    birth()
    run = await crashes.end_of(run_id)

    assert (run.output, run.cost, len(provider.requests)) == (WORDS, COST, 2)
    await the_books_are_right(crashes, budget, unknown=1)


@pytest.mark.parametrize(
    "point",
    [
        "model.answered",
        *(pytest.param(p, marks=pytest.mark.thorough) for p in ("model.reserved", "checkpoint.before_commit", "checkpoint.after_commit")),
    ],
)
async def test_a_kill_counts_the_money_once_at(point, crashes, birth):
    budget = await a_budget(crashes)
    first = birth(f"{point}:1")
    (run_id,) = await crashes.send("crash/ask", {})
    await crashes.died(first)
    birth()
    run = await crashes.end_of(run_id)

    assert (run.output, run.cost) == (WORDS, COST)
    await the_books_are_right(crashes, budget, unknown=0 if point == "checkpoint.after_commit" else 1)


async def a_budget(crashes):
    person = Principal(crashes.tenant_id, "person", "mira")
    return await create_budget(crashes.database, person, "all", Measure("tenant", "usd", "total"), Terms(Decimal(1)))


async def the_books_are_right(crashes, budget, *, unknown: int) -> None:
    """One answered call in the usage and in the budget; nothing is held any more."""
    await until(crashes, "select not exists (select from flowforge.reservation)")
    found = await load_budget(crashes.database.pool, crashes.tenant_id, budget.budget_id)
    assert (found.used, found.reserved, found.unknown) == (COST, 0, unknown)
    rows = await crashes.database.pool.fetch("select outcome, cost from flowforge.usage order by outcome")
    assert [(row["outcome"], row["cost"]) for row in rows] == [("answered", COST), *[("unknown", None)] * unknown]


async def until(crashes, query: str, seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not await crashes.database.pool.fetchval(query):
            await asyncio.sleep(0.01)
