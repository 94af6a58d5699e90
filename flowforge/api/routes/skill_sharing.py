"""Skills from elsewhere: from an address, or from another tenant that shares them."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path
from fastapi import Response as Answer
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge import ids
from flowforge.api.caller import Caller, Db, WholeDb
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.routes.skills import VERSION, InPath, SkillVersionOut
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page
from flowforge.errors import InvalidInput, NotFound
from flowforge.skills import share as shares
from flowforge.skills.fetch import URL_LENGTH_MAX, fetch_skill
from flowforge.skills.registry import add_version
from flowforge.skills.share import SharedSkill
from flowforge.skills.skill import Skill
from flowforge.skills.tree import unpack

router = Resource(prefix="/v1", tags=["skills"])

SHARED: JsonDict = {
    "id": "skl_01968f3ac8b17c02a3f08241a2f70051",
    "name": "refunds",
    "number": 3,
    "tree": VERSION["tree"],
    "description": "How we pay customers back.",
    "owner": "acme",
    "own": True,
    "with": None,
    "shared_by": "mira",
    "created_at": "2026-11-22T09:00:00.000000Z",
}
ShareId = Annotated[str, Path(max_length=100, description="The id of a shared skill.", examples=[SHARED["id"]])]


class SkillImportIn(Body):
    """Where to fetch a skill: an address, or the id of a shared one. It counts as from outside unless somebody vouches for it."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"url": "https://example.com/skills-main.zip#subfolder=skills/refunds", "vouched": False},
                {"shared": SHARED["id"], "label": "stable", "vouched": True},
            ]
        },
    )

    url: Annotated[str | None, Field(max_length=URL_LENGTH_MAX, description="Of a zip or tar.gz; `#subfolder=` names a folder in it.")] = (
        None
    )
    shared: Annotated[str | None, Field(max_length=100)] = None
    sha256: Annotated[str | None, Field(max_length=64, description="Of the archive at `url`; another one is refused.")] = None
    label: Annotated[str | None, Field(max_length=32)] = None
    vouched: Annotated[bool, Field(description="True: you have read it, and answer for its text.")] = False


class ShareIn(Body):
    """With whom: the id of a tenant (`tnt_…`), or null for every tenant of this deployment."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        populate_by_name=True,
        json_schema_extra={"examples": [{"with": "tnt_01968f3ac8b17c02a3f08241a2f70009"}, {"with": None}]},
    )

    reader: Annotated[str | None, Field(alias="with", max_length=100)]


class SharedSkillOut(BaseModel):
    """A version that may be imported. `own`: this tenant shares it; only then is it told with whom, and by whom."""

    model_config = ConfigDict(populate_by_name=True, json_schema_extra={"examples": [SHARED]})

    id: str
    name: str
    number: int
    tree: str
    description: str
    owner: str
    own: bool
    reader: Annotated[str | None, Field(alias="with")]
    shared_by: str
    created_at: datetime

    @classmethod
    def of(cls, found: SharedSkill) -> SharedSkillOut:
        reader = None if found.reader_id is None else ids.show("tnt", found.reader_id)
        named: dict[str, Any] = {name: getattr(found, name) for name in ("name", "number", "tree", "description", "owner", "own")}
        return cls(id=ids.show("skl", found.share_id), reader=reader, shared_by=found.shared_by, created_at=found.created_at, **named)


class SharedSkillPage(Page[SharedSkillOut]):
    """Shared skills by name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [SHARED], "next_cursor": None}]})


@router.post(
    "/skill_imports",
    status_code=201,
    summary="Import a skill",
    operation_id="import_skill",
    responses={200: {"model": SkillVersionOut, "description": "These files are a version already"}, **errors()},
)
async def import_(body: SkillImportIn, caller: Caller, database: Db, whole: WholeDb, answer: Answer) -> SkillVersionOut:
    """Fetched once, by this server, from where it may call; what is kept is a copy. An import again of the same files makes no version."""
    if (body.url is None) == (body.shared is None):
        raise InvalidInput("give either url or shared", pointer="/url")
    if body.url is not None:
        fetched = await fetch_skill(body.url, body.sha256)
        skill, source = fetched.skill, {"kind": "url", "url": body.url, "sha256": fetched.archive_sha256}
    else:
        skill, source = await _shared(whole, caller.tenant_id, str(body.shared))
    version, new = await add_version(database, caller, skill, source, label=body.label, vouched=body.vouched)
    answer.status_code = 201 if new else 200
    answer.headers["Location"] = f"/v1/skills/{version.title}"
    found: SkillVersionOut = SkillVersionOut.of(version)
    return found


@router.post("/skills/{skill}/shares", status_code=201, summary="Share a skill", operation_id="share_skill", responses=errors(404))
async def share(skill: InPath, body: ShareIn, caller: Caller, database: Db, repeat: RepeatId) -> SharedSkillOut:
    """The version that it means now, as a copy for others to import. Not told: whether that tenant exists."""
    reader = None
    if body.reader is not None:
        reader = ids.parse("tnt", body.reader)
        if reader is None:
            raise InvalidInput("this is not the id of a tenant", pointer="/with", hint="it begins with tnt_; or null for every tenant")
    return SharedSkillOut.of(await shares.share(database, caller, skill, reader, share_id=repeat))


@router.get("/shared_skills", summary="List shared skills", operation_id="list_shared_skills")
async def index(caller: Caller, whole: WholeDb, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> SharedSkillPage:
    """What this tenant shares, and what others share with it or with everybody."""
    found, following = await shares.list_shared(whole.pool, caller.tenant_id, limit, cursor)
    return SharedSkillPage(data=[SharedSkillOut.of(one) for one in found], next_cursor=following)


@router.delete(
    "/shared_skills/{share}", status_code=204, summary="Stop sharing a skill", operation_id="unshare_skill", responses=errors(404)
)
async def unshare(share: ShareId, caller: Caller, database: Db) -> None:
    """Who has imported it keeps the copy."""
    share_id = ids.parse("skl", share)
    if share_id is None:
        raise NotFound("shared skill", share)
    await shares.unshare(database, caller, share_id)


async def _shared(whole: Any, tenant_id: UUID, text: str) -> tuple[Skill, dict[str, Any]]:
    share_id = ids.parse("skl", text)
    if share_id is None:
        raise InvalidInput(f"there is no shared skill {text!r}", pointer="/shared")
    try:
        found, archive = await shares.read_shared(whole.pool, tenant_id, share_id)
    except NotFound as missing:
        raise InvalidInput(str(missing), pointer="/shared") from None
    source = {"kind": "shared", "owner": found.owner, "share": text, "version": found.number, "tree": found.tree}
    return await asyncio.to_thread(unpack, archive), source
