"""Publishing: a worker tells the database which functions it knows, so that a server without user code can match events."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from flowforge.db.queries import Connection, load_queries
from flowforge.orchestrator.registry import Registry

sql = load_queries("flowforge.orchestrator")


@dataclass(frozen=True)
class PublishedFunction:
    """A function as the API shows it; `live`: a running worker knows it."""

    function_id: str
    version: str | None
    retries: int
    triggers: tuple[str, ...]
    source: str | None
    builtin: bool
    live: bool
    settings: dict[str, Any]


async def publish_functions(connection: Connection, registry: Registry, *, app: str) -> None:
    """Replace what `app` (the user's module or project) has published by what the registry holds now."""
    for name, wanted in ((app, False), ("flowforge", True)):
        functions = [function for function in registry if function.builtin == wanted]
        if functions or not wanted:
            triggers = [(pattern, f.function_id) for f in functions for pattern in f.triggers]
            await sql.publish_functions.execute(
                connection,
                app=name,
                function_ids=[f.function_id for f in functions],
                versions=[f.version for f in functions],
                retries=[f.retries for f in functions],
                settings=[f.settings for f in functions],
                sources=[f.source for f in functions],
                builtins=[f.builtin for f in functions],
                patterns=[pattern for pattern, _ in triggers],
                trigger_functions=[function_id for _, function_id in triggers],
            )


async def list_functions(connection: Connection) -> list[PublishedFunction]:
    """Every function that was ever published and not withdrawn."""
    return [
        PublishedFunction(
            row["function_id"],
            row["version"],
            row["retries"],
            tuple(row["triggers"]),
            row["source"],
            row["builtin"],
            row["live"],
            json.loads(row["settings"]),
        )
        for row in await sql.published_functions.fetch(connection)
    ]
