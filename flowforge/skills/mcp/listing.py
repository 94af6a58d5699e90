"""What an MCP server says it offers, as far as it can be used: bounded, without control characters, with a hash that tells a change."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flowforge.errors import InvalidInput, RegistrationError
from flowforge.skills.http.definition import check_depth
from flowforge.skills.parameters import Parameters
from flowforge.skills.tool import NAME

TOOLS_MAX = 500
NAME_CHARACTERS_MAX = 200
DESCRIPTION_CHARACTERS_MAX = 4_000
SCHEMA_BYTES_MAX = 64 * 1024
PART_CHARACTERS_MAX = 500  # of what a schema says of one parameter

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_-]+")
_WORDS = ("description", "title", "$comment")


@dataclass(frozen=True)
class OfferedTool:
    """One tool of a server: `tool` is its name there, `name` here. `hash` is over everything that the server says of it."""

    tool: str
    name: str
    description: str
    parameters: Mapping[str, Any]
    hints: Mapping[str, Any]
    hash: str


@dataclass(frozen=True)
class Listing:
    """What can be used, and why the rest cannot."""

    tools: tuple[OfferedTool, ...] = ()
    refused: tuple[str, ...] = field(default=())

    @property
    def error(self) -> str | None:
        """What could not be used, for people."""
        return "; ".join(self.refused)[:2_000] or None


def read_listing(server: str, said: Iterable[Mapping[str, Any]], only: Iterable[str] | None = None) -> Listing:
    """What a server's tools are here. `said` are its tools as JSON."""
    wanted = None if only is None else set(only)
    found: dict[str, OfferedTool] = {}
    refused: list[str] = []
    seen: set[str] = set()
    for place, one in enumerate(said):
        if place >= TOOLS_MAX:
            refused.append(f"it offers more than {TOOLS_MAX} tools; the others are left out")
            break
        tool = str(one.get("name", ""))
        if wanted is not None and tool not in wanted:
            continue
        try:
            if tool in seen:
                raise InvalidInput("it is offered twice")
            offered = _read(server, tool, one)
            if offered.name in found:
                offered = _read(server, tool, one, distinct=True)
            seen.add(tool)
            found[offered.name] = offered
        except (InvalidInput, RegistrationError) as error:
            refused.append(f"{plain(tool, 80) or 'a tool without a name'}: {error.message[:300]}")
    missing = sorted((wanted or set()) - {one.tool for one in found.values()} - seen)
    refused += [f"{plain(tool, 80)}: the server does not offer it" for tool in missing]
    return Listing(tuple(found.values()), tuple(refused))


def local_name(server: str, tool: str, *, distinct: bool = False) -> str:
    """The name that a provider takes: `<server>__<tool>`, ended by a part of a hash where that is too long, or not the only one.

    >>> local_name("tracker", "issues/list")
    'tracker__issues_list'
    """
    name = f"{server}__{_NOT_IN_A_NAME.sub('_', tool)}"
    if NAME.fullmatch(name) and not distinct:
        return name
    return f"{name[:55]}_{hashlib.sha256(tool.encode()).hexdigest()[:8]}"


def plain(text: str, limit: int) -> str:
    """Words of a stranger: no control characters, nothing invisible, at most so many characters."""
    kept = "".join(
        character if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cf", "Co", "Cs", "Cn") else ""
        for character in text[: limit * 4]
    )
    return kept if len(kept) <= limit else f"{kept[:limit]}…"


def hash_of(one: Mapping[str, Any]) -> str:
    """Over everything that the server says of a tool, whatever it is: nothing of it changes unnoticed."""
    return hashlib.sha256(json.dumps(one, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def _read(server: str, tool: str, one: Mapping[str, Any], *, distinct: bool = False) -> OfferedTool:
    if not tool or len(tool) > NAME_CHARACTERS_MAX or not tool.isprintable():
        raise InvalidInput("its name is empty, too long or not printable")
    schema = one.get("inputSchema")
    if not isinstance(schema, dict):
        raise InvalidInput("it has no schema")
    if len(json.dumps(schema)) > SCHEMA_BYTES_MAX:
        raise InvalidInput(f"its schema is larger than {SCHEMA_BYTES_MAX} bytes")
    check_depth(schema)
    name = local_name(server, tool, distinct=distinct)
    parameters = Parameters.of_schema(_plain_schema({"type": "object", **schema}), name).schema
    described = one.get("description")
    description = plain(described if isinstance(described, str) else "", DESCRIPTION_CHARACTERS_MAX)
    hints = one.get("annotations")
    return OfferedTool(tool, name, description, parameters, _hints(hints if isinstance(hints, dict) else {}), hash_of(one))


def _hints(said: Mapping[str, Any]) -> dict[str, Any]:
    names = {"readOnlyHint": "read_only", "destructiveHint": "destructive", "idempotentHint": "idempotent", "openWorldHint": "open_world"}
    return {ours: said[theirs] for theirs, ours in names.items() if isinstance(said.get(theirs), bool)}


def _plain_schema(schema: Any, key: str = "") -> Any:
    """The schema, with what it says in words bounded: a model reads those words too. Below `properties` stand names."""
    if isinstance(schema, dict):
        of_names = key in ("properties", "$defs", "definitions", "patternProperties")
        return {
            name: plain(value, PART_CHARACTERS_MAX)
            if not of_names and name in _WORDS and isinstance(value, str)
            else _plain_schema(value, "" if of_names else name)
            for name, value in schema.items()
        }
    if isinstance(schema, list):
        return [_plain_schema(value) for value in schema]
    return schema
