"""`flowforge doctor`: does here, once, every thing that `dev` will do, as the same user, and says what does not work."""

from __future__ import annotations

import click

from flowforge.cli.command import Command
from flowforge.cli.terminal import Terminal


@click.command("doctor", cls=Command, examples=("flowforge doctor", "DATABASE_URL=postgresql://… flowforge doctor --fix"))
@click.option("--host", help="Address that dev or serve will listen on.")
@click.option("--port", type=int, help="Port that dev or serve will listen on.")
@click.option("--fix", is_flag=True, help="Repair the engine's books where they are wrong; workers may go on.")
def command(terminal: Terminal, host: str | None, port: int | None, fix: bool) -> int:
    """Check the database, its schema, the port, and the engine's own books; run one canary workflow."""
    from flowforge.cli.examination import Examination
    from flowforge.cli.host import settings_for

    return Examination(terminal, settings_for(host=host, port=port), fix=fix).run()
