"""`flowforge skills`: what agents are taught, in versions; add, compare, export, share and test them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flowforge.cli.command import Noun
from flowforge.cli.failures import FAILED, OK
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal, shorten

if TYPE_CHECKING:
    from flowforge.skills.skill import Skill
    from flowforge.testing.evaluation.report import Report

DESCRIPTION_CHARACTERS = 60
KIB = 1024


@click.group("skills", cls=Noun, examples=("flowforge skills", "flowforge skills add ./review --label stable"))
@server_options
async def command(terminal: Terminal, url: str | None, api_key: str | None) -> None:
    """List skills, each with the version that its bare name means."""
    async with connect(url, api_key) as client:
        found = [skill async for skill in client.pages("/v1/skills")]
    if terminal.json:
        terminal.json_data(found)
    elif found:
        terminal.table([_row(terminal, skill) for skill in found], ["skill", "whose", "versions", "loaded", "what for"])
    else:
        terminal.say("there are no skills; add one:  flowforge skills add ./my-skill")


@command.command("show", examples=("flowforge skills show review", "flowforge skills show review@2 --file references/checklists.md"))
@click.argument("skill")
@click.option("--file", "path", help="Print this file of it instead.")
@server_options
async def show(terminal: Terminal, skill: str, path: str | None, url: str | None, api_key: str | None) -> None:
    """Show a version with its instructions and files."""
    async with connect(url, api_key) as client:
        if path is not None:
            found = await client.request("GET", f"/v1/skills/{segment(skill)}/file", params={"path": path})
            if terminal.json:
                terminal.json_data(found)
            elif found["text"] is None:
                raise click.UsageError(f"{path} is no text; export the skill to get it")
            else:
                terminal.data(found["text"].rstrip("\n"))
            return
        one = await client.request("GET", f"/v1/skills/{segment(skill)}")
        versions = (await client.request("GET", f"/v1/skills/{segment(one['name'])}/versions", params={"limit": 20}))["data"]
    if terminal.json:
        terminal.json_data({**one, "versions": versions})
        return
    terminal.data(f"{_title(one)}  {one['description']}")
    terminal.table([["  " + fact[0], fact[1]] for fact in _facts(one)])
    terminal.table([_version(terminal, version) for version in versions])
    terminal.table([[f"  {file['path']}", f"{file['bytes']} bytes"] for file in one["manifest"]])
    terminal.data("")
    terminal.data(one["instructions"])


@command.command(
    "add",
    examples=(
        "flowforge skills add ./review --label stable",
        "flowforge skills add https://example.com/skills.zip#subfolder=skills/review --sha256 9f86d0…",
        "flowforge skills add skl_01968f3ac8b1 --vouch",
    ),
)
@click.argument("source", metavar="FOLDER|ARCHIVE|URL|SHARED")
@click.option("--label", help="A name for this version, as stable; it goes over from whichever had it.")
@click.option("--sha256", help="Of the archive at a URL; another one is refused.")
@click.option("--vouch/--no-vouch", default=None, help="Whether you answer for its text; for your own files you do, unless you say no.")
@server_options
async def add(
    terminal: Terminal, source: str, label: str | None, sha256: str | None, vouch: bool | None, url: str | None, api_key: str | None
) -> None:
    """Add a version from a folder, an archive, an address, or what another tenant shares."""
    async with connect(url, api_key) as client:
        if source.startswith(("https://", "http://", "skl_")):
            body = {"shared" if source.startswith("skl_") else "url": source, "label": label, "sha256": sha256, "vouched": bool(vouch)}
            made = await client.request("POST", "/v1/skill_imports", json={key: value for key, value in body.items() if value is not None})
        else:
            content = _packed(Path(source))
            query = {"vouched": "false" if vouch is False else "true"} | ({"label": label} if label else {})
            made = await client.upload("/v1/skills", content, "application/zip", params=query)
    if terminal.json:
        terminal.json_data(made)
        return
    terminal.data(f"{_title(made)}  {made['tree'][:12]}  {made['files']} files, {_size(made['bytes'])}")
    if not made["vouched"]:
        terminal.say("nobody here has vouched for its text, which counts as from outside; read it, then add it again with --vouch")


@command.command("export", examples=("flowforge skills export review", "flowforge skills export review@2 --to review-2.zip"))
@click.argument("skill")
@click.option("--to", "target", type=click.Path(path_type=Path, dir_okay=False), help="The file; NAME-NUMBER.zip unless given.")
@server_options
async def export(terminal: Terminal, skill: str, target: Path | None, url: str | None, api_key: str | None) -> None:
    """Write a version as a zip: the same bytes each time, and the same version wherever it is added."""
    async with connect(url, api_key) as client:
        one = await client.request("GET", f"/v1/skills/{segment(skill)}")
        target = target or Path(f"{one['name']}-{one['number']}.zip")
        title = f"{one['name']}@{one['number']}"
        data = b"".join([piece async for piece in client.download(f"/v1/skills/{segment(title)}/archive")])
    _write(target, data)
    terminal.json_data({"file": str(target), "tree": one["tree"]}) if terminal.json else terminal.data(f"{target}  {one['tree'][:12]}")


@command.command("diff", examples=("flowforge skills diff review 2", "flowforge skills diff review 2 3"))
@click.argument("skill")
@click.argument("before", metavar="VERSION")
@click.argument("after", metavar="[VERSION]", required=False)
@server_options
async def diff(terminal: Terminal, skill: str, before: str, after: str | None, url: str | None, api_key: str | None) -> None:
    """Show what is different between two versions, or between one and the current one."""
    query = {"from": before} | ({"to": after} if after else {})
    async with connect(url, api_key) as client:
        found = await client.request("GET", f"/v1/skills/{segment(skill)}/diff", params=query)
    if terminal.json:
        terminal.json_data(found)
        return
    for file in found["files"]:
        if file["diff"] is None:
            terminal.data(f"{file['change']} {file['path']}")
            continue
        for line in file["diff"].splitlines():
            style = "green" if line.startswith("+") else "red" if line.startswith("-") else "dim" if line.startswith("@@") else ""
            terminal.data(terminal.paint(line, style) if style else line)
        if file["cut"]:
            terminal.data("…")
    if not found["files"]:
        terminal.say(f"{found['from']} and {found['to']} are the same")


@command.command("agents", examples=("flowforge skills agents review", "flowforge skills agents review --json"))
@click.argument("skill")
@server_options
async def agents(terminal: Terminal, skill: str, url: str | None, api_key: str | None) -> None:
    """List the agents that have a skill, and the version that each would get now."""
    async with connect(url, api_key) as client:
        found = [user async for user in client.pages(f"/v1/skills/{segment(skill)}/agents")]
    if terminal.json:
        terminal.json_data(found)
    elif found:
        terminal.table([[one["agent"], one["wanted"], f"version {one['version']}" if one["version"] else "none"] for one in found])
    else:
        terminal.say(f"no agent has {skill}")


@command.command("remove", examples=("flowforge skills remove review@2", "flowforge skills remove review"))
@click.argument("skill")
@server_options
async def remove(terminal: Terminal, skill: str, url: str | None, api_key: str | None) -> None:
    """Delete a version, or with a bare name the skill; not while an agent or an open run has it."""
    async with connect(url, api_key) as client:
        await client.request("DELETE", f"/v1/skills/{segment(skill)}")
    terminal.say(f"{skill} is gone")


@command.command(
    "deprecate",
    examples=("flowforge skills deprecate review@2 --reason 'it forgets refunds'", "flowforge skills deprecate review@2 --undo"),
)
@click.argument("skill")
@click.option("--reason", help="Why, for people.")
@click.option("--undo", is_flag=True, help="Take it back.")
@server_options
async def deprecate(terminal: Terminal, skill: str, reason: str | None, undo: bool, url: str | None, api_key: str | None) -> None:
    """Say that a version should not be used any more: a bare name then means another, where there is one."""
    path = f"/v1/skills/{segment(skill)}/deprecation"
    async with connect(url, api_key) as client:
        found = await (client.request("DELETE", path) if undo else client.request("PUT", path, json={"reason": reason}))
    terminal.json_data(found) if terminal.json else terminal.data(f"{_title(found)}  {_state(terminal, found)}")


@command.command(
    "share",
    examples=(
        "flowforge skills share review --with tnt_01968f3ac8b1…",
        "flowforge skills share review --everybody",
        "flowforge skills share",
    ),
)
@click.argument("skill", required=False)
@click.option("--with", "reader", metavar="TENANT", help="The id of the tenant that may import it.")
@click.option("--everybody", is_flag=True, help="Every tenant of this deployment.")
@click.option("--stop", metavar="SHARED", help="Stop sharing this one, by its id.")
@server_options
async def share(
    terminal: Terminal, skill: str | None, reader: str | None, everybody: bool, stop: str | None, url: str | None, api_key: str | None
) -> None:
    """Let other tenants import a version; without a skill, list what is shared."""
    if skill is not None and (reader is None) != everybody:
        raise click.UsageError("say with whom: --with TENANT, or --everybody")
    async with connect(url, api_key) as client:
        if stop is not None:
            await client.request("DELETE", f"/v1/shared_skills/{segment(stop)}")
        if skill is not None:
            await client.request("POST", f"/v1/skills/{segment(skill)}/shares", json={"with": reader})
        found = [one async for one in client.pages("/v1/shared_skills")]
    if terminal.json:
        terminal.json_data(found)
    elif found:
        terminal.table([[one["id"], f"{one['name']}@{one['number']}", _whose(one), shorten(one["description"], 50)] for one in found])
    else:
        terminal.say("nothing is shared")


@command.command(
    "test",
    examples=("flowforge skills test research", "flowforge skills test ./my-skill --model claude-sonnet-4.5 --max-cost 0.50"),
)
@click.argument("skill", metavar="NAME|FOLDER|ARCHIVE")
@click.option("--model", "models", multiple=True, metavar="MODEL", help="Ask this model instead of the recording; repeat it for several.")
@click.option("--judge", metavar="MODEL", help="The model that judges by the cases' rubrics; the first --model unless given.")
@click.option("--repeats", type=click.IntRange(1, 100), default=1, show_default=True, help="How often each case is asked.")
@click.option("--case", "only", metavar="GLOB", help="Only cases whose name fits.")
@click.option("--max-cost", metavar="USD", type=Decimal, help="End before a call that may make the whole cost more than this.")
def test(
    terminal: Terminal,
    skill: str,
    models: tuple[str, ...],
    judge: str | None,
    repeats: int,
    only: str | None,
    max_cost: Decimal | None,
) -> int:
    """Run the cases in a skill's tests/, against what was recorded or against a model. NAME: of the project, or one that comes with us."""
    import logging

    from flowforge.cli.evaluation import Progress, summarize
    from flowforge.cli.host import run, settings_for
    from flowforge.cli.log_lines import log_to_stderr
    from flowforge.testing.evaluation.json_report import as_json
    from flowforge.testing.skill_test.run import try_skill

    found = _found(skill)
    log_to_stderr(verbose=terminal.verbose, settings=settings_for())
    if not terminal.verbose:
        logging.getLogger("flowforge").setLevel(logging.CRITICAL)

    async def tried() -> tuple[Report, list[str]]:
        with Progress(terminal) as progress:
            return await try_skill(
                found,
                models=models,
                judge=judge,
                repeats=repeats,
                only=only,
                max_cost=max_cost,
                on_plan=progress.plan,
                on_attempt=progress.tell,
            )

    report, left_out = run(tried())
    for name in left_out:
        terminal.say(f"⊘ {name}: left out, nothing can be shut in on this machine")
    terminal.json_data(as_json(report)) if terminal.json else summarize(terminal, report)
    return OK if report.stopped is None and all(attempt.passed for attempt in report.attempts) else FAILED


def _found(skill: str) -> Skill:
    """A folder or archive where it looks like one, else a skill of the project or of ours. Raises NotFound."""
    from flowforge.errors import NotFound
    from flowforge.skills.skill import available_skills, read_skill
    from flowforge.skills.tree import unpack

    path = Path(skill)
    if path.is_dir():
        return read_skill(path)
    if path.is_file():
        return unpack(path.read_bytes())
    known = {one.name: one for one in available_skills(Path.cwd())}
    if skill not in known:
        raise NotFound("skill", skill, known)
    return known[skill]


def _packed(path: Path) -> bytes:
    """What is sent of a folder or an archive. Raises InvalidInput and RegistrationError for what is no skill, before anything is sent."""
    from flowforge.errors import InvalidInput
    from flowforge.skills.skill import read_skill
    from flowforge.skills.tree import pack, unpack

    if path.is_dir():
        skill = read_skill(path)
    elif path.is_file():
        skill = unpack(path.read_bytes())
    else:
        raise InvalidInput(f"there is no folder or archive {str(path)!r}", hint="or give an address that begins with https://")
    return pack(skill.name, skill.tree)


def _write(target: Path, data: bytes) -> None:
    try:
        target.write_bytes(data)
    except OSError as error:
        raise click.UsageError(f"{target} cannot be written: {error.strerror}") from None


def _row(terminal: Terminal, skill: dict[str, Any]) -> list[str]:
    whose = "published" if skill["layer"] == "deployment" else "own, hides a published one" if skill["hides_published"] else "own"
    return [
        _title(skill),
        whose,
        f"{skill['versions']} version{'' if skill['versions'] == 1 else 's'}",
        f"loaded {skill['loaded']}×",
        shorten(skill["description"], DESCRIPTION_CHARACTERS),
        _state(terminal, skill),
    ]


def _title(skill: dict[str, Any]) -> str:
    return f"{skill['name']}@{skill['number']}" + (f" ({skill['label']})" if skill["label"] else "")


def _facts(one: dict[str, Any]) -> list[tuple[str, str]]:
    source = one["source"]
    said = {
        "from": " ".join(str(source[key]) for key in ("kind", "app", "url", "owner") if key in source),
        "hash": one["tree"],
        "added": f"{one['created_at'][:16]} by {one['created_by'] or 'workers'}",
        "tools": ", ".join([*one["tools"], *(f"{tool} (if there)" for tool in one["optional_tools"])]),
        "license": one["license"] or "",
        "vouched": "yes" if one["vouched"] else "no: its text counts as from outside",
    }
    return [(name, value) for name, value in said.items() if value]


def _version(terminal: Terminal, version: dict[str, Any]) -> list[str]:
    about = [version["created_at"][:16], version["created_by"] or "", version["tree"][:12], _size(version["bytes"])]
    return [f"  {_title(version)}", *about, _state(terminal, version)]


def _state(terminal: Terminal, skill: dict[str, Any]) -> str:
    if skill["deprecated_at"] is None:
        return "" if skill["vouched"] else terminal.paint("not vouched for", "violet")
    return terminal.paint(f"deprecated{': ' + skill['deprecation'] if skill['deprecation'] else ''}", "red")


def _whose(shared: dict[str, Any]) -> str:
    if not shared["own"]:
        return f"from {shared['owner']}"
    return f"shared with {shared['with'] or 'everybody'}"


def _size(count: int) -> str:
    return f"{count} bytes" if count < KIB else f"{count / KIB:,.1f} KiB"
