"""The functions that chaos befalls: every kind of step, and a note of everything that happens in them.

A body's value is a token that no other execution of any body makes, so a stored value tells which execution stored it, and a body
that is given values tells which ones.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flowforge import ids, step
from flowforge.orchestrator.current_execution import current_execution
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.step_scope import current_step
from tests.chaos.evidence import Expected, Limit
from tests.chaos.recording import Recorder

LARGE_BYTES = 300_000  # above what fits into a flush, so that it goes by a blob
SLEEP_SECONDS = 0.4

EXPECTED = Expected(
    {
        "chaos/order": ("chaos.audit", "chaos.narrow", "chaos.order"),
        "chaos/ask": ("chaos.ask",),
        "chaos/slow": ("chaos.slow",),
        "chaos/deploy": ("chaos.deploy",),
        "chaos/shipped": ("chaos.told",),
    },
    limits=(Limit("chaos.narrow", 2),),
)

registry = Registry()
recorder: Recorder
ledger: Path
code_version = 1


def open_books(recording: Path) -> Recorder:
    """Where this process writes down what happens: the recording, and beside it the ledger of effects."""
    global recorder, ledger
    recorder = Recorder(recording)
    ledger = recording.with_suffix(".ledger")
    ledger.mkdir(exist_ok=True)
    return recorder


# ── bodies ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _note(what: str, **facts: Any) -> None:
    scope = current_step()
    run = scope.execution
    recorder.write(
        what, run=run.run_id.hex, step=scope.key, attempt=scope.attempt, fence=run.lease.fence, function=run.function_id, **facts
    )


async def body(needs: Sequence[str], *, seconds: float = 0.005, size: int = 0) -> dict[str, str]:
    """Takes a moment and returns what nobody else ever returns."""
    _note("begin", needs=list(needs))
    try:
        await asyncio.sleep(seconds)
    except BaseException:
        _note("raise")
        raise
    value = {"token": ids.new_id().hex, "step": current_step().key, "pad": "x" * size}
    _note("return", token=value["token"], size=size)
    return value


async def flaky(needs: Sequence[str]) -> dict[str, str]:
    """Fails at its first two attempts."""
    if current_step().attempt < 3:
        _note("begin", needs=list(needs))
        _note("raise")
        raise RuntimeError("not yet")
    return await body(needs)


async def ship(needs: Sequence[str]) -> dict[str, str]:
    """Has an effect outside, on a ledger that honours the key."""
    key = current_step().step_key
    try:
        os.close(os.open(ledger / key.replace("/", "_"), os.O_CREAT | os.O_EXCL))
        fresh = True
    except FileExistsError:
        fresh = False
    _note("effect", key=key, fresh=fresh)
    return await body(needs)


# ── functions ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _write(what: str, **facts: Any) -> None:
    run = current_execution()
    recorder.write(what, run=run.run_id.hex, fence=run.lease.fence, function=run.function_id, **facts)


def recorded(handler: Callable[[Any], Awaitable[Any]]) -> Callable[[Any], Awaitable[Any]]:
    """A handler whose executions are written down, and whose output says under which fence it was made."""

    async def run(ctx: Any) -> Any:
        _write("enter")
        try:
            return {"fence": current_execution().lease.fence, "tokens": await handler(ctx)}
        finally:
            _write("leave")

    run.__name__ = run.__qualname__ = handler.__name__
    return run


async def do(name: str, fn: Callable[..., Awaitable[dict[str, str]]] = body, *needs: str, **options: Any) -> str:
    """A step; its token, once it is checkpointed."""
    value = await step.run(name, fn, list(needs), **options)
    _write("got", step=value["step"], token=value["token"])
    return value["token"]


async def nap(name: str, seconds: float) -> None:
    _write("sleep", name=name, seconds=seconds)
    await step.sleep(name, seconds)
    _write("woke", name=name)


@registry.function(id="chaos.label")
@recorded
async def label(ctx: Any) -> list[str]:
    return [await do("print", body, *ctx.input["needs"])]


@registry.function(trigger="chaos/order", id="chaos.audit", idempotency="event.data.order")
@recorded
async def audit(ctx: Any) -> list[str]:
    return [await do("file")]


@registry.function(trigger="chaos/order", id="chaos.narrow", concurrency=2)
@recorded
async def narrow(ctx: Any) -> list[str]:
    """At most two at once, whoever dies meanwhile."""
    squeezed = await do("squeeze")
    return [squeezed, await do("through", body, squeezed)]


@registry.function(trigger="chaos/shipped", id="chaos.told", idempotency="event.data.order")
@recorded
async def told(ctx: Any) -> list[str]:
    return [await do("tell")]


@registry.function(trigger="chaos/ask", id="chaos.ask")
@recorded
async def ask(ctx: Any) -> list[str]:
    before = await do("before")
    await step.approve("may we", arguments={"order": ctx.event.data["order"]})
    return [before, await do("after", body, before)]


@registry.function(trigger="chaos/slow", id="chaos.slow")
@recorded
async def slow(ctx: Any) -> list[str]:
    first = await do("first")
    long = await do("long", body, first, seconds=ctx.event.data["seconds"])
    return [first, long, await do("last", body, long)]


def _before(ctx: Any) -> datetime:
    """Payments are sent beside their orders, and may well be stored a moment earlier."""
    return ctx.event.received_at - timedelta(minutes=10)


async def leg(needs: str) -> list[str]:
    """Two of these run at once and use the same names."""
    picked = await do("pick", body, needs)
    return [picked, await do("pack", body, picked)]


@registry.function(trigger="chaos/order", id="chaos.order")
@recorded
async def order(ctx: Any) -> list[str]:
    number, size = ctx.event.data["order"], LARGE_BYTES if ctx.event.data.get("large") else 0
    checked = await do("validate", body, size=size)
    tried = await do("flaky", flaky, checked)
    legs = await asyncio.gather(leg(tried), leg(tried))
    await step.wait_for_event("payment", event="chaos/paid", match="data.order", timeout="1h", since=_before(ctx))
    await nap("cool-down", SLEEP_SECONDS)
    child = await step.invoke("label", label, {"needs": []})
    assert child["tokens"]
    await step.send_event("announce", "chaos/shipped", {"order": number, "from": current_execution().run_id.hex})
    shipped = await do("ship", ship, *(token for tokens in legs for token in tokens))
    return [checked, tried, *legs[0], *legs[1], shipped]


@registry.function(trigger="chaos/deploy", id="chaos.deploy")
@recorded
async def deploy(ctx: Any) -> list[str]:
    """Two versions of a function. The second has lost a step, gained two, and changed the order of those that stay."""
    names = ("a", "b", "c") if code_version == 1 else ("c", "new", "b")
    tokens = [await do(name) for name in names]
    await step.wait_for_event("go", event="chaos/paid", match="data.order", timeout="1h", since=_before(ctx))
    tokens.append(await do("d", body, *tokens))
    return [*tokens, await do("e")] if code_version == 2 else tokens
