"""Users: the people whom tasks are assigned to and who decide approvals."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge import ids
from flowforge.access.permission import Role
from flowforge.api.caller import Caller, Db
from flowforge.api.idempotency import RepeatId
from flowforge.api.resource import Resource
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page
from flowforge.board.person import Person, create_person, list_people

router = Resource(prefix="/v1/users", tags=["users"])

EXAMPLE: JsonDict = {
    "id": "usr_01968f3ac8b17c02a3f08241a2f70004",
    "name": "mira",
    "role": "approver",
    "created_at": "2026-11-22T09:00:00.000000Z",
}


class UserIn(Body):
    """A person to add."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "mira"}]})

    name: Annotated[str, Field(description="One line, up to 100 characters; each name is given once.")]


class UserOut(BaseModel):
    """A person."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str
    name: str
    role: Annotated[Role | None, Field(description="What they may in this tenant; null for somebody who cannot sign in.")]
    created_at: datetime

    @classmethod
    def of(cls, person: Person) -> UserOut:
        return cls(id=ids.show("usr", person.person_id), name=person.name, role=person.role, created_at=person.created_at)


class UserPage(Page[UserOut]):
    """People, in the order in which they were added."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


@router.post("", status_code=201, summary="Add a user", operation_id="create_user")
async def create(body: UserIn, caller: Caller, database: Db, repeat: RepeatId) -> UserOut:
    """409 when the name is taken."""
    return UserOut.of(await create_person(database, caller, body.name, person_id=repeat))


@router.get("", summary="List users", operation_id="list_users")
async def index(caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> UserPage:
    """In the order in which they were added."""
    page = await list_people(database, caller.tenant_id, cursor=cursor, limit=limit)
    return UserPage(data=[UserOut.of(person) for person in page.data], next_cursor=page.next_cursor)
