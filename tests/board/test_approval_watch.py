"""Reminders and escalations: once each, by whoever of many sees it first, and never of what is decided."""

from __future__ import annotations

import asyncio

import pytest

from flowforge.audit import log as audit
from flowforge.board.approval import get_approval
from flowforge.board.approval_watch import escalate, look, remind
from flowforge.board.decision import decide
from flowforge.board.inbox_item import list_inbox
from flowforge.errors import NotAllowed
from flowforge.orchestrator.run import cancel_run
from flowforge.orchestrator.stream import read_page


async def after(database, seconds: int) -> None:
    await database.pool.execute("update flowforge.clock set skew = make_interval(secs => $1)", seconds)


async def acts(database, tenant_id, approval) -> list[str]:
    return [entry.action for entry in await audit.read(database.pool, tenant_id, limit=1000) if entry.target == approval.id]


async def test_many_servers_that_look_at_once_remind_once(database, atlas, asked, tenant_id):
    approvals = [await asked(remind_after=60.0) for _ in range(20)]
    assert 50 < await look(database, every_seconds=300) <= 60
    await after(database, 61)
    told = await asyncio.gather(*(remind(database, tenant_id) for _ in range(8)))
    assert sum(told) == 20
    assert await look(database, every_seconds=300) == 300
    for approval in approvals:
        assert await acts(database, tenant_id, approval) == ["approval.ask", "approval.remind"]
        assert (await get_approval(database, tenant_id, approval.id)).reminded_at is not None
    frames = [
        frame.data["approval"]
        for frame in await read_page(database.pool, tenant_id, "agent", atlas.id, 0)
        if frame.name == "approval.reminded"
    ]
    assert sorted(frames) == sorted(approval.id for approval in approvals)


async def test_an_escalation_lets_another_role_decide_too(database, member, asked, tenant_id):
    approval = await asked(roles=["admin"], escalate_after=60.0, escalate_to="approver", remind_after=30.0)
    ann = await member("ann", "approver")
    with pytest.raises(NotAllowed):
        await decide(database, ann, approval.id, approved=True)
    await after(database, 61)
    assert sum(await asyncio.gather(*(escalate(database, tenant_id) for _ in range(8)))) == 1
    found = await get_approval(database, tenant_id, approval.id)
    assert (found.roles, found.escalated_at is not None) == (("admin", "approver"), True)
    assert (await decide(database, ann, approval.id, approved=True)).state == "approved"
    assert await remind(database, tenant_id) == 0, "what is decided is not reminded of"


async def test_what_everybody_may_decide_stays_so_after_an_escalation(database, member, asked, tenant_id):
    approval = await asked(escalate_after=60.0, escalate_to="admin")
    await after(database, 61)
    await look(database)
    assert await acts(database, tenant_id, approval) == ["approval.ask", "approval.escalate"]
    assert (await decide(database, await member("ann", "approver"), approval.id, approved=True)).state == "approved"


async def test_a_decision_and_its_reminder_at_once_do_not_wait_for_each_other(database, mira, asked, tenant_id):
    for _ in range(10):
        await after(database, 0)
        approval = await asked(remind_after=60.0)
        await after(database, 61)
        decided, told = await asyncio.gather(decide(database, mira, approval.id, approved=True), remind(database, tenant_id))
        assert decided.state == "approved" and told in (0, 1)


async def test_nobody_is_reminded_of_what_nobody_can_decide_any_more(database, asked, run_id, tenant_id):
    approval = await asked(remind_after=60.0, escalate_after=60.0, escalate_to="admin")
    await cancel_run(database, tenant_id, run_id, by="mira")
    await database.pool.execute("update flowforge.run set state = 'cancelled'")
    await after(database, 61)
    await look(database)
    assert await acts(database, tenant_id, approval) == ["approval.ask"]
    assert await look(database, every_seconds=300) == 300, "it is looked at for ever"


async def test_what_nobody_can_decide_any_more_leaves_the_inboxes(database, member, asked, run_id):
    ann, other = await member("ann"), await member("bo")
    approval = await asked()
    for somebody in (ann, other):
        assert [item.subject for item in (await list_inbox(database, somebody)).items.data] == [approval.id]
    await look(database)
    assert len((await list_inbox(database, ann)).items.data) == 1, "its run may still hear an answer"

    await database.pool.execute("update flowforge.run set state = 'cancelled' where run_id = $1", run_id)
    await asyncio.gather(*(look(database) for _ in range(4)))
    for somebody in (ann, other):
        assert (await list_inbox(database, somebody)).items.data == ()
