"""W1 to W8, the same code for every engine: each returns figures by name. Step bodies are no-ops that return about 100 bytes."""

from __future__ import annotations

import asyncio
import statistics
import time

from side_by_side.contender import Contender
from side_by_side.machine import cpu_seconds, resident_kb

Figures = dict[str, float]


async def many_runs(engine: Contender) -> Figures:
    """W1: 2,000 one-step runs, from the first one sent to the last one ended."""
    seconds, _ = await _chains(engine, 2000, 1)
    return {"W1 one-step runs/s": 2000 / seconds}


async def many_steps(engine: Contender) -> Figures:
    """W2: 200 runs of 20 steps on one worker process."""
    seconds, cpu = await _chains(engine, 200, 20)
    return {"W2 steps/s, one worker": 4000 / seconds, "W2 CPU ms per step": cpu * 1000 / 4000}


async def many_steps_on_two(engine: Contender) -> Figures:
    """W2 on two worker processes."""
    if not engine.two_workers:
        return {}
    seconds, _ = await _chains(engine, 200, 20, workers=2)
    return {"W2 steps/s, two workers": 4000 / seconds}


async def _chains(engine: Contender, runs: int, steps: int, workers: int = 1) -> tuple[float, float]:
    await engine.fresh()
    await engine.start(workers)
    await engine.begin("chain", [{"steps": 1}] * 20)  # what is only done once is not what is measured
    await engine.ended()
    await asyncio.sleep(0.5)
    processes = [*engine.servers(), *(worker.pid for worker in engine.workers)]
    cpu, began = cpu_seconds(processes), time.perf_counter()
    await engine.begin("chain", [{"steps": steps}] * runs)
    await engine.ended()
    seconds, cpu = time.perf_counter() - began, cpu_seconds(processes) - cpu
    await engine.stop()
    return seconds, cpu


async def one_run(engine: Contender) -> Figures:
    """W3: 500 steps one after the other in a lone run, timed inside of it."""
    await engine.fresh()
    await engine.start()
    await engine.begin("alone", [{"steps": 500}])
    (seen,) = await engine.facts.wait("alone")
    await engine.stop()
    return {"W3 ms per sequential step": seen["ms"]}


async def idle_latency(engine: Contender) -> Figures:
    """W4: a process sends an event to an idle engine; until the body of the first step begins in the worker."""
    await engine.fresh()
    await engine.start()
    await engine.begin("first", [{}])
    await engine.facts.wait("first")
    waits: list[float] = []
    for i in range(engine.events):
        await asyncio.sleep(0.05 + i % 7 / 30)  # out of step with whatever polls
        sent = time.time()
        await engine.begin("first", [{}])
        seen = await engine.facts.wait("first", i + 2, pause=0.05)
        waits.append((seen[-1]["at"] - sent) * 1000)
    await engine.stop()
    waits.sort()
    return {"W4 event to first step p50, ms": statistics.median(waits), "W4 worst of them, ms": waits[-1]}


async def killed(engine: Contender, done: int) -> Figures:
    """W5: SIGKILL with so many steps done; from the start of the next worker process to the body of the next new step."""
    await engine.fresh()
    await engine.start()
    await engine.begin("resume", [{"steps": done}])
    await engine.facts.wait("reached", seconds=200)
    engine.kill()
    began = time.time()
    await engine.start(BENCH_AGAIN="1")
    reached = (await engine.facts.wait("reached", 2, seconds=200))[-1]["at"]
    entered = max(fact["at"] for fact in engine.facts.of("entered") if fact["at"] < reached)
    await engine.ended()
    await engine.stop()
    return {
        f"W5 restart to next step, {done:,} done, s": reached - began,
        f"W5 replay alone, {done:,} steps, ms": (reached - entered) * 1000,
    }


async def sleepers(engine: Contender, count: int, seconds: int = 30) -> Figures:
    """W6: runs that sleep 30 s. Memory is what the workers (and a server that is the engine's own) have more than when idle."""
    await engine.fresh()
    await engine.start()
    await engine.begin("chain", [{"steps": 1}] * 20)
    await engine.ended()
    processes = engine.holders()
    before, began = resident_kb(processes), time.time()
    beginning = asyncio.create_task(engine.begin("sleeper", [{"seconds": seconds}] * count))
    started = await engine.facts.wait("slept", count, seconds=300, pause=0.5)
    await beginning
    started_s = max(fact["at"] for fact in started) - began
    await asyncio.sleep(max(0.0, min(seconds - 8 - started_s, 12.0)))
    memory = resident_kb(processes) - before
    late = sorted(fact["late"] for fact in await engine.facts.wait("woke", count, seconds=300, pause=0.5))
    await engine.ended()
    await engine.stop()
    return {
        f"W6 {count:,} sleepers: all started within, s": started_s,
        f"W6 {count:,}: lateness p50, s": statistics.median(late),
        f"W6 {count:,}: lateness p99, s": late[int(len(late) * 0.99) - 1],
        f"W6 {count:,}: KB of memory per sleeper": memory / count,
    }


async def idle(engine: Contender, seconds: float) -> Figures:
    """W7: a worker that has nothing to do."""
    await engine.fresh()
    await engine.start()
    await engine.begin("chain", [{"steps": 1}])
    await engine.ended()
    await asyncio.sleep(12)  # a backend tells its counts ten seconds late
    workers = [worker.pid for worker in engine.workers]
    seen, worker_cpu, server_cpu, began = (
        await engine.transactions(),
        cpu_seconds(workers),
        cpu_seconds(engine.servers()),
        time.perf_counter(),
    )
    await asyncio.sleep(seconds)
    passed = time.perf_counter() - began
    figures = {
        "W7 idle CPU % of the worker": (cpu_seconds(workers) - worker_cpu) / passed * 100,
        "W7 idle CPU % of its server": (cpu_seconds(engine.servers()) - server_cpu) / passed * 100,
    }
    if seen is not None:
        figures["W7 idle transactions/s"] = (await engine.transactions() or 0) - seen
        figures["W7 idle transactions/s"] /= passed
    await engine.stop()
    return figures


async def children(engine: Contender, count: int = 500) -> Figures:
    """W8: a run that invokes 500 others at once and waits for all of them."""
    await engine.fresh()
    await engine.start()
    await engine.begin("chain", [{"steps": 1}] * 20)
    await engine.ended()
    began = time.perf_counter()
    await engine.begin("parent", [{"children": count}])
    await engine.facts.wait("parent")
    seconds = time.perf_counter() - began
    await engine.ended()
    await engine.stop()
    return {"W8 children/s": count / seconds}
