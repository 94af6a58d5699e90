"""Recorded runs against the code of today."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from flowforge import step
from flowforge.errors import InvalidInput, NotFound, StepError
from flowforge.testing import ReplayDrift, ReplayReport, replay_history
from flowforge.testing.harness import Forge

pytest_plugins = ["flowforge.testing.plugin"]

effects: list[str] = []


class Order(BaseModel):
    id: str
    total: int


def validate(data: dict[str, Any]) -> Order:
    effects.append("validate")
    return Order(**data)


def charge(amount: int) -> str:
    effects.append(f"charge {amount}")
    return f"charged {amount}"


async def process(ctx: Any) -> dict[str, Any]:
    order = await step.run("validate", validate, ctx.event.data)
    paid, charged = await asyncio.gather(
        step.wait_for_event("payment", event="payment/settled", match="data.id"), step.run("charge", charge, order.total)
    )
    try:
        await step.run("broken", broken)
    except StepError as error:
        return {"order": order.id, "paid": paid.data["by"], "charged": charged, "error": error.error_type}
    return {}


def broken() -> None:
    raise ValueError("no")


async def record(forge: Forge, function: Any, *, pay: bool = True) -> Any:
    """Let the function run as it is recorded, under an id that changed code has too."""
    forge.registry.function(trigger="order/created", id="order.process", retries=0)(function)
    sent = await forge.send("order/created", {"id": "ORD-1", "total": 42})
    await forge.work_until_idle()
    if pay:
        await forge.send("payment/settled", {"id": "ORD-1", "by": "card"})
        await forge.work_until_idle()
    effects.clear()
    return sent


def only(report: ReplayReport) -> tuple[str, str | None, str | None, str | None]:
    (drift,) = report.drifts
    return drift.what, drift.step, drift.recorded, drift.now


async def test_unchanged_code_finds_every_step_and_does_nothing(forge: Forge) -> None:
    sent = await record(forge, process)
    (report,) = await forge.replay_check(sent)
    assert (report.found, report.drifts, effects) == (4, (), [])
    assert (await forge.run(sent)).output == {"order": "ORD-1", "paid": "card", "charged": "charged 42", "error": "ValueError"}


async def test_a_history_survives_its_journey_as_a_file(forge: Forge, tmp_path: Path) -> None:
    sent = await record(forge, process)
    file = tmp_path / "order.json"
    file.write_text((await forge.history(sent)).model_dump_json(indent=2))
    report = await replay_history(file, process)
    assert (report.found, report.drifts, effects) == (4, (), [])
    (report,) = [await replay_history(json.loads(file.read_text()), forge.registry)]
    assert report.drifts == ()
    file.write_text('{"format": "flowforge-history/1", "id": 7}')
    with pytest.raises(InvalidInput, match=r"order\.json is no run's history"):
        await replay_history(file, process)


async def test_other_arguments_are_named_with_both(forge: Forge) -> None:
    history = await forge.history(await record(forge, process))

    async def changed(ctx: Any) -> dict[str, Any]:
        order = await step.run("validate", validate, ctx.event.data)
        paid, charged = await asyncio.gather(
            step.wait_for_event("payment", event="payment/settled", match="data.id"), step.run("charge", charge, order.total + 1)
        )
        try:
            await step.run("broken", broken)
        except StepError as error:
            return {"order": order.id, "paid": paid.data["by"], "charged": charged, "error": error.error_type}
        return {}

    report = await replay_history(history, changed)
    assert only(report) == ("other arguments", "charge", "run [42]", "run [43]")
    assert (report.found, effects) == (3, [])
    with pytest.raises(ReplayDrift, match=r"other arguments 'charge'"):
        report.check()


async def test_a_new_step_is_named_and_not_executed(forge: Forge) -> None:
    history = await forge.history(await record(forge, process))

    async def changed(ctx: Any) -> Any:
        await step.run("validate", validate, ctx.event.data)
        await step.run("audit", charge, 7)
        await step.sleep("nap", "1h")

    report = await replay_history(history, changed)
    assert only(report) == ("new step", "audit", None, "run [7]")
    assert effects == []


async def test_a_new_step_after_all_that_is_recorded_is_named_and_not_executed(forge: Forge) -> None:
    async def short(ctx: Any) -> None:
        await step.run("validate", validate, ctx.event.data)

    history = await forge.history(await record(forge, short))
    executed: list[str] = []

    async def longer(ctx: Any) -> None:
        await step.run("validate", validate, ctx.event.data)
        await step.run("audit", executed.append, "audited")

    assert only(await replay_history(history, longer)) == ("new step", "audit", None, 'run ["audited"]')
    assert executed == []


async def test_a_step_of_another_kind_and_one_that_is_gone_are_named(forge: Forge) -> None:
    history = await forge.history(await record(forge, process))

    async def other_kind(ctx: Any) -> Any:
        await step.sleep("validate", "1h")

    async def shorter(ctx: Any) -> Any:
        order = await step.run("validate", validate, ctx.event.data)
        await step.wait_for_event("payment", event="payment/settled", match="data.id")
        await step.run("charge", charge, order.total)
        return {"order": "ORD-1", "paid": "card", "charged": "charged 42", "error": "ValueError"}

    what, key, recorded, now = only(await replay_history(history, other_kind))
    assert (what, key, now) == ("other kind", "validate", "sleep without arguments")
    assert recorded == 'run [{"id":"ORD-1","total":42}]'
    assert only(await replay_history(history, shorter)) == ("step not asked for", "broken", "run without arguments, failed", None)


async def test_another_output_and_another_error_are_named(forge: Forge) -> None:
    async def totals(ctx: Any) -> Any:
        if ctx.event.data["total"] < 0:
            raise ValueError("negative")
        return ctx.event.data["total"]

    history = await forge.history(await record(forge, totals, pay=False))

    async def doubled(ctx: Any) -> Any:
        return ctx.event.data["total"] * 2

    async def fails(ctx: Any) -> Any:
        raise RuntimeError("oh no")

    async def stuck(ctx: Any) -> Any:
        await step.sleep("nap", 1)

    assert (await replay_history(history, totals)).drifts == ()
    assert only(await replay_history(history, doubled)) == ("other end", None, "completed: 42", "completed: 84")
    assert only(await replay_history(history, fails)) == ("other end", None, "completed: 42", "failed: RuntimeError: oh no")
    assert only(await replay_history(history, stuck)) == ("new step", "nap", None, "sleep without arguments")


async def test_a_waiting_run_is_replayed_up_to_where_it_waits(forge: Forge) -> None:
    history = await forge.history(await record(forge, process, pay=False))
    assert history.state == "waiting"
    assert (await replay_history(history, process)).drifts == ()

    async def changed(ctx: Any) -> Any:
        order = await step.run("validate", validate, ctx.event.data)
        await asyncio.gather(step.run("charge", charge, order.total), step.wait_for_event("payment", event="payment/made"))

    what, key, _, now = only(await replay_history(history, changed))
    assert (what, key) == ("other arguments", "payment")
    assert "payment/made" in str(now)


async def test_chance_between_steps_is_found_although_the_run_ended_well(forge: Forge) -> None:
    numbers = iter(range(10))

    async def lucky(ctx: Any) -> None:
        await step.run("draw", charge, next(numbers))

    sent = await record(forge, lucky, pay=False)
    assert (await forge.run(sent)).state == "completed"
    with pytest.raises(ReplayDrift, match=r"recorded: run \[0\]\n    now:      run \[1\]"):
        await forge.replay_check(sent)


async def test_a_check_of_nothing_is_refused(forge: Forge) -> None:
    with pytest.raises(InvalidInput, match="no run"):
        await forge.replay_check()
    sent = await record(forge, process)
    with pytest.raises(InvalidInput, match="no run"):
        await forge.replay_check(state="failed")
    with pytest.raises(NotFound, match=r"order\.process"):
        await replay_history(await forge.history(sent))
