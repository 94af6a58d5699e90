"""The harness that users' tests run on."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from flowforge.errors import FlowForgeError, InvalidInput, NotFound, RetryAfter
from flowforge.orchestrator.steps import EngineSteps
from flowforge.orchestrator.worker import claimer
from flowforge.testing.harness import Forge

pytest_plugins = ["flowforge.testing.plugin"]

step = EngineSteps()


async def test_a_run_waits_for_work_and_is_done_when_idle(forge: Forge) -> None:
    @forge.function(trigger="order/created")
    async def process(ctx: Any) -> dict[str, Any]:
        return {"total": await step.run("double", lambda: ctx.event.data["total"] * 2)}

    sent = await forge.send("order/created", {"total": 21})
    assert (await forge.run(sent)).state == "queued"
    await forge.work_until_idle()
    assert (await forge.run(sent.id)).output == {"total": 42}
    assert [found.name for found in await forge.steps(sent)] == ["double"]


async def test_work_is_over_only_once_no_claim_is_under_way(forge: Forge, monkeypatch: pytest.MonkeyPatch) -> None:
    @forge.function(trigger="order/created")
    async def process(ctx: Any) -> None: ...

    claims, go_on = asyncio.Event(), asyncio.Event()
    claim = claimer.claim

    async def slow(*arguments: Any) -> Any:
        claims.set()
        await go_on.wait()
        return await claim(*arguments)

    monkeypatch.setattr(claimer, "claim", slow)
    working = asyncio.create_task(forge.work_until_idle())
    await claims.wait()
    for _ in range(100):  # there is nothing to do, which it finds out with fewer questions
        await forge.is_idle()
    assert not working.done(), "what is sent now would be begun by that claim"
    go_on.set()
    await working
    sent = await forge.send("order/created")
    assert (await forge.run(sent)).state == "queued"


async def test_sleeps_are_skipped_by_the_clock(forge: Forge) -> None:
    @forge.function(trigger="order/created")
    async def remind(ctx: Any) -> str:
        await step.sleep("a day", "24h")
        return "reminded"

    sent = await forge.send("order/created")
    await forge.work_until_idle()
    assert (await forge.run(sent)).state == "sleeping"
    await forge.clock.advance("23h")
    await forge.work_until_idle()
    assert (await forge.run(sent)).state == "sleeping"
    await forge.clock.advance("2h")
    await forge.work_until_idle()
    assert (await forge.run(sent)).output == "reminded"


async def test_retries_come_without_delay_unless_the_step_asks_for_one(forge: Forge) -> None:
    calls: list[str] = []

    def flaky() -> str:
        calls.append("flaky")
        if len(calls) < 3:
            raise ConnectionError("not yet")
        return "ok"

    def patient() -> str:
        calls.append("patient")
        if calls.count("patient") == 1:
            raise RetryAfter(3600)
        return "ok"

    @forge.function(trigger="order/created")
    async def process(ctx: Any) -> None:
        await step.run("flaky", flaky)
        await step.run("patient", patient)

    sent = await forge.send("order/created")
    await forge.work_until_idle()
    assert calls == ["flaky", "flaky", "flaky", "patient"]
    await forge.clock.advance("61m")
    await forge.work_until_idle()
    assert (await forge.run(sent)).state == "completed"


async def test_a_restarted_worker_runs_no_completed_step_again(forge: Forge) -> None:
    calls: list[str] = []

    @forge.function(trigger="order/created")
    async def ship(ctx: Any) -> None:
        await step.run("charge", lambda: calls.append("charge"))
        await step.sleep("cool-down", "1h")
        await step.run("ship", lambda: calls.append("ship"))

    sent = await forge.send("order/created")
    await forge.work_until_idle()
    await forge.restart_worker()
    await forge.clock.advance("1h")
    await forge.work_until_idle()
    assert calls == ["charge", "ship"]
    assert (await forge.run(sent)).state == "completed"


async def test_a_worker_that_dies_at_a_crash_point_is_taken_over(forge: Forge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dying_app.py").write_text(DYING_APP)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("LEDGER", str(tmp_path / "ledger"))
    import dying_app  # type: ignore[import-not-found]

    forge.use(dying_app)
    sent = await forge.send("order/created")
    death = await forge.die_at("checkpoint.before_commit", app=tmp_path / "dying_app.py", nth=2)
    assert death.killed, death.output
    assert (tmp_path / "ledger").read_text() == "chargeship"
    await forge.work_until_idle()
    assert (await forge.run(sent)).state == "completed"
    assert (tmp_path / "ledger").read_text() == "chargeshipship"  # one repeat of the body in flight, none of a completed step
    del sys.modules["dying_app"]


async def test_an_approval_is_decided_in_one_line(forge: Forge) -> None:
    from flowforge.board.approve_step import approve

    @forge.function(trigger="refund/asked")
    async def refund(ctx: Any) -> Any:
        decision = await approve("refund", arguments={"amount": 420}, effect="money")
        return decision.arguments if decision.approved else decision.reason

    first = await forge.send("refund/asked")
    await forge.work_until_idle()
    assert (await forge.run(first)).state == "waiting"
    await forge.approve(edited_args={"amount": 300})
    await forge.work_until_idle()
    assert (await forge.run(first)).output == {"amount": 300}

    second = await forge.send("refund/asked")
    await forge.work_until_idle()
    await forge.deny(reason="too much")
    await forge.work_until_idle()
    assert (await forge.run(second)).output == "too much"
    with pytest.raises(InvalidInput, match="0 approvals are pending"):
        await forge.approve()


async def test_only_what_is_used_is_registered(forge: Forge) -> None:
    with pytest.raises(NotFound, match="registered function or tool"):
        forge.use(sys.modules[__name__])
    assert [function.function_id for function in forge.registry if not function.builtin] == []


async def test_an_event_that_starts_nothing_has_no_single_run(forge: Forge) -> None:
    sent = await forge.send("no/body")
    assert sent.runs == ()
    with pytest.raises(InvalidInput):
        _ = sent.id


@pytest.mark.thorough
async def test_work_that_does_not_end_is_named(forge: Forge) -> None:
    import asyncio

    @forge.function(trigger="order/created", id="slow.one")
    async def slow(ctx: Any) -> None:
        await step.run("never", asyncio.Event().wait)

    await forge.send("order/created")
    with pytest.raises(FlowForgeError, match=r"slow\.one"):
        await forge.work_until_idle(0.3)


DYING_APP = """
import os
from flowforge.orchestrator.registry import REGISTRY
from flowforge.orchestrator.steps import EngineSteps

step = EngineSteps()

def write(what):
    with open(os.environ["LEDGER"], "a") as ledger:
        ledger.write(what)

@REGISTRY.function(trigger="order/created")
async def process(ctx):
    await step.run("charge", write, "charge")
    await step.run("ship", write, "ship")
"""


async def test_runs_that_stand_at_a_gate_are_work_to_be_done(forge: Forge) -> None:
    done: list[int] = []

    @forge.function(trigger="one/by-one", id="test.gated", concurrency=1)
    async def gated(ctx: Any) -> None:
        await step.run("note", done.append, ctx.event.data["n"])

    for n in range(3):
        await forge.send("one/by-one", {"n": n})
    await forge.work_until_idle()

    assert sorted(done) == [0, 1, 2]
