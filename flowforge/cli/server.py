"""The options of every command that talks to a server, and the client made of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

if TYPE_CHECKING:
    from flowforge.api.client import AsyncClient


def server_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--url` and `--api-key`; the function gets them as `url` and `api_key`, to be given to `connect`."""
    key = click.option("--api-key", envvar="FLOWFORGE_API_KEY", metavar="KEY", help="Key of the server (FLOWFORGE_API_KEY).")
    url = click.option("--url", envvar="FLOWFORGE_URL", metavar="URL", help="Server (FLOWFORGE_URL); default http://127.0.0.1:8288.")
    return url(key(command))


def segment(text: str) -> str:
    """What somebody typed, as one segment of a path."""
    return quote(text, safe="") or "%20"


def connect(url: str | None, api_key: str | None) -> AsyncClient:
    """The client of a command. Nothing is tried again: whoever typed it sees at once what is wrong. httpx is imported here, not before."""
    from flowforge.api.client import DEFAULT_URL, AsyncClient

    return AsyncClient(url or DEFAULT_URL, api_key, retries=0)
