"""An agent whose budget is used up waits for a person in the middle of its loop, and goes on where it stood."""

from __future__ import annotations

from decimal import Decimal

from flowforge.orchestrator.models.budget import Measure, Terms, create_budget, load_budget
from flowforge.testing.scripted_provider import Asked, Reply, ToolCall


async def test_an_agent_waits_for_its_budget_to_be_raised(shop, provider):
    looked = []

    @shop.tools.tool(effect="read")
    def look_up(order_id: str) -> dict[str, object]:
        looked.append(order_id)
        return {"total": 420}

    def script(asked: Asked) -> Reply:
        return Reply(text="It is 420.") if asked.result_of("look_up") else Reply(tool_calls=(ToolCall("look_up", {"order_id": "ORD-1"}),))

    provider.answer_with(script)
    hired = await shop.hire()
    agent_id = await shop.database.pool.fetchval("select agent_id from flowforge.agent where name = $1", hired.name)
    budget = await create_budget(
        shop.database, shop.mira, "atlas", Measure("agent", "calls", "total", str(agent_id)), Terms(Decimal(1), over="ask")
    )
    key = await shop.give("What is the total of ORD-1?")
    async with shop.worker():
        (approval,) = await shop.asked()
        assert approval.arguments == {"budget": "atlas", "raise_by": "1", "unit": "calls"}
        assert len(provider.requests) == 1
        await shop.decide(approval, True)
        run = await shop.ended(key)

    assert (len(provider.requests), looked) == (2, ["ORD-1"])
    found = await load_budget(shop.database.pool, shop.mira.tenant_id, budget.budget_id)
    assert (found.used, found.raised, found.reserved) == (2, 1, 0)
    assert (run.state, run.output["result"]) == ("completed", "It is 420.")
