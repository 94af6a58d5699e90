"""`flowforge serve`: the API alone. It imports no user code; workers beside it tell the database what they can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from flowforge.cli.command import Command
from flowforge.cli.failures import OK
from flowforge.cli.terminal import Terminal

if TYPE_CHECKING:
    from flowforge.cli.host import Store
    from flowforge.settings import Settings


@click.command("serve", cls=Command, examples=("flowforge serve", "FLOWFORGE_API_KEY=… flowforge serve --host 0.0.0.0 --port 8288"))
@click.option("--host", help="Address to listen on; 127.0.0.1 unless given.")
@click.option("--port", type=int, help="Port to listen on; 8288 unless given, 0 takes a free one.")
@click.option("--log-format", type=click.Choice(["text", "json"]), help="How log records look (FLOWFORGE_LOG_FORMAT); text unless given.")
def command(terminal: Terminal, host: str | None, port: int | None, log_format: str | None) -> int:
    """Run the API over DATABASE_URL, or over the embedded PostgreSQL, until SIGTERM."""
    from flowforge.api.caller import check_bind
    from flowforge.api.server import bind
    from flowforge.cli.host import run, settings_for, store
    from flowforge.cli.log_lines import log_to_stderr

    settings = settings_for(host=host, port=port, log_format=log_format, open_here=False)
    log_to_stderr(verbose=terminal.verbose, settings=settings)
    check_bind(settings)
    bind(settings.host, settings.port).close()  # refused before a database is started for it
    with store(settings) as found:
        return run(_serve(terminal, settings, found))


async def _serve(terminal: Terminal, settings: Settings, found: Store) -> int:
    from flowforge.access.first_admin import open_first_link
    from flowforge.alerts.watch import watching
    from flowforge.api.app import create_app
    from flowforge.api.server import Server
    from flowforge.board.approval_watch import reminding
    from flowforge.cli.audit_log import keeping
    from flowforge.cli.engine import publish_builtin_work, ringing
    from flowforge.cli.host import opened, stop_signals
    from flowforge.clock import SYSTEM_CLOCK
    from flowforge.db.migrate import require_current
    from flowforge.metrics import watching_the_loop
    from flowforge.secrets.key_source import vault_of
    from flowforge.transport.policy import process_policy
    from flowforge.webhooks.sender import sending

    vault = vault_of(settings)
    process_policy()  # what is wrong with it is told now, not at the first call
    with stop_signals() as stop:
        if settings.database_url is None:
            await found.migrate()
        async with opened(found) as database, ringing(database) as bell:
            await require_current(database)
            await publish_builtin_work(database)
            app = create_app(database, settings=settings, bell=bell, vault=vault)
            first_link = await open_first_link(database) if settings.api_key is None else None
            async with (
                keeping(app, database, settings, vault),
                watching_the_loop(SYSTEM_CLOCK),
                watching(database, public_url=settings.public_url),
                reminding(database),
                sending(database, vault),
                Server(app, settings.host, settings.port, proxies=settings.forwarded_allow_ips) as server,
            ):
                if first_link is not None:
                    _offer_first_account(terminal, settings.public_url or server.url, first_link)
                announce(terminal, server.url, server.port, found.shown)
                await stop.wait()
    terminal.say("stopped")
    return OK


def _offer_first_account(terminal: Terminal, url: str, token: str) -> None:
    """The one place where the link is ever shown: on the standard error of whoever has started the server."""
    terminal.error("nobody has an account here yet. Whoever opens this link within an hour makes the first one, its admin:")
    terminal.error(f"  {url}/welcome?token={token}")


def announce(terminal: Terminal, url: str, port: int, database: str) -> None:
    """The line that says that requests are answered from now on."""
    if terminal.json:
        terminal.json_data({"event": "ready", "url": url, "port": port, "database": database})
        return
    terminal.say(f"{database}  {url}")
    terminal.data(f"→ listening on :{port} · ready")
