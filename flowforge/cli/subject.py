"""The option by which people say whose data they mean."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from flowforge.errors import InvalidInput


def match_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--match`, which may be given several times; the function gets the texts as `matches`, to be given to `wanted`."""
    return click.option(
        "--match",
        "matches",
        metavar="VALUE|PATH=VALUE",
        multiple=True,
        required=True,
        help="Whose data: a value that stands anywhere, or data.field=value; - reads one a line from stdin, where no history keeps it.",
    )(command)


def wanted(matches: tuple[str, ...]) -> dict[str, Any]:
    """The body that asks for them. Raises InvalidInput for what is no match."""
    from flowforge.privacy.match import read_matches

    given = [line for text in matches for line in (sys.stdin.read().splitlines() if text == "-" else [text]) if line.strip()]
    if not given:
        raise InvalidInput("nobody was named", hint="as in  --match mira@example.org")
    return {"match": [{"value": match.value, **({"path": match.path} if match.path else {})} for match in read_matches(given)]}
