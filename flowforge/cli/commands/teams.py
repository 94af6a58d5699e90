"""`flowforge teams`: who leads whom; `apply` makes and changes teams from YAML, `tree` shows what came of a card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from flowforge.cli import figures
from flowforge.cli.command import Noun
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal
from flowforge.errors import InvalidInput, NotFound


@click.group("teams", cls=Noun, examples=("flowforge teams", "flowforge teams add support --lead atlas --member maya --member zoe"))
@server_options
async def command(terminal: Terminal, url: str | None, api_key: str | None) -> None:
    """List teams: lead, members, status."""
    async with connect(url, api_key) as client:
        teams = [team async for team in client.pages("/v1/teams")]
    if terminal.json:
        terminal.json_data(teams)
    elif teams:
        terminal.table([_row(terminal, team) for team in teams], ["team", "lead", "members", "status", "revision"])
    else:
        terminal.say("no teams yet; make one with  flowforge teams add support --lead atlas --member maya")


@command.command("show", examples=("flowforge teams show support", "flowforge teams show support --json"))
@click.argument("name")
@server_options
async def show(terminal: Terminal, name: str, url: str | None, api_key: str | None) -> None:
    """Show one team with its instructions and limits."""
    async with connect(url, api_key) as client:
        team = await client.request("GET", f"/v1/teams/{segment(name)}")
    if terminal.json:
        terminal.json_data(team)
        return
    terminal.table([_row(terminal, team)])
    limits = team["limits"]
    terminal.data(f"at most {limits['cards_by_run']} cards a run, {limits['cards_in_tree']} in a tree, {limits['depth']} levels")
    if team["instructions"]:
        terminal.data(f"\n{team['instructions']}")


@command.command(
    "add",
    examples=(
        "flowforge teams add support --lead atlas --member maya --member zoe",
        'flowforge teams add research --lead iris --member rune --instructions "Sources first."',
    ),
)
@click.argument("name")
@click.option("--lead", required=True, help="The agent whose the team's cards are.")
@click.option("--member", "members", multiple=True, required=True, help="An agent to whom the lead may give work; may be repeated.")
@click.option("--description", default="", help="What the team is for.")
@click.option("--instructions", default="", help="What the lead is told about the team.")
@server_options
async def add(terminal: Terminal, url: str | None, api_key: str | None, **given: Any) -> None:
    """Make a team."""
    async with connect(url, api_key) as client:
        team = await client.request("POST", "/v1/teams", json={**given, "members": list(given["members"])})
    terminal.json_data(team) if terminal.json else terminal.data(team["name"])


@command.command("apply", examples=("flowforge teams apply team.yaml", "flowforge teams apply teams.yaml --json"))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@server_options
async def apply(terminal: Terminal, file: Path, url: str | None, api_key: str | None) -> None:
    """Make the teams of a YAML file, or change those that there are to what it says."""
    done = []
    async with connect(url, api_key) as client:
        for wanted in read_teams(file):
            try:
                before = await client.request("GET", f"/v1/teams/{segment(str(wanted['name']))}")
            except NotFound:
                done.append((await client.request("POST", "/v1/teams", json=wanted), "made"))
                continue
            after = await client.request("PATCH", f"/v1/teams/{segment(before['id'])}", json={**_BLANK, **wanted})
            done.append((after, "changed" if after["revision"] != before["revision"] else "as it was"))
    if terminal.json:
        terminal.json_data([team for team, _ in done])
    else:
        terminal.table([[team["name"], what, f"revision {team['revision']}"] for team, what in done])


@command.command("rollback", examples=("flowforge teams rollback support 2", "flowforge teams rollback support 1 --json"))
@click.argument("name")
@click.argument("revision", type=click.IntRange(min=1))
@server_options
async def rollback(terminal: Terminal, name: str, revision: int, url: str | None, api_key: str | None) -> None:
    """Make a team what it was at a revision."""
    async with connect(url, api_key) as client:
        team = await client.request("POST", f"/v1/teams/{segment(name)}/rollback", json={"revision": revision})
    terminal.json_data(team) if terminal.json else terminal.table([_row(terminal, team)])


@command.command("remove", examples=("flowforge teams remove support", "flowforge teams remove tea_01968f3ac8b17c02a3f08241a2f70031"))
@click.argument("name")
@server_options
async def remove(terminal: Terminal, name: str, url: str | None, api_key: str | None) -> None:
    """Take a team away; its agents stay."""
    async with connect(url, api_key) as client:
        await client.request("DELETE", f"/v1/teams/{segment(name)}")
    terminal.say(f"the team {name} is gone; its agents are not")


@command.command("tree", examples=("flowforge teams tree FF-1", "flowforge teams tree FF-1 --json"))
@click.argument("task")
@server_options
async def tree(terminal: Terminal, task: str, url: str | None, api_key: str | None) -> None:
    """Show all that was given away for a task: cards, who has them, states, costs."""
    async with connect(url, api_key) as client:
        found = await client.request("GET", f"/v1/tasks/{segment(task)}/tree")
    if terminal.json:
        terminal.json_data(found)
        return
    terminal.table(list(_branches(terminal, found["root"], "")), ["task", "", "column", "who", "state", "cost"])
    if found["truncated"]:
        terminal.say("there are more cards in it than are shown")


def read_teams(file: Path) -> list[dict[str, Any]]:
    """The teams of a YAML file: one, a list, or a list below `teams`. Raises InvalidInput for what is none."""
    import yaml

    try:
        said = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{file} is no YAML: {' '.join(str(error).split())}") from None
    if isinstance(said, dict) and "teams" in said:
        said = said["teams"]
    teams = said if isinstance(said, list) else [said]
    for team in teams:
        if not isinstance(team, dict) or not isinstance(team.get("name"), str):
            raise InvalidInput(f"{file} holds no team", hint="write  name:, lead: and members:")
    return teams


_BLANK = {"description": None, "instructions": None, "limits": None}  # what a file leaves out is the default


def _row(terminal: Terminal, team: dict[str, Any]) -> list[str]:
    return [team["name"], team["lead"], ", ".join(team["members"]), terminal.state(team["status"]), str(team["revision"])]


def _branches(terminal: Terminal, card: dict[str, Any], indent: str) -> Any:
    who = next(iter((card["assignee"] or {}).values()), "")
    state = card["runs"][-1]["state"] if card["runs"] else ""
    yield [
        f"{indent}{card['key']}",
        card["title"],
        card["column"],
        who,
        terminal.state(state) if state else "",
        figures.spent(card["cost"]),
    ]
    for child in card["children"]:
        yield from _branches(terminal, child, indent + "  ")
