"""Workers that die while an agent is started: by a trigger, by a workflow. Nothing is made, asked or lost twice."""

from __future__ import annotations

import pytest

from flowforge import Context, step
from flowforge.agents.trigger import add_trigger, read_trigger
from flowforge.board.task import list_tasks
from flowforge.testing.harness import Forge
from flowforge.testing.scripted_provider.reply import Reply
from tests.testing.conftest import SpokenModel

pytest_plugins = ["flowforge.testing.plugin"]

DEATHS = [
    pytest.param(point, nth, marks=() if (point, nth) == ("body.after", 2) else pytest.mark.thorough)
    for point in ("body.after", "checkpoint.before_commit", "checkpoint.after_commit")
    for nth in (1, 2, 3)
]


@pytest.mark.thorough
@pytest.mark.parametrize(("point", "nth"), DEATHS)
async def test_a_trigger_makes_each_card_and_run_once_wherever_its_worker_dies(
    forge: Forge, spoken_model: SpokenModel, point: str, nth: int
):
    spoken_model.answer_with(lambda asked: Reply(text="Seen."))
    await forge.agent("atlas")
    for trigger in ({"title": "Look"}, {"makes": "run", "prompt": "Judge."}, {"title": "Look again"}):
        await add_trigger(forge.database, forge.person, "atlas", read_trigger({"event": "order/created", **trigger}))

    forge.crash_at(point, nth=nth)
    await forge.send("order/created", {"id": "ORD-1"})
    await forge.work_until_idle()

    tasks = (await list_tasks(forge.database, forge.tenant_id)).data
    runs = await forge.runs()
    assert sorted(task.title for task in tasks) == ["Look", "Look again"]
    assert sorted(run.function for run in runs) == ["flowforge.agent", "flowforge.agent", "flowforge.agent_run", "flowforge.agent_trigger"]
    assert {run.state for run in runs} == {"completed"}


@pytest.mark.parametrize(("point", "nth"), DEATHS)
async def test_an_agents_answer_reaches_the_workflow_once_wherever_a_worker_dies(
    forge: Forge, spoken_model: SpokenModel, point: str, nth: int
):
    @forge.function(trigger="order/created")
    async def check(ctx: Context) -> str:
        return await step.agent("judge", agent="atlas", prompt="Judge.", budget="1.00")

    spoken_model.answer_with(lambda asked: Reply(text="Fine."))
    await forge.agent("atlas")
    forge.crash_at(point, nth=nth)
    run = await forge.wait_for(await forge.send("order/created"), "completed")
    await forge.work_until_idle()

    assert run.output == "Fine."
    assert len([one for one in await forge.runs() if one.function == "flowforge.agent_run"]) == 1
    assert await forge.database.pool.fetchval("select count(*) from flowforge.budget") == 0
