"""Two people who decide at once, against each other and against a killed worker: one wins, and what was approved runs once."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from flowforge.access.principal import Principal
from flowforge.board.approval import Approval, Wish, list_approvals
from flowforge.board.approve_step import approve
from flowforge.board.decision import decide
from flowforge.db.database import Database
from flowforge.errors import Conflict
from flowforge.orchestrator.event import NewEvent, send_events
from flowforge.orchestrator.run import find_run
from flowforge.orchestrator.steps import EngineSteps
from flowforge.testing.approval_checker import check_approvals

AT_ONCE = 20
step = EngineSteps()

WORKER = """
import asyncio, sys
from flowforge.board.approve_step import approve
from flowforge.db.database import Database
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.worker import Worker
from flowforge.steps import step

registry = Registry()

@registry.function(trigger="order/returned", id="refund")
async def refund(ctx):
    decision = await approve("refund", arguments=ctx.event.data, effect="money")

    def pay():
        with open(sys.argv[2], "a") as ledger:
            ledger.write(f"{decision.arguments['order']}\\n")

    if decision.approved:
        await step.run("pay", pay)
    return decision.decided_by

async def main():
    async with await Database.open(sys.argv[1]) as database:
        worker = Worker(database, registry)
        await worker.start()
        print("started", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.parametrize("rounds", [20, pytest.param(500, marks=(pytest.mark.thorough, pytest.mark.long))])
async def test_of_two_who_decide_at_once_one_wins_and_the_tool_runs_once(rounds, database, tenant_id, registry, workers, eventually):
    paid: list[int] = []

    @registry.function(trigger="order/returned")
    async def refund(ctx: Any) -> bool:
        decision = await approve("refund", arguments={"order": ctx.event.data["order"]}, effect="money")
        if decision.approved:
            await step.run("pay", lambda: paid.append(ctx.event.data["order"]))
        return decision.approved

    worker = await workers()
    approving = 0
    for first in range(0, rounds, AT_ONCE):
        orders = range(first, min(rounds, first + AT_ONCE))
        count = len(orders)
        await send_events(database, tenant_id, [NewEvent("order/returned", {"order": order}) for order in orders], bell=worker.bell)
        approvals = await eventually(lambda count=count: pending(database, tenant_id, count))
        outcomes = await asyncio.gather(*(race(database, tenant_id, worker.bell, approval) for approval in approvals))
        approving += sum(outcomes)
        await eventually(lambda: all_ended(database))
    assert len(paid) == len(set(paid)) == approving
    assert await database.pool.fetchval("select count(*) from flowforge.run where output = 'true'") == approving
    assert await check_approvals(database) == []


async def race(database: Database, tenant_id: UUID, bell: Any, approval: Approval) -> bool:
    """Two decide behind a barrier. Whether the winner approved; the loser was told who that is."""
    barrier = asyncio.Barrier(2)

    async def act(name: str, approved: bool) -> Any:
        await barrier.wait()
        try:
            return await decide(database, Principal(tenant_id, "person", name), approval.id, approved=approved, bell=bell)
        except Conflict as lost:
            return lost

    asks = [act("mira", True), act("jonas", False)]
    results = await asyncio.gather(*(asks if approval.approval_id.int % 2 else asks[::-1]))
    (won,) = [one for one in results if isinstance(one, Approval)]
    (lost,) = [one for one in results if isinstance(one, Conflict)]
    assert lost.winner["decided_by"] == won.decided_by
    return won.state == "approved"


async def pending(database: Database, tenant_id: UUID, count: int) -> tuple[Approval, ...] | None:
    found = (await list_approvals(database, tenant_id, wish=Wish(state="pending"), limit=200)).data
    return found if len(found) == count else None


async def all_ended(database: Database) -> bool:
    return not await database.pool.fetchval("select count(*) from flowforge.owner")


@pytest.mark.thorough
async def test_a_decision_while_the_worker_is_killed_is_carried_out_once(clean_url: str, tenant_id: UUID, tmp_path: Path):
    """The kill comes before, with and after the decision; the next worker finds it."""
    ledger = tmp_path / "ledger"
    ledger.touch()
    worker = start_worker(clean_url, ledger)
    async with await Database.open(clean_url) as database:
        try:
            for order in range(3):
                (event,) = await send_events(database, tenant_id, [NewEvent("order/returned", {"order": order})])
                async with asyncio.timeout(60):
                    while (await find_run(database.pool, tenant_id, event.run_ids[0].hex)).state != "waiting":
                        await asyncio.sleep(0.02)
                    (approval,) = (await list_approvals(database, tenant_id, wish=Wish(state="pending"))).data
                    dying = worker
                    await asyncio.gather(decide_soon(database, tenant_id, approval, order % 3), kill_soon(dying, (order + 1) % 3))
                    worker = start_worker(clean_url, ledger)
                    while (view := await find_run(database.pool, tenant_id, event.run_ids[0].hex)).ended_at is None:
                        await asyncio.sleep(0.02)
                assert (view.state, view.output) == ("completed", "mira"), view.error
            assert await check_approvals(database) == []
        finally:
            worker.kill()
            await asyncio.to_thread(worker.wait)
    assert ledger.read_text().split() == [str(order) for order in range(3)]


async def decide_soon(database: Database, tenant_id: UUID, approval: Approval, turns: int) -> None:
    for _ in range(turns * 50):
        await asyncio.sleep(0)
    await decide(database, Principal(tenant_id, "person", "mira"), approval.id, approved=True)


async def kill_soon(worker: subprocess.Popen[str], turns: int) -> None:
    for _ in range(turns * 50):
        await asyncio.sleep(0)
    worker.send_signal(signal.SIGKILL)
    await asyncio.to_thread(worker.wait)


def start_worker(url: str, ledger: Path) -> subprocess.Popen[str]:
    worker = subprocess.Popen([sys.executable, "-c", WORKER, url, str(ledger)], env=dict(os.environ), stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None and worker.stdout.readline() == "started\n"
    return worker
