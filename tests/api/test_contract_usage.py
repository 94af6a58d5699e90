"""The report of what model calls used and cost, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.agents.agent import create_agent
from flowforge.agents.definition import AgentDefinition
from flowforge.orchestrator.usage_report import GroupBy

TOTALS = {
    "calls", "cached_calls", "unknown", "unpriced", "estimated", "input_tokens", "cached_tokens", "cache_written_tokens", "output_tokens",
    "reasoning_tokens", "cost", "saved", "previous", "change_percent",
}  # fmt: skip


@pytest.fixture
def used(database, tenant_id):
    """Write a call: `await used("gpt-4o", "0.25", days=3)`; `more` are columns."""

    async def write(model="gpt-4o", cost="0.25", *, days=0.0, tenant=tenant_id, **more):
        row = {
            "tenant_id": tenant, "usage_id": ids.new_id(), "run_id": ids.new_id(), "step_key": "ask", "function_id": "order.ship",
            "model": model, "provider": "openai", "input_tokens": 100, "output_tokens": 10, "latency_ms": 5,
            "cost": None if cost is None else Decimal(cost), "created_at": datetime.now(UTC) - timedelta(days=days, seconds=1), **more,
        }  # fmt: skip
        places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
        await database.pool.execute(f"insert into flowforge.usage ({', '.join(row)}) values ({places})", *row.values())
        return row

    return write


async def test_the_totals_stand_beside_those_of_the_time_before(api, used):
    await used("gpt-4o", "0.20", days=1)
    await used("gpt-4o", "0.08", days=2, outcome="answered", tokens_estimated=True)
    await used("gpt-4o", "0", days=2, outcome="cached", saved_cost=Decimal("0.5"), input_tokens=0, output_tokens=0)
    await used("o3", None, days=3)
    await used("o3", None, days=3, outcome="unknown", input_tokens=0, output_tokens=0)
    await used("gpt-4o", "0.35", days=10)
    await used("gpt-4o", "99", days=20)

    report = (await api.get("/v1/usage")).json()

    assert report.keys() == {"group_by", "since", "until", "previous_since", "totals", "data", "next_cursor"}
    assert report["totals"].keys() == TOTALS
    assert report["totals"] == {
        "calls": 5, "cached_calls": 1, "unknown": 1, "unpriced": 1, "estimated": 1, "input_tokens": 300, "cached_tokens": 0,
        "cache_written_tokens": 0, "output_tokens": 30, "reasoning_tokens": 0, "cost": "0.28", "saved": "0.5",
        "previous": {"calls": 1, "cost": "0.35"}, "change_percent": -20.0,
    }  # fmt: skip
    assert [(line["key"], line["name"], line["cost"], line["change_percent"]) for line in report["data"]] == [
        ("gpt-4o", "gpt-4o", "0.28", -20.0),
        ("o3", "o3", None, None),
    ]
    assert report["data"][1]["previous"] == {"calls": 0, "cost": "0"}


async def test_nothing_used_is_zero_and_compared_with_nothing(api):
    report = (await api.get("/v1/usage?since=1h")).json()
    assert report["data"] == [] and report["next_cursor"] is None
    assert (report["totals"]["calls"], report["totals"]["cost"], report["totals"]["change_percent"]) == (0, "0", None)


async def test_what_cost_more_stands_first_and_days_stand_in_order(api, used):
    for model, cost, days in (("a", "1", 3), ("b", "3", 2), ("c", "2", 1)):
        await used(model, cost, days=days)
    assert [line["key"] for line in (await api.get("/v1/usage")).json()["data"]] == ["b", "c", "a"]
    days = [line["key"] for line in (await api.get("/v1/usage?group_by=day")).json()["data"]]
    assert len(days) == 3 and days == sorted(days)


async def test_lines_that_only_the_time_before_has_show_what_has_gone(api, used):
    await used("old", "2", days=9)
    (line,) = (await api.get("/v1/usage")).json()["data"]
    assert (line["calls"], line["cost"], line["previous"]["cost"], line["change_percent"]) == (0, "0", "2", -100.0)


@pytest.mark.parametrize("by", GroupBy.__args__)
async def test_pages_hold_every_line_once_and_their_sum_is_the_total(api, used, by):
    dice = Random(by)
    for n in range(25):
        cost = Decimal(dice.randrange(1, 10**15)).scaleb(-dice.randrange(3, 15))
        await used(f"model-{n % 9}", str(cost), days=n % 6, function_id=f"f{n % 7}", agent_id=ids.new_id() if n % 2 else None)

    lines, cursor = [], ""
    while cursor is not None:
        page = (await api.get(f"/v1/usage?group_by={by}&limit=4{cursor and f'&cursor={cursor}'}")).json()
        lines += page["data"]
        assert len(page["data"]) <= 4
        cursor = page["next_cursor"]

    keys = [line["key"] for line in lines]
    assert len(set(keys)) == len(keys)
    assert sum(Decimal(line["cost"]) for line in lines) == Decimal(page["totals"]["cost"])
    assert sum(line["calls"] for line in lines) == page["totals"]["calls"] == 25


async def test_agents_tasks_and_runs_are_named(api, used, database, tenant_id):
    atlas = await create_agent(database, Principal(tenant_id, "person", "mira"), AgentDefinition(name="atlas", model="gpt-4o"))
    row = await used(agent_id=atlas.agent_id)
    await used(cost="0.1")
    lines = (await api.get("/v1/usage?group_by=agent")).json()["data"]
    assert [(line["key"], line["name"]) for line in lines] == [(atlas.id, "atlas"), (None, None)]
    lines = (await api.get(f"/v1/usage?group_by=run&agent=atlas&run={ids.show('run', row['run_id'])}")).json()["data"]
    assert [(line["key"], line["name"]) for line in lines] == [(ids.show("run", row["run_id"]), ids.label(row["run_id"]))]
    lines = (await api.get("/v1/usage?group_by=tenant")).json()["data"]
    assert [line["name"] for line in lines] == ["default"]


async def test_a_tenant_sees_its_own(api, used, tenant_id):
    await used(tenant=ids.new_id())
    assert (await api.get("/v1/usage")).json()["totals"]["calls"] == 0
    assert (await api.get("/v1/usage?group_by=tenant")).json()["data"] == []


async def test_calls_are_chosen_by_name_and_by_time(api, used):
    await used("gpt-4o", "1", days=2)
    await used("o3", "2", days=2, provider="azure", function_id="other")
    await used("o3", "4", days=5)

    async def cost(query):
        return (await api.get(f"/v1/usage?{query}")).json()["totals"]["cost"]

    assert await cost("model=o3") == "6"
    assert await cost("provider=azure") == "2"
    assert await cost("function=other&model=gpt-4o") == "0"
    assert await cost("since=3d") == "3"
    assert await cost("since=7d&until=3d") == "4"
    day = (datetime.now(UTC) - timedelta(days=3)).isoformat().replace("+00:00", "Z")
    assert await cost(f"since={day}") == "3"


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("since=yesterday", "since"), ("since=-1d", "since"), ("since=2026-11-22", "since"), ("since=2026-11-22T09:00:00", "since"),
        ("since=0s", "since"), ("until=2026-99-22T09:00:00Z", "until"), ("since=1d&until=2d", "since"), ("since=50000d", "since"),
        ("group_by=mood", "group_by"), ("limit=0", "limit"), ("cursor=nonsense", "cursor"), ("format=xml", "format"),
    ],
)  # fmt: skip
async def test_what_does_not_fit_is_named(api, query, parameter):
    answer = await api.get(f"/v1/usage?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == parameter


async def test_an_agent_or_task_that_is_not_there_is_not_found(api):
    assert (await api.get("/v1/usage?agent=nobody")).status_code == 404
    assert (await api.get("/v1/usage?task=FF-99")).status_code == 404
    assert (await api.get("/v1/usage?run=abcd1234")).status_code == 404


@pytest.mark.parametrize(("query", "accept"), [("format=csv", "*/*"), ("", "text/csv")])
async def test_a_spreadsheet_gets_the_same_lines(api, used, query, accept):
    await used("gpt-4o", "0.00000012", days=1)
    await used("gpt-4o", "0.5", days=8)
    await used("o3", None)

    answer = await api.get(f"/v1/usage?{query}", headers={"accept": accept})

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="usage-by-model-')
    first, second = csv.DictReader(io.StringIO(answer.text))
    assert (first["model"], first["calls"], first["cost"], first["previous_cost"]) == ("gpt-4o", "1", "0.00000012", "0.5")
    assert first["change_percent"] == "-100.0"
    assert (second["model"], second["cost"], second["unpriced"]) == ("o3", "", "1")


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-1", "@sum(a1)", "\tx", "＝1"])
async def test_no_cell_is_a_formula(api, used, name):
    await used(name, "1")
    (line,) = csv.DictReader(io.StringIO((await api.get("/v1/usage?format=csv")).text))
    assert line["model"] == f"'{name}"
