"""An agent at work without a card: its answer is the run's output."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Response as Answer
from pydantic import ConfigDict, Field

from flowforge.agents.errand import run_agent
from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.routes.agents import AgentId
from flowforge.api.routes.runs import RunOut, shown_run
from flowforge.api.values import Body

router = Resource(prefix="/v1/agents", tags=["agents"])


class AgentRunIn(Body):
    """What the agent is to do, without a card."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"prompt": "Which of yesterday's orders look like fraud?", "budget": "0.50"}]}
    )

    prompt: Annotated[str, Field(description="What it is told, in words; up to 100,000 characters.")]
    output: Annotated[dict[str, Any] | None, Field(description="A JSON Schema that its answer has to fit.")] = None
    budget: Annotated[str | None, Field(max_length=40, description="US dollars that its model calls may cost.")] = None


@router.post(
    "/{agent}/runs", status_code=202, summary="Run an agent without a card", operation_id="run_agent", responses=errors(403, 404, 409)
)
async def create(agent: AgentId, body: AgentRunIn, caller: Caller, database: Db, bell: Hub, repeat: RepeatId, answer: Answer) -> RunOut:
    """The run's output is the agent's answer. 409 for an archived agent, and where no worker has run agents yet."""
    run = await run_agent(database, caller, agent, body.prompt, output=body.output, budget=body.budget, run_id=repeat, bell=bell)
    answer.headers["Location"] = f"/v1/runs/{run.id}"
    return await shown_run(database, caller, run)
