"""What all commands share: `--json`, `--quiet`, `-v`, two examples in the help, coroutines as callbacks, the exit code as return value.

A command's function takes a `Terminal` first, then its own parameters, and returns None or an exit code.
"""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Callable
from typing import Any

import click

from flowforge.cli.terminal import Terminal

_COMMON = ("json", "quiet", "verbose")


def _common_options() -> list[click.Parameter]:
    return [
        click.Option(["--json"], is_flag=True, help="Print the result as JSON."),
        click.Option(["-q", "--quiet"], is_flag=True, help="Print the result only, no talk."),
        click.Option(["-v", "--verbose"], is_flag=True, help="Print logs, and tracebacks of errors."),
    ]


def _enter(ctx: click.Context) -> None:
    """Move the common options out of the parameters into one Terminal; a parent's `--json` holds for its commands too."""
    outer = ctx.parent.obj if ctx.parent and isinstance(ctx.parent.obj, Terminal) else Terminal()
    flags = {name: bool(ctx.params.pop(name, False)) or getattr(outer, name) for name in _COMMON}
    ctx.obj = Terminal(**flags)
    if ctx.obj.verbose:
        os.environ["FLOWFORGE_VERBOSE"] = "1"


def _call(ctx: click.Context, callback: Callable[..., Any]) -> Any:
    result = callback(ctx.obj, **ctx.params)
    return asyncio.run(result) if inspect.isawaitable(result) else result  # type: ignore[arg-type]


class Command(click.Command):
    """A command of ours; `examples` are shown at the end of its help."""

    def __init__(self, *args: Any, examples: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = examples
        self.params += _common_options()

    def invoke(self, ctx: click.Context) -> Any:
        _enter(ctx)
        return _call(ctx, self.callback) if self.callback else None

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write_examples(self.examples, formatter)


class Noun(click.Group):
    """A thing with verbs: alone it lists (`flowforge runs`), with a verb it acts on one (`flowforge runs show 8241`)."""

    command_class = Command

    def __init__(self, *args: Any, examples: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, invoke_without_command=True, **kwargs)
        self.examples = examples
        self.params += _common_options()

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        import difflib

        if args[0] not in self.commands and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], self.commands, n=1, cutoff=0.5)
            verbs = ", ".join(self.commands)
            raise click.UsageError(f"{ctx.command_path} cannot {args[0]!r}; " + (f"did you mean {near[0]}?" if near else f"it can {verbs}"), ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        _enter(ctx)
        listing, self_callback = ctx._protected_args == [], self.callback
        if listing:
            return _call(ctx, self_callback) if self_callback else None
        ctx.params = {}
        self.callback = None
        try:
            return super().invoke(ctx)
        finally:
            self.callback = self_callback

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write_examples(self.examples, formatter)


def _write_examples(examples: tuple[str, ...], formatter: click.HelpFormatter) -> None:
    if examples:
        with formatter.section("Examples"):
            for example in examples:
                formatter.write(f"{'':{formatter.current_indent}}{example}\n")


def options(*decorators: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Several options as one decorator, in the order in which they are to be shown."""

    def add(function: Any) -> Any:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return add
