"""Skills: what agents are taught, in versions; those of the tenant above those that workers publish for all."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Query, Request
from fastapi import Response as Answer
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from starlette.responses import Response

from flowforge import ids
from flowforge.api.caller import Caller, Db
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.skill_body import REQUEST_BODY, read_skill_body
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page
from flowforge.errors import InvalidInput, NotFound
from flowforge.skills import registry
from flowforge.skills.diff import diff_trees
from flowforge.skills.front_matter import split_front_matter
from flowforge.skills.registry import ListedSkill
from flowforge.skills.skill import SKILL_FILE
from flowforge.skills.tree import pack
from flowforge.skills.version import NUMBER_MAX, SkillVersion, WantedSkill

router = Resource(prefix="/v1/skills", tags=["skills"])

VERSION: JsonDict = {
    "name": "refunds",
    "number": 3,
    "label": "stable",
    "layer": "tenant",
    "tree": "1f0d9c3e0a6b5b8f7f7c0f4b3f6f3f0a51f0d9c3e0a6b5b8f7f7c0f4b3f6f3f0",
    "description": "How we pay customers back.",
    "tools": ["lookup_order"],
    "optional_tools": [],
    "license": "MIT",
    "compatibility": None,
    "metadata": {"author": "mira"},
    "allowed_tools": None,
    "files": 3,
    "bytes": 4120,
    "source": {"kind": "archive"},
    "vouched": True,
    "created_by": "mira",
    "created_at": "2026-11-22T09:00:00.000000Z",
    "deprecated_at": None,
    "deprecation": None,
}
LISTED: JsonDict = {**VERSION, "versions": 3, "loaded": 41, "hides_published": False}
FILE: JsonDict = {"path": "references/limits.md", "sha256": VERSION["tree"], "bytes": 34}
DETAIL: JsonDict = {**VERSION, "instructions": "Look the order up first.", "manifest": [FILE]}
CONTENT: JsonDict = {**FILE, "text": "Up to 300 dollars without asking.\n", "base64": None}
USER: JsonDict = {"agent": "atlas", "id": "agt_01968f3ac8b17c02a3f08241a2f70001", "wanted": "refunds@3", "version": 3}
DIFF: JsonDict = {
    "from": 2,
    "to": 3,
    "files": [
        {"path": "references/limits.md", "change": "changed", "diff": "--- a/…\n+++ b/…\n@@ -1 +1 @@\n-Up to 200\n+Up to 300", "cut": False}
    ],
}
InPath = Annotated[str, Path(max_length=100, description="A name, with a version where one is meant.", examples=["refunds", "refunds@3"])]
Label = Annotated[str | None, Query(max_length=32, description="A name for this version; it goes over from whichever had it.")]


class SkillVersionOut(BaseModel):
    """One version of a skill. `layer`: the tenant's own, or one that workers publish. `tree` is the hash over all its files."""

    model_config = ConfigDict(json_schema_extra={"examples": [VERSION]})

    name: str
    number: int
    label: str | None
    layer: Literal["tenant", "deployment"]
    tree: str
    description: str
    tools: list[str]
    optional_tools: Annotated[list[str], Field(description="An agent gets those of them that are to be had.")]
    license: str | None
    compatibility: str | None
    metadata: dict[str, str]
    allowed_tools: Annotated[str | None, Field(description="As it is written in the skill; here it allows nothing.")]
    files: int
    bytes: int
    source: Annotated[dict[str, Any], Field(description="Where it came from: `kind`, and what belongs to it.")]
    vouched: Annotated[bool, Field(description="Somebody here answers for its text; else it counts as from outside.")]
    created_by: str | None
    created_at: datetime
    deprecated_at: datetime | None
    deprecation: str | None

    @classmethod
    def of(cls, version: SkillVersion, **more: Any) -> Any:
        return cls(**fields_of(version), **more)


class SkillOut(SkillVersionOut):
    """The version that a bare name means. `loaded`: in how many runs an agent has loaded it; `hides_published`: workers publish one too."""

    model_config = ConfigDict(json_schema_extra={"examples": [LISTED]})

    versions: int
    loaded: int
    hides_published: bool

    @classmethod
    def of_listed(cls, found: ListedSkill) -> SkillOut:
        return cls(**fields_of(found.version), versions=found.versions, loaded=found.loaded, hides_published=found.hidden)


class SkillPage(Page[SkillOut]):
    """Skills by name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [LISTED], "next_cursor": None}]})


class SkillVersionPage(Page[SkillVersionOut]):
    """Versions, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [VERSION], "next_cursor": None}]})


class SkillFileOut(BaseModel):
    """One file of a version."""

    path: str
    sha256: str
    bytes: int


class SkillDetailOut(SkillVersionOut):
    """A version with its instructions and a list of its files."""

    model_config = ConfigDict(json_schema_extra={"examples": [DETAIL]})

    instructions: str
    manifest: list[SkillFileOut]


class SkillContentOut(SkillFileOut):
    """A file with what stands in it: a text, or bytes in base64."""

    model_config = ConfigDict(json_schema_extra={"examples": [CONTENT]})

    text: str | None
    base64: str | None


class FileDiffOut(BaseModel):
    """A file that differs. `diff` is unified, null for what is no text or very long; `cut`: there is more of it."""

    path: str
    change: Literal["added", "removed", "changed"]
    diff: str | None
    cut: bool


class SkillDiffOut(BaseModel):
    """What is different between two versions."""

    model_config = ConfigDict(populate_by_name=True, json_schema_extra={"examples": [DIFF]})

    from_: Annotated[int, Field(alias="from")]
    to: int
    files: list[FileDiffOut]


class SkillUserOut(BaseModel):
    """An agent that has the skill: as it names it, and the version that it would get now; null where there is none."""

    model_config = ConfigDict(json_schema_extra={"examples": [USER]})

    agent: str
    id: str
    wanted: str
    version: int | None


class SkillUserPage(Page[SkillUserOut]):
    """Agents by name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [USER], "next_cursor": None}]})


class DeprecationIn(Body):
    """Why it should not be used any more."""

    model_config = ConfigDict(strict=True, extra="forbid", json_schema_extra={"examples": [{"reason": "it pays twice"}]})

    reason: Annotated[str | None, Field(max_length=500)] = None


@router.get("", summary="List skills", operation_id="list_skills")
async def index(caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> SkillPage:
    """By name, each as the version that its bare name means. A skill of the tenant hides a published one of the same name."""
    found, following = await registry.list_skills(database.pool, caller.tenant_id, limit, cursor)
    return SkillPage(data=[SkillOut.of_listed(one) for one in found], next_cursor=following)


@router.post(
    "",
    status_code=201,
    summary="Add a version of a skill",
    operation_id="create_skill",
    openapi_extra={"requestBody": REQUEST_BODY},
    responses={200: {"model": SkillVersionOut, "description": "These files are a version already"}, **errors(408, 413, 415)},
)
async def create(
    request: Request,
    caller: Caller,
    database: Db,
    answer: Answer,
    label: Label = None,
    vouched: Annotated[bool, Query(description="False: nobody here answers for its text.")] = True,
    subfolder: Annotated[str | None, Query(max_length=500, description="Of an archive: the folder that is the skill.")] = None,
) -> SkillVersionOut:
    """From a zip, tar or tar.gz, or from its files in JSON. The same files again are the version that they are, with 200."""
    skill, kind = await read_skill_body(request, subfolder)
    version, new = await registry.add_version(database, caller, skill, {"kind": kind}, label=label, vouched=vouched)
    answer.status_code = 201 if new else 200
    answer.headers["Location"] = f"/v1/skills/{version.title}"
    found: SkillVersionOut = SkillVersionOut.of(version)
    return found


@router.get("/{skill}", summary="Show a skill", operation_id="get_skill", responses=errors(404))
async def show(skill: InPath, caller: Caller, database: Db) -> SkillDetailOut:
    """With its instructions and a list of its files."""
    version = await _find(database, caller.tenant_id, skill)
    text = await registry.load_file(database.pool, caller.tenant_id, version, SKILL_FILE)
    manifest = [SkillFileOut(path=one.path, sha256=one.hash, bytes=one.bytes) for one in version.files]
    instructions = split_front_matter(text.decode(), version.title)[1].strip()
    found: SkillDetailOut = SkillDetailOut.of(version, instructions=instructions, manifest=manifest)
    return found


@router.get("/{skill}/versions", summary="List the versions of a skill", operation_id="list_skill_versions", responses=errors(404))
async def versions(skill: InPath, caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> SkillVersionPage:
    """Newest first."""
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 10 and int(cursor) <= NUMBER_MAX):
        raise InvalidInput("this is no cursor of this list", pointer="/cursor")
    before = int(cursor) if cursor else None
    name = (await _find(database, caller.tenant_id, skill)).name
    found, following = await registry.list_versions(database.pool, caller.tenant_id, name, limit, before)
    return SkillVersionPage(data=[SkillVersionOut.of(one) for one in found], next_cursor=None if following is None else str(following))


@router.get("/{skill}/file", summary="Read a file of a skill", operation_id="get_skill_file", responses=errors(404))
async def file(
    skill: InPath,
    caller: Caller,
    database: Db,
    path: Annotated[str, Query(max_length=1024, description="As the manifest has it.", examples=["references/limits.md"])],
) -> SkillContentOut:
    """One file of a version: its text, or its bytes in base64."""
    version = await _find(database, caller.tenant_id, skill)
    data = await registry.load_file(database.pool, caller.tenant_id, version, path)
    one = next(one for one in version.files if one.path == path)
    try:
        text, encoded = data.decode(), None
    except UnicodeDecodeError:
        text, encoded = None, base64.b64encode(data).decode()
    return SkillContentOut(path=path, sha256=one.hash, bytes=one.bytes, text=text, base64=encoded)


@router.get("/{skill}/diff", summary="Compare two versions of a skill", operation_id="diff_skill", responses=errors(404))
async def diff(
    skill: InPath,
    caller: Caller,
    database: Db,
    from_: Annotated[str, Query(alias="from", max_length=40, description="A number or a label.", examples=["2"])],
    to: Annotated[str | None, Query(max_length=40, description="Likewise; the version that the name means unless given.")] = None,
) -> SkillDiffOut:
    """Which files differ, and the lines of those that are text."""
    name = WantedSkill.read(skill, "/skill").name
    before = await _find(database, caller.tenant_id, f"{name}@{from_}", "/from")
    after = await _find(database, caller.tenant_id, skill if to is None else f"{name}@{to}", "/to")
    trees = [await registry.load_tree(database.pool, caller.tenant_id, one) for one in (before, after)]
    found = await asyncio.to_thread(diff_trees, *trees)
    files = [FileDiffOut(path=one.path, change=one.change, diff=one.lines, cut=one.cut) for one in found]
    return SkillDiffOut(from_=before.number, to=after.number, files=files)


@router.get(
    "/{skill}/archive",
    summary="Export a skill",
    operation_id="export_skill",
    response_class=Response,
    responses={
        200: {
            "description": "A zip; the same version gives the same bytes",
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}, "example": "(bytes)"}},
        },
        **errors(404),
    },
)
async def archive(skill: InPath, caller: Caller, database: Db) -> Response:
    """A zip with the skill's folder, which can be added again anywhere and is the same version there."""
    version = await _find(database, caller.tenant_id, skill)
    tree = await registry.load_tree(database.pool, caller.tenant_id, version)
    headers = {
        "content-disposition": f'attachment; filename="{version.name}-{version.number}.zip"',
        "etag": f'"{version.tree}"',
        "x-content-type-options": "nosniff",
    }
    return Response(await asyncio.to_thread(pack, version.name, tree), media_type="application/zip", headers=headers)


@router.get("/{skill}/agents", summary="List the agents that have a skill", operation_id="list_skill_agents", responses=errors(404))
async def agents(skill: InPath, caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> SkillUserPage:
    """By name, with the version that each would get now."""
    found, following = await registry.list_users(database.pool, caller.tenant_id, WantedSkill.read(skill, "/skill").name, limit, cursor)
    data = [SkillUserOut(agent=one.agent, id=ids.show("agt", one.agent_id), wanted=one.wanted, version=one.number) for one in found]
    return SkillUserPage(data=data, next_cursor=following)


@router.put("/{skill}/deprecation", summary="Deprecate a skill", operation_id="deprecate_skill", responses=errors(404))
async def deprecate(skill: InPath, body: DeprecationIn, caller: Caller, database: Db) -> SkillVersionOut:
    """A version, or with a bare name all of them. It can be used still; a bare name means the newest that is not deprecated."""
    found: SkillVersionOut = SkillVersionOut.of(await registry.deprecate(database, caller, _checked(skill), body.reason))
    return found


@router.delete("/{skill}/deprecation", summary="Take a deprecation back", operation_id="undeprecate_skill", responses=errors(404))
async def undeprecate(skill: InPath, caller: Caller, database: Db) -> SkillVersionOut:
    """Of a version, or with a bare name of all of them."""
    found: SkillVersionOut = SkillVersionOut.of(await registry.deprecate(database, caller, _checked(skill), None, deprecated=False))
    return found


@router.delete("/{skill}", status_code=204, summary="Delete a skill", operation_id="delete_skill", responses=errors(404))
async def delete(skill: InPath, caller: Caller, database: Db) -> None:
    """A version, or with a bare name all of them. 409 while an agent has it, or a run that began with it has not ended."""
    await registry.delete_skill(database, caller, _checked(skill))


def fields_of(version: SkillVersion) -> Mapping[str, Any]:
    """The fields of a version in an answer."""
    front = version.front
    return {
        **{name: getattr(version, name) for name in ("name", "number", "label", "layer", "tree", "description", "bytes", "vouched")},
        **{name: getattr(version, name) for name in ("created_by", "created_at", "deprecated_at", "deprecation")},
        **{name: front.get(name) for name in ("license", "compatibility", "allowed_tools")},
        "metadata": front.get("metadata", {}),
        "tools": list(version.tools),
        "optional_tools": list(version.optional_tools),
        "files": len(version.files),
        "source": dict(version.source),
    }


def _checked(skill: str) -> str:
    return str(_wanted(skill))


def _wanted(text: str, parameter: str = "/skill") -> WantedSkill:
    """What a path names; what cannot be a name is nobody's name."""
    try:
        return WantedSkill.read(text, parameter)
    except InvalidInput:
        if parameter == "/skill":
            raise NotFound("skill", text[:100]) from None
        raise InvalidInput(f"{text[:100].rpartition('@')[2]!r} is no version", pointer=parameter, hint="give a number or a label") from None


async def _find(database: Any, tenant_id: Any, text: str, parameter: str = "/skill") -> SkillVersion:
    wanted = _wanted(text, parameter)
    try:
        return await registry.find_version(database.pool, tenant_id, str(wanted))
    except NotFound as missing:
        if parameter == "/skill":
            raise
        raise InvalidInput(str(missing), pointer=parameter) from None
