"""The tree of cards below a card: who does which part, in which runs, and what it costs."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge.agents.task_tree import TreeCard, read_tree
from flowforge.api.caller import Caller, Db
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.values import Money
from flowforge.orchestrator.run import RunState

router = Resource(prefix="/v1/tasks", tags=["tasks"])

EXAMPLE: JsonDict = {
    "key": "FF-1",
    "title": "Launch the page",
    "column": "Doing",
    "assignee": {"agent": "atlas"},
    "cost": "0.0421",
    "cost_below": "0.0107",
    "runs": [
        {"id": "run_01968f3ac8b17c02a3f08241a2f70001", "agent": "atlas", "state": "waiting", "cost": "0.0421", "made": ["FF-2"]},
    ],
    "children": [
        {
            "key": "FF-2",
            "title": "Write the text",
            "column": "Review",
            "assignee": {"agent": "maya"},
            "cost": "0.0107",
            "cost_below": "0",
            "runs": [{"id": "run_01968f3ac8b17c02a3f08241a2f70002", "agent": "maya", "state": "completed", "cost": "0.0107", "made": []}],
            "children": [],
        }
    ],
}


class TreeRunOut(BaseModel):
    """A run on a card; `made` are the tasks that it has given away."""

    id: str
    agent: str | None
    state: RunState
    cost: Money | None
    made: list[str]


class TreeCardOut(BaseModel):
    """A card with those below it. `cost_below` is what they cost together; null where a price is not known."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    key: str
    title: str
    column: str
    assignee: Annotated[dict[str, str] | None, Field(description='`{"agent": name}`, `{"user": name}`, or null.')]
    cost: Money | None
    cost_below: Money | None
    runs: list[TreeRunOut]
    children: list[TreeCardOut]

    @classmethod
    def of(cls, card: TreeCard) -> TreeCardOut:
        return cls(
            key=card.key,
            title=card.title,
            column=card.column,
            assignee=None if card.assignee is None else {card.assignee[0]: card.assignee[1]},
            cost=card.cost,
            cost_below=card.cost_below,
            runs=[TreeRunOut(id=run.id, agent=run.agent, state=run.state, cost=run.cost, made=list(run.made)) for run in card.runs],
            children=[cls.of(child) for child in card.children],
        )


class TaskTreeOut(BaseModel):
    """`truncated`: there are more cards in it than are shown."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"root": EXAMPLE, "truncated": False}]})

    root: TreeCardOut
    truncated: bool


@router.get("/{key}/tree", summary="Show the tree below a task", operation_id="get_task_tree", responses=errors(404))
async def tree(
    key: Annotated[str, Path(description="A task's key, or its id.", examples=["FF-1"])], caller: Caller, database: Db
) -> TaskTreeOut:
    """Its parts and what its runs have given away, down to the last, with runs, states and costs."""
    found = await read_tree(database, caller.tenant_id, key)
    return TaskTreeOut(root=TreeCardOut.of(found.root), truncated=found.truncated)
