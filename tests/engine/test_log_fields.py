"""Log records of users' code know their run and step, without a word from the user."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from flowforge import ids
from flowforge.log_fields import LogFields
from flowforge.steps import step


class Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: dict[str, dict[str, Any]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        self.records[record.getMessage()] = vars(record)


@pytest.fixture
def kept() -> Iterator[Kept]:
    """What the logger `shop` says, as a handler with our filter sees it."""
    handler, log = Kept(), logging.getLogger("shop")
    handler.addFilter(LogFields())
    log.addHandler(handler)
    before = log.level
    log.setLevel(logging.INFO)
    yield handler
    log.removeHandler(handler)
    log.setLevel(before)


async def test_what_a_step_logs_has_its_run_and_step_in_coroutines_and_in_threads(engine, kept, tenant_id):
    log = logging.getLogger("shop")

    async def in_the_loop() -> None:
        await asyncio.sleep(0)
        log.info("in the loop")

    @engine.function(trigger="a/b", id="shop.ship")
    async def ship(ctx: Any) -> None:
        log.info("between steps")
        await asyncio.gather(step.run("one", in_the_loop), step.run("two", lambda: log.info("in a thread")))

    worker = await engine.worker()
    view = await engine.do("a/b")
    log.info("outside")

    run = {
        "run": ids.show("run", view.run_id), "function": "shop.ship", "tenant": ids.show("tnt", tenant_id), "worker": worker.worker_id.hex,
    }  # fmt: skip
    assert {name: kept.records["between steps"][name] for name in run} == run
    assert "step" not in kept.records["between steps"]
    for message, key in (("in the loop", "one"), ("in a thread", "two")):
        record = kept.records[message]
        assert {name: record[name] for name in run} == run
        assert (record["step"], record["attempt"]) == (key, 1)
    assert "run" not in kept.records["outside"]


async def test_what_the_record_says_itself_stands(engine, kept):
    @engine.function(trigger="a/b")
    async def ship(ctx: Any) -> None:
        await step.run("one", lambda: logging.getLogger("shop").info("mine", extra={"step": "of my own"}))

    await engine.do("a/b")
    assert kept.records["mine"]["step"] == "of my own"
