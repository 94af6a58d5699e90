"""`flowforge export-subject`: a copy of what is held about one person, as JSON lines."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click

from flowforge.cli.command import Command
from flowforge.cli.failures import FAILED, OK
from flowforge.cli.server import connect, server_options
from flowforge.cli.subject import match_option, wanted
from flowforge.cli.terminal import Terminal
from flowforge.errors import ServerUnavailable


@click.command(
    "export-subject",
    cls=Command,
    examples=(
        "flowforge export-subject --match mira@example.org -o mira.jsonl",
        "flowforge export-subject --match data.customer_id=42 | wc -l",
    ),
)
@match_option
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file, readable by you alone.")
@server_options
async def command(terminal: Terminal, matches: tuple[str, ...], output: Path | None, url: str | None, api_key: str | None) -> int:
    """Write everything that is held about one person."""
    body, last = wanted(matches), ""
    async with connect(url, api_key) as client:
        with _written_to(output) as file:
            async for line in client.lines("/v1/subject_exports", json=body):
                file.write(line + "\n")
                last = line
    end = json.loads(last) if last else {}
    if "end" not in end:
        raise ServerUnavailable("the export was cut off before its end", hint="what was written is not all of it; try again")
    if not end["end"]:
        terminal.error(end["detail"])
        return FAILED
    terminal.say(f"{end['records']} records")
    return OK


@contextmanager
def _written_to(output: Path | None) -> Iterator[TextIO]:
    """Stdout, or a file that only its owner can read."""
    if output is None:
        yield sys.stdout
        return
    with open(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        yield file
