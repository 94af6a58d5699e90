"""One act on many tasks."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge.access.principal import Principal
from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.openapi import errors
from flowforge.api.problem import FieldError
from flowforge.api.resource import Resource
from flowforge.api.routes.task_input import AssigneeIn
from flowforge.api.told_error import problem_of
from flowforge.api.values import Body
from flowforge.board.bulk import BulkAct, BulkAction, BulkResult, act_on_tasks, keys_for
from flowforge.board.listing import TaskFilter
from flowforge.board.priority import Priority
from flowforge.db.database import Database
from flowforge.errors import InvalidInput, NotFound

router = Resource(prefix="/v1/tasks/bulk", tags=["tasks"])

ANSWER_EXAMPLE: JsonDict = {
    "data": [
        {"key": "FF-1", "revision": 4, "error": None},
        {"key": "FF-2", "revision": None, "error": {"status": 409, "detail": "Doing holds 3 of at most 3 cards", "errors": []}},
    ],
    "done": 1,
    "refused": 1,
}


class TaskFilterIn(Body):
    """Tasks for which all of this holds, as `GET /v1/tasks` has it."""

    board: Annotated[str | None, Field(max_length=500)] = None
    columns: Annotated[list[str], Field(max_length=50, default_factory=list)]
    assignee: Annotated[str | None, Field(max_length=500)] = None
    labels: Annotated[list[str], Field(max_length=20, default_factory=list)]
    priorities: Annotated[list[Priority], Field(max_length=5, default_factory=list)]
    due_before: Annotated[AwareDatetime | None, Field(strict=False)] = None
    due_after: Annotated[AwareDatetime | None, Field(strict=False)] = None
    blocked: bool | None = None
    parent: Annotated[str | None, Field(max_length=500)] = None
    q: Annotated[str | None, Field(max_length=500)] = None
    updated_since: Annotated[AwareDatetime | None, Field(strict=False)] = None
    archived: bool = False

    def read(self) -> TaskFilter:
        values = self.model_dump(exclude={"q"})
        lists = {name: tuple(values[name]) for name in ("columns", "labels", "priorities")}
        return TaskFilter(**{**values, **lists, "text": self.q})


class TasksActIn(Body):
    """An act on the tasks of these keys, or of a filter: `move` needs `column`, `assign` an `assignee` or null for nobody, `label` what to
    `add` or `remove`, `priority` a `priority`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"action": "move", "keys": ["FF-1", "FF-2"], "column": "Done"},
                {"action": "label", "filter": {"columns": ["Backlog"], "q": "refund"}, "add": ["money"]},
            ]
        }
    )

    action: BulkAction
    keys: Annotated[list[str] | None, Field(max_length=1000)] = None
    filter: TaskFilterIn | None = None
    column: Annotated[str | None, Field(max_length=500)] = None
    assignee: AssigneeIn | None = None
    add: Annotated[list[str], Field(max_length=20, default_factory=list)]
    remove: Annotated[list[str], Field(max_length=20, default_factory=list)]
    priority: Priority | None = None

    def act(self) -> BulkAct:
        if self.action == "assign" and "assignee" not in self.model_fields_set:
            raise InvalidInput("say to whom, or null for nobody", pointer="/assignee")
        return BulkAct(
            self.action,
            column=self.column,
            assignee=None if self.assignee is None else self.assignee.name(),
            start=self.assignee is None or self.assignee.start,
            add=tuple(self.add),
            remove=tuple(self.remove),
            priority=self.priority,
        )


class RefusedOut(BaseModel):
    """Why a task was left as it is: what the single request would have been answered."""

    status: int
    detail: str
    errors: list[dict[str, str]]


class TaskActOut(BaseModel):
    """What came of it for one task."""

    key: str
    revision: int | None
    error: RefusedOut | None

    @classmethod
    def of(cls, result: BulkResult) -> TaskActOut:
        if result.error is None:
            return cls(key=result.key, revision=result.revision, error=None)
        problem = problem_of(result.error)
        told: list[FieldError] = list(problem.errors)
        refused = RefusedOut(status=problem.status, detail=problem.detail, errors=[error.as_json() for error in told])
        return cls(key=result.key, revision=None, error=refused)


class TasksActOut(BaseModel):
    """One result for each task, in the order of the keys."""

    model_config = ConfigDict(json_schema_extra={"examples": [ANSWER_EXAMPLE]})

    data: list[TaskActOut]
    done: int
    refused: int


@router.post("", summary="Act on many tasks", operation_id="act_on_tasks", responses=errors())
async def create(body: TasksActIn, caller: Caller, database: Db, bell: Hub) -> TasksActOut:
    """On at most 200, each for itself: one that is refused stops no other. Sent again, it does what is left to do."""
    if (body.keys is None) == (body.filter is None):
        raise InvalidInput("give keys or a filter, one of them", pointer="/keys")
    act = body.act()
    keys = body.keys or []
    if body.filter is not None:
        keys = await _found(database, caller, body.filter)
    results = await act_on_tasks(database, caller, keys, act, bell=bell)
    refused = sum(result.error is not None for result in results)
    return TasksActOut(data=[TaskActOut.of(result) for result in results], done=len(results) - refused, refused=refused)


async def _found(database: Database, caller: Principal, wanted: TaskFilterIn) -> list[str]:
    try:
        return await keys_for(database, caller.tenant_id, wanted.read())
    except NotFound as unknown:
        raise InvalidInput(str(unknown), pointer=f"/filter/{unknown.what}") from None
