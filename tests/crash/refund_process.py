"""Processes of a shop whose agent makes refunds, born quickly to be killed.

pydantic-ai takes its time to import, and LiteLLM seconds, so this one imports what is used and forks a process for each line that it reads:
`{"does": "work", "url": …, "directory": …, "crash_at": "body.after:5", "environment": {…}}`. It answers with `born PID`, `ready PID`
when a worker works, and `gone PID CODE`.

Whenever a step's body begins, `effects.log` in the directory gets a line. The bank is outside of everything: `ledger` holds one
line a refund, with the idempotency key that came with it, and a key that it knows moves no money again.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from flowforge import crash
from flowforge.access.principal import Principal
from flowforge.agents.work import register_builtin
from flowforge.board.assignee import AssigneeName
from flowforge.board.assignment import assign
from flowforge.db.database import Database
from flowforge.ids import DEFAULT_TENANT
from flowforge.orchestrator.durable_step import DurableStep
from flowforge.orchestrator.models import library
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.retry import Backoff
from flowforge.orchestrator.step_scope import current_step
from flowforge.orchestrator.worker import Worker, sweeper
from flowforge.skills.publish import publish
from flowforge.skills.tool import ToolRegistry
from flowforge.steps import step

TOOLS = ToolRegistry()
REGISTRY = Registry()
HERE = Path()  # the directory of the test


@TOOLS.tool(effect="read")
def lookup_order(order_id: str) -> dict[str, object]:
    """Find an order by its number."""
    return {"order_id": order_id, "total": 420, "paid": True}


@TOOLS.tool(effect="money", reversible=False, consequence="money leaves the account")
async def issue_refund(order_id: str, amount: float) -> dict[str, object]:
    """Pay a customer back."""
    key = current_step().step_key
    ledger = HERE / "ledger"
    if not ledger.exists() or all(line.split("\t")[0] != key for line in ledger.read_text().splitlines()):
        append(ledger, key, order_id, amount)
    return {"refunded": amount, "order_id": order_id}


@REGISTRY.function(trigger="crash/ask", id="crash.ask")
async def ask(ctx: Any) -> str:
    """A streamed call of a model."""
    return await step.ai("answer", model="gpt-4o", prompt="Count.", max_tokens=200)


async def work(url: str) -> None:
    """Be a worker until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with await Database.open(url) as database:
        await publish(database.pool, "shop", TOOLS)
        worker = Worker(database, REGISTRY, app="shop", backoff=Backoff(0.01, 0.01), linger_seconds=0.05, vanished_seconds=0.3)
        await worker.start()
        say("ready", os.getpid())
        await stop.wait()
        await worker.stop()


async def give(url: str) -> None:
    """Be the API server that gives the card to the agent."""
    async with await Database.open(url) as database:
        await assign(database, Principal(DEFAULT_TENANT, "person", "mira"), "FF-1", AssigneeName("agent", "atlas"))


def append(file: Path, *words: object) -> None:
    with file.open("a") as opened:
        opened.write("\t".join(map(str, words)) + "\n")


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def log_every_body() -> None:
    make = DurableStep.__init__

    def made(step: DurableStep, *args: Any) -> None:
        make(step, *args)
        body = step.body

        async def logged() -> Any:
            append(HERE / "effects.log", "begin", step.execution.run_id.hex, step.key, step.attempt, os.getpid())
            return await body()

        step.body = logged

    DurableStep.__init__ = made  # type: ignore[method-assign]


def nurse() -> None:
    """Fork a process for every line of standard input, until it ends; then nobody is left."""
    children: set[int] = set()

    def bury(*_: object) -> None:
        while children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            children.discard(pid)
            say("gone", pid, os.waitstatus_to_exitcode(status))

    signal.signal(signal.SIGCHLD, bury)
    for line in sys.stdin:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})  # nobody is gone before he was born
        if (pid := os.fork()) == 0:
            live(**json.loads(line))
        children.add(pid)
        say("born", pid)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    for pid in children.copy():
        os.kill(pid, signal.SIGKILL)


def live(does: str, url: str, directory: str, crash_at: str, environment: dict[str, str]) -> None:
    global HERE
    HERE = Path(directory)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    os.environ.update(environment)
    crash.arm(crash_at)
    try:
        asyncio.run({"work": work, "give": give}[does](url))
        os._exit(0)
    except Exception:
        traceback.print_exc()
    finally:  # nothing of a child may come back into the nursery's loop
        os._exit(1)


if __name__ == "__main__":
    sweeper.LOOK_SECONDS = 0.1  # the dead are found in a moment
    register_builtin(REGISTRY, TOOLS)
    log_every_body()
    if os.environ.get("FLOWFORGE_MODEL_CLIENT") == "litellm":
        library.load()
    import flowforge.agents.loop  # noqa: F401

    nurse()
