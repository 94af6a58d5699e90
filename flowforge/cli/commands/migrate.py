"""`flowforge migrate`: bring the schema up to date. `dev` and `demo` do it by themselves; production does it on purpose."""

from __future__ import annotations

import click

from flowforge.cli.command import Command
from flowforge.cli.terminal import Terminal


@click.command(
    "migrate",
    cls=Command,
    examples=(
        "flowforge migrate",
        "DATABASE_URL=postgresql://… flowforge migrate --check",
        "DATABASE_URL=postgresql://admin@… flowforge migrate --app-login flowforge_app",
    ),
)
@click.option("--check", is_flag=True, help="Change nothing; exit 1 when migrations are missing.")
@click.option(
    "--app-login", metavar="NAME", help="Login that workers and servers connect as: gets their rights; made without a password if new."
)
async def command(terminal: Terminal, check: bool, app_login: str | None) -> int:
    """Apply the migrations that are missing. Safe to repeat, and safe while older workers run."""
    if check and app_login is not None:
        raise click.UsageError("--check changes nothing, so it takes no --app-login")
    from flowforge.cli.host import settings_for, store
    from flowforge.db.migrate import Migrated, current_version, missing_migrations

    with store(settings_for()) as found:
        url = found.migration_url
        missing = [str(migration) for migration in await missing_migrations(url)] if check else []
        done = Migrated(version := await current_version(url), version, ()) if check else await found.migrate(app_login)
    if terminal.json:
        terminal.json_data({"before": done.before, "after": done.after, "applied": done.applied, "missing": missing})
    else:
        for name in done.applied:
            terminal.data(f"applied {name}")
        for name in missing:
            terminal.data(f"missing {name}")
        if app_login is not None:
            terminal.data(f"admitted {app_login}")
        terminal.say(f"{found.shown}: schema {done.after:04}" + ("" if done.applied or missing else ", nothing to do"))
    return 1 if missing else 0
