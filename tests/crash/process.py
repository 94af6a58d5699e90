"""A worker in a process of its own, to be killed: `python process.py URL LOG`. Bodies write to LOG when they begin and end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from flowforge import step
from flowforge.db.database import Database
from flowforge.orchestrator.flow.control import Batch
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.retry import Backoff
from flowforge.orchestrator.step_scope import current_step
from flowforge.orchestrator.worker import Worker

registry = Registry()
LOG = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND | os.O_CREAT) if len(sys.argv) > 2 else 1


def note(what: str) -> None:
    scope = current_step()
    os.write(LOG, f"{what}\t{scope.execution.run_id.hex}\t{scope.key}\t{scope.attempt}\t{os.getpid()}\n".encode())


async def effect(value):
    """A body that leaves a trace outside, takes a moment, and returns what it was given."""
    note("begin")
    await asyncio.sleep(0.01)
    note("end")
    return value


async def flaky(value):
    note("begin")
    if current_step().attempt < 3:
        raise RuntimeError("not yet")
    note("end")
    return value


async def leg(tag):
    """Two of these run at once and use the same names."""
    first = await step.run("pick", effect, f"{tag}1")
    return [first, await step.run("pack", effect, f"{tag}2")]


@registry.function(id="crash.label")
async def label(ctx):
    return await step.run("print", effect, f"label {ctx.input['order']}")


@registry.function(trigger="crash/order", id="crash.order")
async def order(ctx):
    checked = await step.run("validate", effect, ctx.event.data["order"])
    tried = await step.run("flaky", flaky, "third time")
    legs = await asyncio.gather(leg("a"), leg("b"))
    paid = await step.wait_for_event("payment", event="crash/paid", match="data.order", timeout="1h")
    await step.sleep("cool-down", os.environ.get("CRASH_SLEEP", "1s"))
    child = await step.invoke("label", label, {"order": checked})
    told = await step.send_event("tell", "crash/shipped", {"order": checked})
    return {"checked": checked, "tried": tried, "legs": legs, "paid": paid.data["amount"], "label": child, "told": len(told)}


@registry.function(trigger="crash/limited", id="crash.limited", concurrency=1)
async def limited(ctx):
    number = await step.run("once", effect, ctx.event.data["n"])
    await step.send_event("tell", "crash/gathered", {"n": number})
    return number


@registry.function(trigger="crash/gathered", id="crash.gathers", batch=Batch(size=3, timeout="1h"))
async def gathers(ctx):
    return await step.run("all", effect, sorted(event.data["n"] for event in ctx.events))


async def linger(value):
    note("begin")
    await asyncio.sleep(float(os.environ.get("CRASH_BODY_SECONDS", "0")))
    note("end")
    return value


@registry.function(trigger="crash/slow", id="crash.slow")
async def slow(ctx):
    return await step.run("slow", linger, "done")


async def main(url: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with await Database.open(url) as database:
        worker = Worker(
            database,
            registry,
            app="crash",
            backoff=Backoff(0.01, 0.01),
            linger_seconds=0.05,
            vanished_seconds=float(os.environ.get("CRASH_VANISHED_SECONDS", "0.3")),
            grace_seconds=float(os.environ.get("CRASH_GRACE_SECONDS", "5")),
        )
        await worker.start()
        os.write(1, b"ready\n")
        await stop.wait()
        await worker.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
