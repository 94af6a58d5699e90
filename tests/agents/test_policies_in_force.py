"""Policies and grants at the call itself: what is denied never runs, what was judged is not judged again, what is stale is asked again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from flowforge.audit import log as audit
from flowforge.board.grant import GrantWish, list_grants, revoke_grant
from flowforge.clock import SYSTEM_CLOCK
from flowforge.errors import InvalidInput
from flowforge.skills.policy_record import create_policy, delete_policy, update_policy
from flowforge.skills.policy_rule import read_rules
from flowforge.skills.tool import ToolRegistry
from flowforge.testing.approval_checker import check_approvals
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.asked import Asked
from flowforge.testing.scripted_provider.reply import Reply, ToolCall


@pytest.fixture
def paid(tools: ToolRegistry) -> list[tuple[str, float]]:
    made: list[tuple[str, float]] = []

    @tools.tool(effect="money")
    def pay(to: str, amount: float) -> str:
        """Pay somebody."""
        made.append((to, amount))
        return f"paid {amount:g} to {to}"

    return made


@pytest.fixture
def noted(tools: ToolRegistry) -> list[str]:
    made: list[str] = []

    @tools.tool(effect="write")
    def note(text: str) -> str:
        """Write something down."""
        made.append(text)
        return f"noted {text}"

    return made


@pytest.fixture(autouse=True)
async def promises_kept(database: Any) -> AsyncIterator[None]:
    """Whatever a test does: at its end the review queue has kept all that it promises."""
    yield
    assert await check_approvals(database) == []


def calling(provider: ScriptedProvider, *calls: ToolCall) -> None:
    """A model that makes these calls, one a turn, and then says what it was answered."""

    def script(asked: Asked) -> Reply:
        answers = [message.text for message in asked.messages if message.role == "tool"]
        return Reply(tool_calls=(calls[len(answers)],)) if len(answers) < len(calls) else Reply(text=" / ".join(answers))

    provider.answer_with(script)


def pay(amount: float, to: str = "ann") -> ToolCall:
    return ToolCall("pay", {"to": to, "amount": amount})


def note(text: str) -> ToolCall:
    return ToolCall("note", {"text": text})


async def said(shop: Any, name: str, *rules: dict[str, Any]) -> None:
    await create_policy(shop.database, shop.mira, name, read_rules(list(rules)))


async def test_small_payments_run_larger_ones_ask_two_people_and_the_rest_never_runs(shop, paid, provider, tenant_id):
    calling(provider, pay(10), pay(100), pay(1000))
    small = {"tool": "pay", "when": "args.amount <= 50.0", "action": "allow"}
    large = {"tool": "pay", "when": "args.amount < 500.0", "action": "require", "require": {"count": 2}, "reason": "two look at it"}
    await said(shop, "money", small, large, {"tool": "pay", "action": "deny", "reason": "nobody pays so much"})
    await shop.hire()
    key = await shop.give("Pay ann")
    async with shop.worker():
        [approval] = await shop.asked()
        assert paid == [("ann", 10.0)]
        assert (approval.arguments["amount"], approval.rule, approval.needed) == (100, "money@1#2", 2)
        assert approval.reason == "pay waits for a person: two look at it."
        await shop.decide(approval, True)
        await shop.state(key, "waiting")
        assert len(paid) == 1
        await shop.decide_as("jonas", approval, True)
        run = await shop.ended(key)

    assert paid == [("ann", 10.0), ("ann", 100.0)]
    denied = "A policy does not allow this call, so it did not run. Reason: nobody pays so much"
    assert run.output["result"] == f"paid 10 to ann / paid 100 to ann / {denied}"
    frames = {frame.name: frame.data for frame in await shop.frames("run", run.run_id) if frame.name.startswith("tool_call.")}
    assert (frames["tool_call.failed"]["rule"], frames["tool_call.failed"]["error"]["type"]) == ("money@1#3", "Denied")
    assert [step.name for step in await shop.steps(run) if step.kind == "tool"] == ["pay", "pay"]
    executing = [frame.data for frame in await shop.frames("run", run.run_id) if frame.name == "tool_call.executing"]
    assert [data["rule"] for data in executing] == ["money@1#1", "money@1#2"]


async def test_a_call_that_was_judged_is_not_judged_again_and_the_next_one_is(shop, noted, paid, provider):
    """The policy changes while the run waits, and another worker goes on with it."""
    calling(provider, note("one"), pay(1), note("two"))
    await said(shop, "notes", {"tool": "note", "action": "allow"})
    await shop.hire()
    key = await shop.give("Note and pay")
    async with shop.worker():
        [approval] = await shop.asked()
        await shop.state(key, "waiting")
    await update_policy(shop.database, shop.mira, "notes", rules=read_rules([{"tool": "note", "action": "deny", "reason": "no notes"}]))
    await shop.decide(approval, True)
    async with shop.worker():
        run = await shop.ended(key)

    assert run.state == "completed", run.error
    assert (noted, paid) == (["one"], [("ann", 1.0)])
    assert run.output["result"].startswith("noted one / paid 1 to ann / A policy does not allow this call")


@pytest.mark.thorough
async def test_a_policy_that_comes_while_a_call_waits_leaves_that_call_to_the_people(shop, paid, provider):
    calling(provider, pay(1), pay(2))
    await shop.hire()
    key = await shop.give("Pay ann")
    async with shop.worker():
        [approval] = await shop.asked()
        await shop.state(key, "waiting")
    await said(shop, "late", {"tool": "pay", "action": "deny", "reason": "too late"})
    await shop.decide(approval, True)
    async with shop.worker():
        run = await shop.ended(key)
    assert run.state == "completed", run.error
    assert paid == [("ann", 1.0)]


@pytest.mark.thorough
async def test_the_same_call_is_granted_for_its_task_and_counted_and_revoked(shop, noted, provider, tenant_id):
    calling(provider, note("a"), note("a"), note("b"), note("a"))
    await shop.hire()
    key = await shop.give("Note")
    async with shop.worker():
        [first] = await shop.asked()
        await shop.decide(first, True, grant=GrantWish("call", times=5))
        [other] = await shop.asked()
        assert (other.arguments, noted) == ({"text": "b"}, ["a", "a"])
        [grant] = (await list_grants(shop.database, tenant_id)).data
        assert (grant.task, grant.tool, grant.scope, grant.uses, grant.uses_max, grant.holds) == (key, "note", "call", 1, 5, True)
        await revoke_grant(shop.database, shop.mira, grant.id)
        await shop.decide(other, True)
        [again] = await shop.asked()
        assert again.arguments == {"text": "a"}
        await shop.decide(again, False)
        run = await shop.ended(key)

    assert noted == ["a", "a", "b"]
    actions = [(entry.action, entry.principal) for entry in await audit.read(shop.database.pool, tenant_id, limit=1000)]
    assert [act for act in actions if act[0].startswith("grant.")] == [
        ("grant.create", "mira"),
        ("grant.use", "atlas"),
        ("grant.revoke", "mira"),
    ]
    executing = [frame.data for frame in await shop.frames("run", run.run_id) if frame.name == "tool_call.executing"]
    assert [data.get("grant") for data in executing] == [None, grant.id, None]


@pytest.mark.thorough
async def test_a_tool_is_granted_so_many_times_with_any_arguments(shop, noted, provider):
    calling(provider, note("a"), note("b"), note("c"), note("d"))
    await shop.hire()
    key = await shop.give("Note")
    async with shop.worker():
        [first] = await shop.asked()
        until = SYSTEM_CLOCK.now() + timedelta(hours=1)
        await shop.decide(first, True, grant=GrantWish("tool", until=until, times=2))
        [last] = await shop.asked()
        assert (last.arguments, noted) == ({"text": "d"}, ["a", "b", "c"])
        await shop.decide(last, False)
        await shop.ended(key)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("wish", "pointer"),
    [
        (GrantWish("tool"), "/grant"),
        (GrantWish("call", times=0), "/grant/times"),
        (GrantWish("call", until=SYSTEM_CLOCK.now() - timedelta(days=1)), "/grant/until"),
    ],
    ids=["without an end", "no times", "past"],
)
async def test_a_grant_without_sense_is_refused_and_nothing_is_decided(shop, noted, provider, wish, pointer):
    calling(provider, note("a"))
    await shop.hire()
    key = await shop.give("Note")
    async with shop.worker():
        [asked] = await shop.asked()
        with pytest.raises(InvalidInput) as refused:
            await shop.decide(asked, True, grant=wish)
        assert refused.value.pointer == pointer
        [still] = await shop.asked()
        await shop.decide(still, False)
        await shop.ended(key)


@pytest.mark.thorough
async def test_what_moves_money_is_granted_only_where_a_rule_says_so(shop, paid, provider):
    calling(provider, pay(1), pay(1), pay(1))
    await shop.hire()
    key = await shop.give("Pay ann")
    async with shop.worker():
        [asked] = await shop.asked()
        with pytest.raises(InvalidInput, match="it moves money"):
            await shop.decide(asked, True, grant=GrantWish("call"))
        await said(shop, "money", {"tool": "pay", "action": "require", "grantable": True})
        await shop.decide(asked, True)
        [granted] = await shop.asked()
        await shop.decide(granted, True, grant=GrantWish("call"))
        run = await shop.ended(key)
    assert (run.state, len(paid)) == ("completed", 3)


@pytest.mark.thorough
async def test_a_rule_that_forbids_grants_holds_against_older_ones(shop, noted, provider):
    calling(provider, note("a"), note("a"))
    await shop.hire()
    key = await shop.give("Note")
    async with shop.worker():
        [first] = await shop.asked()
        await said(shop, "each", {"tool": "note", "action": "require", "grantable": False})
        await shop.decide(first, True, grant=GrantWish("call"))
        [again] = await shop.asked()
        await shop.decide(again, False)
        await shop.ended(key)
    assert noted == ["a"]


async def test_a_tool_that_changed_after_its_approval_is_asked_about_again(shop, tools, paid, provider):
    calling(provider, pay(5))
    await shop.hire()
    key = await shop.give("Pay ann")
    async with shop.worker():
        [approval] = await shop.asked()
        await shop.state(key, "waiting")
    tools.clear()

    @tools.tool(effect="money")
    def pay_more(to: str, amount: float, fee: float = 3.0) -> str:
        """Pay somebody, with a fee."""
        paid.append((to, amount + fee))
        return "paid"

    tools.add(renamed(tools, "pay_more", "pay"))
    await shop.decide(approval, True)
    async with shop.worker():
        [again] = await shop.asked()
        assert paid == []
        assert (again.supersedes, again.arguments) == (approval.id, approval.arguments)
        assert again.hash != approval.hash and approval.id in again.reason
        await shop.decide(again, True)
        run = await shop.ended(key)
    assert (run.state, paid) == ("completed", [("ann", 8.0)]), run.error


@pytest.mark.thorough
async def test_a_policy_that_is_gone_holds_no_call(shop, noted, provider):
    calling(provider, note("a"))
    await said(shop, "no", {"tool": "*", "action": "deny", "reason": "no"})
    await delete_policy(shop.database, shop.mira, "no")
    await shop.hire(approval={"note": False})
    key = await shop.give("Note")
    async with shop.worker():
        await shop.ended(key)
    assert noted == ["a"]


def renamed(tools: ToolRegistry, old: str, new: str) -> Any:
    from dataclasses import replace

    return replace(tools.find(old), name=new)
