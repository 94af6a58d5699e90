from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID

import pytest

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.board.approval import Approval, get_approval, list_approvals
from flowforge.board.approve_step import look
from flowforge.board.arguments import hash_of
from flowforge.board.decision import decide, expire
from flowforge.board.queries import sql
from flowforge.db.database import Database
from flowforge.errors import Conflict, Gone, InvalidInput, NotFound
from flowforge.orchestrator.run import cancel_run
from flowforge.orchestrator.stream import read_page
from flowforge.orchestrator.waits import NotYet, Outcome
from flowforge.skills.binding import call_hash
from tests.board.conftest import REFUND, SCHEMA


async def only(database: Database, tenant_id: UUID) -> Approval:
    (approval,) = (await list_approvals(database, tenant_id)).data
    return approval


async def owner_state(database: Database) -> str:
    return str(await database.pool.fetchval("select state::text from flowforge.owner"))


async def test_a_question_stands_in_the_queue_with_everything_that_a_person_needs(database, mira, ask, run_id, tenant_id):
    await ask()
    approval = await only(database, tenant_id)

    assert (approval.state, approval.tool, approval.arguments, approval.effect) == ("pending", "issue_refund", REFUND, "money")
    assert (approval.agent, approval.task, approval.run_id, approval.reason, approval.reversible) == (
        "atlas",
        "FF-1",
        run_id,
        "it is money",
        False,
    )
    assert approval.arguments_hash == hash_of('{"order":"ORD-9218","amount":420}')
    assert (approval.cost_so_far, approval.expires_at, approval.decided_by, approval.decision) == (0, None, None, None)
    entry = (await audit.read(database.pool, tenant_id))[-1]
    assert (entry.principal_kind, entry.principal, entry.action, entry.target) == ("agent", "atlas", "approval.ask", approval.id)


async def test_looking_again_and_at_once_asks_only_once(database, ask, tenant_id):
    wait = await ask(looks=False)
    await asyncio.gather(*(look(database, [wait]) for _ in range(10)))

    await only(database, tenant_id)
    assert [entry.action for entry in await audit.read(database.pool, tenant_id)].count("approval.ask") == 1


async def test_a_question_that_is_answered_before_it_was_told_is_told_with_its_answer(database, mira, ask, tenant_id):
    wait = await ask()
    await decide(database, mira, (await only(database, tenant_id)).id, approved=True)
    (outcome,) = await look(database, [wait])
    assert isinstance(outcome, Outcome)
    assert [name for name, _ in (*outcome.untold, *outcome.frames)] == ["approval.requested", "approval.decided"]


async def test_the_question_is_told_to_the_run_until_its_stream_has_it(database, ask, tenant_id, run_id):
    wait = await ask()
    (first,) = await look(database, [wait])
    assert isinstance(first, NotYet)
    ((name, data),) = first.frames
    assert (name, data["tool"], data["arguments"], data["agent"], data["task"]) == (
        "approval.requested",
        "issue_refund",
        REFUND,
        "atlas",
        "FF-1",
    )

    await database.pool.execute(
        "insert into flowforge.frame (tenant_id, stream_id, seq, name, data) values ($1, $2, 3, $3, $4)",
        tenant_id,
        run_id,
        name,
        json.dumps(data),
    )
    assert await look(database, [wait]) == [None]


async def test_an_approval_wakes_its_run_and_is_its_answer(database, mira, ask, tenant_id, run_id):
    wait = await ask()
    approval = await only(database, tenant_id)
    decided = await decide(database, mira, approval.id, approved=True)

    assert (decided.state, decided.decided_by, decided.decision.approved, decided.decision.edited_args) == ("approved", "mira", True, None)
    assert await owner_state(database) == "r"
    (outcome,) = await look(database, [wait])
    assert isinstance(outcome, Outcome)
    bound = {"approval": approval.id, "hash": call_hash("issue_refund", "money", SCHEMA, REFUND)}
    assert outcome.value == {"approved": True, "arguments": REFUND, "edited_args": None, "reason": None, "decided_by": "mira", **bound}
    assert [name for name, _ in outcome.frames] == ["approval.decided"] and not outcome.shared
    entry = (await audit.read(database.pool, tenant_id))[-1]
    assert (entry.action, entry.target, entry.detail["approved"]) == ("approval.decide", approval.id, True)


async def test_a_decision_is_told_on_the_tasks_and_the_agents_stream(database, mira, atlas, ask, tenant_id):
    await ask()
    approval = await only(database, tenant_id)
    await decide(database, mira, approval.id, approved=False, reason="too much")

    task_id = await database.pool.fetchval("select task_id from flowforge.task")
    for kind, stream_id in (("task", task_id), ("agent", atlas.id)):
        last = (await read_page(database.pool, tenant_id, kind, stream_id, 0))[-1]
        assert last.name == "approval.decided"
        assert last.data == {
            "run": approval.run,
            "approval": approval.id,
            "tool": "issue_refund",
            "state": "denied",
            "decided_by": "mira",
            "approved": False,
            "edited_args": None,
            "reason": "too much",
        }


async def test_edited_arguments_are_what_the_run_gets(database, mira, ask, tenant_id):
    wait = await ask()
    edited = {"order": "ORD-9218", "amount": 300}
    decided = await decide(database, mira, (await only(database, tenant_id)).id, approved=True, edited_args=edited)

    assert decided.arguments == REFUND and decided.decision.edited_args == edited
    (outcome,) = await look(database, [wait])
    assert outcome.value["arguments"] == edited == outcome.value["edited_args"]


@pytest.mark.parametrize(
    ("edited", "pointer"),
    [
        ({"order": "ORD-9218", "amount": "300"}, "/edited_args/amount"),
        ({"order": "ORD-9218", "amount": 501}, "/edited_args/amount"),
        ({"order": "ORD-9218"}, "/edited_args"),
        ({"order": "ORD-9218", "amount": 1, "to": "me"}, "/edited_args"),
        ({}, "/edited_args"),
    ],
)
async def test_edited_arguments_must_satisfy_the_schema(database, mira, ask, tenant_id, edited, pointer):
    await ask()
    approval = await only(database, tenant_id)
    with pytest.raises(InvalidInput) as refused:
        await decide(database, mira, approval.id, approved=True, edited_args=edited)

    assert refused.value.pointer == pointer
    assert (await get_approval(database, tenant_id, approval.id)).state == "pending"
    assert await owner_state(database) == "p"


async def test_a_schema_that_points_elsewhere_is_never_fetched(database, mira, ask, tenant_id, monkeypatch):
    fetched: list[Any] = []
    monkeypatch.setattr("urllib.request.urlopen", lambda *asked, **_: fetched.append(asked))
    await ask(schema={"$ref": "http://example.invalid/schema.json"})
    with pytest.raises(InvalidInput, match="schema"):
        await decide(database, mira, (await only(database, tenant_id)).id, approved=True, edited_args={"a": 1})
    assert fetched == []


async def test_a_denial_takes_no_edited_arguments(database, mira, ask, tenant_id):
    await ask()
    with pytest.raises(InvalidInput) as refused:
        await decide(database, mira, (await only(database, tenant_id)).id, approved=False, edited_args=REFUND)
    assert refused.value.pointer == "/edited_args"


async def test_fifty_pairs_that_decide_at_once_have_one_winner_each(database, mira, ask, tenant_id):
    jonas = Principal(tenant_id, "person", "jonas")
    waits = [await ask(key=f"approve refund:{n}") for n in range(50)]
    approvals = (await list_approvals(database, tenant_id, limit=200)).data
    assert len(approvals) == 50

    async def race(approval: Approval) -> None:
        barrier = asyncio.Barrier(2)

        async def act(who: Principal, approved: bool) -> Any:
            await barrier.wait()
            try:
                return await decide(database, who, approval.id, approved=approved)
            except Conflict as lost:
                return lost

        one, other = await asyncio.gather(act(mira, True), act(jonas, False))
        won, lost = (one, other) if isinstance(one, Approval) else (other, one)
        assert isinstance(won, Approval) and isinstance(lost, Conflict)
        assert lost.winner["decided_by"] == won.decided_by and lost.winner["decision"]["approved"] == won.decision.approved
        assert (await get_approval(database, tenant_id, approval.id)).decided_by == won.decided_by

    for approval in approvals:
        await race(approval)
    actions = [entry.action for entry in await audit.read(database.pool, tenant_id, limit=1000)]
    assert actions.count("approval.decide") == 50
    outcomes = await look(database, waits)
    assert all(isinstance(outcome, Outcome) for outcome in outcomes)


async def test_an_expired_approval_cannot_be_decided_and_reads_as_denied(database, mira, ask, tenant_id):
    wait = await ask(expires_in=60)
    approval = await only(database, tenant_id)
    await database.pool.execute("update flowforge.clock set skew = '61 seconds'")

    assert (await get_approval(database, tenant_id, approval.id)).state == "expired"
    assert (await list_approvals(database, tenant_id, state="pending")).data == ()
    with pytest.raises(Gone, match="the approval expired at"):
        await decide(database, mira, approval.id, approved=True)
    (outcome,) = await look(database, [wait])
    bound = {"approval": approval.id, "hash": approval.hash}
    assert outcome.value == {"approved": False, "arguments": REFUND, "reason": "nobody decided in time", "expired": True, **bound}
    with pytest.raises(Gone):
        await decide(database, mira, approval.id, approved=True)


async def test_a_run_that_wakes_at_the_end_of_the_time_closes_the_question(database, atlas, ask, tenant_id):
    wait = await ask(expires_in=60)
    await database.pool.execute("update flowforge.clock set skew = '60 seconds'")
    (outcome,) = await look(database, [wait])

    assert outcome.value["expired"]
    assert (await only(database, tenant_id)).state == "expired"
    assert (await read_page(database.pool, tenant_id, "agent", atlas.id, 0))[-1].name == "approval.expired"


async def test_a_decision_and_the_end_of_its_time_at_once_have_one_winner(database, mira, ask, tenant_id):
    for n in range(25):
        await database.pool.execute("update flowforge.clock set skew = '0'")
        wait = await ask(key=f"approve refund:{n}", expires_in=60)
        (approval,) = (await list_approvals(database, tenant_id, state="pending")).data
        await database.pool.execute("update flowforge.clock set skew = '59.94 seconds'")

        results = await asyncio.gather(
            decide(database, mira, approval.id, approved=True),
            database.pool.execute("update flowforge.clock set skew = '61 seconds'"),
            look(database, [wait]),
            return_exceptions=True,
        )
        (outcome,) = await look(database, [wait])
        assert outcome.value["approved"] is not isinstance(results[0], Gone)
        assert isinstance(results[0], Approval | Gone)


async def test_a_decision_waits_for_whoever_is_closing_the_question(database, mira, ask, tenant_id):
    await ask(expires_in=60)
    approval = await only(database, tenant_id)
    async with database.pool.acquire() as connection:
        async with connection.transaction():
            row = await sql.lock_approval.fetchrow(connection, tenant_id=tenant_id, approval_id=approval.approval_id)
            await expire(connection, tenant_id, row)
            deciding = asyncio.create_task(decide(database, mira, approval.id, approved=True))
            async with asyncio.timeout(5):
                while not await connection.fetchval("select count(*) from pg_locks where not granted"):
                    await asyncio.sleep(0.005)
        with pytest.raises(Gone):
            await deciding


async def test_the_question_of_a_run_that_was_cancelled_is_over(database, mira, ask, tenant_id, run_id):
    await ask()
    approval = await only(database, tenant_id)
    await cancel_run(database, tenant_id, run_id, by="mira")

    assert (await get_approval(database, tenant_id, approval.id)).state == "expired"
    assert [one.id for one in (await list_approvals(database, tenant_id, state="expired")).data] == [approval.id]
    with pytest.raises(Gone, match="has ended"):
        await decide(database, mira, approval.id, approved=True)


async def test_an_agent_decides_nothing(database, atlas, ask, tenant_id):
    await ask()
    with pytest.raises(Conflict, match="an agent cannot decide"):
        await decide(database, atlas, (await only(database, tenant_id)).id, approved=True)


async def test_an_approval_is_found_by_any_ending_of_its_id_that_fits_only_one(database, mira, ask, tenant_id):
    await ask()
    approval = await only(database, tenant_id)
    for reference in (approval.id, approval.approval_id.hex, str(approval.approval_id), approval.id[-8:], approval.id[-4:].upper()):
        assert (await get_approval(database, tenant_id, reference)).id == approval.id
    for unknown in ("0000000", "f", "apr_", "nonsense", "%", ids.show("apr", ids.new_id())):
        with pytest.raises(NotFound):
            await get_approval(database, tenant_id, unknown)
        with pytest.raises(NotFound):
            await decide(database, mira, unknown, approved=True)

    row = "insert into flowforge.approval (tenant_id, approval_id, run_id, step_key, tool, arguments, arguments_hash, effect)"
    twin = UUID(hex="f" * 24 + approval.id[-8:])
    await database.pool.execute(f"{row} values ($1, $2, $2, 'x', 'x', '{{}}', 'x', 'x')", tenant_id, twin)
    with pytest.raises(Conflict, match="several approvals end in"):
        await get_approval(database, tenant_id, approval.id[-8:])


async def test_the_queue_is_read_in_pages_oldest_first(database, mira, ask, tenant_id):
    for n in range(3):
        await ask(key=f"approve refund:{n}")
    first = await list_approvals(database, tenant_id, limit=2)
    rest = await list_approvals(database, tenant_id, limit=2, cursor=first.next_cursor)
    await decide(database, mira, first.data[0].id, approved=False)

    assert len({one.id for one in (*first.data, *rest.data)}) == 3 and rest.next_cursor is None
    assert [one.id for one in (await list_approvals(database, tenant_id, state="pending")).data] == [first.data[1].id, rest.data[0].id]
    assert [one.id for one in (await list_approvals(database, tenant_id, state="denied")).data] == [first.data[0].id]
    with pytest.raises(InvalidInput, match="an approval's state is one of"):
        await list_approvals(database, tenant_id, state="open")
