"""The bench's functions for DBOS. It takes its orders from standard input: `{"kind": …, "inputs": […], "queue": bool}` a line."""

import asyncio
import json
import os
import sys
import threading
import time

from dbos import DBOS

FACTS = os.open(os.environ["BENCH_FACTS"], os.O_WRONLY | os.O_APPEND)


def fact(kind, **more):
    os.write(FACTS, json.dumps({"kind": kind, "at": time.time(), **more}).encode() + b"\n")


@DBOS.step()
async def work(i):
    return {"i": i, "pad": "x" * 80}


@DBOS.step()
async def seen():
    fact("first")


@DBOS.step()
async def hang():
    fact("reached")
    await asyncio.sleep(0 if "BENCH_AGAIN" in os.environ else 3600)


@DBOS.step()
async def start():
    fact("slept")
    return time.time()


@DBOS.workflow()
async def chain(data):
    for i in range(data["steps"]):
        await work(i)


@DBOS.workflow()
async def alone(data):
    began = time.perf_counter()
    for i in range(data["steps"]):
        await work(i)
    fact("alone", ms=(time.perf_counter() - began) * 1000 / data["steps"])


@DBOS.workflow()
async def first(data):
    await seen()


@DBOS.workflow()
async def resume(data):
    fact("entered")
    for i in range(data["steps"]):
        await work(i)
    await hang()


@DBOS.workflow()
async def sleeper(data):
    began = await start()
    await DBOS.sleep_async(data["seconds"])
    fact("woke", late=time.time() - began - data["seconds"])


@DBOS.workflow()
async def child(i):
    return await work(i)


@DBOS.workflow()
async def parent(data):
    handles = [await DBOS.start_workflow_async(child, i) for i in range(data["children"])]
    for handle in handles:
        await handle.get_result()
    fact("parent")


WORKFLOWS = {"chain": chain, "alone": alone, "first": first, "resume": resume, "sleeper": sleeper, "parent": parent}
AT_ONCE = 200


async def begin(order):
    workflow, free = WORKFLOWS[order["kind"]], asyncio.Semaphore(AT_ONCE)

    async def one(data):
        if order["queue"]:
            await DBOS.enqueue_workflow_async("bench", workflow, data)
            return
        async with free:
            handle = await DBOS.start_workflow_async(workflow, data)
            if order["kind"] == "chain":
                await handle.get_result()

    if order["kind"] == "sleeper":  # all of them, not 200 at a time
        free = asyncio.Semaphore(10_000)
    await asyncio.gather(*(one(data) for data in order["inputs"]))
    fact("begun", order=order["number"])


async def main():
    loop, orders = asyncio.get_running_loop(), asyncio.Queue()

    def read():
        for line in sys.stdin:
            loop.call_soon_threadsafe(orders.put_nowait, json.loads(line))

    threading.Thread(target=read, daemon=True).start()
    print("ready", flush=True)
    while True:
        await begin(await orders.get())


if __name__ == "__main__":
    DBOS(
        config={
            "name": "bench",
            "system_database_url": os.environ["DATABASE_URL"],
            "application_version": "bench",
            "executor_id": os.environ["BENCH_EXECUTOR"],
            "console_log_level": "ERROR",
            "log_level": "ERROR",
        }
    )
    DBOS.launch()
    DBOS.register_queue("bench", worker_concurrency=AT_ONCE)
    asyncio.run(main())
