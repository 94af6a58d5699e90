"""`flowforge check-replay`: recorded runs against the code in a file, without a database."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import respx
from click.testing import CliRunner

from flowforge.cli import main
from flowforge.orchestrator.history import EXAMPLE

Command = Callable[..., subprocess.CompletedProcess[str]]

APP = """
import flowforge
from flowforge import step

@flowforge.function(trigger="order/created")
async def process_order(ctx):
    await step.run("validate", print, ctx.event.data)
    return {"ok": True}
"""


def recorded(hash: str) -> str:
    """The history in the API's example, with the hash of its only step's arguments."""
    history: dict[str, Any] = json.loads(json.dumps(EXAMPLE))
    history["steps"][0]["hash"] = hash
    return json.dumps(history)


@pytest.mark.thorough
def test_it_names_what_differs_and_answers_by_its_exit_code(flowforge: Command, tmp_path: Path) -> None:
    (tmp_path / "order.py").write_text(APP)
    (tmp_path / "good.json").write_text(recorded("2e3df052b1c01d19"))
    (tmp_path / "bad.json").write_text(recorded("00000000000000ff"))
    good = flowforge("check-replay", "order.py", "good.json")
    assert (good.returncode, good.stdout) == (0, "✓ order.process_order a2f7_0001: 1 step as recorded\n"), good.stdout + good.stderr
    both = flowforge("check-replay", "order.py", "good.json", "bad.json", "--json")
    assert both.returncode == 1
    assert [len(report["drifts"]) for report in json.loads(both.stdout)] == [0, 1]
    assert json.loads(both.stdout)[1]["drifts"][0]["step"] == "validate"


def test_a_history_is_exported_as_the_server_gives_it() -> None:
    run = {"id": EXAMPLE["id"], "label": "a2f7_0001", "function": "order.process_order", "state": "completed", "attempt": 1, "cost": None}
    times = {"created_at": "2025-11-22T10:42:07Z", "started_at": None, "ended_at": None}
    with respx.mock(base_url="http://127.0.0.1:8288") as server:
        server.get("/v1/runs/a2f7_0001").respond(json=run | times)
        server.get(f"/v1/runs/{EXAMPLE['id']}/history").respond(json=EXAMPLE)
        done = CliRunner().invoke(main, ["runs", "export", "a2f7_0001"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == EXAMPLE
