"""`flowforge inbox`: what is put before you on the board; `read`, `archive` and `snooze` act on it, `settings` say what comes by mail."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from flowforge.cli.command import Noun
from flowforge.cli.server import connect, server_options
from flowforge.cli.terminal import Terminal, shorten
from flowforge.clock import SYSTEM_CLOCK
from flowforge.durations import seconds
from flowforge.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from flowforge.api.client import AsyncClient

KINDS = ("assigned", "mentioned", "question", "approval", "due", "done", "commented")
SHOWN_MAX = 50
LOOKED_AT_MAX = 1000  # items among which an ending of an id is sought


@click.group("inbox", cls=Noun, examples=("flowforge inbox --unread", "flowforge inbox read 5b6d7e8f"))
@click.option("--unread", is_flag=True, help="Only what is unread.")
@click.option("--kind", type=click.Choice(KINDS), help="Only items of this kind.")
@click.option("--archived", "view", flag_value="archived", help="What is archived.")
@click.option("--snoozed", "view", flag_value="snoozed", help="What is put off.")
@server_options
async def command(terminal: Terminal, unread: bool, kind: str | None, view: str | None, url: str | None, api_key: str | None) -> None:
    """List what is put before you, the newest first."""
    asked = {"unread": "true" if unread else None, "kind": kind, "view": view}
    async with connect(url, api_key) as client:
        found = [item async for item in client.pages("/v1/inbox", params=asked, limit=SHOWN_MAX)]
    if terminal.json:
        terminal.json_data(found)
    elif terminal.quiet:
        for item in found:
            terminal.data(item["id"])
    elif found:
        terminal.table([_row(terminal, item) for item in found])
    else:
        terminal.say("nothing is unread" if unread else "the inbox is empty")


@command.command("read", examples=("flowforge inbox read 5b6d7e8f 0a1b2c3d", "flowforge inbox read --all"))
@click.argument("items", nargs=-1, metavar="ID…")
@click.option("--all", "everything", is_flag=True, help="Everything that is there now.")
@server_options
async def read(terminal: Terminal, items: tuple[str, ...], everything: bool, url: str | None, api_key: str | None) -> None:
    """Mark items as read, by their ids or any endings of them."""
    await _act(terminal, "read", "marked as read", items, everything, {}, url, api_key)


@command.command("archive", examples=("flowforge inbox archive 5b6d7e8f", "flowforge inbox archive --all"))
@click.argument("items", nargs=-1, metavar="ID…")
@click.option("--all", "everything", is_flag=True, help="Everything that is there now.")
@server_options
async def archive(terminal: Terminal, items: tuple[str, ...], everything: bool, url: str | None, api_key: str | None) -> None:
    """Put items away; one comes back when there is more of it."""
    await _act(terminal, "archive", "archived", items, everything, {}, url, api_key)


@command.command("snooze", examples=("flowforge inbox snooze 5b6d7e8f --for 4h", "flowforge inbox snooze --all --for 2d"))
@click.argument("items", nargs=-1, metavar="ID…")
@click.option("--all", "everything", is_flag=True, help="Everything that is there now.")
@click.option("--for", "duration", required=True, metavar="TIME", help="How long, as in 30m, 4h or 2d.")
@server_options
async def snooze(terminal: Terminal, items: tuple[str, ...], everything: bool, duration: str, url: str | None, api_key: str | None) -> None:
    """Put items off; they come back by themselves."""
    until = SYSTEM_CLOCK.now() + timedelta(seconds=seconds(duration))
    await _act(
        terminal, "snooze", f"put off until {until:%Y-%m-%d %H:%M} UTC", items, everything, {"until": until.isoformat()}, url, api_key
    )


@command.command(
    "settings",
    examples=(
        "flowforge inbox settings --digest daily --hour 8 --zone Europe/Oslo",
        "flowforge inbox settings --mail mentioned --mail approval",
    ),
)
@click.option("--digest", type=click.Choice(["off", "daily", "weekly"]), help="What is unread, in one mail.")
@click.option("--hour", type=int, help="Of the digest, 0 to 23.")
@click.option("--weekday", type=int, help="Of a weekly digest: 1 is Monday.")
@click.option("--zone", "time_zone", help="Time zone of the hour, as in Europe/Oslo.")
@click.option(
    "--mail", multiple=True, type=click.Choice([*KINDS, "none"]), help="Kinds that are mailed at once; may be given several times."
)
@server_options
async def settings(terminal: Terminal, mail: tuple[str, ...], url: str | None, api_key: str | None, **given: Any) -> None:
    """Show, or change, what comes to you by mail. What is not given stays."""
    changes = {name: value for name, value in given.items() if value is not None}
    if mail:
        changes["mail"] = [kind for kind in mail if kind != "none"]
    async with connect(url, api_key) as client:
        found = await client.request("GET", "/v1/inbox/settings")
        if changes:
            found = await client.request("PUT", "/v1/inbox/settings", json={**found, **changes})
    if terminal.json:
        terminal.json_data(found)
        return
    at = f" at {found['hour']}:00 {found['time_zone']}" if found["digest"] != "off" else ""
    day = f", weekday {found['weekday']}" if found["digest"] == "weekly" else ""
    terminal.table([["digest", f"{found['digest']}{at}{day}"], ["at once", ", ".join(found["mail"]) or "nothing"]])


async def _act(
    terminal: Terminal,
    act: str,
    told: str,
    items: tuple[str, ...],
    everything: bool,
    more: dict[str, Any],
    url: str | None,
    api_key: str | None,
) -> None:
    if bool(items) == everything:
        raise click.UsageError("name items by their ids, or say --all")
    async with connect(url, api_key) as client:
        if everything:
            which: dict[str, Any] = {"up_to": (await client.request("GET", "/v1/inbox", params={"limit": 1}))["seq"]}
        else:
            which = {"ids": await _find(client, items)}
        changed = (await client.request("POST", f"/v1/inbox/{act}", json={**which, **more}))["changed"]
    if terminal.json:
        terminal.json_data({"changed": changed})
    else:
        terminal.say(f"{changed} {'item' if changed == 1 else 'items'} {told}")


async def _find(client: AsyncClient, items: tuple[str, ...]) -> list[str]:
    """The items that these ids, or endings of them, mean. Raises NotFound, and InvalidInput for an ending of several."""
    known: list[str] = []
    if any(len(item.removeprefix("inb_")) < 32 for item in items):
        known = [item["id"] async for item in client.pages("/v1/inbox", limit=LOOKED_AT_MAX)]
    found = []
    for item in items:
        ending = item.removeprefix("inb_")
        fitting = [one for one in known if one.endswith(ending)] if len(ending) < 32 else [item]
        if not ending or not fitting:
            raise NotFound("item", item, [one[-8:] for one in known])
        if len(fitting) > 1:
            raise InvalidInput(f"{item!r} could be {' or '.join(fitting[:5])}", hint="give more of the id")
        found += fitting
    return found


def _row(terminal: Terminal, item: dict[str, Any]) -> list[str]:
    mark = terminal.paint("●", "cyan") if item["unread"] else " "
    times = f" ×{item['count']}" if item["count"] > 1 else ""
    return [mark, item["id"][-8:], item["kind"], shorten(item["title"], 60) + times, terminal.paint(shorten(item["text"], 40), "dim")]
