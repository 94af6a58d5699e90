"""Named queries: each room keeps its SQL in `sql/*.sql`, every statement under a `-- name:` line.

A query says what it promises in the comment below its name, and takes named parameters (`:tenant_id`), which the loader
numbers in order of first appearance, because asyncpg wants `$1`. `::type` casts and quoted text are left alone. What several
statements of a room share stands once, under a `-- part:` line, and a line `-- use:` puts it in; what several rooms share, in
`db/sql/shared.sql`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

_PART = re.compile(r"^-- part: (\w+)\n(.*?)(?=^-- (?:part|name): |\Z)", re.MULTILINE | re.DOTALL)
_USE = re.compile(r"^-- use: (\w+)$", re.MULTILINE)
_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)
_SHARED = ("flowforge.db", "sql", "shared.sql")
_TOKEN = re.compile(r"'(?:[^']|'')*'|--[^\n]*|::|(?<![:\w]):([a-z_][a-z0-9_]*)")


class Connection(Protocol):
    """What a query runs on: an asyncpg connection or pool."""

    async def fetch(self, query: str, *args: Any) -> list[Any]: ...
    async def fetchrow(self, query: str, *args: Any) -> Any: ...
    async def fetchval(self, query: str, *args: Any) -> Any: ...
    async def execute(self, query: str, *args: Any) -> str: ...


@dataclass(frozen=True)
class Query:
    """One named statement. Its methods take the parameters by name and raise TypeError for a missing or unknown one."""

    name: str
    text: str
    parameters: tuple[str, ...]

    async def fetch(self, connection: Connection, **values: Any) -> Sequence[Any]:
        return await connection.fetch(self.text, *self.arguments(values))

    async def fetchrow(self, connection: Connection, **values: Any) -> Any:
        return await connection.fetchrow(self.text, *self.arguments(values))

    async def fetchval(self, connection: Connection, **values: Any) -> Any:
        return await connection.fetchval(self.text, *self.arguments(values))

    async def execute(self, connection: Connection, **values: Any) -> str:
        return await connection.execute(self.text, *self.arguments(values))

    def arguments(self, values: dict[str, Any]) -> list[Any]:
        if values.keys() != set(self.parameters):
            raise TypeError(f"query {self.name} takes {', '.join(self.parameters) or 'nothing'}; got {', '.join(values) or 'nothing'}")
        return [values[name] for name in self.parameters]


class Queries:
    """The queries of one room, as attributes: `sql.create_task.fetchrow(connection, tenant_id=…)`."""

    def __init__(self, queries: dict[str, Query]) -> None:
        self._queries = queries

    def __getattr__(self, name: str) -> Query:
        try:
            return self._queries[name]
        except KeyError:
            raise AttributeError(f"no query is named {name!r}; there are: {', '.join(sorted(self._queries))}") from None

    def __iter__(self) -> Any:
        return iter(self._queries.values())


@cache
def load_queries(package: str) -> Queries:
    """All queries of `<package>/sql/*.sql`. Raises ValueError when a name is used twice."""
    texts = [file.read_text() for file in sorted((files(package) / "sql").iterdir(), key=lambda f: f.name) if file.name.endswith(".sql")]
    shared = [] if package == _SHARED[0] else [files(_SHARED[0]).joinpath(*_SHARED[1:]).read_text()]
    parts: dict[str, str] = {}
    for name, body in (part for text in [*shared, *texts] for part in _PART.findall(text)):
        if name in parts:
            raise ValueError(f"part {name} stands twice in {package}/sql")
        parts[name] = body.strip()
    found: dict[str, Query] = {}
    for text in texts:
        pieces = _NAME.split(_put_in(parts, _PART.sub("", text)))
        for name, body in zip(pieces[1::2], pieces[2::2], strict=True):
            if name in found:
                raise ValueError(f"query {name} stands twice in {package}/sql")
            found[name] = parse_query(name, body)
    return Queries(found)


def _put_in(parts: Mapping[str, str], text: str) -> str:
    """The text with the room's parts in the places that use them."""
    while _USE.search(text):  # a part may use others
        text = _USE.sub(lambda use: parts[use[1]], text)
    return text


def parse_query(name: str, body: str) -> Query:
    """Number the named parameters of one statement.

    >>> parse_query("q", "select :a::int, ':b', :a, :c")
    Query(name='q', text="select $1::int, ':b', $1, $2", parameters=('a', 'c'))
    """
    parameters: list[str] = []

    def number(token: re.Match[str]) -> str:
        if token[1] is None:
            return token[0]
        if token[1] not in parameters:
            parameters.append(token[1])
        return f"${parameters.index(token[1]) + 1}"

    return Query(name, _TOKEN.sub(number, body.strip()).rstrip(";"), tuple(parameters))
