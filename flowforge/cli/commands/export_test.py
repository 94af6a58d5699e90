"""`flowforge export-test`: a production run becomes a test that needs no server, no key and no network."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flowforge.cli.command import Command
from flowforge.cli.failures import FAILED, OK
from flowforge.cli.server import connect, server_options
from flowforge.cli.terminal import Terminal
from flowforge.errors import ConfigurationError, InvalidInput

if TYPE_CHECKING:
    from flowforge.cli.project import Project
    from flowforge.orchestrator.history import RunHistory
    from flowforge.testing.drift import ReplayReport
    from flowforge.testing.export import ExportedTest


@click.command(
    "export-test",
    cls=Command,
    examples=("flowforge export-test 8241_a2f7", "flowforge export-test 8241_a2f7 --redact data.customer.email --name lost_parcel"),
)
@click.argument("id")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default="tests/runs", show_default=True, help="Where to write it.")
@click.option("--app", metavar="FILE|MODULE", help="The run's code; by default the module in its function's id.")
@click.option("--redact", metavar="PATH", multiple=True, help="What to leave out, everywhere: data.customer.email, or email at any depth.")
@click.option("--name", help="Of the test; by default the function's and the run's.")
@click.option("--force", is_flag=True, help="Write over a test of that name.")
@server_options
async def command(
    terminal: Terminal,
    id: str,
    out: Path,
    app: str | None,
    redact: tuple[str, ...],
    name: str | None,
    force: bool,
    url: str | None,
    api_key: str | None,
) -> int:
    """Write a run as a test: its events, its record, and a pytest file that replays it offline and asserts that it goes the same way.

    AI steps run again with the code of today: their prompts are built and compared, the recorded answers are parsed and checked.
    Everything else is answered from the record. Secrets are left out, and so is what your code declares as sensitive.
    The exit code is 1 when the code here does not go as the run went.
    """
    from flowforge.agents.work import register_builtin
    from flowforge.orchestrator.registry import REGISTRY
    from flowforge.testing.described import declared_paths, schemas_of
    from flowforge.testing.export import CodePlace, write_test
    from flowforge.testing.replay import read_history, replay_history

    async with connect(url, api_key) as client:
        run = await client.runs.get(id)
        history = read_history(await client.request("GET", f"/v1/runs/{run.id}/history"))
    project = find_code(history, app)
    project.load()
    register_builtin(REGISTRY)
    schemas = await schemas_of(history)
    place = CodePlace(project.root, project.modules)
    exported = write_test(history, out, place, name=name, redact=(*redact, *declared_paths(history)), schemas=schemas, force=force)
    report = await replay_history(exported.directory / "run.json", asking=True)
    if terminal.json:
        told = {"name": exported.name, "directory": str(exported.directory), "files": [str(file) for file in exported.files]}
        terminal.json_data(told | {"redacted": exported.redacted, "drifts": [str(drift) for drift in report.drifts]})
    else:
        tell(terminal, exported, report)
    return FAILED if report.drifts else OK


def tell(terminal: Terminal, exported: ExportedTest, report: ReplayReport) -> None:
    """What was written, and whether it passes here."""
    for file in exported.files:
        terminal.data(str(file))
    values = "1 value was" if exported.redacted == 1 else f"{exported.redacted} values were"
    terminal.say(f"{values} redacted; look at run.json before you commit it, then  pytest {exported.directory}")
    if report.drifts:
        terminal.error(terminal.paint("✗ ", "red", stream=sys.stderr) + "the code here does not go as the run went, so the test fails:")
        terminal.error(str(report))


def find_code(history: RunHistory, app: str | None) -> Project:
    """The project with the run's code: the given one, or the module in its function's id. Raises ConfigurationError, InvalidInput."""
    from flowforge.cli.project import find_project

    if app is not None:
        return find_project(app)
    if history.function.startswith("flowforge."):
        raise InvalidInput("this is an agent's run, and its id does not say where its tools are", hint="name their file with --app")
    try:
        return find_project(history.function.rpartition(".")[0] or history.function)
    except ConfigurationError as error:
        raise ConfigurationError(
            f"the code of {history.function} was not found: {error.message}", hint="name its file with --app"
        ) from None
