"""Several people, roles, and who may not: each vote is about one call, by its hash."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.board.approval import Approval, Wish, get_approval, list_approvals
from flowforge.board.approval_delegation import hand_back, hand_on, list_delegations
from flowforge.board.decision import decide
from flowforge.board.vote import find_voter
from flowforge.clock import SYSTEM_CLOCK
from flowforge.errors import Conflict, InvalidInput, NotAllowed, NotFound
from flowforge.skills.binding import call_hash
from flowforge.testing.approval_checker import check_approvals
from tests.board.conftest import REFUND, SCHEMA

EDITED = {"order": "ORD-9218", "amount": 300}


@pytest.fixture(autouse=True)
async def promises_kept(database):
    yield
    assert await check_approvals(database) == []


async def test_two_of_three_people_approve_and_only_then_it_is_decided(database, member, asked, tenant_id):
    approval = await asked(count=2)
    ann, bob, eve = [await member(name) for name in ("ann", "bob", "eve")]
    half = await decide(database, ann, approval.id, approved=True, reason="looks right")
    assert (half.state, [(vote.name, vote.approved, vote.role) for vote in half.votes]) == ("pending", [("ann", True, "approver")])
    assert await database.pool.fetchval("select state::text from flowforge.owner") == "p", "the run was woken by half of a decision"

    whole = await decide(database, bob, approval.id, approved=True)
    assert (whole.state, whole.decided_by, whole.needed) == ("approved", "bob", 2)
    with pytest.raises(Conflict, match="bob has approved"):
        await decide(database, eve, approval.id, approved=True)
    acts = [entry.action for entry in await audit.read(database.pool, tenant_id) if entry.target == approval.id]
    assert acts == ["approval.ask", "approval.vote", "approval.decide"]


async def test_one_person_counts_once_also_with_keys_of_theirs_and_keys_of_those(database, member, key_of, asked):
    approval = await asked(count=2)
    ann = await member("ann", "admin")
    key = await key_of(ann)
    await decide(database, ann, approval.id, approved=True)
    for again in (ann, key, await key_of(key)):
        with pytest.raises(Conflict, match="ann has approved this call already"):
            await decide(database, again, approval.id, approved=True)
    assert (await decide(database, await member("bob"), approval.id, approved=True)).state == "approved"


async def test_one_denial_ends_it(database, member, asked):
    approval = await asked(count=3)
    await decide(database, await member("ann"), approval.id, approved=True)
    denied = await decide(database, await member("bob"), approval.id, approved=False, reason="never")
    assert (denied.state, denied.decided_by, denied.decision.reason) == ("denied", "bob", "never")


async def test_who_approved_may_still_deny(database, member, asked):
    approval, ann = await asked(count=2), await member("ann")
    await decide(database, ann, approval.id, approved=True)
    assert (await decide(database, ann, approval.id, approved=False)).state == "denied"


@pytest.mark.parametrize(
    ("roles", "role", "may"),
    [
        (["admin"], "approver", False),
        (["admin"], "admin", True),
        (["approver"], "admin", True),
        (["approver"], "member", False),
        ([], "approver", True),
    ],
)
async def test_roles_say_who_may(database, member, asked, roles, role, may):
    approval, ann = await asked(roles=roles), await member("ann", role)
    if may:
        assert (await decide(database, ann, approval.id, approved=True)).state == "approved"
        return
    for approved in (True, False):
        with pytest.raises(NotAllowed, match="s to decide, and you are "):
            await decide(database, ann, approval.id, approved=approved)
    assert (await get_approval(database, ann.tenant_id, approval.id)).votes == ()


async def test_somebody_whose_role_was_taken_decides_no_more_whatever_their_session_says(database, member, asked, tenant_id):
    approval, ann = await asked(roles=["admin"]), await member("ann", "admin")
    await database.pool.execute("update flowforge.person set role = 'viewer' where name = 'ann'")
    with pytest.raises(NotAllowed):
        await decide(database, ann, approval.id, approved=True)


@pytest.mark.thorough
async def test_whoever_gave_the_work_does_not_decide_about_it_nor_does_their_key(database, mira, member, key_of, asked):
    approval = await asked(not_requester=True)
    assert approval.requester == "mira"
    person = await member("mira", "admin")
    for who in (mira, person, await key_of(person)):
        with pytest.raises(NotAllowed, match="mira gave this work"):
            await decide(database, who, approval.id, approved=True)
    assert (await decide(database, await member("ann"), approval.id, approved=True)).state == "approved"


async def test_an_edit_voids_what_was_approved_before_and_says_so(database, member, asked):
    approval = await asked(count=2)
    ann, bob = await member("ann"), await member("bob")
    await decide(database, ann, approval.id, approved=True)
    edited = await decide(database, bob, approval.id, approved=True, edited_args=EDITED)
    assert edited.state == "pending" and edited.proposal == EDITED and edited.arguments == REFUND
    assert [(vote.name, vote.voided_by) for vote in edited.votes] == [("ann", "bob"), ("bob", None)]
    assert edited.hash == call_hash("issue_refund", "money", SCHEMA, EDITED) != approval.hash

    with pytest.raises(Conflict, match="say by `hash` which call") as unseen:
        await decide(database, ann, approval.id, approved=True)
    assert unseen.value.winner == {"hash": edited.hash, "arguments": EDITED}
    with pytest.raises(Conflict, match="not the one that you saw"):
        await decide(database, ann, approval.id, approved=True, hash=approval.hash)
    whole = await decide(database, ann, approval.id, approved=True, hash=edited.hash)
    assert (whole.state, whole.decision.edited_args, whole.hash) == ("approved", EDITED, edited.hash)


async def test_back_to_what_was_asked_is_an_edit_too(database, member, asked):
    approval = await asked(count=2)
    ann, bob = await member("ann"), await member("bob")
    await decide(database, ann, approval.id, approved=True, edited_args=EDITED)
    back = await decide(database, bob, approval.id, approved=True, edited_args=REFUND)
    assert (back.proposal, back.hash, back.state) == (None, approval.hash, "pending")
    assert (await decide(database, ann, approval.id, approved=True)).decision.edited_args is None


async def test_a_decision_about_another_call_than_was_seen_is_refused(database, mira, asked):
    approval = await asked()
    for approved in (True, False):
        with pytest.raises(Conflict) as refused:
            await decide(database, mira, approval.id, approved=approved, hash="0" * 64)
        assert refused.value.winner == {"hash": approval.hash}
    assert (await decide(database, mira, approval.id, approved=True, hash=approval.hash)).state == "approved"


async def test_edited_arguments_that_break_the_schema_are_no_vote(database, member, asked):
    approval, ann = await asked(count=2), await member("ann")
    with pytest.raises(InvalidInput) as refused:
        await decide(database, ann, approval.id, approved=True, edited_args={"order": "ORD-9218", "amount": 501})
    assert refused.value.pointer == "/edited_args/amount"
    assert (await get_approval(database, ann.tenant_id, approval.id)).votes == ()


async def test_ten_people_who_vote_at_once_are_counted_one_by_one(database, member, asked):
    people = [await member(f"p{n}") for n in range(10)]
    for _ in range(5):
        approval = await asked(count=3)
        deciding = (decide(database, who, approval.id, approved=True) for who in people)
        results = await asyncio.gather(*deciding, return_exceptions=True)
        won = [one for one in results if isinstance(one, Approval)]
        found = await get_approval(database, people[0].tenant_id, approval.id)
        assert len(won) == 3 and all(isinstance(one, Approval | Conflict) for one in results)
        assert found.state == "approved" and len({vote.name for vote in found.votes}) == 3


async def test_only_named_people_decide_or_who_stands_in_for_one(database, member, asked, tenant_id):
    ann, bob, eve = [await member(name) for name in ("ann", "bob", "eve")]
    approval = await asked(count=2, people=["ann", "bob"])
    with pytest.raises(NotAllowed, match="ann and bob"):
        await decide(database, eve, approval.id, approved=True)
    until = SYSTEM_CLOCK.now() + timedelta(days=7)
    handed = await hand_on(database, ann, to="eve", until=until)
    vote = (await decide(database, eve, approval.id, approved=True)).votes[-1]
    assert (vote.name, vote.on_behalf_of) == ("eve", "ann")
    with pytest.raises(Conflict, match="eve has approved this call already"):
        await decide(database, ann, approval.id, approved=True)

    await hand_back(database, ann, handed.id)
    assert (await list_delegations(database, tenant_id)).data == ()
    other = await asked(people=["ann", "bob"])
    with pytest.raises(NotAllowed):
        await decide(database, eve, other.id, approved=True)
    actions = [entry.action for entry in await audit.read(database.pool, tenant_id)]
    assert actions.count("approval_delegation.create") == actions.count("approval_delegation.end") == 1
    assert (await decide(database, bob, approval.id, approved=True)).state == "approved"


async def test_approvals_are_handed_on_to_the_same_role_and_until_a_day(database, member):
    ann = await member("ann", "admin")
    await member("bob", "approver")
    later = SYSTEM_CLOCK.now() + timedelta(days=1)
    for to, until, wrong in (
        ("bob", later, "/to"),
        ("nobody", later, "/to"),
        ("ann", later, "/to"),
        ("bob", later - timedelta(days=2), "/until"),
    ):
        with pytest.raises(InvalidInput) as refused:
            await hand_on(database, ann, to=to, until=until)
        assert refused.value.pointer == wrong
    with pytest.raises(NotFound):
        await hand_back(database, ann, "dlg_nothing")


async def test_mine_are_those_that_i_may_decide_and_have_not(database, member, asked, tenant_id):
    ann, mira = await member("ann"), await member("mira", "admin")
    free, admins, named, theirs, voted = [
        await asked(),
        await asked(roles=["admin"]),
        await asked(people=["bob"]),
        await asked(not_requester=True),
        await asked(count=2),
    ]
    await decide(database, ann, voted.id, approved=True)

    async def mine(who: Principal) -> set[str]:
        voter = await find_voter(database.pool, who)
        return {one.id for one in (await list_approvals(database, tenant_id, wish=Wish(mine=voter))).data}

    assert await mine(ann) == {free.id, theirs.id}
    assert await mine(mira) == {free.id, admins.id, voted.id}
    assert named.id not in await mine(replace(mira, name="bob2", id=None))
