"""`flowforge audit`: who did what; and whether the log of it is the one that was signed, which needs neither server nor database."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flowforge.cli import figures
from flowforge.cli.command import Noun
from flowforge.cli.kept_heads import heads_in, one_head, read_json
from flowforge.cli.server import connect, segment, server_options
from flowforge.cli.terminal import Terminal, shorten
from flowforge.clock import SYSTEM_CLOCK
from flowforge.durations import seconds

if TYPE_CHECKING:
    from flowforge.audit.verification import Verified

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)
KEY = click.option("--key", metavar="KEY", help="A key of the log that you know from elsewhere: its id, or its public half in hex.")
CANNOT_SHOW = (
    "what this does not show: that an act was logged at all, and that others were shown the same log;"
    " for the second keep heads elsewhere, and give them with --heads"
)


@click.group("audit", cls=Noun, examples=("flowforge audit --action task. --since 1d", "flowforge audit verify audit.jsonl"))
@click.option("--principal", metavar="NAME", help="Who acted.")
@click.option("--action", metavar="ACTION", help="What was done, or the beginning of it.")
@click.option("--target", metavar="NAME", help="What it was done to.")
@click.option("--text", metavar="TEXT", help="Stands anywhere in an entry.")
@click.option("--since", metavar="DURATION", help="Only the last 1h, 2d …")
@click.option("--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="How many at most.")
@server_options
async def command(terminal: Terminal, since: str | None, limit: int, url: str | None, api_key: str | None, **wish: str | None) -> None:
    """List what was done, the newest first."""
    earliest = None if since is None else (SYSTEM_CLOCK.now() - timedelta(seconds=seconds(since))).isoformat()
    params = {name: value for name, value in {**wish, "since": earliest, "limit": min(limit, 200)}.items() if value is not None}
    async with connect(url, api_key) as client:
        found = [entry async for entry in client.pages("/v1/audit", params=params, limit=limit)]
    if terminal.json:
        terminal.json_data(found)
    elif found:
        terminal.table([_row(entry) for entry in found], ["entry", "who", "did", "to", "", "when"])
    else:
        terminal.say("nothing was logged" + (" that fits" if len(params) > 1 else " yet"))


@command.command("export", examples=("flowforge audit export -o audit.jsonl", "flowforge audit export | gzip > audit.jsonl.gz"))
@click.option("-o", "--output", type=NEW_FILE, help="Where to; standard output unless given.")
@server_options
async def export(terminal: Terminal, output: Path | None, url: str | None, api_key: str | None) -> None:
    """Write the whole log with its signed heads and keys. The export is an entry of its own."""
    async with connect(url, api_key) as client:
        pieces = client.download("/v1/audit/export")
        if output is None:
            out = sys.stdout.buffer
            async for piece in pieces:
                out.write(piece)
            out.flush()
            return
        part = output.with_name(output.name + ".part")  # a cut download is not taken for an export
        with part.open("wb") as file:
            async for piece in pieces:
                file.write(piece)
        part.replace(output)
    terminal.say(f"{output}: verify it with  flowforge audit verify {output}")


@command.command(
    "verify", examples=("flowforge audit verify audit.jsonl --heads heads.jsonl", "flowforge audit verify proof.json --key ak_…")
)
@click.argument("file", type=FILE)
@click.option("--heads", "kept", type=FILE, multiple=True, help="Heads that were kept elsewhere, as lines of JSON.")
@KEY
def verify(terminal: Terminal, file: Path, kept: tuple[Path, ...], key: str | None) -> None:
    """Verify an export, or the proof of an entry, without server and database."""
    from flowforge.audit.verification import verify_export

    with file.open("rb") as lines:
        first = lines.readline(4096)
        if b'"flowforge-audit-proof/1"' in first:
            _verify_proof(terminal, file, key)
            return
        lines.seek(0)
        _tell(terminal, verify_export(lines, heads=[head for path in kept for head in heads_in(path)], key=key), key, kept)


@command.command("prove", examples=("flowforge audit prove a2f70031 -o proof.json", "flowforge audit prove aud_0196… | less"))
@click.argument("entry")
@click.option("-o", "--output", type=NEW_FILE, help="Where to; standard output unless given.")
@server_options
async def prove(terminal: Terminal, entry: str, output: Path | None, url: str | None, api_key: str | None) -> None:
    """Write the proof that an entry is in the log: a small file, which `audit verify` checks."""
    from flowforge.errors import Conflict

    async with connect(url, api_key) as client:
        found = await client.request("GET", f"/v1/audit/{segment(entry)}")
    if found["proof"] is None:
        raise Conflict(f"no signed head covers {found['id']} yet", hint="one is signed each minute, by a server with FLOWFORGE_SECRETS_KEY")
    _hand_over(terminal, json.dumps(found["proof"], ensure_ascii=False), output)


@command.command("compare", examples=("flowforge audit compare 1200 4800", "flowforge audit compare mine.json 4800 --key ak_…"))
@click.argument("first", metavar="HEAD")
@click.argument("second", metavar="HEAD")
@click.option("--proof", "proof_file", type=FILE, help="The proof, instead of asking the server for one.")
@KEY
@server_options
async def compare(
    terminal: Terminal, first: str, second: str, proof_file: Path | None, key: str | None, url: str | None, api_key: str | None
) -> None:
    """Show that one head follows from another, or that the log is forked. A HEAD is a file with one, FILE:SIZE, or a size at the server."""
    from flowforge.audit.head import read_head_json
    from flowforge.audit.proof_file import compare_heads

    given = (one_head(first), one_head(second))
    proof: dict[str, Any] | None = None
    if proof_file is not None:
        proof = read_json(proof_file)
    elif None in given or len({head.size for head in given if head}) > 1:
        sizes = [int(text) if head is None else head.size for text, head in zip((first, second), given, strict=True)]
        async with connect(url, api_key) as client:
            proof = await client.request("GET", "/v1/audit/consistency", params={"first": min(sizes), "second": max(sizes)})
    known = {} if proof is None else {head.size: head for head in (read_head_json(proof["first"]), read_head_json(proof["second"]))}
    old, new = (head or known[int(text)] for text, head in zip((first, second), given, strict=True))
    compare_heads(old, new, proof, key=key)
    if terminal.json:
        terminal.json_data({"consistent": True, "sizes": [old.size, new.size]})
    else:
        terminal.data(f"{terminal.glyph('completed')} one log: nothing in its first {min(old.size, new.size)} entries was changed")


@command.command("heads", examples=("flowforge audit heads", "flowforge audit heads --limit 1 --json"))
@click.option("--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="How many at most.")
@server_options
async def heads(terminal: Terminal, limit: int, url: str | None, api_key: str | None) -> None:
    """Print signed heads, the newest first, as lines of JSON to be kept elsewhere."""
    async with connect(url, api_key) as client:
        async for head in client.pages("/v1/audit/heads", params={"limit": min(limit, 200)}, limit=limit):
            terminal.data(json.dumps(head, ensure_ascii=False))


@command.command("keys", examples=("flowforge audit keys", "flowforge audit keys --json"))
@server_options
async def keys(terminal: Terminal, url: str | None, api_key: str | None) -> None:
    """List the public keys that sign heads."""
    async with connect(url, api_key) as client:
        found = [key async for key in client.pages("/v1/audit/keys")]
    if terminal.json:
        terminal.json_data(found)
    elif found:
        terminal.table([[key["id"], key["public_key"], key["valid_from"], key["valid_until"] or "now"] for key in found])
    else:
        terminal.say("nothing was signed yet")


@command.command("rotate-key", examples=("flowforge audit rotate-key", "flowforge audit rotate-key --json"))
@server_options
async def rotate(terminal: Terminal, url: str | None, api_key: str | None) -> None:
    """Sign heads with a new key from now on; the old one introduces it."""
    async with connect(url, api_key) as client:
        key = await client.request("POST", "/v1/audit/keys")
    if terminal.json:
        terminal.json_data(key)
    else:
        terminal.data(key["id"])


def _hand_over(terminal: Terminal, text: str, output: Path | None) -> None:
    if output is None:
        terminal.data(text)
        return
    output.write_text(text + "\n")
    terminal.say(f"{output}: verify it with  flowforge audit verify {output}")


def _verify_proof(terminal: Terminal, file: Path, key: str | None) -> None:
    from flowforge.audit.proof_file import verify_inclusion

    entry, head = verify_inclusion(read_json(file), key=key)
    if terminal.json:
        said = {"entry": entry.said, "texts": entry.texts, "size": head.size, "head_at": head.at, "key": head.key_id}
        terminal.json_data({"verified": True, **said})
        return
    who, target = (entry.texts[name] or "(erased)" for name in ("principal", "target"))
    terminal.data(f"{terminal.glyph('completed')} entry {entry.position}: {who} {entry.said['action']} {target} at {entry.said['at']}")
    terminal.data(f"  in the log of {head.size} entries that {head.key_id} signed at {head.at}")


def _tell(terminal: Terminal, found: Verified, key: str | None, kept: tuple[Path, ...]) -> None:
    assert found.last is not None
    if terminal.json:
        facts = {"tenant": found.tenant, "entries": found.entries, "heads": found.heads, "erased": found.erased}
        facts |= {"compared": found.compared, "newer": found.newer, "signed_at": found.last.at, "keys": [one.key_id for one in found.keys]}
        terminal.json_data({"verified": True, **facts})
        return
    terminal.data(f"{terminal.glyph('completed')} {found.entries} entries, all of them under a signed head; the last is of {found.last.at}")
    if found.erased:
        terminal.data(f"  of {found.erased} something was erased; they are in their places, and nothing stands in for what is gone")
    if kept:
        newer = f", {found.newer} newer than this export" if found.newer else ""
        terminal.data(f"  {found.compared} heads that were kept elsewhere are heads of this log{newer}")
    if key is None:
        terminal.say(f"  signed by {', '.join(one.key_id for one in found.keys)}, which the file itself names: compare them with --key")
    terminal.say(f"  {CANNOT_SHOW}")


def _row(entry: dict[str, Any]) -> list[str]:
    who, target = entry["principal"]["name"] or "(erased)", entry["target"]["name"] or "(erased)"
    detail = "(erased)" if entry["detail"] is None else json.dumps(entry["detail"], ensure_ascii=False) if entry["detail"] else ""
    return [entry["id"][-8:], who, entry["action"], target, shorten(detail, 60), figures.age(datetime.fromisoformat(entry["at"]))]
