"""What runs cost: the exact sum of their steps, by prices of one's own where there are some; what is not known is not guessed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from flowforge.access.principal import Principal
from flowforge.db.database import Database
from flowforge.errors import ModelError
from flowforge.orchestrator.context import Context
from flowforge.orchestrator.fork import Wish, replay_run
from flowforge.orchestrator.hints import Bell
from flowforge.orchestrator.models.client import EmbeddingReply, EmbeddingRequest, ModelReply, ModelRequest, OnDelta, TokenUsage, set_client
from flowforge.orchestrator.models.price_book import load_overrides, publish_prices, set_price
from flowforge.orchestrator.models.price_file import parse_prices
from flowforge.orchestrator.models.price_override import PriceOverride
from flowforge.orchestrator.models.usage import Usage
from flowforge.orchestrator.step_scope import current_step
from flowforge.orchestrator.stream import read_page
from flowforge.orchestrator.usage_report import usage_report
from flowforge.steps import step
from flowforge.testing.harness import Forge

ODD = PriceOverride(Decimal("0.123456789012"), Decimal("7.000000000001"), cached=Decimal("0.000000000003"))


class Counting:
    """A client whose answers used the next of these tokens."""

    def __init__(self, *used: TokenUsage | ModelError) -> None:
        self.used = list(used)

    async def complete(self, request: ModelRequest, on_delta: OnDelta | None = None) -> ModelReply:
        tokens = self.used.pop(0)
        if isinstance(tokens, ModelError):
            raise tokens
        return ModelReply(
            text="yes", finish_reason="stop", model=request.model, provider="openai", answered_by=f"{request.model}-dated", tokens=tokens
        )

    async def embed(self, request: EmbeddingRequest) -> EmbeddingReply:
        raise NotImplementedError

    async def close(self) -> None:
        return None


@pytest.fixture
async def forge(database: Database) -> AsyncIterator[Forge]:
    bell = Bell()
    await bell.open(database)
    forge = Forge(database, bell)
    yield forge
    await forge.close()
    await bell.close()


@pytest.fixture
def person(tenant_id: UUID) -> Principal:
    return Principal(tenant_id, "person", "mira")


async def recorded(database: Database, *columns: str) -> list[Any]:
    rows = await database.pool.fetch("select * from flowforge.usage order by usage_id")
    return [tuple(row[column] for column in columns) for row in rows]


async def test_a_run_costs_what_its_steps_cost_and_the_report_what_the_runs_do_to_the_last_digit(
    forge: Forge, person: Principal, tenant_id: UUID
) -> None:
    await set_price(forge.database, person, "my/model", ODD)
    set_client(Counting(*(TokenUsage(input=977 * n + 1, output=331 * n, cached=7 * n, reasoning=n) for n in range(1, 13))))

    async def ask(ctx: Context) -> None:
        for n in range(4):
            await step.ai(f"ask-{n}", model="my/model", prompt="?")

    forge.function(trigger="asked", id="test.ask")(ask)
    runs = [await forge.wait_for(await forge.send("asked"), "completed") for _ in range(3)]

    for run in runs:
        costs = [one.cost for one in await forge.steps(run.run_id)]
        assert None not in costs
        assert run.cost == sum(cost for cost in costs if cost is not None)
    total = sum(run.cost for run in runs if run.cost is not None)
    assert len(str(total.as_tuple().digits)) > 15  # many digits, and all of them kept
    for by in ("run", "model", "day", "function", "tenant", "agent", "task", "provider"):
        report = await usage_report(forge.database.pool, tenant_id, by=by)
        assert (report.totals.cost, report.totals.calls) == (total, 12)
        assert sum(group.sums.cost for group in report.groups if group.sums.cost is not None) == total
    report = await usage_report(forge.database.pool, tenant_id, by="run")
    assert {group.key: group.sums.cost for group in report.groups} == {run.id: run.cost for run in runs}


async def test_the_price_and_whose_it_is_are_kept_with_the_call(forge: Forge, person: Principal) -> None:
    set_client(Counting(*[TokenUsage(input=1_000_000, cache_written=500_000, estimated=True)] * 2))

    async def ask(ctx: Context) -> None:
        await step.ai("ask", model="gpt-4o", prompt="?")

    forge.function(trigger="asked", id="test.ask")(ask)
    await forge.wait_for(await forge.send("asked"), "completed")
    await set_price(forge.database, person, "gpt-4o", PriceOverride(Decimal(1), Decimal(2)))
    await set_price(forge.database, person, "gpt-4o", PriceOverride(Decimal(3), Decimal(2)))
    run = await forge.wait_for(await forge.send("asked"), "completed")

    assert await recorded(forge.database, "cost", "price_source", "answered_by", "cache_written_tokens", "tokens_estimated", "outcome") == [
        (Decimal("2.5"), "litellm", "gpt-4o-dated", 500_000, True, "answered"),
        (Decimal(3), "override", "gpt-4o-dated", 500_000, True, "answered"),
    ]
    assert (await recorded(forge.database, "price_version"))[1] == ("2",)
    frames = [
        frame.data
        for frame in await read_page(forge.database.pool, forge.tenant_id, "run", run.run_id, 0)
        if frame.name == "usage.recorded"
    ]
    assert [(frame["cost"], frame["price_source"], frame["price_version"], frame["outcome"]) for frame in frames] == [
        ("3", "override", "2", "answered")
    ]


async def test_a_call_without_an_answer_is_counted_and_enters_no_sum(forge: Forge) -> None:
    async def ask(ctx: Context) -> None:
        async def paid() -> None:
            current_step().record(Usage("gpt-4o", "openai", 10, 1, cost=Decimal("0.25")))
            current_step().record(Usage.unanswered("gpt-4o", "openai"))

        async def saved() -> None:
            current_step().record(Usage("gpt-4o", "openai", 0, 0, cost=Decimal(0), outcome="cached", saved_cost=Decimal("0.25")))

        async def lost() -> None:
            current_step().record(Usage.unanswered("gpt-4o", "openai"))

        await step.run("paid", paid)
        await step.run("saved", saved)
        await step.run("lost", lost)
        await step.run("nothing", dict)

    forge.function(trigger="asked", id="test.ask")(ask)
    run = await forge.wait_for(await forge.send("asked"), "completed")

    assert (run.cost, run.unknown_calls, run.unpriced_calls) == (Decimal("0.25"), 2, 0)
    assert [(one.name, one.cost) for one in await forge.steps(run.run_id)] == [
        ("paid", Decimal("0.25")), ("saved", Decimal(0)), ("lost", None), ("nothing", None),
    ]  # fmt: skip
    told = [
        frame.data
        for frame in await read_page(forge.database.pool, forge.tenant_id, "run", run.run_id, 0)
        if frame.name == "step.completed"
    ]
    assert [frame["cost"] for frame in told] == ["0.25", "0", None, None]
    totals = (await usage_report(forge.database.pool, forge.tenant_id)).totals
    assert (totals.calls, totals.cached_calls, totals.unknown, totals.cost, totals.saved) == (4, 1, 2, Decimal("0.25"), Decimal("0.25"))


async def test_an_answer_without_a_price_makes_the_runs_cost_unknown_and_the_reports_a_sum_of_the_others(forge: Forge) -> None:
    set_client(Counting(TokenUsage(input=1_000_000), TokenUsage(input=5)))

    async def ask(ctx: Context) -> None:
        await step.ai("known", model="gpt-4o", prompt="?")
        await step.ai("unheard-of", model="openai/own-model", prompt="?")

    forge.function(trigger="asked", id="test.ask")(ask)
    run = await forge.wait_for(await forge.send("asked"), "completed")

    assert (run.cost, run.unpriced_calls) == (None, 1)
    report = await usage_report(forge.database.pool, forge.tenant_id)
    assert (report.totals.cost, report.totals.unpriced) == (Decimal("2.5"), 1)
    assert [(group.key, group.sums.cost) for group in report.groups] == [("gpt-4o", Decimal("2.5")), ("openai/own-model", None)]


async def test_a_failed_attempt_is_paid_for_too(forge: Forge) -> None:
    set_client(Counting(TokenUsage(input=1_000_000), TokenUsage(input=1_000_000)))

    async def ask(ctx: Context) -> Any:
        return await step.ai("ask", model="gpt-4o", prompt="?", output={"type": "object"}, repairs=0, retries=0)

    forge.function(trigger="asked", id="test.ask", retries=0)(ask)
    run = await forge.wait_for(await forge.send("asked"), "failed")
    assert run.cost == Decimal("2.5")  # "yes" is no object, and had to be paid for


async def test_a_replay_adds_nothing(forge: Forge, person: Principal) -> None:
    set_client(Counting(TokenUsage(input=1_000_000)))

    async def ask(ctx: Context) -> None:
        await step.ai("ask", model="gpt-4o", prompt="?")
        await step.run("tell", dict)

    forge.function(trigger="asked", id="test.ask")(ask)
    forge.always_suspend = True
    run = await forge.wait_for(await forge.send("asked"), "completed")
    plan = await replay_run(forge.database, person, run.run_id, Wish(from_step="tell"), bell=forge.bell)
    assert plan.run_id is not None
    again = await forge.wait_for(plan.run_id, "completed")

    assert (run.cost, again.cost) == (Decimal("2.5"), Decimal(0))
    assert [one.cost for one in plan.reused] == [Decimal("2.5")]
    assert (await usage_report(forge.database.pool, forge.tenant_id)).totals.cost == Decimal("2.5")


async def test_a_tenants_price_goes_before_the_files_and_the_newest_file_before_the_others(
    database: Database, person: Principal, tenant_id: UUID
) -> None:
    for app, price in (("shop/", "1"), ("lab/", "2")):
        file = parse_prices(f'[models."my/model"]\ninput = "{price}"\n')
        await publish_prices(database.pool, app, file.prices, file.version)
    found = (await load_overrides(database.pool, tenant_id))["my/model"]
    assert (found.input, found.source, found.version) == (2, "prices.toml", file.version)

    await set_price(database, person, "my/model", PriceOverride(Decimal(9)))
    assert (await load_overrides(database.pool, tenant_id))["my/model"].source == "override"
    assert (await load_overrides(database.pool, UUID(int=7)))["my/model"].source == "prices.toml"

    await publish_prices(database.pool, "lab/", {}, "")
    assert (await load_overrides(database.pool, UUID(int=7)))["my/model"].input == 1
