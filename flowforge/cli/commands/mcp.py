"""`flowforge mcp`: FlowForge as an MCP server on stdin and stdout, for programs that start one; and what to write into their settings."""

from __future__ import annotations

import json
from contextlib import suppress

import click

from flowforge.cli.command import Command
from flowforge.cli.mcp_clients import CLIENTS, KEY
from flowforge.cli.server import connect, server_options
from flowforge.cli.terminal import Terminal


@click.command("mcp", cls=Command, examples=("flowforge mcp --print-config claude-code > .mcp.json", "FLOWFORGE_API_KEY=… flowforge mcp"))
@click.option(
    "--print-config", "program", type=click.Choice(sorted(CLIENTS)), help="Print what this program needs in its settings, and end."
)
@click.option("--over", type=click.Choice(["stdio", "http"]), default="stdio", show_default=True, help="How that program is to speak.")
@server_options
async def command(terminal: Terminal, program: str | None, over: str, url: str | None, api_key: str | None) -> None:
    """Let a program that speaks MCP work the board: it starts this command, and is served with the rights of the key."""
    from flowforge.api.client import DEFAULT_URL

    address = (url or DEFAULT_URL).rstrip("/")
    if program is not None:
        _print_settings(terminal, program, over, address)
        return
    async with connect(url, api_key) as client:  # says in a sentence what is wrong with the address or the key
        await client.request("GET", "/v1/me")
    from flowforge.cli.mcp_bridge import bridge

    with suppress(BrokenPipeError):
        await bridge(address, api_key)


def _print_settings(terminal: Terminal, name: str, over: str, url: str) -> None:
    program = CLIENTS[name]
    if over == "http" and not program.over_http:
        raise click.UsageError(f"{name} starts programs and speaks to no address of yours; leave out --over")
    settings = program.over_stdio(url) if over == "stdio" else program.at_address(url)
    terminal.data(json.dumps(settings, indent=2))
    terminal.say(f"for {program.file}; the key is read from {KEY}, and stands in no file")
