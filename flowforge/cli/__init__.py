"""The command line: `main` is a click group whose commands are imported only when they are called for.

What lies where: `commands/` has one file a command, each with a module-level `command`; `command.py` gives them their common options
and exit codes; `failures.py` turns every error into one sentence and a code, in one place; `terminal.py` decides between data and
talk, colour and plain text; `waterfall.py` and `narrator.py` draw finished and live runs; `project.py` imports the user's code;
`host.py` runs what `dev`, `serve`, `worker` and `demo` share. `flowforge --help` must stay cheap: nothing here imports the rooms.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import Any, NoReturn

import click

COMMANDS = {
    "init": "Write a new project that runs, with a test that passes.",
    "dev": "Run API, worker and database in one process; reload on change.",
    "demo": "Watch an agent refund an order, with your approval.",
    "serve": "Run the API alone.",
    "worker": "Run a worker for the functions of a file or module.",
    "send": "Send an event and follow the runs it starts.",
    "runs": "List runs; show or export one; cancel, pause, delete, replay many.",
    "tail": "Follow what happens in the whole tenant.",
    "replay": "Run a finished run again, from any of its steps.",
    "queue": "Show what waits and why; pause and resume functions; change limits.",
    "events": "List events; show what one started, and why a function did not run.",
    "functions": "List functions and what triggers them.",
    "export-test": "Write a run as a test that replays it offline.",
    "compare": "Ask another model what a run asked, and show both side by side.",
    "check-replay": "Replay exported runs against the code of today, with no effects.",
    "eval": "Ask several models the same cases, check their answers, compare them.",
    "agents": "List agents and what they are doing.",
    "skills": "List what agents are taught; add, compare, export, share and test it.",
    "tools": "List what agents can do; describe calls over HTTP, import OpenAPI documents.",
    "mcp": "Let a program that speaks MCP (an editor, an assistant) work the board.",
    "mcp-servers": "List MCP servers; add them, accept what they offer.",
    "teams": "List teams of agents; make them; show what was given away for a task.",
    "board": "Show the task board; add, assign and move tasks.",
    "inbox": "What is put before you; read it, put it off, have it mailed.",
    "approvals": "List what waits for a person; approve or deny it.",
    "policies": "List, check and apply the rules for tool calls.",
    "grants": "List and revoke what need not be asked about again.",
    "delegations": "Who decides approvals for whom while they are away.",
    "questions": "List what agents ask people; answer it.",
    "costs": "Show what model calls cost, by model, agent, day …",
    "budgets": "Show, set and raise what model calls may spend.",
    "tenants": "List, make, suspend, export and delete tenants.",
    "keys": "List, make, rotate and revoke API keys; say who one is.",
    "secrets": "List, set and retire secrets; change the keys that seal them.",
    "people": "List who can sign in; invite somebody, change roles.",
    "rates": "Show or set how fast a tenant may ask.",
    "retention": "Show or set how long finished runs are kept.",
    "erase": "Erase what is held about one person; or check that nothing is.",
    "export-subject": "Write a copy of what is held about one person.",
    "alerts": "List what is wrong; add the rules and channels of alerts.",
    "audit": "Search, export and verify the log of who did what.",
    "webhooks": "List the endpoints that hear what happens; add them, and see what was sent.",
    "migrate": "Bring the database's schema up to date.",
    "doctor": "Check that everything `dev` needs works here.",
    "version": "Print the version.",
}

EPILOG = """Examples:

\b
  flowforge init my-first-flow && cd my-first-flow && flowforge dev
  flowforge send order/created -d total=420

Exit codes: 0 ok, 1 a run failed, 2 usage, 3 cannot connect, 4 not found."""


class LazyGroup(click.Group):
    """Knows its commands by name and one line; imports a command's module when that command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"flowforge.cli.commands.{cmd_name.replace('-', '_')}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            nearest = difflib.get_close_matches(name, COMMANDS, n=1, cutoff=0.5)
            raise click.UsageError(f"there is no command {name!r}" + (f"; did you mean {nearest[0]}?" if nearest else ""), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, *_: Any, **__: Any) -> NoReturn:
        """Run the command line and exit. Every error of every command ends in `failures.report`."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="replace")  # a terminal that knows no arrows gets question marks, not a crash
        try:
            code = super().main(args, prog_name or "flowforge", standalone_mode=False)
        except BaseException as error:  # noqa: BLE001 - the one place: from here on there is only a sentence and an exit code
            from flowforge.cli.failures import report

            code = report(error)
        sys.exit(code if isinstance(code, int) else 0)


def _show_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from flowforge import __version__

        click.echo(f"flowforge {__version__}")
        ctx.exit()


main = LazyGroup(
    "flowforge",
    help="Durable workflows and agent teams on PostgreSQL.",
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    params=[
        click.Option(["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Print the version.")
    ],
)
