"""`flowforge eval`: a suite of cases, asked of several models, several times, checked and compared."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flowforge.cli.command import Command
from flowforge.cli.failures import FAILED, INTERRUPTED, OK
from flowforge.cli.terminal import Terminal

if TYPE_CHECKING:
    from flowforge.testing.evaluation.report import Report
    from flowforge.testing.evaluation.suite_file import ReadSuite

STDOUT = "-"


def _dollars(ctx: click.Context, parameter: click.Parameter, value: str | None) -> Decimal | None:
    """An amount above zero, as `0.50`."""
    if value is None:
        return None
    try:
        amount = Decimal(value.removeprefix("$"))
    except InvalidOperation:
        amount = Decimal(0)
    if not amount.is_finite() or amount <= 0:
        raise click.BadParameter(f"{value!r} is no amount above zero, such as 0.50", ctx, parameter)
    return amount


@click.command(
    "eval",
    cls=Command,
    examples=(
        "flowforge eval fraud.yaml --model gpt-4o --model claude-sonnet-4.5 --repeats 3 --html fraud.html",
        "flowforge eval fraud.yaml --fail-under 0.9 --max-cost 2.50 --json fraud.json",
    ),
)
@click.argument("suite", metavar="SUITE", type=click.Path(path_type=Path))
@click.option("--model", "models", multiple=True, metavar="MODEL", help="Ask this model instead of the suite's; repeat it for several.")
@click.option("--repeats", type=click.IntRange(1, 100), help="How often each case is asked, instead of what the suite says.")
@click.option("--concurrency", type=click.IntRange(1, 1000), default=8, show_default=True, help="How many answers are awaited at once.")
@click.option("--case", "only", metavar="GLOB", help="Only cases whose name fits, as in 'cheap*'.")
@click.option("--html", "html_file", type=click.Path(path_type=Path, dir_okay=False), help="Write the report as one HTML file.")
@click.option(
    "--json",
    "json_file",
    metavar="[FILE]",
    is_flag=False,
    flag_value=STDOUT,
    help="Write the report as JSON; without FILE, or -, to stdout.",
)
@click.option("--fail-under", type=click.FloatRange(0, 1), metavar="SHARE", help="Exit with 1 when a model passes less than this, 0.9 say.")
@click.option("--max-cost", metavar="USD", callback=_dollars, help="End before a call that may make the whole cost more than this.")
def command(
    terminal: Terminal,
    suite: Path,
    models: tuple[str, ...],
    repeats: int | None,
    concurrency: int,
    only: str | None,
    html_file: Path | None,
    json_file: str | None,
    fail_under: float | None,
    max_cost: Decimal | None,
) -> int:
    """Ask the cases in SUITE (a YAML file) of each model, check the answers, and say which model is better and how sure that is.

    It works in a database of its own. Without --fail-under it exits with 0 unless a case ended in an error or not all was asked.
    """
    from flowforge.cli.evaluation import Progress, summarize
    from flowforge.cli.host import run, settings_for, stop_signals
    from flowforge.cli.log_lines import log_to_stderr
    from flowforge.testing.evaluation.evaluation import evaluate
    from flowforge.testing.evaluation.suite_file import read_suite

    terminal = replace(terminal, json=json_file == STDOUT)
    log_to_stderr(verbose=terminal.verbose, settings=settings_for())
    if not terminal.verbose:
        logging.getLogger("flowforge").setLevel(logging.CRITICAL)  # a failed run is a failed case here, told where it belongs
    _check_writable(html_file, json_file)
    read = read_suite(suite)
    _load(read)

    async def evaluated() -> Report:
        progress = Progress(terminal)
        with stop_signals() as stop, progress:
            return await evaluate(
                read.suite,
                models=models,
                repeats=repeats,
                concurrency=concurrency,
                only=only,
                max_cost=max_cost,
                on_plan=progress.plan,
                on_attempt=progress.tell,
                stop=stop,
            )

    report = run(evaluated())
    _write(terminal, report, html_file, json_file)
    if not terminal.json:
        summarize(terminal, report)
    if report.stopped == "interrupted":
        return INTERRUPTED
    if report.stopped is not None or (fail_under is None and report.errors):
        return FAILED
    return OK if fail_under is None or report.reaches(fail_under) else FAILED


def _load(read: ReadSuite) -> None:
    """Import what holds the suite's function: its `app`, else the file beside it that the function's id begins with, else what is there."""
    from flowforge.cli.project import find_project

    if read.suite.function is None:
        return
    directory = read.path.resolve().parent
    beside = f"{read.suite.function.partition('.')[0]}.py"
    find_project(read.app or (beside if (directory / beside).is_file() else None), directory).load()


def _check_writable(html_file: Path | None, json_file: str | None) -> None:
    """Money is spent before a report is written: a directory that is not there is found out first."""
    for option, name in (("--html", html_file), ("--json", json_file)):
        if name is not None and name != STDOUT and not Path(name).resolve().parent.is_dir():
            raise click.BadParameter(f"there is no directory {Path(name).parent}", param_hint=option)


def _write(terminal: Terminal, report: Report, html_file: Path | None, json_file: str | None) -> None:
    from flowforge.testing.evaluation.json_report import as_json
    from flowforge.testing.evaluation.page import as_html

    if html_file is not None:
        html_file.write_text(as_html(report), encoding="utf-8")
        terminal.say(f"→ {html_file}")
    if json_file == STDOUT:
        terminal.json_data(as_json(report))
    elif json_file is not None:
        text = json.dumps(as_json(report), ensure_ascii=False, indent=2, default=str)
        Path(json_file).write_text(text + "\n", encoding="utf-8")
        terminal.say(f"→ {json_file}")
