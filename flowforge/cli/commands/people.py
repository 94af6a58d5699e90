"""`flowforge people`: who can sign in to the tenant, and as what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from flowforge.access.permission import ROLE_NAMES
from flowforge.cli.command import Noun
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal
from flowforge.errors import NotFound

if TYPE_CHECKING:
    from flowforge.api.client import AsyncClient

ROLE = click.Choice(ROLE_NAMES)


@click.group("people", cls=Noun, examples=("flowforge people", "flowforge people invite noor@example.com --role approver"))
@server_options
async def command(terminal: Terminal, url: str | None, api_key: str | None) -> None:
    """List who can sign in."""
    async with connect(url, api_key) as client:
        found = [person async for person in client.pages("/v1/people")]
    if terminal.json:
        terminal.json_data(found)
    elif found:
        terminal.table([_row(terminal, person) for person in found])
    else:
        terminal.say("nobody can sign in yet; invite somebody:  flowforge people invite EMAIL --role admin")


@command.command(
    "invite", examples=("flowforge people invite noor@example.com --role approver", "flowforge people invite noor@example.com --json")
)
@click.argument("email")
@click.option("--role", type=ROLE, default="member", show_default=True, help="What they may here.")
@server_options
async def invite(terminal: Terminal, email: str, role: str, url: str | None, api_key: str | None) -> None:
    """Make a link that lets somebody join. It is shown once; nothing is mailed."""
    async with connect(url, api_key) as client:
        made = await client.request("POST", "/v1/invitations", json={"email": email, "role": role})
    _link(terminal, made, f"{email} can join as {role} within a week, by this link:")


@command.command("invitations", examples=("flowforge people invitations", "flowforge people invitations --json"))
@server_options
async def invitations(terminal: Terminal, url: str | None, api_key: str | None) -> None:
    """List invitations that were not accepted yet."""
    async with connect(url, api_key) as client:
        found = [one async for one in client.pages("/v1/invitations")]
    if terminal.json:
        terminal.json_data(found)
    elif found:
        terminal.table([[one["email"], one["role"], f"by {one['invited_by']}", f"until {one['expires_at'][:16]}"] for one in found])
    else:
        terminal.say("no invitation is open")


@command.command(
    "uninvite", examples=("flowforge people uninvite noor@example.com", "flowforge people uninvite inv_01968f3ac8b17c02a3f08241a2f70042")
)
@click.argument("invitation")
@server_options
async def uninvite(terminal: Terminal, invitation: str, url: str | None, api_key: str | None) -> None:
    """Revoke an invitation, by its address or id."""
    async with connect(url, api_key) as client:
        found = await _find(client, "/v1/invitations", "invitation", invitation, "email")
        await client.request("DELETE", f"/v1/invitations/{segment(found['id'])}")
    terminal.say(f"the link for {found['email']} opens nothing any more")


@command.command("role", examples=("flowforge people role noor approver", "flowforge people role noor@example.com admin"))
@click.argument("person")
@click.argument("role", type=ROLE)
@server_options
async def role(terminal: Terminal, person: str, role: str, url: str | None, api_key: str | None) -> None:
    """Give somebody another role; their sessions here end."""
    await _change(terminal, person, {"role": role}, url, api_key)


@command.command("disable", examples=("flowforge people disable noor", "flowforge people disable noor@example.com"))
@click.argument("person")
@server_options
async def disable(terminal: Terminal, person: str, url: str | None, api_key: str | None) -> None:
    """Shut somebody out, until they are enabled again."""
    await _change(terminal, person, {"disabled": True}, url, api_key)


@command.command("enable", examples=("flowforge people enable noor", "flowforge people enable noor@example.com"))
@click.argument("person")
@server_options
async def enable(terminal: Terminal, person: str, url: str | None, api_key: str | None) -> None:
    """Let somebody in again."""
    await _change(terminal, person, {"disabled": False}, url, api_key)


@command.command("remove", examples=("flowforge people remove noor", "flowforge people remove noor@example.com"))
@click.argument("person")
@server_options
async def remove(terminal: Terminal, person: str, url: str | None, api_key: str | None) -> None:
    """Take somebody out of the tenant; what they did stays under their name."""
    async with connect(url, api_key) as client:
        found = await _find(client, "/v1/people", "person", person, "name", "email")
        await client.request("DELETE", f"/v1/people/{segment(found['id'])}")
    terminal.say(f"{found['name']} cannot sign in here any more")


@command.command("reset", examples=("flowforge people reset noor@example.com", "flowforge people reset noor@example.com --json"))
@click.argument("email")
@server_options
async def reset(terminal: Terminal, email: str, url: str | None, api_key: str | None) -> None:
    """Make a link for somebody who has lost their password or their app. An operator's act."""
    async with connect(url, api_key) as client:
        made = await client.request("POST", "/v1/password_resets", json={"email": email})
    _link(terminal, made, f"{email} can set a new password within a day, by this link:")


async def _change(terminal: Terminal, person: str, change: dict[str, Any], url: str | None, api_key: str | None) -> None:
    async with connect(url, api_key) as client:
        found = await _find(client, "/v1/people", "person", person, "name", "email")
        changed = await client.request("PATCH", f"/v1/people/{segment(found['id'])}", json=change)
    if terminal.json:
        terminal.json_data(changed)
    else:
        terminal.table([_row(terminal, changed)])


async def _find(client: AsyncClient, path: str, what: str, text: str, *names: str) -> dict[str, Any]:
    """By id, or by one of these fields as people write it."""
    known = []
    async for one in client.pages(path):
        if text == one["id"] or text.lower() in [str(one[name]).lower() for name in names]:
            found: dict[str, Any] = one
            return found
        known.append(str(one[names[0]]))
    raise NotFound(what, text, known)


def _link(terminal: Terminal, made: dict[str, Any], sentence: str) -> None:
    if terminal.json:
        terminal.json_data(made)
        return
    terminal.say(sentence)
    terminal.data(str(made["link"]))


def _row(terminal: Terminal, person: dict[str, Any]) -> list[str]:
    role = f"{person['role']}, operator" if person["operator"] else str(person["role"])
    factor = "second factor" if person["second_factor"] else ""
    state = terminal.paint("disabled", "yellow") if person["disabled_at"] else factor
    return [str(person["name"]), str(person["email"]), role, state]
