"""A trip: flight, room and car, booked one after the other; whatever goes wrong, what was booked is given back.

    flowforge dev examples/saga.py
    flowforge send trip/asked -d trip=T-1 -d car=sold-out --no-follow
    flowforge runs

Three ways lead back: a booking that fails (the function itself compensates), a cancellation at any moment (the same blocks run, as
durable steps, wherever the run stands), and an error that nobody foresaw (`on_failure` tells the traveller before the run fails).
"""

from __future__ import annotations

import asyncio
from typing import Any

import flowforge
from flowforge import Context, RunFailed, StepError, step

BOOKED: list[str] = []  # stands for the airline, the hotel and the rental firm


async def tell_of_failure(ctx: Context, error: StepError | RunFailed) -> None:
    await step.run("apologize", mail, f"We could not arrange {ctx.event.data['trip']}: {error}")


async def tell_of_cancellation(ctx: Context) -> None:
    await step.run("confirm", mail, f"{ctx.event.data['trip']} is cancelled, nothing is charged")


@flowforge.function(trigger="trip/asked", retries=1, on_failure=tell_of_failure, on_cancel=tell_of_cancellation, cancel_timeout="10m")
async def arrange_trip(ctx: Context) -> dict[str, Any]:
    trip = ctx.event.data
    undo: list[str] = []  # what would have to be given back, the latest first
    try:
        for what in ("flight", "room", "car"):
            booking = await step.run(f"book {what}", book, what, trip)
            undo.insert(0, booking)
            ctx.progress(len(undo) / 4, f"{what} booked")
        await step.wait_for_event("payment", event="trip/paid", match="data.trip", timeout="2d")
    except (StepError, asyncio.CancelledError) as error:
        # A step that is recorded does not run again: neither after a crash in the middle of this, nor when the run is cancelled now.
        await step.map("give back", give_back, undo, concurrency=1)
        if isinstance(error, asyncio.CancelledError):
            raise
        return {"ok": False, "reason": error.reason, "given_back": undo}
    await step.run("tickets", mail, f"The tickets for {trip['trip']}: {', '.join(undo)}")
    return {"ok": True, "booked": undo}


async def book(what: str, trip: dict[str, Any]) -> str:
    if trip.get(what) == "sold-out":
        raise flowforge.NonRetryable(f"no {what} is left")
    booking = f"{what} of {trip['trip']}"
    if booking not in BOOKED:  # a real one would be given flowforge.current_step().step_key
        BOOKED.append(booking)
    return booking


async def give_back(booking: str) -> str:
    if booking in BOOKED:
        BOOKED.remove(booking)
    return f"{booking} given back"


async def mail(text: str) -> str:
    return text
