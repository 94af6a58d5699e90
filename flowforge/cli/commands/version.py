"""`flowforge version`: which FlowForge this is, and on what it runs."""

from __future__ import annotations

import platform

import click

from flowforge import __version__
from flowforge.cli.command import Command
from flowforge.cli.terminal import Terminal


@click.command("version", cls=Command, examples=("flowforge version", "flowforge version --json"))
def command(terminal: Terminal) -> None:
    """Print the version of FlowForge and of Python."""
    found = {"flowforge": __version__, "python": platform.python_version()}
    if terminal.json:
        terminal.json_data(found)
    elif terminal.quiet:
        terminal.data(found["flowforge"])
    else:
        terminal.data(f"flowforge {found['flowforge']} · python {found['python']}")
