"""`flowforge approvals`: what waits for a person; `approve` and `deny` decide it, once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from flowforge.cli import figures
from flowforge.cli.command import Noun
from flowforge.cli.commands.send import put
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal, shorten
from flowforge.clock import SYSTEM_CLOCK
from flowforge.durations import seconds
from flowforge.errors import InvalidInput

if TYPE_CHECKING:
    from flowforge.api.client import AsyncClient


FILTERS = ("state", "tool", "effect", "agent", "task", "run", "requester")
EXAMPLES = ("flowforge approvals", "flowforge approvals --mine", "flowforge approvals approve a2f71c03 --edit amount=300")


@click.group("approvals", cls=Noun, examples=EXAMPLES)
@click.option("--all", "everything", is_flag=True, help="Decided ones too.")
@click.option("--mine", is_flag=True, help="Only those that you may decide and have not.")
@click.option("--state", type=click.Choice(["pending", "approved", "denied", "expired"]), help="Only those in this state.")
@click.option("--tool", help="Only calls of this tool.")
@click.option("--effect", type=click.Choice(["read", "write", "money", "outside"]), help="Only calls with this effect.")
@click.option("--agent", help="Only what this agent asks.")
@click.option("--task", help="Only of work on this task.")
@click.option("--run", help="Only of this run.")
@click.option("--requester", help="Only of work that this person or key gave.")
@server_options
async def command(terminal: Terminal, everything: bool, mine: bool, url: str | None, api_key: str | None, **wish: str | None) -> None:
    """List what waits for a person's decision."""
    wanted = {name: wish[name] for name in FILTERS if wish[name] is not None} | ({"mine": "true"} if mine else {})
    if not everything:
        wanted.setdefault("state", "pending")
    async with connect(url, api_key) as client:
        found = [item async for item in client.pages("/v1/approvals", params=wanted or None)]
    if terminal.json:
        terminal.json_data(found)
    elif found:
        terminal.table(
            [_row(terminal, item) for item in found], ["id", "state", "tool", "arguments", "effect", "agent", "task", "spent", "asked"]
        )
    else:
        terminal.say("nothing waits for you")


@command.command("show", examples=("flowforge approvals show a2f71c03", "flowforge approvals show a2f71c03 --json"))
@click.argument("id")
@server_options
async def show(terminal: Terminal, id: str, url: str | None, api_key: str | None) -> None:
    """Show one approval with its exact arguments."""
    async with connect(url, api_key) as client:
        item = await find(client, id)
    terminal.json_data(item) if terminal.json else describe(terminal, item)


@command.command(
    "approve",
    examples=(
        "flowforge approvals approve a2f71c03",
        "flowforge approvals approve a2f71c03 --edit amount=300",
        "flowforge approvals approve a2f71c03 --grant tool --times 10 --until 2h",
        "flowforge approvals approve a2f71c03 77bc0d12",
    ),
)
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--edit", "edits", multiple=True, metavar="JSON|KEY=VALUE", help="Other arguments: the whole as JSON, or one field.")
@click.option("--reason", help="For the record.")
@click.option("--grant", type=click.Choice(["call", "tool"]), help="Do not ask again on this task: about this very call, or this tool.")
@click.option("--times", type=click.IntRange(1, 10_000), help="How often the grant may be used.")
@click.option("--until", metavar="DURATION", help="How long the grant holds, as in 2h.")
@server_options
async def approve(terminal: Terminal, ids: tuple[str, ...], url: str | None, api_key: str | None, **given: Any) -> int:
    """Approve a call, as it stands or with edited arguments; or several as they stand."""
    edits, wish = given["edits"], grant(given["grant"], given["times"], given["until"])
    if len(ids) > 1 and (edits or wish):
        raise InvalidInput("several are approved as they stand", hint="edit or grant one at a time")
    async with connect(url, api_key) as client:
        if len(ids) > 1:
            return await _several(terminal, client, ids, {"approved": True, "reason": given["reason"]}, "approved")
        item = await find(client, ids[0])
        stands = item.get("proposal") or item["arguments"]
        edited = edit(stands, edits) if edits else None
        if not terminal.json and (item.get("proposal") or edited is not None):
            difference(terminal, item["arguments"], stands if edited is None else edited)
        decision = {"approved": True, "edited_args": edited, "reason": given["reason"]} | ({"grant": wish} if wish else {})
        decided = await decide(client, item, decision)
    _result(terminal, item, decided, "approved")
    return 0


@command.command(
    "deny",
    examples=(
        "flowforge approvals deny a2f71c03",
        'flowforge approvals deny a2f71c03 --reason "the parcel arrived"',
        "flowforge approvals deny a2f71c03 77bc0d12",
    ),
)
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--reason", help="What the agent is told.")
@server_options
async def deny(terminal: Terminal, ids: tuple[str, ...], reason: str | None, url: str | None, api_key: str | None) -> int:
    """Deny a call, or several; the agent reads the reason."""
    async with connect(url, api_key) as client:
        if len(ids) > 1:
            return await _several(terminal, client, ids, {"approved": False, "reason": reason}, "denied")
        item = await find(client, ids[0])
        decided = await decide(client, item, {"approved": False, "edited_args": None, "reason": reason})
    _result(terminal, item, decided, "denied")
    return 0


async def find(client: AsyncClient, text: str) -> dict[str, Any]:
    """The approval with this id or unambiguous ending. Raises NotFound, and Conflict for an ending of several."""
    item: dict[str, Any] = await client.request("GET", f"/v1/approvals/{segment(text)}")
    return item


def edit(arguments: dict[str, Any], edits: tuple[str, ...]) -> dict[str, Any]:
    """The arguments with the edits made: a JSON object replaces them, `key=value` changes one field."""
    result: dict[str, Any] = json.loads(json.dumps(arguments))
    for text in edits:
        if text.lstrip().startswith("{"):
            try:
                result = json.loads(text)
            except ValueError as error:
                raise InvalidInput(f"--edit is not JSON: {error}") from None
            continue
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise InvalidInput(f"--edit {text!r} is neither JSON nor KEY=VALUE", hint="as in  --edit amount=300")
        put(result, key.split("."), value)
    return result


def grant(scope: str | None, times: int | None, until: str | None) -> dict[str, Any] | None:
    """What is granted beside the decision. Raises InvalidInput for an end without a grant."""
    if scope is None:
        if times is not None or until is not None:
            raise InvalidInput("--times and --until go with --grant", hint="as in  --grant tool --times 10")
        return None
    end = None if until is None else (SYSTEM_CLOCK.now() + timedelta(seconds=seconds(until))).isoformat()
    return {"scope": scope, "times": times, "until": end}


async def decide(client: AsyncClient, item: dict[str, Any], decision: dict[str, Any]) -> Any:
    """Decide an approval, once, and only as it was shown. Raises Conflict when somebody was faster, Gone when it has expired."""
    seen = {"hash": item["hash"]} if item.get("hash") else {}
    return await client.request("POST", f"/v1/approvals/{item['id']}/decision", json={**decision, **seen})


def describe(terminal: Terminal, item: dict[str, Any], line: Callable[[str], None] | None = None) -> None:
    """What a person must know to decide, as data unless `line` takes it elsewhere."""
    line = line or terminal.data
    who = " · ".join(str(part) for part in (item.get("agent"), item.get("task"), figures.ending(item["id"])) if part)
    line(f"{terminal.state(item['state'])}  {terminal.paint(item['tool'], 'bold')}  {who}")
    for key, value in (item.get("proposal") or item.get("arguments") or {}).items():
        line(f"  {key:<12} {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")
    line(f"  {'effect':<12} {item.get('effect')}{'' if item.get('reversible') else ', cannot be undone'}")
    for name in ("consequence", "reason", "rule", "run", "requester", "supersedes"):
        if item.get(name):
            line(f"  {name:<12} {item[name]}")
    if item.get("said"):
        line(f"  {'it says':<12} “{' '.join(item['said'].split())}”")
    if item.get("tainted"):
        line(f"  {'untrusted':<12} it has read {', '.join(item['taint']) or 'content from outside'}")
    if item.get("cost_so_far"):
        line(f"  {'spent':<12} {figures.money(item['cost_so_far'])} so far")
    _describe_votes(item, line)


def _describe_votes(item: dict[str, Any], line: Callable[[str], None]) -> None:
    if item.get("proposal"):
        line(f"  {'asked for':<12} {json.dumps(item['arguments'], ensure_ascii=False)}")
    circle = item.get("people") or item.get("roles") or []
    if item.get("needed", 1) > 1 or circle or item.get("not_requester"):
        besides = f", not {item['requester']}" if item.get("not_requester") and item.get("requester") else ""
        line(f"  {'decided by':<12} {item.get('needed', 1)} of {', '.join(circle) or 'those who decide approvals'}{besides}")
    for vote in item.get("votes") or []:
        word = "approves" if vote["approved"] else "denies"
        void = f", void since {vote['voided_by']} edited" if vote["voided_by"] else ""
        line(f"  {vote['name']:<12} {word}{void}")
    if item.get("expires_at"):
        line(f"  {'until':<12} {item['expires_at']}")
    if (alike := item.get("alike")) and sum(alike[name] for name in alike if name != "days"):
        line(f"  {'lately':<12} {_lately(alike)}")


def _lately(alike: dict[str, Any]) -> str:
    """`2 of this agent's approved, 0 denied; 5 alike approved, 1 denied (7 days)`."""
    mine = f"{alike['agent_approved']} of this agent's approved, {alike['agent_denied']} denied"
    return f"{mine}; {alike['shape_approved']} alike approved, {alike['shape_denied']} denied ({alike['days']} days)"


def difference(terminal: Terminal, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Which arguments change, as talk."""
    for key in {**before, **after}:
        if before.get(key) != after.get(key):
            old, new = (json.dumps(side[key], ensure_ascii=False) if key in side else "nothing" for side in (before, after))
            terminal.say(f"  {key}: {old} → {new}")


async def _several(terminal: Terminal, client: AsyncClient, ids: tuple[str, ...], decision: dict[str, Any], word: str) -> int:
    """Each for itself; the exit code is 1 when one was refused."""
    told = await client.request("POST", "/v1/approvals/bulk", json={"decisions": [{"id": id, **decision} for id in ids]})
    if terminal.json:
        terminal.json_data(told)
        return int(bool(told["refused"]))
    for one in told["data"]:
        if one["error"] is None:
            _result(terminal, one["approval"], one["approval"], word)
        else:
            terminal.error(f"{one['id']}: {one['error']['detail']}")
    return int(bool(told["refused"]))


def _result(terminal: Terminal, item: dict[str, Any], decided: Any, word: str) -> None:
    if terminal.json:
        terminal.json_data(decided)
    elif terminal.quiet:
        terminal.data(item["id"])
    elif decided.get("state") == "pending" and decided.get("votes"):
        given = sum(vote["approved"] and vote["voided_by"] is None for vote in decided["votes"])
        terminal.data(
            f"{terminal.state('pending')}  {item['tool']}  {figures.ending(item['id'])}  {given} of {decided['needed']} have approved"
        )
    else:
        terminal.data(f"{terminal.state(word)}  {item['tool']}  {figures.ending(item['id'])}")


def _row(terminal: Terminal, item: dict[str, Any]) -> list[str]:
    asked = datetime.fromisoformat(item["created_at"]) if item.get("created_at") else None
    return [
        figures.ending(item["id"]),
        terminal.state(item["state"]),
        item["tool"],
        shorten(json.dumps(item.get("arguments"), ensure_ascii=False), 48),
        item.get("effect") or "",
        item.get("agent") or "",
        item.get("task") or "",
        figures.spent(item.get("cost_so_far")),
        figures.age(asked),
    ]
