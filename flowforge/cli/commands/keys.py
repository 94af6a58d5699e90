"""`flowforge keys`: API keys of programs and agents, and who one is to the server."""

from __future__ import annotations

from typing import Any

import click

from flowforge.cli.command import Noun
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal


@click.group("keys", cls=Noun, examples=("flowforge keys", "flowforge keys create ci --scope events:send --scope runs:read --expires 90d"))
@click.option("--revoked", is_flag=True, help="Those that are revoked too.")
@server_options
async def command(terminal: Terminal, revoked: bool, url: str | None, api_key: str | None) -> None:
    """List API keys."""
    async with connect(url, api_key) as client:
        found = [key async for key in client.pages("/v1/keys", params={"revoked": "true"} if revoked else None)]
    if terminal.json:
        terminal.json_data(found)
    elif found:
        terminal.table([_row(terminal, key) for key in found])
    else:
        terminal.say("there are no keys; make one:  flowforge keys create ci --scope events:send")


@command.command("show", examples=("flowforge keys show ci", "flowforge keys show key_8241a2f7 --json"))
@click.argument("key")
@server_options
async def show(terminal: Terminal, key: str, url: str | None, api_key: str | None) -> None:
    """Show a key, never its value."""
    async with connect(url, api_key) as client:
        found = await client.request("GET", f"/v1/keys/{segment(key)}")
    terminal.json_data(found) if terminal.json else terminal.table([_row(terminal, found)])


@command.command(
    "create",
    examples=(
        "flowforge keys create ci --scope events:send --scope runs:read --expires 90d",
        "flowforge keys create try-out --scope 'runs:*' --scope 'events:*' --test",
        "flowforge keys create atlas-outside --scope 'tasks:*' --agent atlas",
    ),
)
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, help="A permission or a pattern of them, as runs:read or runs:*.")
@click.option("--test", is_flag=True, help="It sees and starts test runs only.")
@click.option("--agent", help="It acts as this agent.")
@click.option("--expires", "expires_in", metavar="DURATION", help="How long it is good, as 90d; for ever without it.")
@server_options
async def create(
    terminal: Terminal,
    name: str,
    scopes: tuple[str, ...],
    test: bool,
    agent: str | None,
    expires_in: str | None,
    url: str | None,
    api_key: str | None,
) -> None:
    """Make a key and show its value, this once."""
    body: dict[str, Any] = {"name": name, "scopes": list(scopes), "kind": "test" if test else "live"}
    body |= {field: value for field, value in (("agent", agent), ("expires_in", expires_in)) if value is not None}
    async with connect(url, api_key) as client:
        made = await client.request("POST", "/v1/keys", json=body)
    _tell_value(terminal, made)


@command.command("change", examples=("flowforge keys change ci --scope events:send", "flowforge keys change ci --name deploy"))
@click.argument("key")
@click.option("--name", help="What it is called from now on.")
@click.option("--scope", "scopes", multiple=True, help="Its scopes from now on; all of them.")
@server_options
async def change(terminal: Terminal, key: str, name: str | None, scopes: tuple[str, ...], url: str | None, api_key: str | None) -> None:
    """Rename a key, or give it other scopes."""
    body = ({"name": name} if name else {}) | ({"scopes": list(scopes)} if scopes else {})
    if not body:
        raise click.UsageError("what is to change? give --name, --scope or both")
    async with connect(url, api_key) as client:
        changed = await client.request("PATCH", f"/v1/keys/{segment(key)}", json=body)
    terminal.json_data(changed) if terminal.json else terminal.table([_row(terminal, changed)])


@command.command("rotate", examples=("flowforge keys rotate ci", "flowforge keys rotate ci --grace 7d"))
@click.argument("key")
@click.option("--grace", default="24h", show_default=True, help="How long the value before stays good; 0s ends it at once.")
@click.option("--end-old", is_flag=True, help="End at once what an earlier rotation has left good.")
@server_options
async def rotate(terminal: Terminal, key: str, grace: str, end_old: bool, url: str | None, api_key: str | None) -> None:
    """Give a key a new value and show it, this once."""
    async with connect(url, api_key) as client:
        issued = await client.request("POST", f"/v1/keys/{segment(key)}/rotation", json={"grace": grace, "end_old": end_old})
    _tell_value(terminal, issued)


@command.command("revoke", examples=("flowforge keys revoke ci", "flowforge keys revoke key_8241a2f7"))
@click.argument("key")
@server_options
async def revoke(terminal: Terminal, key: str, url: str | None, api_key: str | None) -> None:
    """End a key, and what was made by it, for good."""
    async with connect(url, api_key) as client:
        await client.request("DELETE", f"/v1/keys/{segment(key)}")
    terminal.say(f"key {key} is revoked")


@command.command("whoami", examples=("flowforge keys whoami", "FLOWFORGE_API_KEY=ffk_live_… flowforge keys whoami --json"))
@server_options
async def whoami(terminal: Terminal, url: str | None, api_key: str | None) -> None:
    """Show who the server takes you for, and what you may do."""
    async with connect(url, api_key) as client:
        me = await client.request("GET", "/v1/me")
    if terminal.json:
        terminal.json_data(me)
        return
    standing = me["role"] or ("test key" if me["test"] else me["kind"])
    terminal.table([[terminal.paint(me["name"], "ember"), standing, f"in {me['tenant']}", ", ".join(me["scopes"] or [])]])
    for permission in me["permissions"]:
        terminal.data(f"  {permission}")


def _tell_value(terminal: Terminal, issued: dict[str, Any]) -> None:
    if terminal.json:
        terminal.json_data(issued)
        return
    terminal.table([_row(terminal, issued)])
    terminal.data(issued["value"])
    terminal.say("this is shown once: keep it where programs find it, as FLOWFORGE_API_KEY")


def _row(terminal: Terminal, key: dict[str, Any]) -> list[str]:
    mark, colour = ("●", "green") if key["active"] else ("✗", "red")
    two = f"two values until {key['old_good_until']}" if key["old_good_until"] else ""
    end = "revoked" if key["revoked_at"] else f"until {key['expires_at']}" if key["expires_at"] else ""
    return [
        terminal.paint(f"{mark} {key['name']}", colour),
        key["kind"] + (f" of {key['agent']}" if key["agent"] else ""),
        "…" + " …".join(key["ends_in"]) if key["ends_in"] else "",
        ", ".join(key["scopes"]),
        f"used {key['last_used_at']}" if key["last_used_at"] else "never used",
        end,
        two,
    ]
