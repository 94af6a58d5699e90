"""`flowforge policies`: the rules that say which tool calls run, wait for people, or never run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flowforge.cli.command import Noun
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal
from flowforge.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from flowforge.api.client import AsyncClient

CONDITIONS = ("tool", "effect", "agent", "labels", "tainted", "when", "zone")


@click.group("policies", cls=Noun, examples=("flowforge policies", "flowforge policies apply policies.yaml"))
@server_options
async def command(terminal: Terminal, url: str | None, api_key: str | None) -> None:
    """List policies in the order in which they are asked, those in code first."""
    async with connect(url, api_key) as client:
        published = (await client.request("GET", "/v1/policies/published"))["data"]
        found = [policy async for policy in client.pages("/v1/policies")]
    if terminal.json:
        terminal.json_data({"published": published, "policies": found})
    elif published or found:
        rows = [[one["name"], "in code", one["version"], _count(one)] for one in published]
        terminal.table([*rows, *([one["name"], str(one["place"]), f"revision {one['revision']}", _count(one)] for one in found)])
    else:
        terminal.say("there are no policies: a tool's effect decides; make some:  flowforge policies apply policies.yaml")


@command.command("show", examples=("flowforge policies show refunds", "flowforge policies show refunds --json"))
@click.argument("name")
@server_options
async def show(terminal: Terminal, name: str, url: str | None, api_key: str | None) -> None:
    """Show a policy's rules, numbered as approvals name them."""
    async with connect(url, api_key) as client:
        policy = await client.request("GET", f"/v1/policies/{segment(name)}")
    if terminal.json:
        terminal.json_data(policy)
        return
    terminal.data(f"{policy['name']}  revision {policy['revision']}, place {policy['place']}")
    for number, rule in enumerate(policy["rules"], 1):
        terminal.data(f"  #{number} {rule['action']:<8} {_words(rule)}")


@command.command("apply", examples=("flowforge policies apply policies.yaml", "flowforge policies apply policies.yaml --prune"))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--prune", is_flag=True, help="Delete policies that the file does not hold.")
@server_options
async def apply(terminal: Terminal, file: Path, prune: bool, url: str | None, api_key: str | None) -> None:
    """Make the policies of a YAML file those of the tenant. All of the file is checked before anything is changed."""
    policies = _read(file)
    async with connect(url, api_key) as client:
        done = [(policy["name"], await _put(client, policy)) for policy in policies]
        if prune:
            kept = {policy["name"] for policy in policies}
            for policy in [one async for one in client.pages("/v1/policies")]:
                if policy["name"] not in kept:
                    await client.request("DELETE", f"/v1/policies/{segment(policy['name'])}")
                    done.append((policy["name"], "deleted"))
    if terminal.json:
        terminal.json_data([{"name": name, "outcome": outcome} for name, outcome in done])
    else:
        terminal.table([[name, outcome] for name, outcome in done])


@command.command("delete", examples=("flowforge policies delete refunds", "flowforge policies delete refunds --json"))
@click.argument("name")
@server_options
async def delete(terminal: Terminal, name: str, url: str | None, api_key: str | None) -> None:
    """Its rules hold no call any more."""
    async with connect(url, api_key) as client:
        await client.request("DELETE", f"/v1/policies/{segment(name)}")
    terminal.json_data({"name": name, "outcome": "deleted"}) if terminal.json else terminal.data(f"{name} deleted")


def _read(file: Path) -> list[dict[str, Any]]:
    """The policies of a file, all checked. Raises InvalidInput that says where something does not fit."""
    from flowforge.skills.policy_name import check_policy_name
    from flowforge.skills.policy_record import read_policies_file
    from flowforge.skills.policy_rule import read_rules

    try:
        policies = read_policies_file(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{file} cannot be read: {error}") from None
    for number, policy in enumerate(policies):
        check_policy_name(policy["name"])
        if unknown := sorted(set(policy) - {"name", "place", "rules"}):
            raise InvalidInput(f"{file}: a policy has a name, a place and rules, not {unknown[0]!r}", pointer=f"/policies/{number}")
        try:
            read_rules(policy.get("rules"), f"/policies/{number}/rules")
        except InvalidInput as error:
            raise InvalidInput(f"{file}: {error.pointer}: {error.message}", pointer=error.pointer, hint=error.hint) from None
    if twice := sorted({one["name"] for one in policies if [other["name"] for other in policies].count(one["name"]) > 1}):
        raise InvalidInput(f"{file}: two policies are named {twice[0]!r}")
    return policies


async def _put(client: AsyncClient, policy: dict[str, Any]) -> str:
    """Make or change it; what became of it in one word."""
    path = f"/v1/policies/{segment(policy['name'])}"
    changes = {name: policy[name] for name in ("rules", "place") if name in policy}
    try:
        before = await client.request("GET", path)
    except NotFound:
        await client.request("POST", "/v1/policies", json=policy)
        return "made"
    after = await client.request("PATCH", path, json=changes)
    return "unchanged" if after["revision"] == before["revision"] else f"changed, revision {after['revision']}"


def _count(policy: dict[str, Any]) -> str:
    n = len(policy["rules"])
    return f"{n} rule{'' if n == 1 else 's'}"


def _words(rule: dict[str, Any]) -> str:
    said = [
        f"{name} {_plain(rule[name])}"
        for name in ("tool", "effect", "agent", "labels", "tainted", "when", "zone")
        if rule.get(name) is not None
    ]
    if terms := rule.get("require"):
        said.append(", ".join(f"{name} {_plain(value)}" for name, value in terms.items() if value not in (None, [], False)))
    return " · ".join([*said, *([rule["reason"]] if rule.get("reason") else [])])


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value)
