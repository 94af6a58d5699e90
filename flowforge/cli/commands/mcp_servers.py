"""`flowforge mcp-servers`: servers that offer tools to agents, and which of those somebody has accepted."""

from __future__ import annotations

from typing import Any

import click

from flowforge.cli.command import Noun
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal, shorten

STATES = {"accepted": ("●", "green"), "new": ("◐", "yellow"), "changed": ("◐", "yellow"), "gone": ("✗", "red")}


@click.group("mcp-servers", cls=Noun, examples=("flowforge mcp-servers", "flowforge mcp-servers add tracker https://mcp.example.com/mcp"))
@server_options
async def command(terminal: Terminal, url: str | None, api_key: str | None) -> None:
    """List MCP servers."""
    async with connect(url, api_key) as client:
        found = [one async for one in client.pages("/v1/mcp_servers")]
    if terminal.json:
        terminal.json_data(found)
    elif found:
        terminal.table([_row(terminal, one) for one in found])
    else:
        terminal.say("there are no MCP servers; add one:  flowforge mcp-servers add NAME URL")


@command.command("show", examples=("flowforge mcp-servers show tracker", "flowforge mcp-servers show tracker --json"))
@click.argument("name")
@server_options
async def show(terminal: Terminal, name: str, url: str | None, api_key: str | None) -> None:
    """Show a server and what it offers, in its own words."""
    async with connect(url, api_key) as client:
        server = await client.request("GET", f"/v1/mcp_servers/{segment(name)}")
        tools = [one async for one in client.pages(f"/v1/mcp_servers/{segment(name)}/tools")]
    if terminal.json:
        terminal.json_data({**server, "tools": tools})
        return
    terminal.table([_row(terminal, server)])
    terminal.table([_tool(terminal, one) for one in tools])


@command.command(
    "add",
    examples=(
        "flowforge mcp-servers add tracker https://mcp.example.com/mcp --bearer tracker",
        "flowforge mcp-servers add files -- npx -y @modelcontextprotocol/server-filesystem /srv/docs",
    ),
)
@click.argument("name")
@click.argument("place", nargs=-1, required=True, metavar="URL | COMMAND...")
@click.option("--bearer", help="The secret that holds the server's token.")
@click.option("--header", "headers", multiple=True, metavar="NAME:VALUE", help="A header; {{secret:name}} stands for a secret.")
@click.option("--env", "env", multiple=True, metavar="NAME=VALUE", help="A variable of the program; {{secret:name}} stands for a secret.")
@click.option("--only", "only", multiple=True, help="Only this tool of it.")
@click.option("--rate", help="How often each of its tools may be called, as 60/min.")
@server_options
async def add(terminal: Terminal, url: str | None, api_key: str | None, **given: Any) -> None:
    """Add a server; a worker asks it what it offers, which you accept by that, with the effect outside."""
    body: dict[str, Any] = {"name": given["name"], "transport": _transport(given)}
    body |= {name: given[name] for name in ("rate",) if given[name]} | ({"only": list(given["only"])} if given["only"] else {})
    async with connect(url, api_key) as client:
        made = await client.request("POST", "/v1/mcp_servers", json=body)
    if terminal.json:
        terminal.json_data(made)
    else:
        terminal.say(f"MCP server {given['name']} is added; see what it offers:  flowforge mcp-servers show {given['name']}")


@command.command("refresh", examples=("flowforge mcp-servers refresh tracker", "flowforge mcp-servers refresh tracker --json"))
@click.argument("name")
@server_options
async def refresh(terminal: Terminal, name: str, url: str | None, api_key: str | None) -> int | None:
    """Ask a server what it offers now."""
    async with connect(url, api_key) as client:
        run = (await client.request("POST", f"/v1/mcp_servers/{segment(name)}/listings"))["id"]
        async for _ in client.runs.follow(run):
            continue
        ended = await client.request("GET", f"/v1/runs/{run}")
        tools = [one async for one in client.pages(f"/v1/mcp_servers/{segment(name)}/tools")]
    if ended["state"] != "completed":
        terminal.error(f"{name}: {(ended['error'] or {}).get('message') or ended['state']}")
        return 1
    if terminal.json:
        terminal.json_data(tools)
    else:
        terminal.table([_tool(terminal, one) for one in tools])
    return None


@command.command(
    "accept",
    examples=("flowforge mcp-servers accept tracker", "flowforge mcp-servers accept tracker tracker__list_issues --effect read"),
)
@click.argument("server")
@click.argument("tools", nargs=-1)
@click.option("--effect", type=click.Choice(["read", "write", "money", "outside"]), help="What a call does, in your judgement.")
@click.option("--ask/--never-ask", "approval", default=None, help="Whether a person is asked first; by the effect, without either.")
@click.option("--take-back", is_flag=True, help="Agents get it no more.")
@server_options
async def accept(
    terminal: Terminal,
    server: str,
    tools: tuple[str, ...],
    effect: str | None,
    approval: bool | None,
    take_back: bool,
    url: str | None,
    api_key: str | None,
) -> None:
    """Accept tools as the server describes them now: all that are new or changed, or those that are named. Read them first."""
    async with connect(url, api_key) as client:
        offered = [one async for one in client.pages(f"/v1/mcp_servers/{segment(server)}/tools")]
        unknown = sorted(set(tools) - {one["name"] for one in offered})
        if unknown:
            raise click.UsageError(f"{server} offers no {unknown[0]}; see  flowforge mcp-servers show {server}")
        chosen = [one for one in offered if one["name"] in tools or (not tools and one["state"] in ("new", "changed"))]
        decided = []
        for one in chosen:
            body = {"accept": None if take_back else one["hash"]}
            body |= ({"effect": effect} if effect else {}) | ({} if approval is None else {"approval": approval})
            path = f"/v1/mcp_servers/{segment(server)}/tools/{segment(one['name'])}"
            decided.append(await client.request("PATCH", path, json=body))
    if terminal.json:
        terminal.json_data(decided)
    elif decided:
        terminal.table([_tool(terminal, one) for one in decided])
    else:
        terminal.say("nothing is new or changed")


@command.command("remove", examples=("flowforge mcp-servers remove tracker", "flowforge mcp-servers remove files"))
@click.argument("name")
@server_options
async def remove(terminal: Terminal, name: str, url: str | None, api_key: str | None) -> None:
    """Remove a server, with all that is known of its tools."""
    async with connect(url, api_key) as client:
        await client.request("DELETE", f"/v1/mcp_servers/{segment(name)}")
    terminal.say(f"MCP server {name} is gone")


def _transport(given: dict[str, Any]) -> dict[str, Any]:
    place = given["place"]
    if len(place) == 1 and place[0].startswith(("http://", "https://")):
        if given["env"]:
            raise click.UsageError("--env is for a program")
        headers = dict(_pair(text, ":") for text in given["headers"])
        return {"kind": "http", "url": place[0], "headers": headers} | ({"bearer": given["bearer"]} if given["bearer"] else {})
    if given["headers"] or given["bearer"]:
        raise click.UsageError("--header and --bearer are for a URL")
    return {"kind": "stdio", "command": place[0], "args": list(place[1:]), "env": dict(_pair(text, "=") for text in given["env"])}


def _pair(text: str, mark: str) -> tuple[str, str]:
    name, found, value = text.partition(mark)
    if not found:
        raise click.UsageError(f"{text!r} is no NAME{mark}VALUE")
    return name.strip(), value.strip()


def _row(terminal: Terminal, server: dict[str, Any]) -> list[str]:
    transport = server["definition"]["transport"]
    place = transport.get("url") or " ".join([transport.get("command", ""), *transport.get("args", [])])
    mark, colour = ("✗", "red") if server["error"] else ("●", "green") if server["listed_at"] else ("◐", "yellow")
    told = server["error"] or ("" if server["listed_at"] else "not asked yet")
    return [terminal.paint(f"{mark} {server['definition']['name']}", colour), transport["kind"], shorten(place, 60), shorten(told, 80)]


def _tool(terminal: Terminal, tool: dict[str, Any]) -> list[str]:
    mark, colour = STATES[tool["state"]]
    asks = "" if tool["approval"] is None else "asks" if tool["approval"] else "never asks"
    told = tool["description"].splitlines()[0] if tool["description"] else ""
    return [terminal.paint(f"  {mark} {tool['name']}", colour), tool["state"], tool["effect"], asks, shorten(told, 70)]
