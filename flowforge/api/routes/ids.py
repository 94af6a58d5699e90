"""What an ending of an id may mean: for places where a person types one and looks at what there is before opening it."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

from flowforge import ids
from flowforge.api.caller import Caller, Db
from flowforge.api.resource import Resource
from flowforge.api.values import Page
from flowforge.db.queries import load_queries

router = Resource(prefix="/v1/ids", tags=["runs"])

Kind = Literal["run", "approval", "event"]
PREFIXES: dict[Kind, ids.Prefix] = {"run": "run", "approval": "apr", "event": "evt"}
NEEDS: dict[Kind, str] = {"run": "runs:read", "approval": "approvals:read", "event": "events:read"}
EXAMPLE: JsonDict = {"kind": "run", "id": "run_01968f3ac8b17c02a3f08241a2f70001", "label": "a2f7_0001", "name": "order.process_order"}
DIGITS_MIN = 4
_ID = re.compile(r"(?:(run|apr|evt)_)?([0-9a-f_-]{4,40})", re.IGNORECASE)

sql = load_queries("flowforge.api")


class NamedOut(BaseModel):
    """Something that has an id. `name` is a run's function, an approval's tool, an event's name."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    kind: Kind
    id: str
    label: str
    name: str


class NamedPage(Page[NamedOut]):
    """At most three of each kind, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


@router.get("", summary="Find what an ending of an id names", operation_id="list_ids")
async def index(
    caller: Caller,
    database: Db,
    ending: Annotated[
        str,
        Query(
            min_length=DIGITS_MIN,
            max_length=60,
            description="A whole id, a label, or an ending of at least four digits.",
            examples=["a2f7_0001"],
        ),
    ],
) -> NamedPage:
    """Runs, approvals and events that the caller may read. What is no id names nothing: the list is empty."""
    text = _ID.fullmatch(ending.strip())
    digits = "" if text is None else re.sub("[_-]", "", text[2]).lower()
    if text is None or len(digits) < DIGITS_MIN:
        return NamedPage(data=[])
    wanted = [kind for kind, needed in NEEDS.items() if needed in caller.permissions and text[1] in (None, PREFIXES[kind])]
    rows = await sql.ids_by_ending.fetch(database.pool, tenant_id=caller.tenant_id, kinds=wanted, ending=digits)
    return NamedPage(
        data=[
            NamedOut(kind=row["kind"], id=ids.show(PREFIXES[row["kind"]], row["id"]), label=ids.label(row["id"]), name=row["name"])
            for row in rows
        ]
    )
