"""A worker that is looked at: its metrics on a port of their own, its log as JSON with the run and step of each record."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Running

    Start = Callable[..., Running]

CANARY = "canary-of-the-mine-91"
APP = f"""
import logging
import flowforge
from flowforge import step

def ship():
    logging.getLogger("shop").info("order.shipped", extra={{"order": "ORD-1", "note": "password={CANARY}"}})

@flowforge.function(trigger="order/created")
async def process_order(ctx):
    await step.run("ship", ship)
"""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@pytest.mark.long
def test_a_worker_logs_json_and_serves_its_metrics(tmp_path: Path, start: Start) -> None:
    (tmp_path / "app.py").write_text(APP)
    port = free_port()
    server = start("serve", "--port", "0")
    server.ready()
    worker = start("worker", "app.py", "--log-format", "json", FLOWFORGE_METRICS_PORT=str(port))
    worker.until("working · ready")
    sent = httpx.post(f"{server.url}/events", json={"name": "order/created"}, headers=server.bearer, trust_env=False).json()

    worker.until("order.shipped")
    record = next(found for found in lines(worker.output) if found["message"] == "order.shipped")
    assert (record["run"], record["step"], record["order"]) == (sent["data"][0]["runs"][0], "ship", "ORD-1")
    assert CANARY not in worker.output

    while 'flowforge_runs_ended_total{function="app.process_order",state="completed"} 1.0' not in (page := scrape(port)):
        assert worker.process.poll() is None  # the suite's own time-out ends what does not come
    assert 'flowforge_step_seconds_count{kind="run"} 1.0' in page
    assert "flowforge_event_loop_lag_seconds" in page
    assert worker.end() == 0


def scrape(port: int) -> str:
    return httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text


def lines(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]
