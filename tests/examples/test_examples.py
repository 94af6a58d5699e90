"""The examples run, offline."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest

from flowforge.orchestrator.fork import Wish, replay_run
from flowforge.orchestrator.registry import REGISTRY, Registry
from flowforge.orchestrator.run import cancel_run
from flowforge.orchestrator.signal import send_signal
from flowforge.skills.tool import TOOLS
from flowforge.testing.harness import Forge
from flowforge.testing.scripted_provider import Asked, Reply, ScriptedProvider, ToolCall

pytest_plugins = ["flowforge.testing.plugin"]

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def example() -> Iterator[Callable[[str], ModuleType]]:
    """Imports an example by its name; what it registered is forgotten afterwards."""
    functions, tools = Registry(), list(TOOLS)
    functions.replace(REGISTRY)

    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[module.__name__] = module
        spec.loader.exec_module(module)
        return module

    yield load
    REGISTRY.replace(functions)
    TOOLS.clear()
    for tool in tools:
        TOOLS.add(tool)
    for name in [name for name in sys.modules if name.startswith("example_")]:
        del sys.modules[name]


async def test_an_order_is_paid_labelled_shipped_and_announced(
    forge: Forge, scripted_model: ScriptedProvider, example: Callable[[str], ModuleType]
) -> None:
    forge.use(example("order"))
    sent = await forge.send("order/created", {"order_id": "ORD-9218", "total": 1420})
    await forge.work_until_idle()
    assert (await forge.run(sent)).state == "waiting"

    await forge.send("payment/settled", {"order_id": "ORD-1", "amount": 1})  # somebody else's
    await forge.send("payment/settled", {"order_id": "ORD-9218", "amount": 1420})
    await forge.work_until_idle()
    await forge.clock.advance("1h")
    await forge.work_until_idle()

    run = await forge.run(sent)
    assert run.output == {"ok": True, "risk": "low", "label": "post:ORD-9218", "paid": 1420}
    names = [step.name for step in await forge.steps(sent)]
    assert set(names) == {"validate", "fraud", "flag", "reserve", "quote", "payment", "label", "cool-down", "ship", "announce"}
    assert {run.function.rpartition(".")[2] for run in await forge.runs()} == {"process_order", "make_label", "notify_customer"}


async def test_an_order_that_nobody_pays_is_given_up_after_a_day(
    forge: Forge, scripted_model: ScriptedProvider, example: Callable[[str], ModuleType]
) -> None:
    forge.use(example("order"))
    sent = await forge.send("order/created", {"order_id": "ORD-1", "total": 10})
    await forge.work_until_idle()
    await forge.clock.advance("25h")
    await forge.work_until_idle()
    assert (await forge.run(sent)).output == {"ok": False, "reason": "nobody paid within a day"}


async def test_the_refund_agent_asks_and_refunds_once(
    forge: Forge, scripted_model: ScriptedProvider, example: Callable[[str], ModuleType]
) -> None:
    refunds = example("refund_agent")
    forge.use(refunds)
    await forge.agent("atlas", "claude-sonnet-4.5", tools=["lookup_order", "issue_refund"])
    await forge.task("Refund ORD-9218", description="The parcel was lost. Refund $420.", agent="atlas")
    await forge.work_until_idle()
    await forge.approve(edited_args={"order_id": "ORD-9218", "amount": 300})
    await forge.work_until_idle()

    (run,) = await forge.runs()
    assert run.state == "completed"
    assert list(refunds.LEDGER.values()) == [Decimal(300)]
    assert run.cost is not None
    assert run.cost > 0


async def test_a_ticket_is_triaged_with_an_order_looked_up_and_without_the_customers_address(
    forge: Forge, scripted_model: ScriptedProvider, example: Callable[[str], ModuleType]
) -> None:
    def script(asked: Asked) -> Reply:
        if asked.messages[-1].role != "tool":
            return Reply(tool_calls=(ToolCall("look_up_order", {"order_id": "ORD-9218"}),))
        return Reply('{"kind": "delivery", "urgent": true, "answer": "It is lost. We are sorry."}')

    scripted_model.answer_with(script)
    forge.use(example("triage"))
    sent = await forge.send("ticket/opened", {"text": "Where is ORD-9218?", "email": "mira@example.org"})
    run = await forge.wait_for(sent, "completed")

    assert run.output == {"kind": "delivery", "urgent": True}
    steps = {found.name: found for found in await forge.steps(sent)}
    assert steps["look_up_order"].output == {"order_id": "ORD-9218", "state": "lost", "paid": "420 USD"}
    assert steps["answer"].output == "to mira@example.org: It is lost. We are sorry."
    assert "From: [redacted]" in str(scripted_model.requests[0].body["messages"])
    assert all("mira@" not in str(request.body) for request in scripted_model.requests)


async def test_orders_are_charged_once_and_views_are_counted_together(forge: Forge, example: Callable[[str], ModuleType]) -> None:
    forge.use(example("flow_control"))
    first = await forge.send("order/created", {"order_id": 1, "customer": "acme"})
    await forge.send("order/created", {"order_id": 1, "customer": "acme"})  # the same order
    views = await forge.send("order/viewed", {"customer": "acme"})
    await forge.send("order/viewed", {"customer": "acme"})
    await forge.work_until_idle()
    await forge.clock.advance("1s")
    await forge.work_until_idle()
    assert (await forge.run(first)).output == "charged order 1"
    assert (await forge.run(views)).output == 2
    assert sorted(run.function for run in await forge.runs()) == ["example_flow_control.charge", "example_flow_control.count_views"]


async def test_an_album_is_resized_under_a_limit_and_published_when_somebody_says_so(
    forge: Forge, example: Callable[[str], ModuleType]
) -> None:
    forge.use(example("pictures"))
    sent = await forge.send("album/uploaded", {"pictures": ["a.jpg", "bb.jpg", "ccc.jpg"]})
    await forge.work_until_idle()
    run = await forge.run(sent)
    assert (run.state, [step.key for step in await forge.steps(sent)][:3]) == ("waiting", ["resize[0]", "resize[1]", "resize[2]"])
    await send_signal(forge.database, forge.tenant_id, run.run_id, "reviewed", {"publish": True}, bell=forge.bell)
    await forge.work_until_idle()
    assert (await forge.run(sent)).output == "published 38 kB"


async def test_only_large_orders_are_reviewed(forge: Forge, example: Callable[[str], ModuleType]) -> None:
    forge.use(example("filtered_trigger"))
    small = await forge.send("order/created", {"order_id": "ORD-1", "total": 20})
    large = await forge.send("order/created", {"order_id": "ORD-2", "total": 2000})
    abroad = await forge.send("order/paid", {"order_id": "ORD-3", "country": "KP"})
    await forge.work_until_idle()
    assert [(await forge.run(sent)).output for sent in (small, abroad)] == ["ORD-1 is on its way", "somebody looks at ORD-3"]
    outputs = {(await forge.run(run)).output for run in large.runs}
    assert outputs == {"ORD-2 is on its way", "somebody looks at ORD-2"}


async def test_the_report_runs_at_nine_in_oslo_on_weekdays_and_is_made_up_for(forge: Forge, example: Callable[[str], ModuleType]) -> None:
    reports = example("cron_report")
    forge.use(reports.morning_report)
    await forge.clock.set(datetime(2030, 3, 28, 20, tzinfo=UTC))  # a Thursday; on Sunday the clock is put forward
    await forge.work_until_idle()
    assert await forge.runs() == []
    for day in range(1, 6):
        await forge.clock.advance("24h")
        await forge.work_until_idle()
        assert len(await forge.runs()) == {1: 1, 2: 1, 3: 1, 4: 2, 5: 3}[day]  # Friday, Saturday, Sunday, Monday, Tuesday
    times = sorted(run.input["scheduled_for"] for run in await forge.runs())
    assert times == ["2030-03-29T08:00:00Z", "2030-04-01T07:00:00Z", "2030-04-02T07:00:00Z"]
    await forge.clock.advance("72h")  # nobody worked on Wednesday and Thursday: the last report alone is made up for
    await forge.work_until_idle()
    assert sorted(run.output["day"] for run in await forge.runs())[3:] == ["2030-04-05"]


async def test_a_trip_that_cannot_be_completed_is_given_back(forge: Forge, example: Callable[[str], ModuleType]) -> None:
    trips = example("saga")
    forge.use(trips)
    sent = await forge.send("trip/asked", {"trip": "T-1", "car": "sold-out"})
    await forge.work_until_idle()

    run = await forge.run(sent)
    assert run.output == {"ok": False, "reason": "no car is left", "given_back": ["room of T-1", "flight of T-1"]}
    assert trips.BOOKED == []


async def test_a_trip_that_is_cancelled_while_it_waits_is_given_back(forge: Forge, example: Callable[[str], ModuleType]) -> None:
    trips = example("saga")
    forge.use(trips)
    sent = await forge.send("trip/asked", {"trip": "T-2"})
    await forge.work_until_idle()
    assert trips.BOOKED == ["flight of T-2", "room of T-2", "car of T-2"]
    run = await forge.run(sent)
    assert run.progress == {"done": 0.75, "message": "car booked"}

    await cancel_run(forge.database, forge.tenant_id, run.run_id, by="mira", bell=forge.bell)
    await forge.work_until_idle()

    assert (await forge.run(sent)).state == "cancelled"
    assert trips.BOOKED == []
    names = [step.key for step in await forge.steps(sent)]
    assert names[-4:] == ["give back[0]", "give back[1]", "give back[2]", "(on_cancel)/confirm"]


async def test_a_trip_that_is_paid_has_its_tickets_sent(forge: Forge, example: Callable[[str], ModuleType]) -> None:
    forge.use(example("saga"))
    sent = await forge.send("trip/asked", {"trip": "T-3"})
    await forge.work_until_idle()
    await forge.send("trip/paid", {"trip": "T-3"})
    await forge.work_until_idle()
    assert (await forge.run(sent)).output == {"ok": True, "booked": ["car of T-3", "room of T-3", "flight of T-3"]}


async def test_dead_letters_go_on_from_where_they_failed(
    forge: Forge, example: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = example("dead_letters")
    forge.use(app)
    sent = await forge.send("parcel/packed", {"order_id": "ORD-1"})
    await forge.work_until_idle()
    failed = await forge.run(sent)
    assert failed.state == "failed" and failed.error is not None and failed.error["step"] == "label"

    monkeypatch.setenv("CARRIER", "up")
    plan = await replay_run(forge.database, forge.person, failed.run_id, Wish(from_failure=True))
    await forge.work_until_idle()
    assert (await forge.run(plan.new_run)).output == {"label": "ORD-1/1200g"}
    assert app.packed == ["ORD-1"]
