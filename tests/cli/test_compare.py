"""`flowforge compare`: what another model makes of a recorded run, from a file or from the server."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import respx
from click.testing import CliRunner

from flowforge.cli import main
from flowforge.orchestrator.history import EXAMPLE
from flowforge.orchestrator.models.client import ModelReply, ModelRequest, OnDelta, TokenUsage, set_client
from flowforge.orchestrator.registry import REGISTRY, Registry
from flowforge.skills.tool import TOOLS

APP = """
import flowforge
from flowforge import step

@flowforge.function(trigger="order/created")
async def process_order(ctx):
    return await step.ai("risk", model="gpt-4o", prompt="How risky?")
"""
CALL = {
    "attempt": 1,
    "model": "gpt-4o",
    "provider": "openai",
    "input_tokens": 100,
    "output_tokens": 20,
    "cached_tokens": 0,
    "reasoning_tokens": 0,
    "cost": "0.0100",
    "latency_ms": 900,
}
ASKED = {"key": "risk", "name": "risk", "kind": "ai", "input": {"model": "gpt-4o"}, "output": "low", "calls": [CALL]}
HISTORY: dict[str, Any] = {**EXAMPLE, "output": "low", "steps": [{**EXAMPLE["steps"][0], **ASKED}]}  # type: ignore[index,call-overload,dict-item]


class Answering:
    async def complete(self, request: ModelRequest, on_delta: OnDelta | None = None) -> ModelReply:
        tokens = TokenUsage(input=10, output=1)
        return ModelReply(
            text="high", finish_reason="stop", model=request.model, provider="openai", tokens=tokens, cost=Decimal("0.0050"), latency_ms=70
        )

    async def embed(self, request: Any) -> Any:
        raise AssertionError

    async def close(self) -> None: ...


@pytest.fixture(autouse=True)
def project(tmp_path: Path) -> Iterator[Path]:
    functions, tools, here, before = Registry(), list(TOOLS), Path.cwd(), set_client(Answering())
    functions.replace(REGISTRY)
    (tmp_path / "order.py").write_text(APP)
    (tmp_path / "run.json").write_text(json.dumps(HISTORY))
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(here)
    set_client(before)
    REGISTRY.replace(functions)
    TOOLS.clear()
    for tool in tools:
        TOOLS.add(tool)


def test_a_file_is_compared_and_shown_side_by_side() -> None:
    done = CliRunner().invoke(main, ["compare", "run.json", "--model", "gpt-4o-mini"])
    assert done.exit_code == 0, done.output
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[:2] == ["gpt-4o (recorded) gpt-4o-mini", "end completed completed"]
    assert "tokens 100→20 tok 10→1 tok" in lines
    assert any(line.startswith("cost $0.01 ") and "(-" in line for line in lines)
    assert lines[-3:] == ["gpt-4o-mini: another output", '- "low"', '+ "high"']


def test_a_run_of_the_server_is_compared_as_json_with_plain_decimals() -> None:
    run = {"id": EXAMPLE["id"], "label": "a2f7_0001", "function": "order.process_order", "state": "completed", "attempt": 1, "cost": None}
    times = {"created_at": "2025-11-22T10:42:07Z", "started_at": None, "ended_at": None}
    with respx.mock(base_url="http://127.0.0.1:8288") as server:
        server.get("/v1/runs/a2f7_0001").respond(json=run | times)
        server.get(f"/v1/runs/{EXAMPLE['id']}/history").respond(json=HISTORY)
        done = CliRunner().invoke(main, ["compare", "a2f7_0001", "--model", "gpt-4o-mini", "--model", "gpt-4o", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["original"]["cost"], told["original"]["path"]) == (
        "0.0100",
        [{"kind": "ai", "name": "risk", "arguments": "", "answered": "asked"}],
    )
    assert [side["model"] for side in told["others"]] == ["gpt-4o-mini", "gpt-4o"]
    assert [side["output"] for side in told["others"]] == ["high", "high"]


def test_what_is_wrong_is_said_in_a_sentence(project: Path) -> None:
    (project / "none.json").write_text("{}")
    (project / "plain.json").write_text(json.dumps(EXAMPLE))
    for arguments, code, why in (
        (["missing.json", "--model", "x"], 4, "missing.json"),
        (["none.json", "--model", "x"], 2, "is no run's history"),
        (["plain.json", "--model", "x"], 2, "this run asked no model"),
        (["run.json"], 2, "Missing option '--model'"),
        (["run.json", "--model", "x", "--app", "nowhere.py"], 2, "there is no file, directory or module"),
    ):
        done = CliRunner().invoke(main, ["compare", *arguments])
        assert why in done.stderr
        assert "Traceback" not in done.stderr
        assert done.exit_code == code, done.stderr
