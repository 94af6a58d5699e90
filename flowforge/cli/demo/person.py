"""How the person of the demo decides: `--yes`, a key at the terminal, or from anywhere by curl or `flowforge approvals`.

Whoever decides first has decided; the terminal's question goes away when somebody else was faster.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from flowforge.cli import figures
from flowforge.cli.commands.approvals import describe
from flowforge.cli.terminal import Terminal
from flowforge.errors import Conflict

if TYPE_CHECKING:
    from flowforge.api.client import AsyncClient

EDITED_AMOUNT = 300
_CHOICES = "[a]pprove · [e]dit to 300 · [d]eny"


def show_request(terminal: Terminal, url: str, item: dict[str, Any], *, needs_key: bool = False) -> None:
    """What is asked, and every way to answer."""
    terminal.say()
    describe(terminal, item, terminal.say)
    terminal.say()
    terminal.say(f"  {terminal.paint('browser ', 'dim', stream=sys.stderr)} {url}/approvals/{item['id']}")
    for word, body in (
        ("approve", '{"approved": true}'),
        ("edit", _edited(item)),
        ("deny", '{"approved": false, "reason": "not this time"}'),
    ):
        key = ' -H "authorization: Bearer $FLOWFORGE_API_KEY"' if needs_key else ""
        command = f"curl -X POST {url}/v1/approvals/{item['id']}/decision{key} -H 'content-type: application/json' -d '{body}'"
        terminal.say(f"  {terminal.paint(f'{word:<8}', 'dim', stream=sys.stderr)} {command}")
    terminal.say(
        f"  {terminal.paint('or', 'dim', stream=sys.stderr)}       flowforge approvals approve {figures.ending(item['id'])} --url {url}"
    )
    terminal.say()


async def decide(terminal: Terminal, client: AsyncClient, item: dict[str, Any], *, yes: bool) -> None:
    """Decide at once with `yes`, else ask at the terminal where there is one. Returns when it is decided, by whomever."""
    if yes:
        await _post(client, item, {"approved": True, "edited_args": None, "reason": None})
        return
    elsewhere = asyncio.create_task(_decided(client, item))
    asked = asyncio.create_task(_ask(terminal, client, item)) if sys.stdin.isatty() else None
    try:
        await asyncio.wait([task for task in (elsewhere, asked) if task], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (elsewhere, asked):
            if task is not None and not task.done():
                task.cancel()
    for task in (elsewhere, asked):
        if task is not None and task.done() and not task.cancelled():
            task.result()


async def _ask(terminal: Terminal, client: AsyncClient, item: dict[str, Any]) -> None:
    terminal.say(f"  Your decision? {terminal.paint(_CHOICES, 'violet', stream=sys.stderr)}")
    async for line in _typed_lines():
        match line.strip().lower()[:1]:
            case "a" | "y":
                decision: dict[str, Any] = {"approved": True}
            case "e":
                decision = {"approved": True, "edited_args": {**item["arguments"], "amount": EDITED_AMOUNT}}
            case "d" | "n":
                decision = {"approved": False, "reason": "denied at the terminal"}
            case _:
                terminal.say(f"  {_CHOICES}")
                continue
        await _post(client, item, {"edited_args": None, "reason": None, **decision})
        return


async def _post(client: AsyncClient, item: dict[str, Any], decision: dict[str, Any]) -> None:
    try:
        await client.request("POST", f"/v1/approvals/{item['id']}/decision", json=decision)
    except Conflict:
        return  # somebody was faster; the stream tells who


async def _decided(client: AsyncClient, item: dict[str, Any]) -> None:
    while True:
        pending = await client.request("GET", "/v1/approvals", params={"state": "pending"})
        if item["id"] not in {other["id"] for other in pending["data"]}:
            return
        await asyncio.sleep(0.5)


async def _typed_lines() -> AsyncIterator[str]:
    """Lines of the terminal, without a thread that would outlive the question."""
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sys.stdin, ready.set)
    try:
        while True:
            await ready.wait()
            ready.clear()
            line = sys.stdin.readline()
            if not line:  # the terminal is gone: others may still decide
                await asyncio.Event().wait()
            yield line
    finally:
        loop.remove_reader(sys.stdin)


def _edited(item: dict[str, Any]) -> str:
    import json

    return json.dumps({"approved": True, "edited_args": {**item["arguments"], "amount": EDITED_AMOUNT}})
