"""Watchers of a task: the people who hear of what is said on it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.api.caller import Caller, Db
from flowforge.api.openapi import errors
from flowforge.api.problem import refuse
from flowforge.api.resource import Resource
from flowforge.api.routes.task_output import TaskKey
from flowforge.api.values import PAGE_DEFAULT, Cursor, Limit, Page
from flowforge.board.watcher import ME, Watcher, is_oneself, list_watchers, unwatch, watch

router = Resource(prefix="/v1/tasks/{key}/watchers", tags=["tasks"])

EXAMPLE: JsonDict = {"id": "usr_01968f3ac8b17c02a3f08241a2f70004", "name": "mira", "since": "2026-11-22T09:00:00.000000Z"}
PersonName = Annotated[str, Path(max_length=200, description="A person's name or id, or `me`.", examples=["me"])]


class WatcherOut(BaseModel):
    """Somebody who watches a task."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str
    name: str
    since: datetime

    @classmethod
    def of(cls, found: Watcher) -> WatcherOut:
        return cls(id=ids.show("usr", found.person_id), name=found.name, since=found.since)


class WatcherPage(Page[WatcherOut]):
    """Watchers by name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


@router.get("", summary="List who watches a task", operation_id="list_watchers", responses=errors(404))
async def index(key: TaskKey, caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> WatcherPage:
    """By name. Who makes it, has it, answers for it, speaks on it or is mentioned on it watches it by itself."""
    found = await list_watchers(database, caller.tenant_id, key, after=cursor, limit=limit + 1)
    following = found[limit - 1].name if len(found) > limit else None
    return WatcherPage(data=[WatcherOut.of(one) for one in found[:limit]], next_cursor=following)


@router.put("/{person}", summary="Watch a task", operation_id="watch_task", responses=errors(404))
async def put(key: TaskKey, person: PersonName, caller: Caller, database: Db) -> WatcherOut:
    """Oneself, or, with the permission tasks:write, somebody else."""
    await _must_may(caller, database, key, person)
    return WatcherOut.of(await watch(database, caller, key, person))


@router.delete("/{person}", status_code=204, summary="Stop watching a task", operation_id="unwatch_task", responses=errors(404))
async def delete(key: TaskKey, person: PersonName, caller: Caller, database: Db) -> None:
    """It holds whatever they do on the task from now on; what is meant for them comes all the same."""
    await _must_may(caller, database, key, person)
    await unwatch(database, caller, key, person)


async def _must_may(caller: Principal, database: Db, key: str, person: str) -> None:
    if person != ME and not is_oneself(caller, person) and "tasks:write" not in caller.permissions:
        await list_watchers(database, caller.tenant_id, key, limit=1)  # of a task that there is not, that is told first
        raise refuse("forbidden", "this needs the permission tasks:write, for anybody but oneself")
