"""An approval waits while everything dies: `flowforge serve` and `flowforge worker` are killed and started again, as people do it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.scripts import atlas

ROOT = Path(__file__).parents[2]

KEY = "the-key-of-serve-in-these-tests-0123456789"
APP = """
import flowforge

@flowforge.tool(effect="read")
def lookup_order(order_id: str) -> dict:
    "Find an order by its number."
    return {"order_id": order_id, "total": 420}

@flowforge.tool(effect="money", reversible=False)
def issue_refund(order_id: str, amount: float) -> dict:
    "Pay a customer back."
    with open("ledger", "a") as ledger:
        ledger.write(f"{order_id} {amount:g}\\n")
    return {"refunded": amount, "order_id": order_id}
"""
EDITED = {"order_id": "ORD-9218", "amount": 300}

Begin = Callable[..., dict[str, Any]]


@pytest.fixture
def provider() -> Iterator[ScriptedProvider]:
    with ScriptedProvider(atlas) as running:
        yield running


@pytest.fixture
def running() -> list[subprocess.Popen[bytes]]:
    return []


@pytest.fixture
def begin(tmp_path: Path, clean_url: str, provider: ScriptedProvider, running: list[subprocess.Popen[bytes]]) -> Iterator[Begin]:
    """Start a command that goes on; returns what it says when it is ready."""
    (tmp_path / "app.py").write_text(APP)
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    environment = {**os.environ, **provider.environment(), "DATABASE_URL": clean_url, "PYTHONPATH": path, "FLOWFORGE_API_KEY": KEY}

    def start(*arguments: str) -> dict[str, Any]:
        command = [sys.executable, "-m", "flowforge.cli", *arguments, "--json"]
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        running.append(process)
        assert process.stdout is not None
        ready: dict[str, Any] = json.loads(process.stdout.readline())
        assert ready["event"] == "ready"
        return ready

    yield start
    kill_all(running)


def kill_all(running: list[subprocess.Popen[bytes]]) -> None:
    while running:
        process = running.pop()
        process.kill()
        process.communicate()


@pytest.mark.thorough
@pytest.mark.parametrize("decided", [pytest.param("before the worker is back", marks=pytest.mark.thorough), "after the worker is back"])
async def test_an_approval_that_outlived_both_processes_runs_the_tool_once_with_the_edited_arguments(
    decided, tmp_path, begin, running, provider
):
    before = begin("serve", "--port", "0")
    begin("worker", "app.py")
    async with client(before) as api:
        definition = {"name": "atlas", "model": "gpt-4o", "tools": ["lookup_order", "issue_refund"]}
        assert (await api.post("/v1/agents", json=definition)).status_code == 201
        card = {"title": "Refund ORD-9218", "description": "The customer wants $420 back.", "assignee": {"agent": "atlas"}}
        assert (await api.post("/v1/tasks", json=card)).status_code == 201
        run = await first(api, "/v1/runs?state=waiting")
    kill_all(running)

    after = begin("serve", "--port", "0")
    async with client(after) as api:
        approval = await first(api, "/v1/approvals?state=pending")
        assert (approval["run"], approval["arguments"]) == (run["id"], {"order_id": "ORD-9218", "amount": 420})
        if decided == "after the worker is back":
            begin("worker", "app.py")
        decision = f"/v1/approvals/{approval['id']}/decision"
        won = await api.post(decision, json={"approved": True, "edited_args": EDITED})
        lost = await api.post(decision, json={"approved": False, "reason": "no"})
        unknown = await api.post(f"/v1/approvals/apr_{'0' * 32}/decision", json={"approved": True})
        if decided == "before the worker is back":
            begin("worker", "app.py")
        ended = await first(api, "/v1/runs?state=completed")
        task = (await api.get("/v1/tasks/FF-1")).json()

    assert (won.status_code, lost.status_code, unknown.status_code) == (200, 409, 404), (won.text, lost.text, unknown.text)
    assert (lost.json()["winner"]["decided_by"], lost.json()["winner"]["decision"]) == ("FLOWFORGE_API_KEY", won.json()["decision"])
    assert (tmp_path / "ledger").read_text() == "ORD-9218 300\n"
    assert ended["id"] == run["id"]
    assert [said["text"] for said in task["comments"]] == ["Done: $300 was refunded to ORD-9218. The customer can be told."]
    assert task["column"] == "Review"
    assert len(provider.requests) == 3, "what a model had answered was asked again"


def client(server: dict[str, Any]) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=server["url"], headers={"authorization": f"Bearer {KEY}"}, timeout=20, trust_env=False)


async def first(api: httpx.AsyncClient, path: str) -> dict[str, Any]:
    """The first entry of a list, once there is one."""
    async with asyncio.timeout(60):
        while not (found := (await api.get(path)).json()["data"]):
            await asyncio.sleep(0.05)
    entry: dict[str, Any] = found[0]
    return entry
