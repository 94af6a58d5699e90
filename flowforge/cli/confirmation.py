"""Asking before an act that cannot be taken back."""

from __future__ import annotations

import sys

import click

from flowforge.errors import InvalidInput


def confirm(question: str, *, yes: bool) -> None:
    """Ask the person at the keyboard, unless `yes`. Raises InvalidInput where nobody can be asked, Abort for a no."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise InvalidInput(f"{question} nobody is here to answer", hint="say  --yes  to do it, or  --dry-run  to see it only")
    click.confirm(question, abort=True, err=True)
