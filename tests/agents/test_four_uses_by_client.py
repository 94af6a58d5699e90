"""examples/four_uses/client.py, as it stands, against a server, a worker and a scripted model."""

from __future__ import annotations

import asyncio
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from flowforge.api.app import create_app
from flowforge.api.server import Server
from flowforge.settings import Settings
from flowforge.skills.tool import ToolRegistry
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.scripts import atlas

PATIENCE_SECONDS = 60.0
EXAMPLES = Path(__file__).parents[2] / "examples"
KEY = "the operator's key of this test, long enough"


def load(name: str) -> ModuleType:
    spec = spec_from_file_location(f"example_{Path(name).stem}", EXAMPLES / name)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_the_four_uses_by_the_python_client(
    shop, tools: ToolRegistry, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.answer_with(atlas)
    paid: list[tuple[str, float]] = []

    @tools.tool(effect="read")
    def lookup_order(order_id: str) -> dict[str, object]:
        """Find an order by its number."""
        return {"order_id": order_id, "total": 420, "state": "lost in transit"}

    @tools.tool(effect="money", reversible=False, consequence="money leaves the account")
    async def issue_refund(order_id: str, amount: float) -> dict[str, object]:
        """Pay money back for an order."""
        paid.append((order_id, amount))
        return {"order_id": order_id, "refunded": amount}

    await shop.hire("unused", tools=())  # publishes what a worker publishes
    app = create_app(shop.database, settings=Settings(api_key=KEY), bell=shop.bell)
    async with Server(app, "127.0.0.1", 0) as server, shop.worker():
        monkeypatch.setenv("FLOWFORGE_URL", server.url)
        monkeypatch.setenv("FLOWFORGE_API_KEY", KEY)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.to_thread(load("four_uses/client.py").main)

    said = capsys.readouterr().out
    assert paid == [("ORD-9218", 300)]
    assert said.startswith("FF-1 is atlas's\n")
    assert "The customer asks for money back on ORD-9218. I look the order up before I promise anything." in said
    assert "→ lookup_order({'order_id': 'ORD-9218'})" in said
    assert "→ issue_refund({'order_id': 'ORD-9218', 'amount': 300})" in said
    assert "issue_refund waits for a person: it moves money.\n  issue_refund({'order_id': 'ORD-9218', 'amount': 420})" in said
    assert "Done: $300 was refunded to ORD-9218. The customer can be told.\ncompleted, $0.0" in said
    assert (await shop.agent()).definition.skills == ("refunds",)
    assert (await shop.task("FF-1")).column == "Review"
