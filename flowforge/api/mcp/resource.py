"""Tasks, runs and agents by address: `flowforge://tasks/FF-1`, `flowforge://runs/run_…`, `flowforge://agents/atlas`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

import mcp_types as mcp
from mcp.shared.exceptions import MCPError

from flowforge.access.permission import OPERATIONS
from flowforge.api.mcp.asking import Asking, Refused
from flowforge.api.mcp.shown import RESOURCE_CHARACTERS_MAX, as_text, bounded

SCHEME = "flowforge://"
JSON = "application/json"
PAGE = 50

_ADDRESS = re.compile(r"flowforge://(?P<kind>[a-z]+)/(?P<name>[^/?#]+)")


@dataclass(frozen=True)
class Kind:
    """One kind of thing that has an address. `named` is the field by which it is called."""

    name: str
    one: str
    named: str
    lists: str
    shows: str

    def address(self, thing: dict[str, Any]) -> str:
        return f"{SCHEME}{self.name}/{quote(str(thing[self.named]), safe='')}"


KINDS = {
    kind.name: kind
    for kind in (
        Kind("agents", "agent", "name", "list_agents", "get_agent"),
        Kind("tasks", "task", "key", "list_tasks", "get_task"),
        Kind("runs", "run", "id", "list_runs", "get_run"),
    )
}
_TITLES = {"agents": "name", "tasks": "title", "runs": "function"}
_STANDS = {"agents": "status", "tasks": "column", "runs": "state"}


def templates() -> list[mcp.ResourceTemplate]:
    """One for each kind."""
    said = {"agents": "An agent, by name", "tasks": "A card of the board, by key", "runs": "A run with its steps, by id"}
    return [
        mcp.ResourceTemplate(
            name=kind.one, title=said[kind.name], uri_template=f"{SCHEME}{kind.name}/{{{kind.named}}}", mime_type=JSON
        )
        for kind in KINDS.values()
    ]  # fmt: skip


async def list_resources(asking: Asking, cursor: str | None) -> mcp.ListResourcesResult:
    """What the caller may see, kind by kind. The cursor says the kind and its place there. Raises MCPError for one that is none."""
    caller = asking.state["caller"]
    kinds = [kind for kind in KINDS.values() if OPERATIONS[kind.lists] in caller.permissions]
    names = [kind.name for kind in kinds]
    name, _, place = (cursor or "").partition(":")
    if cursor and name not in names:
        raise MCPError(mcp.INVALID_PARAMS, "the cursor is none of this list's")
    if not kinds:
        return mcp.ListResourcesResult(resources=[])
    number = names.index(name) if cursor else 0
    kind = kinds[number]
    query = [("limit", str(PAGE)), *([("cursor", place)] if place else []), *([("sort", "updated")] if kind.name == "tasks" else [])]
    page = await _got(asking, f"/v1/{kind.name}", query)
    further = f"{kind.name}:{page['next_cursor']}" if page["next_cursor"] else None
    if further is None and number + 1 < len(kinds):
        further = f"{kinds[number + 1].name}:"
    return mcp.ListResourcesResult(resources=[_resource(kind, one) for one in page["data"]], next_cursor=further)


async def read_resource(asking: Asking, uri: str) -> mcp.ReadResourceResult:
    """The thing as JSON, a run with its steps. Raises MCPError."""
    kind, path = place_of(uri)
    shown = await _got(asking, path)
    if kind.name == "runs":
        shown |= {"steps": (await _got(asking, f"{path}/steps"))["data"]}
    text = as_text(bounded(shown, RESOURCE_CHARACTERS_MAX)[0])
    return mcp.ReadResourceResult(contents=[mcp.TextResourceContents(uri=uri, mime_type=JSON, text=text)])


def place_of(uri: str) -> tuple[Kind, str]:
    """What kind of thing has this address, and its path in the API. Raises MCPError."""
    found = _ADDRESS.fullmatch(uri)
    kind = KINDS.get(found["kind"]) if found else None
    name = unquote(found["name"]) if found else ""
    if kind is None or "/" in name or "\0" in name or name in (".", ".."):
        raise MCPError(mcp.INVALID_PARAMS, f"{uri[:200]!r} is no address here; there are {SCHEME}tasks/KEY, runs/ID and agents/NAME")
    return kind, f"/v1/{kind.name}/{name}"


def error_of(refusal: Refused) -> MCPError:
    """A refusal of the API where the protocol has errors and no results."""
    problem = refusal.problem
    nearest = problem.get("nearest") or ()
    detail = str(problem.get("detail") or problem.get("title"))
    wish = f"; did you mean {' or '.join(nearest)}?" if nearest and "did you mean" not in detail else ""
    code = mcp.INVALID_PARAMS if int(problem.get("status", 500)) < 500 else mcp.INTERNAL_ERROR
    return MCPError(code, f"{detail}{wish}", {"status": problem.get("status"), "request_id": problem.get("request_id")})


async def _got(asking: Asking, path: str, query: Any = ()) -> Any:
    try:
        return await asking.get(path, query=query)
    except Refused as refusal:
        raise error_of(refusal) from None


def _resource(kind: Kind, thing: dict[str, Any]) -> mcp.Resource:
    said = f"{kind.one}, {thing[_STANDS[kind.name]]}"
    return mcp.Resource(
        name=str(thing[kind.named]), title=str(thing[_TITLES[kind.name]])[:200], uri=kind.address(thing), description=said, mime_type=JSON
    )
