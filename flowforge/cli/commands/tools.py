"""`flowforge tools`: what agents can do, and calls over HTTP that are described rather than written."""

from __future__ import annotations

import json
from typing import Any

import click

from flowforge.cli.command import Noun
from flowforge.cli.described_file import read_described
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal, shorten

MARKS = {"ready": ("●", "green"), "new": ("◐", "yellow"), "changed": ("◐", "yellow"), "gone": ("✗", "red"), "shadowed": ("✗", "red")}


@click.group("tools", cls=Noun, examples=("flowforge tools", "flowforge tools --origin mcp", "flowforge tools show get_order"))
@click.option("--origin", type=click.Choice(["code", "builtin", "http", "mcp"]), help="Only tools from there.")
@server_options
async def command(terminal: Terminal, origin: str | None, url: str | None, api_key: str | None) -> None:
    """List the tools that agents can be given."""
    async with connect(url, api_key) as client:
        params = {"origin": origin} if origin else None
        found = [tool async for tool in client.pages("/v1/tools", params=params)]
    if terminal.json:
        terminal.json_data(found)
    else:
        terminal.table([_row(terminal, tool) for tool in found])


@command.command("show", examples=("flowforge tools show get_order", "flowforge tools show tracker__list_issues --json"))
@click.argument("name")
@server_options
async def show(terminal: Terminal, name: str, url: str | None, api_key: str | None) -> None:
    """Show a tool: what it takes, who has it, how its calls went."""
    async with connect(url, api_key) as client:
        tool = await client.request("GET", f"/v1/tools/{segment(name)}")
    if terminal.json:
        terminal.json_data(tool)
        return
    terminal.table([_row(terminal, tool)])
    terminal.data(tool["description"])
    terminal.data(json.dumps(tool["parameters"], indent=2, ensure_ascii=False))
    if tool["used_by"]:
        terminal.data(f"used by: {', '.join(tool['used_by'])}")
    if tool["error"]:
        terminal.data(f"last error: {tool['error']}  ({tool['failed_at']})")


@command.command("add", examples=("flowforge tools add get_order.json", "flowforge tools add orders.yaml --replace"))
@click.argument("file")
@click.option("--replace", is_flag=True, help="Change the one of that name, if there is one.")
@server_options
async def add(terminal: Terminal, file: str, replace: bool, url: str | None, api_key: str | None) -> None:
    """Describe a call over HTTP, as FILE says (JSON or YAML)."""
    body = read_described(file)
    name = str(body.get("name", ""))
    async with connect(url, api_key) as client:
        present = [one async for one in client.pages("/v1/tools", params={"origin": "http"}) if one["name"] == name] if replace else []
        if present:
            before = (await client.request("GET", f"/v1/tools/{segment(name)}"))["definition"] or {}
            gone = {field: None for field in before if field not in body}
            made = await client.request("PATCH", f"/v1/tools/{segment(name)}", json={**gone, **body})
        else:
            made = await client.request("POST", "/v1/tools", json=body)
    if terminal.json:
        terminal.json_data(made)
    else:
        terminal.say(f"tool {made['name']} is at revision {made['revision']}; try it:  flowforge tools test {made['name']} -d …")


@command.command("test", examples=("flowforge tools test get_order -d order=ORD-9218", "flowforge tools test python -d code='print(1)'"))
@click.argument("name")
@click.option("-d", "--data", "pairs", multiple=True, metavar="NAME=VALUE", help="An argument; JSON where it is some, else a text.")
@click.option("--arguments", metavar="JSON", help="All arguments, as an object.")
@server_options
async def test(
    terminal: Terminal, name: str, pairs: tuple[str, ...], arguments: str | None, url: str | None, api_key: str | None
) -> int | None:
    """Call a tool once, as yourself: nobody is asked."""
    given = _arguments(pairs, arguments)
    async with connect(url, api_key) as client:
        run = (await client.request("POST", f"/v1/tools/{segment(name)}/tests", json={"arguments": given}))["id"]
        async for _ in client.runs.follow(run):
            continue
        ended = await client.request("GET", f"/v1/runs/{run}")
    if terminal.json:
        terminal.json_data({"run": run, "state": ended["state"], "result": ended["output"], "error": ended["error"]})
    elif ended["state"] == "completed":
        result = ended["output"]
        terminal.data(result if isinstance(result, str) else json.dumps(result, indent=2, ensure_ascii=False))
    else:
        terminal.error(f"{name}: {(ended['error'] or {}).get('message') or ended['state']}")
    return None if ended["state"] == "completed" else 1


@command.command("remove", examples=("flowforge tools remove get_order", "flowforge tools remove get_order --json"))
@click.argument("name")
@server_options
async def remove(terminal: Terminal, name: str, url: str | None, api_key: str | None) -> None:
    """Remove a call over HTTP."""
    async with connect(url, api_key) as client:
        await client.request("DELETE", f"/v1/tools/{segment(name)}")
    terminal.say(f"tool {name} is gone; runs under way keep it")


@command.command(
    "import-openapi",
    examples=(
        "flowforge tools import-openapi shop https://api.example.com/openapi.json --tag orders",
        "flowforge tools import-openapi shop shop.yaml --secret shop --effect cancelOrder=money --yes",
    ),
)
@click.argument("source")
@click.argument("document", metavar="FILE|URL")
@click.option("--tag", "tags", multiple=True, help="Only operations with this tag.")
@click.option("--operation", "operations", multiple=True, help="Only this operation, by its id.")
@click.option("--prefix", default="", help="Before each tool's name.")
@click.option("--effect", "effects", multiple=True, metavar="ID=EFFECT", help="Where the method's effect is not right.")
@click.option("--secret", help="The secret that goes along as a bearer token.")
@click.option("--server", help="Where calls go, if not where the document says.")
@click.option("--yes", is_flag=True, help="Do it; without, only say what would be done.")
@server_options
async def import_openapi(terminal: Terminal, url: str | None, api_key: str | None, **given: Any) -> None:
    """Make tools of an OpenAPI document; imported again under the same SOURCE, it is compared."""
    pairs = [pair.partition("=") for pair in given["effects"]]
    where = given["document"]
    named = {"url": where} if where.startswith(("http://", "https://")) else {"document": read_described(where)}
    chosen = {name: list(given[name]) for name in ("tags", "operations") if given[name]}
    auth = {"auth": {"kind": "bearer", "secret": given["secret"]}} if given["secret"] else {}
    server = {"server": given["server"]} if given["server"] else {}
    effects = {name: effect for name, _, effect in pairs}
    body = {"source": given["source"], "prefix": given["prefix"], "effects": effects, "dry_run": not given["yes"]}
    async with connect(url, api_key) as client:
        done = await client.request("POST", "/v1/tool_imports", json={**body, **named, **chosen, **auth, **server})
    if terminal.json:
        terminal.json_data(done)
        return
    effect_of = {tool["name"]: f"{tool['effect']}  {tool['method']} {tool['url']}" for tool in done["tools"]}
    for what, mark in (("made", "+"), ("changed", "~"), ("removed", "-"), ("kept", " ")):
        for name in done[what]:
            terminal.data(f"{mark} {name}  {effect_of.get(name, '')}".rstrip())
    for refused in done["refused"]:
        terminal.error(refused)
    if done["dry_run"]:
        terminal.say("nothing was changed; do it with --yes")


@command.command(
    "web",
    examples=(
        "flowforge tools web",
        "flowforge tools web --search brave --secret brave",
        "flowforge tools web --search searxng --search-url https://searx.example.com --allow '*.example.com'",
    ),
)
@click.option("--search", type=click.Choice(["searxng", "brave", "tavily", "none"]), help="Who searches the web for agents.")
@click.option("--search-url", help="Where that is.")
@click.option("--secret", help="The secret that holds its key.")
@click.option("--allow", "allow", multiple=True, metavar="HOST", help="Only these hosts may be called; *.example.com for all below it.")
@click.option("--allow-all", is_flag=True, help="Every public host may be called.")
@server_options
async def web(terminal: Terminal, url: str | None, api_key: str | None, **given: Any) -> None:
    """Show or set where agents may look on the web, and who searches it for them."""
    async with connect(url, api_key) as client:
        present = await client.request("GET", "/v1/web_access")
        settings = {name: present[name] for name in ("allow", "search") if present[name] is not None}
        wanted = dict(settings)
        if given["allow_all"]:
            wanted.pop("allow", None)
        elif given["allow"]:
            wanted["allow"] = list(given["allow"])
        if given["search"] == "none":
            wanted.pop("search", None)
        elif given["search"]:
            more = {"url": given["search_url"], "secret": given["secret"]}
            wanted["search"] = {"kind": given["search"], **{name: value for name, value in more.items() if value}}
        if wanted != settings:
            present = await client.request("PUT", "/v1/web_access", json=wanted)
    if terminal.json:
        terminal.json_data(present)
        return
    terminal.data(f"may be called: {', '.join(present['allow']) if present['allow'] is not None else 'every public host'}")
    terminal.data(f"searches: {present['search']['kind'] if present['search'] else 'nobody'}")


def _arguments(pairs: tuple[str, ...], whole: str | None) -> dict[str, Any]:
    try:
        given = json.loads(whole) if whole else {}
    except ValueError:
        raise click.UsageError("--arguments is no JSON") from None
    if not isinstance(given, dict):
        raise click.UsageError("--arguments must be an object")
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise click.UsageError(f"{pair!r} is no NAME=VALUE")
        try:
            given[name] = json.loads(text)
        except ValueError:
            given[name] = text
    return given


def _row(terminal: Terminal, tool: dict[str, Any]) -> list[str]:
    mark, colour = MARKS[tool["state"]]
    state = "" if tool["state"] == "ready" else tool["state"]
    calls = f"{tool['calls_today']} today" + (f", {tool['failures_today']} failed" if tool["failures_today"] else "")
    told = tool["description"].splitlines()[0] if tool["description"] else ""
    return [terminal.paint(f"{mark} {tool['name']}", colour), tool["origin"], tool["effect"], state, calls, shorten(told, 60)]
