"""`flowforge demo`: the seed's story, offline, on a fresh database of its own. See `flowforge.cli.demo`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from flowforge.cli.command import Command
from flowforge.cli.terminal import Terminal

if TYPE_CHECKING:
    from flowforge.cli.demo.ledger import Ledger
    from flowforge.cli.demo.story import SecondKill
    from flowforge.cli.host import Store
    from flowforge.settings import Settings


@click.command("demo", cls=Command, examples=("flowforge demo", "flowforge demo --yes --once --kill"))
@click.option("--host", help="Address to listen on; 127.0.0.1 unless given. Any other needs FLOWFORGE_API_KEY.")
@click.option("--port", type=int, help="Port to listen on; 8288 unless given, 0 takes a free one.")
@click.option("--yes", is_flag=True, help="Approve without asking.")
@click.option("--once", is_flag=True, help="Exit when the story ends, instead of going on serving.")
@click.option("--kill", is_flag=True, help="Kill -9 the worker, twice, and see that nothing runs twice.")
def command(terminal: Terminal, host: str | None, port: int | None, yes: bool, once: bool, kill: bool) -> int:
    """Watch Atlas, an agent, look an order up and refund it, once you have approved."""
    from flowforge.api.caller import check_bind
    from flowforge.api.server import bind
    from flowforge.cli.demo import team
    from flowforge.cli.demo.scene import stage
    from flowforge.cli.demo.story import SecondKill
    from flowforge.cli.host import run, settings_for
    from flowforge.cli.log_lines import log_to_stderr
    from flowforge.testing.scripted_provider import atlas

    log_to_stderr(verbose=terminal.verbose)
    settings = settings_for(host=host, port=port, open_here=True)
    check_bind(settings)
    bind(settings.host, settings.port).close()  # refused before anything is started
    second = SecondKill() if kill else None
    watched = not (once or kill)
    chosen = second.script if second else team.script if watched else atlas
    with stage(chosen, settings, watched=watched) as (found, ledger, environment):
        return run(_play(terminal, settings, found, ledger, environment, yes=yes, once=once, watched=watched, second=second))


async def _play(
    terminal: Terminal,
    settings: Settings,
    found: Store,
    ledger: Ledger,
    environment: dict[str, str],
    *,
    yes: bool,
    once: bool,
    watched: bool,
    second: SecondKill | None,
) -> int:
    import asyncio
    import sys
    from contextlib import AsyncExitStack

    from flowforge.api.client import AsyncClient
    from flowforge.cli.demo.hands import ChildWorker, in_process_worker
    from flowforge.cli.demo.scene import scene
    from flowforge.cli.demo.story import Story
    from flowforge.cli.failures import OK
    from flowforge.cli.host import stop_signals

    with stop_signals() as stop:
        async with AsyncExitStack() as stack:
            set_up = await stack.enter_async_context(scene(found, ledger, environment, settings))
            terminal.say(f"flowforge demo · {found.shown} · scripted model, offline")
            if watched:
                terminal.say(f"→ watch it in a browser   {terminal.paint(set_up.url, 'blue', 'bold', stream=sys.stderr)}")
            child = await stack.enter_async_context(ChildWorker(set_up)) if second else None
            if child is None:
                await stack.enter_async_context(in_process_worker(set_up, settings))
            client = await stack.enter_async_context(AsyncClient(set_up.url, settings.api_key, retries=0))
            story = asyncio.create_task(Story(terminal, set_up, client, yes=yes, watched=watched, worker=child, second=second).tell())
            asked_to_stop = asyncio.create_task(stop.wait())
            await asyncio.wait([story, asked_to_stop], return_when=asyncio.FIRST_COMPLETED)
            if not story.done():
                story.cancel()
                await asyncio.gather(story, return_exceptions=True)
                return OK
            code = story.result()
            if not once:
                terminal.data(f"→ listening on {set_up.url} · Ctrl-C ends it")
                await asked_to_stop
            asked_to_stop.cancel()
            return code
