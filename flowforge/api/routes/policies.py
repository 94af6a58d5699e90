"""Policies: ordered rules that say which tool calls run, wait for people, or never run."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path
from fastapi import Response as Answer
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge.api.caller import Caller, Db
from flowforge.api.etag import IfMatch, etag, unchanged_since
from flowforge.api.idempotency import RepeatId
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page
from flowforge.errors import InvalidInput
from flowforge.skills import policy_record as policies
from flowforge.skills.policy_record import FIRST_PLACE, PLACE_MAX, PolicyRecord, PolicyRevision, PublishedPolicy
from flowforge.skills.policy_rule import RULES_MAX, Rule, read_rules

router = Resource(prefix="/v1/policies", tags=["approvals"])

SMALL: JsonDict = {"action": "allow", "tool": ["issue_refund"], "when": "args.amount <= 50.0"}
LARGE: JsonDict = {
    "action": "require",
    "tool": ["issue_refund"],
    "reason": "two people look at large refunds",
    "require": {"count": 2, "not_requester": True, "expires": 86400.0},
}
EXAMPLE: JsonDict = {
    "id": "pol_01968f3ac8b17c02a3f08241a2f70031",
    "name": "refunds",
    "place": 100,
    "rules": [SMALL, LARGE],
    "revision": 3,
    "created_at": "2026-11-20T09:00:00.000000Z",
    "updated_at": "2026-11-22T09:00:00.000000Z",
}
REVISION: JsonDict = {
    "revision": 3,
    "place": 100,
    "rules": [SMALL, LARGE],
    "changed_by": "mira",
    "created_at": "2026-11-22T09:00:00.000000Z",
}
PUBLISHED: JsonDict = {
    "name": "no-mail-at-night",
    "app": "app.py",
    "place": 100,
    "rules": [{"action": "deny", "tool": ["send_*"], "when": "now.hour < 7", "zone": "Europe/Oslo", "reason": "we send no mail at night"}],
    "version": "4f1c22ab",
    "published_at": "2026-11-22T09:00:00.000000Z",
}
InPath = Annotated[str, Path(max_length=100, description="Its name.", examples=["refunds"])]
Rules = Annotated[list[dict[str, Any]], Field(max_length=RULES_MAX, description="In the order in which they are asked; see `Rule`.")]
Place = Annotated[int, Field(ge=0, le=PLACE_MAX, description="Policies are asked by place, the smallest first, then by name.")]


class PolicyIn(Body):
    """A policy to make. The first rule that fits a call decides; see docs/approvals.md for what rules can name."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "refunds", "rules": [SMALL, LARGE]}]})

    name: Annotated[str, Field(min_length=1, max_length=64, description="Lower-case letters, digits and hyphens.")]
    rules: Rules
    place: Place = FIRST_PLACE


class PolicyPatch(Body):
    """What is left out stays as it is; `rules` are given whole."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"rules": [LARGE]}]})

    rules: Rules | None = None
    place: Place | None = None


class PolicyOut(BaseModel):
    """A policy of the tenant. A change of it is a new revision, and holds from the next call on."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str
    name: str
    place: int
    rules: list[Rule]
    revision: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, found: PolicyRecord) -> PolicyOut:
        return cls(**{name: getattr(found, name) for name in cls.model_fields if name != "rules"}, rules=list(found.rules))


class PolicyPage(Page[PolicyOut]):
    """Policies in the order in which they are asked."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


class PolicyRevisionOut(BaseModel):
    """What a policy said from one change to the next; approvals name it, as in `refunds@3#2`."""

    model_config = ConfigDict(json_schema_extra={"examples": [REVISION]})

    revision: int
    place: int
    rules: list[Rule]
    changed_by: str
    created_at: datetime

    @classmethod
    def of(cls, found: PolicyRevision) -> PolicyRevisionOut:
        return cls(**{name: getattr(found, name) for name in cls.model_fields if name != "rules"}, rules=list(found.rules))


class PolicyRevisionPage(Page[PolicyRevisionOut]):
    """Revisions, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [REVISION], "next_cursor": None}]})


class PublishedOut(BaseModel):
    """A policy in code, which holds for every tenant and is asked before the tenant's own."""

    model_config = ConfigDict(json_schema_extra={"examples": [PUBLISHED]})

    name: str
    app: str
    place: int
    rules: list[Rule]
    version: str
    published_at: datetime

    @classmethod
    def of(cls, found: PublishedPolicy) -> PublishedOut:
        return cls(**{name: getattr(found, name) for name in cls.model_fields if name != "rules"}, rules=list(found.rules))


class PublishedPage(Page[PublishedOut]):
    """All of them, in the order in which they are asked."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [PUBLISHED], "next_cursor": None}]})


@router.get("", summary="List policies", operation_id="list_policies")
async def index(caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> PolicyPage:
    """In the order in which they are asked. Those in code come before them: `GET /v1/policies/published`."""
    found = await policies.list_policies(database.pool, caller.tenant_id, limit + 1, cursor)
    following = policies.cursor_of(found[limit - 1]) if len(found) > limit else None
    return PolicyPage(data=[PolicyOut.of(one) for one in found[:limit]], next_cursor=following)


@router.get("/published", summary="List policies in code", operation_id="list_published_policies")
async def published(caller: Caller, database: Db) -> PublishedPage:
    """What workers have published: `flowforge.Policy(…)` in the code that they run."""
    return PublishedPage(data=[PublishedOut.of(one) for one in await policies.list_published(database.pool)])


@router.post("", status_code=201, summary="Make a policy", operation_id="create_policy", responses=errors(409))
async def create(body: PolicyIn, caller: Caller, database: Db, repeat: RepeatId, answer: Answer) -> PolicyOut:
    """It holds from the next call on. 422 points at the first rule that does not fit."""
    made = await policies.create_policy(database, caller, body.name, read_rules(body.rules), place=body.place, policy_id=repeat)
    answer.headers["Location"] = f"/v1/policies/{made.name}"
    return _tagged(answer, made)


@router.get("/{policy}", summary="Show a policy", operation_id="get_policy", responses=errors(404))
async def show(policy: InPath, caller: Caller, database: Db, answer: Answer) -> PolicyOut:
    """By name."""
    return _tagged(answer, await policies.find_policy(database.pool, caller.tenant_id, policy))


@router.patch("/{policy}", summary="Change a policy", operation_id="update_policy", responses=errors(404, 412))
async def change(policy: InPath, body: PolicyPatch, if_match: IfMatch, caller: Caller, database: Db, answer: Answer) -> PolicyOut:
    """Each change is a revision. A call that waits already stays as it was judged."""
    for name in body.model_fields_set:
        if getattr(body, name) is None:
            raise InvalidInput(f"{name} cannot be null", pointer=f"/{name}", hint="leave it out to keep it")
    rules = None if body.rules is None else read_rules(body.rules)
    with unchanged_since(if_match):
        changed = await policies.update_policy(database, caller, policy, rules=rules, place=body.place, if_revision=if_match)
    return _tagged(answer, changed)


@router.get("/{policy}/revisions", summary="List a policy's revisions", operation_id="list_policy_revisions", responses=errors(404))
async def revisions(policy: InPath, caller: Caller, database: Db, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None) -> PolicyRevisionPage:
    """Newest first, each whole."""
    if cursor is not None and not (cursor.isdecimal() and len(cursor) < 10):
        raise InvalidInput("this cursor is not one that was handed out", pointer="/cursor")
    before = None if cursor is None else int(cursor)
    of = await policies.find_policy(database.pool, caller.tenant_id, policy)
    found = await policies.list_revisions(database.pool, caller.tenant_id, of.policy_id, limit + 1, before)
    following = str(found[limit - 1].revision) if len(found) > limit else None
    return PolicyRevisionPage(data=[PolicyRevisionOut.of(one) for one in found[:limit]], next_cursor=following)


@router.delete("/{policy}", status_code=204, summary="Delete a policy", operation_id="delete_policy", responses=errors(404, 412))
async def delete(policy: InPath, if_match: IfMatch, caller: Caller, database: Db) -> None:
    """Its rules hold no call any more; what waits goes on waiting."""
    with unchanged_since(if_match):
        await policies.delete_policy(database, caller, policy, if_revision=if_match)


def _tagged(answer: Answer, policy: PolicyRecord) -> PolicyOut:
    answer.headers["ETag"] = etag(policy.revision)
    return PolicyOut.of(policy)
