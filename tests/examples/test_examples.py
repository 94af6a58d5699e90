"""The examples run, offline."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest

from flowforge.orchestrator.fork import Wish, replay_run
from flowforge.orchestrator.registry import REGISTRY, Registry
from flowforge.skills.tool import TOOLS
from flowforge.testing.harness import Forge
from flowforge.testing.scripted_provider import ScriptedProvider

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
