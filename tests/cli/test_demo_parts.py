"""The demo's ledger, and the person's decision at the terminal."""

from __future__ import annotations

import asyncio
import json
import os
import pty
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import respx

from flowforge.api.client import AsyncClient
from flowforge.cli.demo.ledger import Ledger, Refund
from flowforge.cli.demo.person import decide
from flowforge.cli.terminal import Terminal

URL = "http://127.0.0.1:8288"
ITEM: dict[str, Any] = {"id": "apr_1", "tool": "issue_refund", "arguments": {"order_id": "ORD-9218", "amount": 420}}


def test_the_ledger_pays_once_for_a_key_and_counts_every_call(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    for amount in (420, 420, 999):
        assert ledger.refund("run:issue_refund", "ORD-9218", Decimal(amount)) == Refund("ORD-9218", Decimal(420))
    assert ledger.calls() == 3
    assert ledger.refunds() == [Refund("ORD-9218", Decimal(420))]


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A terminal as stdin; what is written here is typed there."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "r") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        yield ours
    os.close(ours)


@pytest.mark.parametrize(
    ("typed", "decision"),
    [
        ("a\n", {"approved": True, "edited_args": None, "reason": None}),
        ("what?\nE\n", {"approved": True, "edited_args": {"order_id": "ORD-9218", "amount": 300}, "reason": None}),
        ("d\n", {"approved": False, "edited_args": None, "reason": "denied at the terminal"}),
    ],
)
async def test_a_key_at_the_terminal_decides(keyboard: int, typed: str, decision: dict[str, Any]) -> None:
    with respx.mock(base_url=URL) as server:
        server.get("/v1/approvals").respond(json={"data": [ITEM]})
        decided = server.post("/v1/approvals/apr_1/decision").respond(json={})
        os.write(keyboard, typed.encode())
        async with AsyncClient(URL) as client, asyncio.timeout(5):
            await decide(Terminal(quiet=True), client, ITEM, yes=False)
        assert json.loads(decided.calls[0].request.content) == decision


async def test_a_decision_from_elsewhere_ends_the_question(keyboard: int) -> None:
    with respx.mock(base_url=URL, assert_all_called=False) as server:
        server.get("/v1/approvals").respond(json={"data": []})
        decided = server.post("/v1/approvals/apr_1/decision").respond(json={})
        async with AsyncClient(URL) as client, asyncio.timeout(5):
            await decide(Terminal(quiet=True), client, ITEM, yes=False)
        assert not decided.called
