"""The world outside: books in a process and a file of their own, which act once for each key, and tell what they have done. Of every few
effects they kill the worker that asked for it, when they have acted and before they tell.

POST /effects {"key": …, "tool": …, "order": …, "amount": …, "pid": …}     {"booked": true, "fresh": …}
GET  /effects                                                    all, in order, each with how often it was asked for
GET  /effects/{order}                                            those of one order
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from contextlib import suppress
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from flowforge.cli.host import stop_signals
from flowforge.orchestrator.step_scope import current_step
from flowforge.skills.tool import ToolRegistry
from tests.chaos.processes import Order, say
from tests.chaos.recording import Recorder

EACH_ANEW = httpx.Limits(max_keepalive_connections=0)  # a server may hang up an idle line just when it is used again
TELLS_SECONDS = 0.15  # after it has acted: in this time a worker may die that does not know yet
_FIELDS = ("key", "tool", "order", "amount", "asked")
_NOTE = """
insert into effect (key, tool, "order", amount, asked) values (:key, :tool, :order, :amount, 1)
on conflict (key) do update set asked = asked + 1
returning tool, "order", amount, asked
"""


def create_app(path: str, kill_each: int) -> Starlette:
    """The books in that file."""
    books = sqlite3.connect(path)
    books.execute('create table if not exists effect (key text primary key, tool text, "order" text, amount integer, asked integer)')
    books.commit()

    async def note(request: Request) -> JSONResponse:
        wanted = await request.json()
        (row,) = books.execute(_NOTE, wanted).fetchall()
        if row[:3] != (wanted["tool"], wanted["order"], wanted["amount"]):
            books.rollback()
            return JSONResponse({"error": "this key is that of another effect"}, status_code=409)
        books.commit()
        if row[3] == 1 and books.execute("select count(*) from effect").fetchone()[0] % kill_each == 0:
            with suppress(ProcessLookupError):
                os.kill(wanted["pid"], signal.SIGKILL)
        await asyncio.sleep(TELLS_SECONDS)
        return JSONResponse({"booked": True, "fresh": row[3] == 1})

    async def read(request: Request) -> JSONResponse:
        rows = books.execute('select key, tool, "order", amount, asked from effect order by rowid').fetchall()
        found = [dict(zip(_FIELDS, row, strict=True)) for row in rows]
        order = request.path_params.get("order")
        return JSONResponse([one for one in found if order is None or one["order"] == order])

    routes = [Route("/effects", note, methods=["POST"]), Route("/effects", read), Route("/effects/{order}", read)]
    return Starlette(routes=routes)


async def keep_books(order: Order, _: Recorder) -> None:
    """Be the books, until SIGTERM."""
    config = uvicorn.Config(
        create_app(order["path"], order["kill_each"]), host="127.0.0.1", port=order["port"], log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    with stop_signals() as stop:
        serving = asyncio.create_task(server._serve())
        while not server.started:
            await asyncio.sleep(0.01)
        say("ready", os.getpid())
        await stop.wait()
        server.should_exit = True
        await serving


def crew_tools(ledger_url: str) -> ToolRegistry:
    """What the agents can do to the world outside."""
    tools = ToolRegistry()
    http = httpx.AsyncClient(base_url=ledger_url, timeout=20, trust_env=False, limits=EACH_ANEW)

    async def book(tool: str, order: str, amount: int) -> dict[str, Any]:
        wanted = {"key": current_step().step_key, "tool": tool, "order": order, "amount": amount, "pid": os.getpid()}
        answer = await http.post("/effects", json=wanted)
        answer.raise_for_status()
        return {"booked": True, "order": order, "amount": amount}

    @tools.tool(effect="read")
    async def look_up(order: str) -> dict[str, Any]:
        """What the books have of an order."""
        return {"effects": len((await http.get(f"/effects/{order}")).json())}

    @tools.tool(effect="money", reversible=False, consequence="money leaves the account")
    async def refund(order: str, amount: int) -> dict[str, Any]:
        """Pay a customer back."""
        return await book("refund", order, amount)

    @tools.tool(effect="money", reversible=False)
    async def wire(order: str, amount: int) -> dict[str, Any]:
        """Send money to another bank."""
        return await book("wire", order, amount)

    @tools.tool(effect="outside", approval=False)
    async def publish(order: str, amount: int) -> dict[str, Any]:
        """Put a page on the web."""
        return await book("publish", order, amount)

    @tools.tool(effect="outside", approval=False, idempotent=True, retries=3, on_uncertain="retry")
    async def notify(order: str, amount: int) -> dict[str, Any]:
        """Tell the customer."""
        return await book("notify", order, amount)

    return tools
