"""The audit log: searched, streamed, proved and exported."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Path, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from starlette.responses import Response, StreamingResponse

from flowforge import ids
from flowforge.access.principal import PrincipalKind
from flowforge.api.audit_stream import audit_stream
from flowforge.api.caller import Caller, Db, WholeDb
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.stream_docs import After, LastEventId
from flowforge.api.values import PAGE_DEFAULT, Cursor, Limit, Page
from flowforge.audit import log as audit
from flowforge.audit.anchoring import Anchored, list_anchored
from flowforge.audit.entry import Text
from flowforge.audit.export import export, prove, prove_consistency
from flowforge.audit.head import SignedHead
from flowforge.audit.keeper import bring_up_to_date
from flowforge.audit.key import AuditKey
from flowforge.audit.log import AuditEntry, Wish, append
from flowforge.audit.signed_heads import newest_heads, read_keys
from flowforge.audit.signing import Signer
from flowforge.errors import Conflict, InvalidInput

router = Resource(prefix="/v1/audit", tags=["audit"])

NDJSON = "application/x-ndjson"
HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
ENTRY: JsonDict = {
    "id": "aud_01968f3ac8b17c02a3f08241a2f70031",
    "position": 4711,
    "at": "2026-11-22T09:14:02.120331Z",
    "principal": {"kind": "person", "name": "mira", "id": None},
    "action": "task.move",
    "target": {"kind": "task", "name": "FF-12"},
    "detail": {"from": "Doing", "to": "Done"},
    "request_id": "01968f3ac8b17c02a3f08241a2f70001",
    "erased": [],
}
HEAD: JsonDict = {
    "type": "head",
    "head": f'{{"at":"2026-11-22T09:15:00.000000Z","format":1,"key":"ak_{HEX[:32]}",'
    f'"previous":null,"root":"{HEX}","size":4800,"tenant":"…"}}',
    "signature": HEX + HEX,
}
KEY: JsonDict = {
    "type": "key",
    "id": f"ak_{HEX[:32]}",
    "public_key": HEX,
    "introduction": f'{{"at":"2026-11-01T08:00:00.000000Z","format":1,"key":"ak_{HEX[:32]}","previous":null,"public_key":"{HEX}"}}',
    "signature": HEX + HEX,
    "valid_from": "2026-11-01T08:00:00.000000Z",
    "valid_until": None,
}
ANCHOR: JsonDict = {
    "name": "file heads.jsonl 4f1c02aa",
    "size": 4800,
    "attempts": 0,
    "error": None,
    "updated_at": "2026-11-22T09:15:02.000000Z",
}
PROOF: JsonDict = {"format": "flowforge-audit-proof/1", "entry": {}, "path": [HEX], "head": HEAD, "keys": [KEY]}
CONSISTENCY: JsonDict = {"format": "flowforge-audit-consistency/1", "first": HEAD, "second": HEAD, "path": [HEX], "keys": [KEY]}
EXPORT_EXAMPLE = '{"at":"2026-11-22T09:15:00.000000Z","format":"flowforge-audit/1","size":4800,"tenant":"…","type":"export"}\n…\n'
STREAM_EXAMPLE = (
    'event: hello\ndata: {"seq":4800,"server":"flowforge 0.1.0"}\nretry: 2000\n\n'
    "id: 4801\nevent: audit.entry\n"
    'data: {"id":"aud_01968f3ac8b17c02a3f08241a2f70031","position":4800,"action":"task.move"}\n\n: heartbeat\n'
)


class WhoOut(BaseModel):
    """Who acted. `name` is null where it was erased."""

    kind: PrincipalKind
    name: str | None
    id: UUID | None


class WhatOut(BaseModel):
    """What it was done to. `name` is null where it was erased."""

    kind: str
    name: str | None


class AuditEntryOut(BaseModel):
    """One act. `position` is its place in the tree, null for about a second after the act; `erased` names what was erased of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [ENTRY]})

    id: str
    position: int | None
    at: datetime
    principal: WhoOut
    action: str
    target: WhatOut
    detail: dict[str, Any] | None
    request_id: str | None
    erased: list[Text]

    @classmethod
    def of(cls, entry: AuditEntry, **more: Any) -> AuditEntryOut:
        return cls(
            id=ids.show("aud", entry.entry_id),
            position=entry.position,
            at=entry.created_at,
            principal=WhoOut(kind=entry.principal_kind, name=entry.principal, id=entry.principal_id),
            action=entry.action,
            target=WhatOut(kind=entry.target_kind, name=entry.target),
            detail=entry.detail,
            request_id=entry.request_id,
            erased=list(entry.erased),
            **more,
        )


class AuditEntryPage(Page[AuditEntryOut]):
    """Entries, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [ENTRY], "next_cursor": None}]})


class ProvedEntryOut(AuditEntryOut):
    """An entry with the proof that it is in the log that a head signed; `proof` is null until a head covers it, a minute at most.

    The proof is verified without us: `flowforge audit verify FILE`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**ENTRY, "proof": PROOF}]})

    proof: dict[str, Any] | None = None


class HeadOut(BaseModel):
    """A signed head: `head` is the text that was signed, as it was signed."""

    model_config = ConfigDict(json_schema_extra={"examples": [HEAD]})

    type: Literal["head"]
    head: str
    signature: Annotated[str, Field(description="Ed25519, in hex.")]

    @classmethod
    def of(cls, head: SignedHead) -> HeadOut:
        return cls(**head.as_json())


class HeadPage(Page[HeadOut]):
    """Heads, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [HEAD], "next_cursor": None}]})


class AuditKeyOut(BaseModel):
    """A public key that signs heads, introduced by the one before it. It is valid until the next one's introduction."""

    model_config = ConfigDict(json_schema_extra={"examples": [KEY]})

    type: Literal["key"]
    id: str
    public_key: Annotated[str, Field(description="32 bytes in hex.")]
    introduction: str
    signature: str
    valid_from: datetime
    valid_until: datetime | None

    @classmethod
    def of(cls, key: AuditKey, following: AuditKey | None = None) -> AuditKeyOut:
        until = None if following is None else datetime.fromisoformat(following.introduced_at)
        return cls(**key.as_json(), valid_from=datetime.fromisoformat(key.introduced_at), valid_until=until)


class AuditKeyPage(Page[AuditKeyOut]):
    """Keys, the first first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [KEY], "next_cursor": None}]})


class ConsistencyOut(BaseModel):
    """A proof that the log of the second head begins with that of the first, for `flowforge audit compare --proof`."""

    model_config = ConfigDict(json_schema_extra={"examples": [CONSISTENCY]})

    format: str
    first: HeadOut
    second: HeadOut
    path: list[str]
    keys: list[dict[str, Any]]


class AnchorOut(BaseModel):
    """A place outside that keeps heads: all of them up to `size`. `error` says why the last of `attempts` failed."""

    model_config = ConfigDict(json_schema_extra={"examples": [ANCHOR]})

    name: str
    size: int
    attempts: int
    error: str | None
    updated_at: datetime

    @classmethod
    def of(cls, found: Anchored) -> AnchorOut:
        return cls(name=found.anchor, size=found.size, attempts=found.attempts, error=found.error, updated_at=found.updated_at)


class AnchorPage(Page[AnchorOut]):
    """Anchors by name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [ANCHOR], "next_cursor": None}]})


Words = Annotated[str | None, Query(min_length=1, max_length=200)]
Size = Annotated[int, Query(ge=1, le=2**62, description="The size of one of the log's heads.", examples=[4800])]


@router.get("", summary="Search the audit log", operation_id="list_audit")
async def index(
    caller: Caller,
    database: Db,
    principal: Annotated[Words, Query(description="Who acted, by name.")] = None,
    action: Annotated[Words, Query(description="What was done, or the beginning of it.", examples=["task."])] = None,
    target: Annotated[Words, Query(description="What it was done to.", examples=["FF-12"])] = None,
    text: Annotated[Words, Query(description="Stands anywhere in action, principal, target or detail.")] = None,
    since: Annotated[AwareDatetime | None, Query(description="Not before this time.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Not after this time.")] = None,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
) -> AuditEntryPage:
    """The newest first; an entry is here as soon as its act is committed."""
    wish = Wish(principal, action, target, text, since, until)
    found = await audit.search(database.pool, caller.tenant_id, wish, before=_place(cursor), limit=limit + 1)
    following = found[limit - 1].entry_id.hex if len(found) > limit else None
    return AuditEntryPage(data=[AuditEntryOut.of(entry) for entry in found[:limit]], next_cursor=following)


@router.get("/heads", summary="List the signed heads of the audit log", operation_id="list_audit_heads")
async def heads(caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> HeadPage:
    """The newest first. Keep some of them elsewhere: they show later whether the log was changed."""
    found = await newest_heads(database.pool, caller.tenant_id, before=_size(cursor), limit=limit + 1)
    following = str(found[limit - 1].size) if len(found) > limit else None
    return HeadPage(data=[HeadOut.of(head) for head in found[:limit]], next_cursor=following)


@router.get("/anchors", summary="List where heads are kept outside", operation_id="list_audit_anchors")
async def anchors(caller: Caller, database: Db) -> AnchorPage:
    """Each with how far it has got; those that FLOWFORGE_AUDIT_ANCHORS names, once a first head was tried."""
    return AnchorPage(data=[AnchorOut.of(found) for found in await list_anchored(database.pool, caller.tenant_id)])


@router.get("/keys", summary="List the keys that sign the audit log", operation_id="list_audit_keys")
async def keys(caller: Caller, database: Db) -> AuditKeyPage:
    """The first first. They are the deployment's; each is signed by the one before it."""
    return AuditKeyPage(data=_with_validity(await read_keys(database.pool)))


@router.post("/keys", status_code=201, summary="Change the key that signs the audit log", operation_id="rotate_audit_key")
async def rotate(request: Request, caller: Caller, database: WholeDb) -> AuditKeyOut:
    """Heads are signed with the new key from now on, for every tenant; the old one introduces it, and older heads stay verifiable."""
    signer = _signer(request)
    if signer is None:
        raise Conflict("this server signs no heads: it has no key that seals secrets", hint="set FLOWFORGE_SECRETS_KEY")
    return AuditKeyOut.of(await signer.rotate(database, caller))


@router.get("/consistency", summary="Prove that one head follows from another", operation_id="compare_audit_heads", responses=errors(404))
async def consistency(caller: Caller, database: Db, first: Size, second: Size) -> ConsistencyOut:
    """That nothing in the log of the smaller head was changed until the larger one."""
    return ConsistencyOut(**await prove_consistency(database.pool, caller.tenant_id, first, second))


@router.get(
    "/export",
    summary="Export the audit log",
    operation_id="export_audit",
    response_class=Response,
    responses={200: {"content": {NDJSON: {"schema": {"type": "string"}, "example": EXPORT_EXAMPLE}}, "description": "Lines of JSON."}},
)
async def download(request: Request, caller: Caller, database: Db, whole: WholeDb) -> Response:
    """All of it, up to a head that is signed now, for `flowforge audit verify`. The export is an entry of its own."""
    async with database.pool.acquire() as connection, connection.transaction():
        await append(connection, caller, "audit.export", "audit", "log")
    await bring_up_to_date(whole, caller.tenant_id, _signer(request))
    lines = export(database, caller.tenant_id)
    return StreamingResponse(lines, media_type=NDJSON, headers={"Content-Disposition": 'attachment; filename="audit.jsonl"'})


@router.get(
    "/stream",
    summary="Follow the audit log live",
    operation_id="stream_audit",
    response_class=Response,
    responses={
        200: {
            "description": "Server-Sent Events.",
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": STREAM_EXAMPLE}},
        }
    },
)
async def stream(request: Request, caller: Caller, database: Db, after: After = 0, last_event_id: LastEventId = None) -> Response:
    """Entries as they get their positions, about a second after the act. An id is an entry's position plus one; the stream does not end."""
    return await audit_stream(request, database, caller.tenant_id, lambda entry: AuditEntryOut.of(entry).model_dump_json())


@router.get("/{entry}", summary="Show an audit entry with its proof", operation_id="get_audit_entry", responses=errors(404))
async def show(
    entry: Annotated[
        str, Path(max_length=100, description="Its id, or an ending of it.", examples=["aud_01968f3ac8b17c02a3f08241a2f70031"])
    ],
    caller: Caller,
    database: Db,
) -> ProvedEntryOut:
    """With what proves to a stranger that it is in the log."""
    found = await audit.find(database.pool, caller.tenant_id, entry)
    proof = await prove(database.pool, caller.tenant_id, found)
    return ProvedEntryOut(**AuditEntryOut.of(found).model_dump(), proof=proof)


def _signer(request: Request) -> Signer | None:
    signer: Signer | None = getattr(request.app.state, "audit_signer", None)
    return signer


def _with_validity(found: list[AuditKey]) -> list[AuditKeyOut]:
    return [AuditKeyOut.of(key, following) for key, following in zip(found, [*found[1:], None], strict=False)]


def _place(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    try:
        return UUID(hex=cursor)
    except ValueError:
        raise _unknown_cursor() from None


def _size(cursor: str | None) -> int:
    if cursor is None:
        return 2**63 - 1
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):
        raise _unknown_cursor()
    return int(cursor)


def _unknown_cursor() -> InvalidInput:
    return InvalidInput("this cursor is not one that was handed out", pointer="/cursor")
