"""What agents ask of people stands in the inboxes of those whom it is for, for as long as it waits."""

from __future__ import annotations

from flowforge.access.principal import Principal
from flowforge.board.approval_watch import look
from flowforge.board.comment import comment
from flowforge.board.inbox_item import list_inbox
from flowforge.board.person import create_person
from flowforge.board.watcher import watch
from flowforge.skills.tool import ToolRegistry
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.reply import Reply, ToolCall


async def person(shop, name: str, role: str | None = None) -> Principal:
    await create_person(shop.database, shop.mira, name)
    await shop.database.pool.execute("update flowforge.person set role = $2 where name = $1", name, role)
    return Principal(shop.mira.tenant_id, "person", name)


async def inbox(shop, who: Principal, **which) -> list[tuple[str, str, str]]:
    items = (await list_inbox(shop.database, who, **which)).items.data
    return [(item.kind, item.title, item.by) for item in items if item.kind in ("approval", "question")]


async def test_a_call_that_waits_is_put_before_who_may_decide_it_until_it_is_decided(shop, tools: ToolRegistry, provider: ScriptedProvider):
    @tools.tool(effect="money")
    def issue_refund(order: str) -> str:
        """Pay back."""
        return "paid"

    call = ToolCall("issue_refund", {"order": "ORD-9218"})
    provider.answer_with(lambda asked: Reply(text="done") if asked.result_of("issue_refund") else Reply(tool_calls=(call,)))
    may, admin, may_not = [await person(shop, name, role) for name, role in (("ann", "approver"), ("bo", "admin"), ("cy", "member"))]
    await shop.hire()
    key = await shop.give("Refund ORD-9218")
    async with shop.worker():
        [approval] = await shop.asked()
        waiting = ("approval", "atlas asks for your approval: issue_refund (money)", "atlas")
        assert [await inbox(shop, who) for who in (may, admin, may_not)] == [[waiting], [waiting], []]
        [item] = (await list_inbox(shop.database, may)).items.data
        assert (item.subject, item.task) == (approval.id, key)
        assert "ORD-9218" in item.text

        await shop.decide(approval, True)
        await shop.ended(key)
    assert await inbox(shop, may) == [] == await inbox(shop, admin)
    assert await inbox(shop, may, view="archived") == [waiting]


async def test_a_question_is_put_before_whom_it_is_for_and_leaves_when_it_is_answered(shop, provider: ScriptedProvider):
    def asks(asked):
        to = {"to": "ann"} if "ann" in asked.last_user else {}
        return (
            Reply(text="done") if asked.result_of("ask_human") else Reply(tool_calls=(ToolCall("ask_human", {"question": "Which?", **to}),))
        )

    provider.answer_with(asks)
    ann, bo = await person(shop, "ann"), await person(shop, "bo")
    await shop.hire(tools=("ask_human",))
    for title, asked, other in (("Ask ann", ann, bo), ("Ask", bo, ann)):
        key = await shop.give(title)
        await watch(shop.database, bo, key)
        async with shop.worker():

            async def told(who: Principal = asked):
                return await inbox(shop, who)

            assert await shop.eventually(told, "the question") == [("question", f"atlas asks on {key} {title}", "atlas")]
            assert await inbox(shop, other) == []
            await comment(shop.database, shop.mira, key, "@atlas the first", bell=shop.bell)
            await shop.ended(key)
        assert await inbox(shop, asked) == []


async def test_a_question_of_a_run_that_was_stopped_leaves_the_inbox(shop, provider: ScriptedProvider):
    provider.answer_with(lambda asked: Reply(tool_calls=(ToolCall("ask_human", {"question": "Which?", "to": "ann"}),)))
    ann = await person(shop, "ann")
    await shop.hire(tools=("ask_human",))
    key = await shop.give("Ask ann")
    run = await shop.run_of(key)
    async with shop.worker():

        async def told():
            return await inbox(shop, ann)

        await shop.eventually(told, "the question")
        await shop.take_away(key)

        async def over():
            return await shop.final(run.run_id)

        assert (await shop.eventually(over, "the end")).state == "cancelled"
    await look(shop.database)
    assert await inbox(shop, ann) == []
