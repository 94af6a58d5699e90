"""`flowforge tenants`: make, rename, suspend, export and delete tenants, as the deployment's operator."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click

from flowforge.cli.command import Noun
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal
from flowforge.errors import InvalidInput

MARKS = {"active": ("●", "green"), "suspended": ("◆", "yellow"), "deleting": ("✗", "red"), "deleted": ("✗", "red")}
LOOK_AGAIN_SECONDS = 1.0


@click.group("tenants", cls=Noun, examples=("flowforge tenants", "flowforge tenants suspend acme --reason 'the invoice is open'"))
@server_options
async def command(terminal: Terminal, url: str | None, api_key: str | None) -> None:
    """List tenants."""
    async with connect(url, api_key) as client:
        found = [tenant async for tenant in client.pages("/v1/tenants")]
    if terminal.json:
        terminal.json_data(found)
    else:
        terminal.table([_row(terminal, tenant) for tenant in found])


@command.command("create", examples=("flowforge tenants create acme", "flowforge tenants create acme --json"))
@click.argument("name")
@server_options
async def create(terminal: Terminal, name: str, url: str | None, api_key: str | None) -> None:
    """Make a tenant."""
    async with connect(url, api_key) as client:
        _tell(terminal, await client.request("POST", "/v1/tenants", json={"name": name}))


@command.command("show", examples=("flowforge tenants show acme", "flowforge tenants show acme --json"))
@click.argument("tenant")
@server_options
async def show(terminal: Terminal, tenant: str, url: str | None, api_key: str | None) -> None:
    """Show a tenant."""
    async with connect(url, api_key) as client:
        _tell(terminal, await client.request("GET", f"/v1/tenants/{segment(tenant)}"))


@command.command("rename", examples=("flowforge tenants rename acme acme-corp", "flowforge tenants rename acme acme-corp --json"))
@click.argument("tenant")
@click.argument("name")
@server_options
async def rename(terminal: Terminal, tenant: str, name: str, url: str | None, api_key: str | None) -> None:
    """Give a tenant another name."""
    async with connect(url, api_key) as client:
        _tell(terminal, await client.request("PATCH", f"/v1/tenants/{segment(tenant)}", json={"name": name}))


@command.command(
    "suspend",
    examples=(
        "flowforge tenants suspend acme --reason 'the invoice is open'",
        "flowforge tenants suspend acme --reason 'the invoice is open' --json",
    ),
)
@click.argument("tenant")
@click.option("--reason", help="Why.")
@server_options
async def suspend(terminal: Terminal, tenant: str, reason: str | None, url: str | None, api_key: str | None) -> None:
    """Keep everybody of a tenant out and let nothing of it run; its data stays."""
    async with connect(url, api_key) as client:
        _tell(terminal, await client.request("PUT", f"/v1/tenants/{segment(tenant)}/suspension", json={"reason": reason}))


@command.command("unsuspend", examples=("flowforge tenants unsuspend acme", "flowforge tenants unsuspend acme --json"))
@click.argument("tenant")
@server_options
async def unsuspend(terminal: Terminal, tenant: str, url: str | None, api_key: str | None) -> None:
    """Let a suspended tenant go on."""
    async with connect(url, api_key) as client:
        _tell(terminal, await client.request("DELETE", f"/v1/tenants/{segment(tenant)}/suspension"))


@command.command(
    "export", examples=("flowforge tenants export acme --output acme.zip", "flowforge tenants export acme --output acme.zip --json")
)
@click.argument("tenant")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="File to write; must not be there yet.")
@server_options
async def export(terminal: Terminal, tenant: str, output: Path, url: str | None, api_key: str | None) -> None:
    """Write everything that is held of a tenant to a ZIP archive."""
    size = 0
    with _written_whole(output) as file:
        async with connect(url, api_key) as client:
            async for piece in client.download(f"/v1/tenants/{segment(tenant)}/export"):
                size += file.write(piece)
    if terminal.json:
        terminal.json_data({"file": str(output), "bytes": size})
    else:
        terminal.data(f"{output} · {size:,} bytes")


@command.command("delete", examples=("flowforge tenants delete acme --confirm acme", "flowforge tenants delete acme --confirm acme --json"))
@click.argument("tenant")
@click.option("--confirm", metavar="NAME", help="The tenant's name, once more; asked for where somebody can be asked.")
@server_options
async def delete(terminal: Terminal, tenant: str, confirm: str | None, url: str | None, api_key: str | None) -> None:
    """Delete a suspended tenant with everything that is its own. Stopped half-way, it goes on at the next call."""
    name = confirm if confirm is not None else click.prompt("the tenant's name, to delete it for good", err=True)
    async with connect(url, api_key) as client:
        found: dict[str, Any] = await client.request("GET", f"/v1/tenants/{segment(tenant)}")
        told = -1
        while found["state"] != "deleted":
            found = await client.request("DELETE", f"/v1/tenants/{segment(found['id'])}", params={"confirm": name})
            if found["state"] != "deleted" and found["deleted_rows"] == told:  # requests and leases of before are still ending
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
            told = found["deleted_rows"]
    _tell(terminal, found)


@contextmanager
def _written_whole(output: Path) -> Iterator[IO[bytes]]:
    """The file gets its name when it is whole. Raises InvalidInput for one that is there already, or whose directory is not."""
    part = output.with_name(f"{output.name}.part")
    if output.exists() or not output.parent.is_dir():
        what = f"{output} is there already" if output.exists() else f"there is no directory {output.parent}"
        raise InvalidInput(what, hint="name another file")
    try:
        with part.open("wb") as file:
            yield file
        part.rename(output)
    finally:
        part.unlink(missing_ok=True)


def _tell(terminal: Terminal, tenant: dict[str, Any]) -> None:
    if terminal.json:
        terminal.json_data(tenant)
    else:
        terminal.table([_row(terminal, tenant)])


def _row(terminal: Terminal, tenant: dict[str, Any]) -> list[str]:
    mark, color = MARKS[tenant["state"]]
    since = f"since {tenant['suspended_at']}" if tenant["suspended_at"] else ""
    return [terminal.paint(mark, color), tenant["name"], tenant["state"], since, tenant["reason"] or "", tenant["id"]]
