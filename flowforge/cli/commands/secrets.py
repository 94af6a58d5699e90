"""`flowforge secrets`: what functions, agents and tools may use and nobody reads; and the keys that seal it."""

from __future__ import annotations

import base64
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import click

from flowforge.cli.command import Command, Noun
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.cli.host import Store
    from flowforge.db.database import Database
    from flowforge.secrets.vault import Vault

T = TypeVar("T")


@click.group("secrets", cls=Noun, examples=("flowforge secrets", "flowforge secrets set stripe < key.txt"))
@server_options
async def command(terminal: Terminal, url: str | None, api_key: str | None) -> None:
    """List secrets: their names, scopes and versions. Nothing shows a value."""
    async with connect(url, api_key) as client:
        found = [secret async for secret in client.pages("/v1/secrets")]
    if terminal.json:
        terminal.json_data(found)
    elif found:
        terminal.table([_row(secret) for secret in found])
    else:
        terminal.say("there are no secrets; set one:  flowforge secrets set stripe")


@command.command(
    "set",
    examples=(
        "flowforge secrets set stripe",
        "pass show stripe | flowforge secrets set stripe --function order.refund",
        "flowforge secrets set provider.openai < key.txt",
    ),
)
@click.argument("name")
@click.option("--function", help="Only this function may use it.")
@click.option("--agent", help="Only this agent may use it.")
@click.option("--tool", help="Only this tool may use it.")
@click.option("--exact", is_flag=True, help="Keep a line break at the end of what is piped in.")
@server_options
async def set_(
    terminal: Terminal,
    name: str,
    function: str | None,
    agent: str | None,
    tool: str | None,
    exact: bool,
    url: str | None,
    api_key: str | None,
) -> None:
    """Set a secret, or its next version. The value is asked for without an echo, or read from a pipe; never from the command line."""
    given = {kind: subject for kind, subject in (("function", function), ("agent", agent), ("tool", tool)) if subject}
    if len(given) > 1:
        raise click.UsageError("a secret is for one of --function, --agent and --tool")
    scope = next(({"scope": kind, "subject": subject} for kind, subject in given.items()), {})
    body = {"name": name, **_written(_read_value(name, exact=exact)), **scope}
    async with connect(url, api_key) as client:
        made = await client.request("POST", "/v1/secrets", json=body)
    if terminal.json:
        terminal.json_data(made)
    else:
        terminal.say(f"secret {name} is at version {made['current']}; it holds at the next use")


@command.command("retire", examples=("flowforge secrets retire stripe 1", "flowforge secrets retire sec_8241a2f7 3"))
@click.argument("name")
@click.argument("version", type=click.IntRange(1))
@server_options
async def retire(terminal: Terminal, name: str, version: int, url: str | None, api_key: str | None) -> None:
    """Take a version's value away for good."""
    async with connect(url, api_key) as client:
        left = await client.request("POST", f"/v1/secrets/{segment(name)}/versions/{version}/retirement")
    if terminal.json:
        terminal.json_data(left)
    else:
        now = f"version {left['current']} is in use" if left["current"] else "no version is left"
        terminal.say(f"version {version} of {name} is retired; {now}")


@command.command("delete", examples=("flowforge secrets delete stripe", "flowforge secrets delete sec_8241a2f7"))
@click.argument("name")
@server_options
async def delete(terminal: Terminal, name: str, url: str | None, api_key: str | None) -> None:
    """Take a secret away with all its versions."""
    async with connect(url, api_key) as client:
        await client.request("DELETE", f"/v1/secrets/{segment(name)}")
    terminal.say(f"secret {name} is gone")


@command.command("make-key", cls=Command, examples=("flowforge secrets make-key", "FLOWFORGE_SECRETS_KEY=$(flowforge secrets make-key)"))
def make_key(terminal: Terminal) -> None:
    """Print a fresh key for FLOWFORGE_SECRETS_KEY. Keep it where the database's backups are not."""
    from flowforge.secrets.key_ring import new_key

    terminal.data(new_key())


@command.command(
    "rewrap", cls=Command, examples=("FLOWFORGE_SECRETS_KEY=<new>,<old> flowforge secrets rewrap", "flowforge secrets rewrap --json")
)
def rewrap(terminal: Terminal) -> None:
    """Wrap all data keys under the first key, in the database itself. After that the old key can be dropped."""

    async def work(database: Database, vault: Vault) -> int:
        from flowforge.secrets import key_rotation

        return await key_rotation.rewrap(database, vault, _operator())

    count = _in_the_database(work)
    if terminal.json:
        terminal.json_data({"rewrapped": count})
    else:
        terminal.say(f"{count} data {'key is' if count == 1 else 'keys are'} wrapped anew; nothing needs an old key any more")


@command.command(
    "rotate-data-key",
    cls=Command,
    examples=("flowforge secrets rotate-data-key --tenant acme", "flowforge secrets rotate-data-key --deployment"),
)
@click.option("--tenant", default="default", show_default=True, help="Whose, by name.")
@click.option("--deployment", is_flag=True, help="What belongs to no tenant: second factors, the keys of the audit log and of API keys.")
def rotate_data_key(terminal: Terminal, tenant: str, deployment: bool) -> None:
    """Seal all that is sealed for a tenant under a fresh data key, in the database itself."""

    async def work(database: Database, vault: Vault) -> tuple[int, int]:
        from flowforge.db.queries import load_queries
        from flowforge.errors import NotFound
        from flowforge.secrets import key_rotation

        if deployment:
            return await key_rotation.rotate_data_key(database, vault, _operator())
        found = await load_queries("flowforge.access").find_tenant.fetchrow(database.pool, name=tenant)
        if found is None:
            raise NotFound("tenant", tenant)
        return await key_rotation.rotate_data_key(database, vault, _operator(found["tenant_id"]))

    version, count = _in_the_database(work)
    if terminal.json:
        terminal.json_data({"data_key": version, "resealed": count})
    else:
        terminal.say(f"data key {version} seals from now on; {count} {'value was' if count == 1 else 'values were'} sealed anew")


def _read_value(name: str, *, exact: bool) -> bytes:
    if sys.stdin.isatty():
        asked: str = click.prompt(f"value of {name}", hide_input=True, confirmation_prompt=True, err=True)
        return asked.encode()
    value = sys.stdin.buffer.read(64 * 1024 + 3)
    return value if exact else value.removesuffix(b"\n").removesuffix(b"\r")


def _written(value: bytes) -> dict[str, str]:
    try:
        return {"value": value.decode()}
    except UnicodeDecodeError:
        return {"value": base64.b64encode(value).decode(), "encoding": "base64"}


def _row(secret: dict[str, Any]) -> list[str]:
    current = next((one for one in secret["versions"] if one["version"] == secret["current"]), None)
    used = "" if current is None else f"used {current['last_used_at'][:16]}Z" if current["last_used_at"] else "never used"
    live = [f"v{one['version']}" for one in secret["versions"] if one["retired_at"] is None]
    whose = "tenant" if secret["scope"] == "tenant" else f"{secret['scope']} {secret['subject']}"
    return [secret["name"], whose, ", ".join(live) or "all retired", used, f"by {secret['created_by']}"]


def _operator(tenant_id: UUID | None = None) -> Principal:
    from flowforge.access.principal import Principal
    from flowforge.secrets.vault import DEPLOYMENT

    return Principal(tenant_id or DEPLOYMENT, "system", "operator at the command line")


def _in_the_database(work: Callable[[Database, Vault], Awaitable[T]]) -> T:
    """For whoever has the database and the key: what no server may do."""
    from flowforge.cli.host import opened, run, settings_for, store
    from flowforge.db.migrate import require_current
    from flowforge.secrets.key_source import vault_of

    settings = settings_for()

    async def done(found: Store) -> T:
        vault = vault_of(settings)  # beside an embedded database, whose directory is there by now
        async with opened(found, pool_size=2) as database:
            await require_current(database)
            return await work(database, vault)

    with store(settings) as found:
        return run(done(found))
