"""What all commands share: `--json`, `--quiet`, `-v`, two examples in the help, coroutines as callbacks, the exit code as return value.

A command's function takes a `Terminal` first, then its own parameters, and returns None or an exit code.
"""

from __future__ import annotations

import asyncio
import difflib
import inspect
import os
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from flowforge.cli.terminal import Terminal

_COMMON = ("json", "quiet", "verbose")


class Command(click.Command):
    """A command of ours; `examples` are shown at the end of its help. A common option that it declares itself is its own."""

    def __init__(self, name: str | None, callback: Callable[..., Any] | None = None, examples: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(name, callback=_with_terminal(callback), **kwargs)
        self.examples = examples
        own = {name for parameter in self.params for name in parameter.opts}
        self.params += [option for option in _common_options() if own.isdisjoint(option.opts)]

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write_examples(self.examples, formatter)


class Noun(click.Group):
    """A thing with verbs: alone it lists (`flowforge runs`), with a verb it acts on one (`flowforge runs show 8241`)."""

    command_class = Command

    def __init__(
        self, name: str | None = None, callback: Callable[..., Any] | None = None, examples: tuple[str, ...] = (), **kwargs: Any
    ) -> None:
        kwargs["invoke_without_command"] = True
        super().__init__(name, callback=_with_terminal(callback), **kwargs)
        self.examples = examples
        self.params += _common_options()

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        verb = args[0]
        if verb not in self.commands and not verb.startswith("-"):
            near = difflib.get_close_matches(verb, self.commands, n=1, cutoff=0.5)
            wish = f"did you mean {near[0]}?" if near else f"it knows {', '.join(self.commands)}"
            raise click.UsageError(f"{ctx.command_path} has no {verb!r}; {wish}", ctx)
        return super().resolve_command(ctx, args)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write_examples(self.examples, formatter)


def _common_options() -> list[click.Parameter]:
    return [
        click.Option(["--json"], is_flag=True, help="Print the result as JSON."),
        click.Option(["-q", "--quiet"], is_flag=True, help="Print the result only, no talk."),
        click.Option(["-v", "--verbose"], is_flag=True, help="Print logs, and tracebacks of errors."),
    ]


def _with_terminal(callback: Callable[..., Any] | None) -> Callable[..., Any] | None:
    """The callback as click calls it: common options folded into one Terminal (a noun's hold for its verbs too), coroutines run."""
    if callback is None:
        return None

    @wraps(callback)
    def call(**parameters: Any) -> Any:
        ctx = click.get_current_context()
        outer = ctx.parent.obj if ctx.parent and isinstance(ctx.parent.obj, Terminal) else Terminal()
        ctx.obj = terminal = Terminal(**{name: bool(parameters.pop(name, False)) or getattr(outer, name) for name in _COMMON})
        if terminal.verbose:
            os.environ["FLOWFORGE_VERBOSE"] = "1"
        if ctx.invoked_subcommand is not None:
            return None
        result = callback(terminal, **parameters)
        return asyncio.run(result) if inspect.iscoroutine(result) else result

    return call


def _write_examples(examples: tuple[str, ...], formatter: click.HelpFormatter) -> None:
    if examples:
        with formatter.section("Examples"):
            for example in examples:
                formatter.write(f"{'':{formatter.current_indent}}{example}\n")
