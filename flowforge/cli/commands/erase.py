"""`flowforge erase`: look for what is held about one person, confirm, erase, look again; `--verify` only looks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

from flowforge.cli.command import Command
from flowforge.cli.confirmation import confirm
from flowforge.cli.failures import FAILED, OK
from flowforge.cli.server import connect, server_options
from flowforge.cli.subject import match_option, wanted
from flowforge.cli.terminal import Terminal

if TYPE_CHECKING:
    from flowforge.api.client import AsyncClient

POLL_SECONDS = 0.5
PATH = "/v1/erasures"


@click.command(
    "erase",
    cls=Command,
    examples=(
        "flowforge erase --match mira@example.org --match data.customer_id=42 --dry-run",
        "flowforge erase --match mira@example.org --verify",
    ),
)
@match_option
@click.option("--force", is_flag=True, help="End runs that still go on at once, and erase them too.")
@click.option("--dry-run", is_flag=True, help="Only tell what there is.")
@click.option("--verify", is_flag=True, help="Only look; exit 1 when anything is held.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@server_options
async def command(
    terminal: Terminal,
    matches: tuple[str, ...],
    force: bool,
    dry_run: bool,
    verify: bool,
    yes: bool,
    url: str | None,
    api_key: str | None,
) -> int:
    """Erase what is held about one person, everywhere; it cannot be taken back."""
    body = wanted(matches)
    async with connect(url, api_key) as client:
        act = await _settled(terminal, client, await client.request("POST", PATH, json=body))
        found = act["found"]
        if dry_run or verify or not found:
            await client.request("DELETE", f"{PATH}/{act['id']}")
            _show(terminal, found, act, "nothing is held")
            return FAILED if verify and found else OK
        if not terminal.json:
            terminal.table(_rows(found))
        try:
            confirm("erase all of this?", yes=yes)
        except BaseException:  # a look names somebody, and is not left lying about
            await client.request("DELETE", f"{PATH}/{act['id']}")
            raise
        act = await _settled(terminal, client, await client.request("POST", f"{PATH}/{act['id']}/confirmation", json={"force": force}))
    erased = ", ".join(f"{count} {kind}" for kind, count in sorted(act["erased"].items())) or "nothing"
    terminal.say(f"erased {erased}")
    _show(terminal, act["remaining"], act, "nothing is left")
    return FAILED if act["remaining"] else OK


async def _settled(terminal: Terminal, client: AsyncClient, act: dict[str, Any]) -> dict[str, Any]:
    while act["state"] not in ("found", "ended"):
        terminal.say(f"  {act['state']} … {sum(act['erased'].values())} erased" if act["erased"] else f"  {act['state']} …")
        await asyncio.sleep(POLL_SECONDS)
        act = await client.request("GET", f"{PATH}/{act['id']}")
    return act


def _show(terminal: Terminal, held: list[dict[str, Any]], act: dict[str, Any], nothing: str) -> None:
    if terminal.json:
        terminal.json_data(act)
    elif held:
        terminal.table(_rows(held))
    else:
        terminal.data(nothing)


def _rows(held: list[dict[str, Any]]) -> list[list[str]]:
    return [
        [one["kind"], f"{one['count']}", f"{one['open']} go on" if one["open"] else "", one["stays"] or "", ", ".join(one["sample"][:2])]
        for one in held
    ]
