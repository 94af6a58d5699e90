"""examples/planner.py: six cards for three agents and a person, with dependencies; a worker dies in the middle, all is done once."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

import flowforge
from flowforge.api.app import create_app
from flowforge.api.server import Server
from flowforge.board.column import move
from flowforge.board.comment import comment
from flowforge.board.task import list_tasks
from flowforge.orchestrator.run import list_runs
from flowforge.settings import Settings
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.asked import Asked
from flowforge.testing.scripted_provider.reply import Reply, ToolCall

KEY = "the operator's key of this test, long enough"
PARTS = [
    {"title": "Collect the facts", "assignee": "iris"},
    {"title": "Check the facts", "assignee": "iris", "depends_on": ["FF-2"]},
    {"title": "Sign the facts", "assignee": "mira", "depends_on": ["FF-3"]},
    {"title": "Write the page", "assignee": "rune", "depends_on": ["FF-4"]},
    {"title": "Shorten the page", "assignee": "rune", "depends_on": ["FF-5"]},
]


@pytest.fixture
def planner() -> ModuleType:
    spec = spec_from_file_location("planner_example", Path(__file__).parents[2] / "examples" / "planner.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def plays(asked: Asked) -> Reply:
    """The planner makes a part a turn, waits for all, and sums up; the others answer with the title of their card."""
    if "create_task" not in asked.tool_names:
        return Reply(text=f"Result of: {asked.last_user.splitlines()[0]}")
    results = [turn.text for turn in asked.messages if turn.role == "tool"]
    if len(results) < len(PARTS):
        return Reply(tool_calls=(ToolCall("create_task", PARTS[len(results)]),))
    if len(results) == len(PARTS):
        return Reply(tool_calls=(ToolCall("await_tasks", {"tasks": [json.loads(one)["task"] for one in results]}),))
    return Reply(text=f"All is done: {results[-1]}")


async def test_a_planner_two_agents_and_a_person_finish_six_cards_though_a_worker_dies(shop, planner, provider: ScriptedProvider):
    provider.answer_with(plays)
    await shop.hire("unused", tools=())  # publishes what a worker publishes
    app = create_app(shop.database, settings=Settings(api_key=KEY), bell=shop.bell)
    async with Server(app, "127.0.0.1", 0) as server, flowforge.AsyncClient(server.url, KEY) as client:
        await planner.set_up(client)
        await planner.set_up(client)  # twice is once
        key = await planner.start(client)
        async with shop.worker() as worker:
            await shop.eventually(lambda: stands(shop, "FF-2", "Done"), "the first part")
            await worker.stop(grace_seconds=0.0)
        async with shop.worker():
            await shop.eventually(lambda: stands(shop, "FF-3", "Done"), "the second part")
            await shop.eventually(lambda: stands(shop, "FF-6", "Backlog"), "the last part")
            assert (await shop.task("FF-5")).waits
            await comment(shop.database, shop.mira, "FF-4", "Signed.", bell=shop.bell)
            await move(shop.database, shop.mira, "FF-4", "Done", bell=shop.bell)
            run = await shop.ended(key)
        tree = (await client.request("GET", f"/v1/tasks/{key}/tree"))["root"]

    cards = (await list_tasks(shop.database, shop.mira.tenant_id)).data
    assert [(card.key, card.column, card.parent) for card in cards] == [(f"FF-{n}", "Done", None if n == 1 else key) for n in range(1, 7)]
    said = Counter((card.key, one.author) for card in cards for one in card.comments)
    assert said == dict.fromkeys(zip([card.key for card in cards], ["planner", "iris", "iris", "mira", "rune", "rune"], strict=True), 1)
    assert "Signed." in run.output["result"] and "Result of: # Shorten the page" in run.output["result"]
    runs, _ = await list_runs(shop.database.pool, shop.mira.tenant_id)
    assert Counter(one.state for one in runs) == {"completed": 5}

    spent = await shop.database.pool.fetchval("select sum(cost) from flowforge.usage")
    assert Decimal(tree["cost"]) + Decimal(tree["cost_below"]) == spent > 0
    assert [child["key"] for child in tree["children"]] == [f"FF-{n}" for n in range(2, 7)]
    assert tree["runs"][0]["made"] == [f"FF-{n}" for n in range(2, 7)]


async def stands(shop, key: str, column: str) -> bool:
    cards = (await list_tasks(shop.database, shop.mira.tenant_id)).data
    return any(card.key == key and card.column == column for card in cards)
