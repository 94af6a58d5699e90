"""Searching the web, by whomever the tenant has chosen: SearXNG, Brave, Tavily. Another one is another question and its reading."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from flowforge.skills.caller import ToolCaller
from flowforge.skills.failure import ToolFailed
from flowforge.skills.http.request import Request, picked, send
from flowforge.skills.parameters import Parameters
from flowforge.skills.tool import Tool
from flowforge.skills.web.access import Brave, SearXNG, Tavily, web_access
from flowforge.transport.guard import Limits

SECONDS_MAX = 20.0
ANSWER_BYTES_MAX = 2 * 1024 * 1024
RESULTS_MAX = 20
WORDS_MAX = 1_000  # characters of what is told of one result

Provider = SearXNG | Brave | Tavily


async def _web_search(query: str, count: int = 8) -> dict[str, Any]:
    caller = ToolCaller.now()
    provider = (await web_access(caller.database.pool, caller.tenant_id)).settings.search
    if provider is None:
        raise ToolFailed("nobody searches the web here: an admin chooses who does (flowforge tools web --search …)")
    names = [provider.secret] if provider.secret else []
    secrets = await caller.secrets(names)
    request = question(provider, query, count, secrets.get(provider.secret or "", ""))
    answer = await send(request, Limits(total_seconds=SECONDS_MAX, answer_bytes=ANSWER_BYTES_MAX))
    return {"results": list(results_of(provider, picked(answer, None, caller)))[:count]}


def question(provider: Provider, query: str, count: int, key: str) -> Request:
    """The request that asks this provider."""
    accept = {"accept": "application/json"}
    match provider:
        case SearXNG(url=url):
            bearer = {"authorization": f"Bearer {key}"} if key else {}
            return Request("GET", f"{url.rstrip('/')}/search?{urlencode({'q': query, 'format': 'json'})}", {**accept, **bearer}, None)
        case Brave(url=url):
            return Request("GET", f"{url}?{urlencode({'q': query, 'count': count})}", {**accept, "x-subscription-token": key}, None)
        case Tavily(url=url):
            headers = {**accept, "authorization": f"Bearer {key}", "content-type": "application/json"}
            return Request("POST", url, headers, json.dumps({"query": query, "max_results": count}).encode())


def results_of(provider: Provider, answer: Any) -> Iterator[Mapping[str, str]]:
    """What it found, as title, url and text. Raises ToolFailed for an answer of another form."""
    match provider:
        case Brave():
            web = answer.get("web") if isinstance(answer, dict) else None
            found, words = (web or {}).get("results") if isinstance(web, dict | None) else None, "description"
            found = [] if isinstance(answer, dict) and web is None else found
        case _:
            found, words = answer.get("results") if isinstance(answer, dict) else None, "content"
    if not isinstance(found, list):
        raise ToolFailed("whoever searches the web here answered in another form than expected")
    for one in found[:RESULTS_MAX]:
        if isinstance(one, dict) and isinstance(one.get("url"), str):
            yield {"title": _words(one, "title", 300), "url": one["url"][:2000], "text": _words(one, words, WORDS_MAX)}


def _words(one: Mapping[str, Any], name: str, limit: int) -> str:
    value = one.get(name)
    return value[:limit] if isinstance(value, str) else ""


WEB_SEARCH = Tool(
    "web_search",
    _web_search,
    "Search the web. Gives titles, addresses and a few words of each result; read a page with http_get.",
    Parameters.of_schema(
        {
            "type": "object",
            "properties": {
                "query": {"type": "string", "minLength": 1, "maxLength": 400},
                "count": {"type": "integer", "minimum": 1, "maximum": RESULTS_MAX},
            },
            "required": ["query"],
            "additionalProperties": False,
        },
        "web_search",
    ),
    "read",
    origin="builtin",
    outside=True,
    public=True,
    timeout=SECONDS_MAX + 5,
)
