"""Who is dead: only whom one sweeper has watched without a break (ENGINE.md, rules 5, 9, 14)."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from uuid import UUID

import pytest

from flowforge import step
from flowforge.orchestrator.worker.heartbeat import Heartbeat
from flowforge.orchestrator.worker.process import has_ended, process_name
from flowforge.orchestrator.worker.sweeper import DeathWatch

A = UUID(int=1)


def looks(watch: DeathWatch, *seen: tuple[float, int, bool], server: str = "s/1") -> list[float]:
    """When the worker was found dead, over looks of (time, beat, connected)."""
    return [now for now, beat, connected in seen if watch.look(now, server, {A: (beat, connected)})]


def test_a_worker_whose_heartbeat_stands_still_for_fifteen_seconds_is_dead():
    assert looks(DeathWatch(), *((float(t), 7, True) for t in range(17))) == [15.0, 16.0]


def test_a_worker_that_beats_now_and_then_lives():
    assert looks(DeathWatch(), *((float(t), t // 10, True) for t in range(60))) == []


def test_a_vanished_backend_shortens_the_count_to_three_seconds():
    assert looks(DeathWatch(), (0, 1, True), (1, 1, False), (2, 1, False), (3, 1, False), (4, 1, False)) == [4]


def test_a_vanished_backend_of_a_worker_that_beats_again_means_nothing():
    seen = [(0.0, 1, True), (1.0, 1, False), (2.0, 1, False), (3.0, 2, True), (4.0, 2, False), (5.0, 3, True), (9.0, 4, False)]
    assert looks(DeathWatch(), *seen) == []


def test_a_worker_that_beats_behind_a_connection_that_nobody_sees_lives():
    assert looks(DeathWatch(), *((float(t), t, False) for t in range(20))) == []


def test_an_outage_of_the_database_restarts_every_count():
    watch = DeathWatch()
    assert looks(watch, *((float(t), 7, False) for t in range(3))) == []
    watch.interrupted()
    assert looks(watch, (40.0, 7, False), (41.0, 7, False), (42.9, 7, False)) == []
    assert looks(watch, (43.0, 7, False)) == [43.0]


def test_another_server_or_timeline_restarts_every_count():
    watch = DeathWatch()
    assert looks(watch, (0.0, 7, False), (2.0, 7, False)) == []
    assert looks(watch, (4.0, 7, False), (6.0, 7, False), server="s/2") == []


async def test_an_outage_kills_nobody_and_repeats_nothing(engine):
    calls = []

    async def slow():
        calls.append(1)
        await asyncio.sleep(1.5)
        return "done"

    @engine.function(trigger="slow")
    async def function(ctx):
        return await step.run("slow", slow)

    for _ in range(2):
        await engine.worker(vanished_seconds=0.5, dead_seconds=2.0)
    run_id = await engine.start("slow")
    while not calls:
        await asyncio.sleep(0.01)
    for _ in range(8):  # every connection of every worker, again and again
        await engine.database.pool.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'ff:%' and datname = current_database()"
        )
        await asyncio.sleep(0.1)
    run = await engine.end_of(run_id, 30)
    assert (run.output, run.attempt, calls) == ("done", 1, [1])


@pytest.mark.thorough
async def test_the_heart_beats_while_the_event_loop_is_blocked(engine):
    worker = await engine.worker()
    beats = "select beat from flowforge.heartbeat where worker_id = $1"
    await asyncio.sleep(1.2)
    before = await engine.fetchval(beats, worker.worker_id)
    time.sleep(2.5)  # noqa: ASYNC251 - what a careless function does
    assert await engine.fetchval(beats, worker.worker_id) >= before + 2


async def test_no_body_starts_while_the_heartbeat_is_stale(engine, monkeypatch):
    started = []

    @engine.function(trigger="f")
    async def function(ctx):
        await step.run("body", lambda: started.append(1))

    await engine.worker()
    with monkeypatch.context() as stale:
        stale.setattr(Heartbeat, "fresh", property(lambda self: False))
        run_id = await engine.start("f")
        await engine.state(run_id, "running")
        await asyncio.sleep(0.2)
        assert started == []
    assert (await engine.end_of(run_id)).state == "completed"
    assert started == [1]


async def test_word_of_a_generation_that_is_over_does_not_end_the_one_that_followed(engine):
    worker = await engine.worker()
    first, heartbeat = worker.worker_id, worker.heartbeat
    worker._found_dead(first)
    async with asyncio.timeout(10):
        while worker.heartbeat is heartbeat:
            await asyncio.sleep(0.01)
    second = worker.worker_id
    assert second != first

    worker._found_dead(first)
    await asyncio.sleep(0.05)
    assert worker.worker_id == second and not worker._side


async def test_a_part_of_a_worker_that_fails_begins_anew(engine, monkeypatch, caplog):
    @engine.function(trigger="f")
    async def function(ctx):
        return "done"

    monkeypatch.setattr("flowforge.orchestrator.worker.worker.PART_AGAIN_SECONDS", 0.01)
    worker = await engine.worker()
    wait, failed = worker.rung_within, asyncio.Event()

    async def fail_once(rung, seconds):
        if not failed.is_set():
            failed.set()
            raise RuntimeError("a fault of ours")
        await wait(rung, seconds)

    monkeypatch.setattr(worker, "rung_within", fail_once)
    worker.bell.ring("ready")
    await failed.wait()
    assert (await engine.end_of(await engine.start("f"))).output == "done"
    assert [record.part for record in caplog.records if record.msg == "worker.part_failed"] in (["claimer"], ["flags"])


NAMED = "from flowforge.orchestrator.worker.process import process_name; print(process_name(), flush=True); input()"
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells enough of a process")


def named_process() -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen([sys.executable, "-c", NAMED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return process, process.stdout.readline().strip()


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


@linux
def test_a_process_of_this_machine_is_known_to_have_ended():
    process, name = named_process()
    assert not has_ended(name)
    end(process)
    assert has_ended(name)
    shown, _, proof = name.partition(" ")
    assert has_ended(f"{shown.rpartition(':')[0]}:{os.getpid()} {proof}")  # its pid was given to another one


def test_nothing_is_known_of_a_process_elsewhere():
    host = process_name().partition(" ")[0].rpartition(":")[0]
    assert not has_ended(process_name())
    assert not has_ended(f"{host}:999999999")
    assert not has_ended(f"{host}:999999999 another-boot/pid:[4026531836]/17")


@pytest.mark.thorough
@linux
async def test_a_worker_whose_process_has_ended_is_buried_at_the_first_look(engine):
    ended, gone = named_process()
    end(ended)
    living, there = named_process()
    try:
        for number, name in ((1, gone), (2, there)):
            await engine.database.pool.execute("insert into flowforge.worker (worker_id, name) values ($1, $2)", UUID(int=number), name)
            await engine.database.pool.execute("insert into flowforge.heartbeat (worker_id) values ($1)", UUID(int=number))
        began = time.monotonic()
        await engine.worker(vanished_seconds=60, dead_seconds=60)
        alive = "select alive from flowforge.worker where worker_id = $1"
        while await engine.database.pool.fetchval(alive, UUID(int=1)):
            assert time.monotonic() - began < 30
            await asyncio.sleep(0.01)
        assert await engine.database.pool.fetchval(alive, UUID(int=2))
    finally:
        end(living)
