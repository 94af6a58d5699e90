"""A person's inbox: what is put before them, read, archived, put off, followed, and mailed if they ask for it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from starlette.responses import Response

from flowforge import ids
from flowforge.access.principal import PrincipalKind
from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.sse import stream_response
from flowforge.api.stream_docs import After, LastEventId
from flowforge.api.stream_source import StreamSource
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page
from flowforge.board.inbox import ItemKind, holder_of
from flowforge.board.inbox_item import Choice, Inbox, InboxItem, View, list_inbox, mark
from flowforge.board.inbox_setting import Digest, InboxSetting, get_setting, put_setting

router = Resource(prefix="/v1/inbox", tags=["inbox"])

EXAMPLE: JsonDict = {
    "id": "inb_51d2f0b7c9a94d0e8a3c5b6d7e8f9012",
    "kind": "mentioned",
    "subject": "tsk_01968f3ac8b17c02a3f08241a2f70003",
    "task": "FF-1",
    "title": "atlas mentioned you on FF-1 Refund ORD-9218",
    "text": "@mira the address has changed, shall I go on?",
    "by": "atlas",
    "by_kind": "agent",
    "stage": None,
    "count": 1,
    "seq": 31,
    "unread": True,
    "archived": False,
    "snoozed_until": None,
    "created_at": "2026-11-22T09:14:02.120331Z",
    "updated_at": "2026-11-22T09:14:02.120331Z",
}
SETTINGS: JsonDict = {"digest": "daily", "hour": 8, "weekday": 1, "time_zone": "Europe/Oslo", "mail": ["mentioned", "approval"]}
STREAM_EXAMPLE = (
    'event: hello\ndata: {"seq":30,"server":"flowforge 0.1.0","retention":"7d"}\nretry: 2000\n\n'
    'id: 31\nevent: inbox.item\ndata: {"id":"inb_51d2f0b7c9a94d0e8a3c5b6d7e8f9012","kind":"mentioned","task":"FF-1","seq":31}\n\n'
    'id: 32\nevent: inbox.changed\ndata: {"act":"read","up_to":31,"unread":{}}\n\n: heartbeat\n'
)


class ItemOut(BaseModel):
    """One thing that was put before the caller. There is one for each kind and subject; `count` says how often since it was read."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str
    kind: ItemKind
    subject: Annotated[str, Field(description="What it is about: a task, an approval, a question.")]
    task: Annotated[str | None, Field(description="The task's key, where there is one.")]
    title: str
    text: Annotated[str, Field(description="The beginning of what was said.")]
    by: str
    by_kind: PrincipalKind
    stage: Annotated[str | None, Field(description="Of a date: `tomorrow` or `overdue`, and the date.")]
    count: int
    seq: int
    unread: bool
    archived: bool
    snoozed_until: datetime | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, item: InboxItem) -> ItemOut:
        return cls(
            id=ids.show("inb", item.item_id),
            kind=item.kind,
            subject=item.subject,
            task=item.task,
            title=item.title,
            text=item.text,
            by=item.by,
            by_kind=item.by_kind,
            stage=item.stage or None,
            count=item.count,
            seq=item.seq,
            unread=item.read_at is None,
            archived=item.archived_at is not None,
            snoozed_until=item.snoozed_until,
            created_at=item.created_at,
            updated_at=item.updated_at,
        )


class InboxPage(Page[ItemOut]):
    """Items, the newest first. `unread` counts by kind what is unread and neither archived nor put off, in all; `seq` is the id of the
    stream's newest frame that this answer includes."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None, "unread": {"mentioned": 1}, "seq": 31}]}
    )

    unread: dict[str, int]
    seq: int

    @classmethod
    def of(cls, found: Inbox) -> InboxPage:
        data = [ItemOut.of(item) for item in found.items.data]
        return cls(data=data, next_cursor=found.items.next_cursor, unread=found.unread, seq=found.seq)


class ChoiceIn(Body):
    """Which items: by their ids, at most 200, or all up to a `seq` that was seen."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ids": ["inb_51d2f0b7c9a94d0e8a3c5b6d7e8f9012"]}, {"up_to": 31}]})

    ids: Annotated[tuple[str, ...], Field(strict=False, description="Items of this inbox.")] = ()
    up_to: Annotated[int | None, Field(ge=0, le=2**62, description="All whose `seq` is not above this.")] = None

    @property
    def choice(self) -> Choice:
        return Choice(self.ids, self.up_to)


class ReadIn(ChoiceIn):
    """Which items are read, or, with `unread`, are to be unread again."""

    unread: bool = False


class InboxArchiveIn(ChoiceIn):
    """Which items go to the archive, or, with `undo`, come back from it."""

    undo: bool = False


class SnoozeIn(ChoiceIn):
    """Which items are put off, and until when; null brings them back now."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"ids": ["inb_51d2f0b7c9a94d0e8a3c5b6d7e8f9012"], "until": "2026-11-23T08:00:00Z"}]}
    )

    until: Annotated[AwareDatetime | None, Field(strict=False, description="With its offset from UTC.")]


class ChangedOut(BaseModel):
    """How many items have changed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"changed": 1}]})

    changed: int


class SettingsIn(Body):
    """What the caller wants by mail, in place of what they wanted before."""

    model_config = ConfigDict(json_schema_extra={"examples": [SETTINGS]})

    digest: Digest = "off"
    hour: Annotated[int, Field(description="Of the digest, 0 to 23, in the time zone.")] = 8
    weekday: Annotated[int, Field(description="Of a weekly digest, 1, Monday, to 7.")] = 1
    time_zone: Annotated[str, Field(max_length=100, description="A name of the time zone database.")] = "UTC"
    mail: Annotated[
        tuple[ItemKind, ...],
        Field(strict=False, max_length=20, description="Kinds that are mailed at once, unless read in a minute."),
    ] = ()


class SettingsOut(BaseModel):
    """What the caller has asked for by mail. It goes to the address of their account, through the tenant's alert channel for mail."""

    model_config = ConfigDict(json_schema_extra={"examples": [SETTINGS]})

    digest: Digest
    hour: int
    weekday: int
    time_zone: str
    mail: list[ItemKind]

    @classmethod
    def of(cls, found: InboxSetting) -> SettingsOut:
        return cls(digest=found.digest, hour=found.hour, weekday=found.weekday, time_zone=found.time_zone, mail=list(found.mail))


@router.get("", summary="List the caller's inbox", operation_id="list_inbox", responses=errors(404))
async def index(
    caller: Caller,
    database: Db,
    unread: Annotated[bool, Query(description="Only what is unread.")] = False,
    kind: Annotated[ItemKind | None, Query(description="Only items of this kind.", examples=["mentioned"])] = None,
    view: Annotated[View, Query(description="What is open, was put off, or is archived.")] = "open",
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
) -> InboxPage:
    """The newest first. An inbox belongs to a person: 404 for a key or an agent."""
    return InboxPage.of(await list_inbox(database, caller, unread=unread, kind=kind, view=view, cursor=cursor, limit=limit))


@router.post("/read", summary="Mark items as read", operation_id="read_inbox", responses=errors(404))
async def read(body: ReadIn, caller: Caller, database: Db, bell: Hub) -> ChangedOut:
    """Items by their ids, or all up to a `seq`."""
    return ChangedOut(changed=await mark(database, caller, "unread" if body.unread else "read", body.choice, bell=bell))


@router.post("/archive", summary="Archive items", operation_id="archive_inbox", responses=errors(404))
async def archive(body: InboxArchiveIn, caller: Caller, database: Db, bell: Hub) -> ChangedOut:
    """An archived item comes back when there is more of it."""
    return ChangedOut(changed=await mark(database, caller, "unarchive" if body.undo else "archive", body.choice, bell=bell))


@router.post("/snooze", summary="Put items off", operation_id="snooze_inbox", responses=errors(404))
async def snooze(body: SnoozeIn, caller: Caller, database: Db, bell: Hub) -> ChangedOut:
    """Until then they are neither listed nor counted, even when there is more of them."""
    act: Literal["snooze", "unsnooze"] = "unsnooze" if body.until is None else "snooze"
    return ChangedOut(changed=await mark(database, caller, act, body.choice, until=body.until, bell=bell))


@router.get("/settings", summary="Show what the caller gets by mail", operation_id="get_inbox_settings", responses=errors(404))
async def settings(caller: Caller, database: Db) -> SettingsOut:
    """Nothing, as long as nothing was asked for."""
    return SettingsOut.of(await get_setting(database, caller))


@router.put("/settings", summary="Choose what to get by mail", operation_id="set_inbox_settings", responses=errors(404))
async def put_settings(body: SettingsIn, caller: Caller, database: Db) -> SettingsOut:
    """A digest once a day or a week, at an hour by the clock on the wall, and single kinds at once. Nothing unread is no mail."""
    wanted = InboxSetting(body.digest, body.hour, body.weekday, body.time_zone, body.mail)
    return SettingsOut.of(await put_setting(database, caller, wanted))


@router.get(
    "/stream",
    summary="Follow the caller's inbox",
    operation_id="stream_inbox",
    response_class=Response,
    responses={
        200: {
            "description": "Server-Sent Events: `inbox.item` for what is new or refreshed, `inbox.changed` for what was read or put away.",
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": STREAM_EXAMPLE}},
        },
        **errors(404),
    },
)
async def stream(
    request: Request, caller: Caller, database: Db, bell: Hub, after: After = 0, last_event_id: LastEventId = None
) -> Response:
    """What comes into the inbox and what becomes of it; the stream does not end."""
    holder = await holder_of(database.pool, caller)
    return await stream_response(request, await StreamSource.of(request, database, bell, "person", holder.person_id))
