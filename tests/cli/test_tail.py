"""What `dev` tells of runs when there are more of them than it follows at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Running

    Start = Callable[..., Running]

# Its code is imported by `dev` itself, and so it can make the slots few.
APP = """
import time
import flowforge
from flowforge import step
from flowforge.cli import tail

tail.FOLLOWED_MAX = 2
tail.QUIET_SECONDS = 0.2

@flowforge.function(trigger="order/created")
async def waits(ctx):
    await step.wait_for_event("paid", event="order/paid")

@flowforge.function(trigger="order/asked")
async def answers(ctx):
    return await step.run("answer", time.sleep, 0.5)
"""
MANY = 5


@pytest.fixture
def dev(tmp_path: Path, start: Start) -> Iterator[Running]:
    (tmp_path / "app.py").write_text(APP)
    running = start("dev", "--port", "0", "--no-reload")
    running.ready()
    yield running
    assert running.end() == 0


@pytest.mark.thorough
def test_parked_runs_take_no_slot_and_are_told_again_when_they_resume(dev: Running) -> None:
    _send(dev, "order/created", MANY)
    _until_parked(dev)
    _send(dev, "order/asked")
    _until_told(dev, "✓ answer", 1)
    _send(dev, "order/paid")
    _until_told(dev, "✓ paid", MANY)
    _until_told(dev, "✓ completed", MANY + 1)
    assert dev.output.count("▶") == MANY + 1  # each once, when it began


def test_a_run_that_is_found_while_no_slot_is_free_is_told_as_soon_as_one_is(dev: Running) -> None:
    _send(dev, "order/asked", MANY)
    _until_told(dev, "✓ completed", MANY)
    assert (dev.output.count("▶"), dev.output.count("✓ answer")) == (MANY, MANY)


def _send(dev: Running, name: str, count: int = 1) -> None:
    for _ in range(count):
        assert httpx.post(f"{dev.url}/v1/events", json={"name": name, "data": {}}, trust_env=False).status_code == 202


def _until_parked(dev: Running) -> None:
    deadline = time.monotonic() + 30
    while len(httpx.get(f"{dev.url}/v1/runs", params={"state": "waiting"}, trust_env=False).json()["data"]) < MANY:
        assert time.monotonic() < deadline, "they were not parked"
        time.sleep(0.1)


def _until_told(dev: Running, text: str, count: int) -> None:
    while dev.output.count(text) < count:
        dev.until("\n", seconds=20)
