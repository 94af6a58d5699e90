"""Using a grant: counted under a lock, once for each call, and never further than it was given."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from flowforge import ids
from flowforge.board.grant import list_grants, use_grant
from flowforge.skills.binding import call_hash, definition_hash
from flowforge.skills.policy import Verdict
from flowforge.skills.requirement import Requirement
from flowforge.skills.tool import Tool, make_tool

ASKS = Verdict("require", "it changes data")


def note(text: str) -> None:
    """."""


def other(text: int) -> None:
    """."""


NOTE = make_tool(note, "write")
A = {"text": "a"}


@pytest.fixture
def grant(database, tenant_id, run_id):
    """Store a grant for the task of the run; returns its id."""

    async def grant(scope: str = "call", *, tainted: bool = False, uses_max: int | None = None, **ends: Any) -> UUID:
        grant_id = ids.new_id()
        bound = call_hash("note", "write", NOTE.schema, A) if scope == "call" else definition_hash("note", "write", NOTE.schema)
        await database.pool.execute(
            "insert into flowforge.approval_grant (tenant_id, grant_id, approval_id, task_id, tool, scope, hash, tainted, uses_max,"
            " granted_by, created_at, expires_at, revoked_at)"
            " select $1, $2, $2, task_id, 'note', $3, $4, $5, $6, 'mira', now(), now() + $7::float8 * interval '1 second',"
            "        case when $8 then now() end from flowforge.task",
            tenant_id, grant_id, scope, bound, tainted, uses_max, ends.get("seconds"), ends.get("revoked", False),
        )  # fmt: skip
        return grant_id

    return grant


@pytest.fixture
def use(database, atlas, run_id):
    async def use(key: str = "1", tool: Tool = NOTE, arguments: Any = A, verdict: Verdict = ASKS, tainted: bool = False) -> UUID | None:
        task_id = await database.pool.fetchval("select task_id from flowforge.task")
        return await use_grant(
            database, atlas, run_id=run_id, task_id=task_id, call_key=key, tool=tool, arguments=arguments, verdict=verdict, tainted=tainted
        )

    return use


async def test_many_calls_at_once_use_it_no_more_often_than_it_allows(database, tenant_id, grant, use):
    granted = await grant("tool", uses_max=5)
    used = await asyncio.gather(*(use(f"call {n}") for n in range(20)))
    assert [one for one in used if one is not None] == [granted] * 5
    [found] = (await list_grants(database, tenant_id)).data
    assert (found.uses, found.holds) == (5, False)


async def test_a_call_that_is_executed_again_uses_it_once(database, tenant_id, grant, use):
    granted = await grant("call", uses_max=1)
    assert [await use("same"), await use("same"), await use("another")] == [granted, granted, None]
    assert (await list_grants(database, tenant_id)).data[0].uses == 1


async def test_a_call_is_granted_with_these_arguments_and_this_tool_only(grant, use):
    await grant("call")
    assert await use("1", arguments={"text": "b"}) is None
    assert await use("2", tool=replace(make_tool(other, "write"), name="note")) is None
    assert await use("3", tool=make_tool(note, "outside")) is None
    assert await use("4") is not None


async def test_a_grant_for_a_tool_covers_a_tainted_call_only_where_it_was_given_for_one(grant, use):
    clean = await grant("tool")
    assert await use("1", tainted=True) is None
    assert await use("2", arguments={"text": "b"}) == clean
    tainted = await grant("tool", tainted=True)
    assert await use("3", tainted=True) == tainted
    exact = await grant("call")
    assert await use("4", tainted=True) == exact


@pytest.mark.parametrize("ends", [{"seconds": -1}, {"revoked": True}], ids=["over", "revoked"])
async def test_what_has_ended_covers_nothing(grant, use, ends):
    await grant("call", **ends)
    assert await use() is None


@pytest.mark.parametrize(
    ("verdict", "covered"),
    [
        (ASKS, True),
        (replace(ASKS, grantable=False), False),
        (replace(ASKS, requirement=Requirement(2)), False),
        (replace(ASKS, requirement=Requirement(2), grantable=True), True),
    ],
    ids=["as it was", "forbidden since", "two people since", "two people and grantable"],
)
async def test_what_a_rule_wants_now_holds_against_an_older_grant(grant, use, verdict, covered):
    await grant("call")
    assert (await use(verdict=verdict) is not None) is covered
