"""Processes that are frozen, stopped, replaced by newer code, or live under another clock."""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path

from tests.chaos.nursery import Child
from tests.chaos.trial import DEAD_SECONDS, Missing, Site, Trial, Verdict


async def zombies(site: Site, cycles: int = 1) -> Verdict:
    """Frozen workers that come back after others have taken their runs."""
    async with site.trial("zombies") as trial:
        await trial.server()
        first = await trial.worker(dead_seconds=DEAD_SECONDS)
        trial.post(orders=8, asks=2)
        trial.post(2, slow=2.0, name="chaos/slow")
        await trial.until(lambda: trial.records("begin", pid=first.pid, step="long"), what="a long body")
        second = await trial.worker(dead_seconds=DEAD_SECONDS)
        for zombie in (first, second)[:cycles]:
            trial.post(orders=4)
            await asyncio.sleep(0.6)
            zombie.freeze()
            await trial.until(lambda: _taken_over(trial), what="the takeover")
            await asyncio.sleep(1.0)
            zombie.thaw()
            await trial.until(lambda: trial.alive(2), what="the zombie's new life")
        trial.demand(freeze=cycles, thaw=cycles)
        await trial.settle()
        return await trial.verdict()


async def _taken_over(trial: Trial) -> bool:
    return bool(await trial.fetch("select from flowforge.worker where not alive and ended_at > now() - interval '2 seconds'"))


async def sigterm(site: Site) -> Verdict:
    """Workers that are asked to stop under load: one whose bodies end within the grace, one whose bodies do not."""
    async with site.trial("sigterm") as trial:
        await trial.server()
        patient, hasty = await trial.worker(), await trial.worker(grace_seconds=0.5, slots=2)
        trial.post(orders=10, asks=2)
        for leaver in (patient, hasty):
            await _until_busy(trial, leaver)
            leaver.ask_to_stop()
            await trial.over(leaver)
            held = await trial.fetch(
                "select from flowforge.owner o join flowforge.worker w using (worker_id) where o.state = 'l' and not w.alive"
            )
            if not held:
                trial.fault("leases handed back")
            await trial.worker()
        returned = {record["pid"] for record in trial.records("return", step="long")}
        if patient.pid in returned:
            trial.fault("ended in grace")
        trial.demand(leases_handed_back=2, ended_in_grace=1)
        await trial.settle()
        return await trial.verdict()


async def _until_busy(trial: Trial, worker: Child) -> None:
    """Until it is in the midst of a long body."""
    for _ in range(20):
        trial.post(3, slow=2.5, name="chaos/slow")
        with contextlib.suppress(TimeoutError):
            await trial.until(lambda: trial.records("begin", pid=worker.pid, step="long"), 3.0)
            return
    raise TimeoutError(f"{trial.name}: worker {worker.pid} got no long body")


async def deploy(site: Site) -> Verdict:
    """Changed code in mid-run: a step removed, two added, the order of the others changed."""
    async with site.trial("deploy") as trial:
        await trial.server()
        old = await trial.worker(version=1)
        numbers = [f"deploy-{n}" for n in range(12)]
        trial.send([{"key": number, "name": "chaos/deploy", "data": {"order": number}, "times": 2} for number in numbers])
        await trial.until(lambda: _waiting(trial, len(numbers)), what="all runs waiting")
        await trial.witness()
        old.ask_to_stop()
        await trial.over(old)
        await trial.worker(version=2)
        trial.fault("deployed")
        trial.send([{"key": f"{n}-paid", "name": "chaos/paid", "data": {"order": n}, "times": 1, "insists": True} for n in numbers])
        await trial.settle()
        verdict = await trial.verdict()
        new = {record["run"] for record in verdict.of("begin") if record["step"] == "new"}
        trial.demand(deployed=1)
        if len(new) != len(numbers):
            verdict.violations.append(f"{len(new)} of {len(numbers)} runs came by the new step")
        return verdict


async def _waiting(trial: Trial, n: int) -> bool:
    return len(await trial.fetch("select from flowforge.owner where state = 'p' and parked_for = 'w'")) == n


async def skewed_clocks(site: Site) -> Verdict:
    """One worker an hour and a half ahead, one behind, one whose clock jumps back while it runs."""
    library = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)
    if library is None:
        raise Missing("libfaketime")
    async with site.trial("skewed clocks") as trial:
        await trial.server()
        jumping = site.directory / "clock"
        jumping.write_text("+90m\n")
        # Without DONT_FAKE_MONOTONIC the loop's clock would move too; without NO_CACHE a jump would be seen late.
        common = {"LD_PRELOAD": str(library), "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_NO_CACHE": "1"}
        strangers = [
            await trial.stranger({**common, "FAKETIME": "+90m"}),
            await trial.stranger({**common, "FAKETIME": "-60m"}),
            await trial.stranger({**common, "FAKETIME_TIMESTAMP_FILE": str(jumping)}),
        ]
        for record in trial.records("clock"):
            if record["pid"] in {stranger.pid for stranger in strangers} and abs(record["wall"] - time.time()) > 3000:
                trial.fault("clock skewed", seconds=record["wall"] - time.time())
        trial.post(orders=8, asks=2)
        await asyncio.sleep(1.0)
        jumping.write_text("-60m\n")
        trial.fault("clock jumped")
        trial.post(orders=8, asks=2)
        strangers[0].kill()  # and the others find it dead, by their own watching
        trial.demand(clock_skewed=3, clock_jumped=1, killed=1)
        await trial.settle()
        return await trial.verdict(late_seconds=10.0)
