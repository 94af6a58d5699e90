"""The bench's functions for FlowForge; `flowforge worker` runs this file."""

import asyncio
import json
import os
import time

import flowforge
from flowforge import step

FACTS = os.open(os.environ["BENCH_FACTS"], os.O_WRONLY | os.O_APPEND)


def fact(kind, **more):
    os.write(FACTS, json.dumps({"kind": kind, "at": time.time(), **more}).encode() + b"\n")


def noop(i):
    return {"i": i, "pad": "x" * 80}


async def work(i):
    return noop(i)


@flowforge.function(trigger="bench/chain", id="bench.chain")
async def chain(ctx):
    for i in range(ctx.event.data["steps"]):
        await step.run("s", work, i)


@flowforge.function(trigger="bench/alone", id="bench.alone")
async def alone(ctx):
    steps = ctx.event.data["steps"]
    began = time.perf_counter()
    for i in range(steps):
        await step.run("s", work, i)
    fact("alone", ms=(time.perf_counter() - began) * 1000 / steps)


@flowforge.function(trigger="bench/first", id="bench.first")
async def first(ctx):
    async def seen():
        fact("first")

    await step.run("s", seen)


@flowforge.function(trigger="bench/resume", id="bench.resume")
async def resume(ctx):
    async def hang():
        fact("reached")
        await asyncio.sleep(0 if "BENCH_AGAIN" in os.environ else 3600)

    fact("entered")
    for i in range(ctx.event.data["steps"]):
        await step.run("s", work, i)
    await step.run("hang", hang)


@flowforge.function(trigger="bench/sleeper", id="bench.sleeper")
async def sleeper(ctx):
    async def start():
        fact("slept")
        return time.time()

    began = await step.run("start", start)
    await step.sleep("rest", ctx.event.data["seconds"])
    fact("woke", late=time.time() - began - ctx.event.data["seconds"])


@flowforge.function(id="bench.child")
async def child(ctx):
    return await step.run("s", work, ctx.input["i"])


@flowforge.function(trigger="bench/parent", id="bench.parent")
async def parent(ctx):
    await asyncio.gather(*(step.invoke(f"child {i}", child, {"i": i}) for i in range(ctx.event.data["children"])))
    fact("parent")
