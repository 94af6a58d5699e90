"""Which servers a text names, and which one a call would reach: for calls whose address a model has chosen.

>>> sorted(hosts_in("See https://docs.acme.example/a?b and HTTP://Wiki.acme.example:8080."))
['docs.acme.example', 'wiki.acme.example']
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flowforge.skills.tool import Tool

_ADDRESS = re.compile(r"https?://[^\s<>\"'`)\]}|\\^]+", re.IGNORECASE)


def hosts_in(*texts: str) -> frozenset[str]:
    """The hosts of all addresses (http and https) that stand in these texts."""
    found = (_host(address) for text in texts for address in _ADDRESS.findall(text))
    return frozenset(host for host in found if host)


def place_of(tool: Tool, arguments: Mapping[str, Any]) -> str | None:
    """The host that a call would reach; "" for one that cannot be told, None for a tool that has its own address, or none."""
    if tool.address is None:
        return None
    address = arguments.get(tool.address)
    return _host(address) if isinstance(address, str) else ""


def _host(address: str) -> str:
    import httpx  # a worker whose tools call nobody loads none of it

    from flowforge.transport.policy import plain_host

    try:
        return plain_host(httpx.URL(address.strip().rstrip(".,;:!?")))
    except (httpx.InvalidURL, UnicodeError, ValueError):
        return ""
