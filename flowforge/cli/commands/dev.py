"""`flowforge dev`: everything in one process and one loop, for the developer's own machine; reloads the code when it changes."""

from __future__ import annotations

import os

import click

from flowforge.cli.command import Command
from flowforge.cli.terminal import Terminal


@click.command("dev", cls=Command, examples=("flowforge dev", "flowforge dev workflows/order.py --port 9000"))
@click.argument("target", metavar="[FILE|DIR]", required=False)
@click.option("--host", help="Address to listen on; 127.0.0.1 unless given. Any other needs FLOWFORGE_API_KEY.")
@click.option("--port", type=int, help="Port to listen on; 8288 unless given, 0 takes a free one.")
@click.option("--no-reload", is_flag=True, help="Do not watch the files for changes.")
@click.option("--log-format", type=click.Choice(["text", "json"]), help="How log records look (FLOWFORGE_LOG_FORMAT); text unless given.")
def command(terminal: Terminal, target: str | None, host: str | None, port: int | None, no_reload: bool, log_format: str | None) -> int:
    """Run API, worker and database for the functions in FILE or DIR; print what happens."""
    from flowforge.api.caller import check_bind
    from flowforge.api.server import bind
    from flowforge.cli.development import Development
    from flowforge.cli.host import run, settings_for, store
    from flowforge.cli.log_lines import log_to_stderr
    from flowforge.cli.project import find_project
    from flowforge.cli.scripted_model import scripted_model_unless_chosen
    from flowforge.skills.mcp.definition import STDIO
    from flowforge.transport.policy import LOOPBACK, process_policy, replace_policy

    project = find_project(target, codeless=True)
    settings = settings_for(project.root, host=host, port=port, log_format=log_format, open_here=True)
    log_to_stderr(verbose=terminal.verbose, settings=settings)
    check_bind(settings)
    os.environ.setdefault(STDIO, "allow")  # programs of one's own, on one's own machine
    replace_policy(process_policy().allowing(*LOOPBACK))  # whoever may use it is on this machine anyway
    bind(settings.host, settings.port).close()  # what cannot work is refused before anything is started
    project.load()
    with scripted_model_unless_chosen() as model, store(settings) as found:
        return run(Development(terminal, project, settings, found, model=model, reload=not no_reload).run())
