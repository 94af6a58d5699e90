"""Celery beside FlowForge: a real broker, a real prefork worker, and both directions."""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from flowforge.api.app import create_app
from flowforge.api.server import Server
from flowforge.errors import StepError, StepMisuse, StepTimeout
from flowforge.integrations import celery as integration
from flowforge.integrations.celery import celery_step
from flowforge.settings import Settings
from flowforge.testing.harness import Forge

pytest_plugins = ["flowforge.testing.plugin"]
pytestmark = pytest.mark.thorough

HERE = Path(__file__).parent


@pytest.fixture
def environment(redis: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    found = {
        "REDIS_URL": f"redis://:redis-pass@127.0.0.1:{redis.port}/7",
        "EFFECTS": str(tmp_path / "effects"),
        "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path]),
    }
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "effects").touch()
    return {**os.environ, **found}


@pytest.fixture
def shop(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The Celery app's code, as FlowForge's worker imports it."""
    monkeypatch.syspath_prepend(HERE)
    sys.modules.pop("celery_app", None)
    yield importlib.import_module("celery_app")
    sys.modules.pop("celery_app", None)


@pytest.fixture
async def server(forge: Forge) -> AsyncIterator[Server]:
    async with Server(create_app(forge.database, settings=Settings(open_here=True), bell=forge.bell), "127.0.0.1", 0) as listening:
        yield listening


@pytest.fixture
async def celery_worker(shop: ModuleType, server: Server, environment: dict[str, str]) -> AsyncIterator[subprocess.Popen[bytes]]:
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "celery_app",
        "worker",
        "--pool",
        "prefork",
        "-c",
        "2",
        "--without-mingle",
        "-l",
        "INFO",
    ]
    process = subprocess.Popen(
        command, env={**environment, "FLOWFORGE_URL": server.url}, cwd=HERE, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    shop.app.control.purge()
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(shop.app.control.ping, timeout=0.3):
            await asyncio.sleep(0.05)
    yield process
    process.terminate()
    await asyncio.to_thread(process.wait, 20)


@pytest.fixture
def effects(environment: dict[str, str]) -> Callable[[], list[str]]:
    return lambda: Path(environment["EFFECTS"]).read_text().splitlines()


async def test_a_task_of_a_prefork_worker_sends_an_event_once(forge, celery_worker, shop):
    @forge.function(trigger="order/charged")
    async def book(ctx):
        return ctx.event.data

    await forge._publish()
    results = [await asyncio.to_thread(shop.tell.delay(n).get, timeout=20) for n in range(4)]  # more than there are children
    assert results == [[f"charged-{n}"] * 2 for n in range(4)]
    await forge.work_until_idle()
    assert sorted(run.output["order_id"] for run in await forge.runs()) == [0, 1, 2, 3]


async def test_a_function_calls_tasks_as_steps_one_beside_the_other(forge, celery_worker, shop, effects):
    @forge.function(trigger="picture/added")
    async def thumbnails(ctx):
        paths = ctx.event.data["paths"]
        return await asyncio.gather(*(celery_step("resize", shop.resize, [path], {"width": 7}) for path in paths))

    sent = await forge.send("picture/added", {"paths": ["a.png", "b.png", "c.png"]})
    await forge.work_until_idle()
    run = await forge.run(sent)
    assert [(found["path"], found["width"]) for found in run.output] == [("a.png", 7), ("b.png", 7), ("c.png", 7)]
    assert os.getpid() not in {found["pid"] for found in run.output}
    await forge.restart_worker()
    await forge.work_until_idle()
    assert sorted(effects()) == ["resize a.png", "resize b.png", "resize c.png"]


@pytest.mark.long
async def test_a_task_that_fails_is_sent_again_by_our_rules(forge, celery_worker, shop, effects):
    @forge.function(trigger="picture/added", retries=3)
    async def thumbnails(ctx):
        told = [await celery_step("flaky", shop.flaky, ["a.png"])]
        try:
            await celery_step("broken", shop.broken, retries=1)
        except StepError as error:
            told += [error.error_type, error.attempts, error.reason]
        return told

    sent = await forge.send("picture/added")
    await forge.work_until_idle()
    assert (await forge.run(sent)).output == ["third time", "KeyError", 2, "'never'"]
    assert effects() == ["flaky a.png"] * 3 + ["broken"] * 2
    names = [step.name for step in await forge.steps(sent)]
    assert names.count("flaky.send") == 3 and names.count("flaky.retry") == 2


@pytest.mark.long
async def test_a_task_that_takes_too_long_is_revoked(forge, celery_worker, shop, effects):
    @forge.function(trigger="picture/added")
    async def thumbnails(ctx):
        try:
            await celery_step("slow", shop.slow, [1.5], retries=0, timeout=0.3)
        except StepTimeout as error:
            return error.reason

    sent = await forge.send("picture/added")
    await forge.work_until_idle()
    assert (await forge.run(sent)).output == "the Celery task took longer than 300 ms"


@pytest.mark.long
async def test_a_run_sleeps_while_a_task_takes_long(forge, celery_worker, shop, effects, tmp_path, monkeypatch):
    monkeypatch.setattr(integration, "WATCH_SECONDS", 0.1)
    done = tmp_path / "done"

    @forge.function(trigger="picture/added")
    async def thumbnails(ctx):
        return await celery_step("held", shop.held, [str(done)])

    sent = await forge.send("picture/added")
    async with asyncio.timeout(60):
        while (run := await forge.run(sent)).output is None:
            if run.state == "sleeping" and effects() == ["held"]:
                done.touch()
            await forge.work_until_idle()
            await forge.clock.advance("1s")
    assert run.output == "at last"
    assert effects() == ["held"]


async def test_a_worker_that_is_killed_after_it_has_sent_a_task_does_not_send_it_twice(forge, celery_worker, shop, environment, effects):
    def spawn(crash: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, str(HERE / "celery_process.py"), forge.database.url],
            env={**environment, "FLOWFORGE_CRASH": crash},
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        return process

    def results() -> set[bytes]:
        return set(shop.app.backend.client.keys("celery-task-meta-*"))

    before = results()
    dying = spawn("body.after:1")  # sent, and its checkpoint not stored
    sent = await forge.database.pool.fetchval("""select flowforge.send('picture/added', '{"path": "a.png"}')""")
    assert sent
    assert await asyncio.to_thread(dying.wait, 20) == -signal.SIGKILL
    async with asyncio.timeout(20):
        while results() == before:
            await asyncio.sleep(0.02)
    assert await forge.database.pool.fetchval("select count(*) from flowforge.step where state = 2") == 0

    living = spawn("")
    try:
        async with asyncio.timeout(30):
            while not await forge.database.pool.fetchval("select count(*) from flowforge.run where state = 'completed'"):
                await asyncio.sleep(0.05)
    finally:
        living.kill()
        living.wait()
    assert effects() == ["resize a.png"]


async def test_a_task_without_results_is_refused_at_once(forge, shop, effects):
    @forge.function(trigger="picture/added")
    async def thumbnails(ctx):
        await celery_step("forget", shop.forgetful)

    sent = await forge.send("picture/added")
    await forge.work_until_idle()
    run = await forge.run(sent)
    assert run.state == "failed" and "kept nowhere" in run.error["message"]
    assert effects() == []


async def test_the_blocking_send_is_refused_inside_a_loop_and_leaves_the_threads_loop_alone(forge, server, monkeypatch):
    monkeypatch.setenv("FLOWFORGE_URL", server.url)
    with pytest.raises(StepMisuse, match="running loop"):
        integration.send("order/charged")

    def elsewhere() -> bool:
        mine = asyncio.new_event_loop()
        asyncio.set_event_loop(mine)
        try:
            integration.send("order/charged", id="1")
            return asyncio.get_event_loop() is mine
        finally:
            mine.close()

    assert await asyncio.to_thread(elsewhere)
