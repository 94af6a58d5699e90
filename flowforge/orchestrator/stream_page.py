"""Pages of streams: the next frames after a number, as they are stored now.

Whoever follows a stream asks for a page whenever it is told of news. A process may have hundreds of such followers, so `Pages`
reads for all of them: those who ask while one statement is under way share the next, as changes share a flush.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, get_args
from uuid import UUID
from weakref import WeakKeyDictionary

from flowforge import ids
from flowforge.db.queries import Connection, load_queries
from flowforge.orchestrator.branch import outside

if TYPE_CHECKING:
    from flowforge.db.database import Database

StreamKind = Literal["run", "agent", "task", "person", "tenant"]
PAGE, PAGE_BYTES = 500, 128 * 1024  # whoever reads slowly holds a page in memory
SHARED_PAGE, SHARED_BYTES = 100, 32 * 1024  # for one of those who read together; who finds more there reads on alone
TOGETHER = 256  # who read together, at most
_ENDS = {1: "run.completed", 2: "run.failed", 3: "run.cancelled", 4: "run.skipped"}

sql = load_queries("flowforge.orchestrator")
_QUERIES = {
    "run": sql.run_frames,
    "agent": sql.agent_frames,
    "task": sql.task_frames,
    "person": sql.own_frames,
    "tenant": sql.own_frames,
}


@dataclass(frozen=True)
class Frame:
    """One frame: its number in this stream, its name and its JSON object, and when it happened, where that is known."""

    seq: int
    name: str
    data: dict[str, Any]
    at: datetime | None = None

    @property
    def told(self) -> dict[str, Any]:
        """The object as readers get it."""
        return self.data if self.at is None else {**self.data, "at": self.at.isoformat()}


@dataclass(frozen=True)
class Page:
    """Frames in order. `full`: there may be more already; `over`: nothing can come after these."""

    frames: list[Frame]
    full: bool
    over: bool


@dataclass(eq=False)
class _Wish:
    """A page that somebody waits for."""

    tenant_id: UUID
    kind: StreamKind
    stream_id: UUID
    after: int
    page: asyncio.Future[Page] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Pages:
    """Reads for all in this process who follow streams of one database. Get it with `pages_of`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._wishes: list[_Wish] = []
        self._reading: asyncio.Task[None] | None = None
        self.statements = 0

    async def next(self, tenant_id: UUID, kind: StreamKind, stream_id: UUID, after: int) -> Page:
        """The page after that number, read together with those of others. Raises what the database raises."""
        wish = _Wish(tenant_id, kind, stream_id, after)
        self._wishes.append(wish)
        if self._reading is None:
            self._reading = outside(self._read())
        return await wish.page

    async def _read(self) -> None:
        try:
            while self._wishes:
                taken, self._wishes = self._wishes[:TOGETHER], self._wishes[TOGETHER:]
                for kind in get_args(StreamKind):
                    if wishes := [wish for wish in taken if wish.kind == kind and not wish.page.done()]:
                        await self._fulfil(kind, wishes)
        finally:
            self._reading = None

    async def _fulfil(self, kind: StreamKind, wishes: Sequence[_Wish]) -> None:
        self.statements += 1
        try:
            pages = await _read_pages(self._database.engine, kind, wishes, SHARED_PAGE, SHARED_BYTES)
        except Exception as error:  # noqa: BLE001 - it is told to everybody who waits for this statement
            for wish in wishes:
                if not wish.page.done():
                    wish.page.set_exception(error)
            return
        for wish, page in zip(wishes, pages, strict=True):
            if not wish.page.done():
                wish.page.set_result(page)


_pages: WeakKeyDictionary[Database, Pages] = WeakKeyDictionary()


def pages_of(database: Database) -> Pages:
    """The pages that this process shares: of the whole database, since one statement reads for the readers of all tenants."""
    root = database.root
    if root not in _pages:
        _pages[root] = Pages(root)
    return _pages[root]


async def page_after(connection: Connection, tenant_id: UUID, kind: StreamKind, stream_id: UUID, after: int) -> Page:
    """One page for one reader."""
    return (await _read_pages(connection, kind, [_Wish(tenant_id, kind, stream_id, after)], PAGE, PAGE_BYTES))[0]


async def _read_pages(connection: Connection, kind: StreamKind, wishes: Sequence[_Wish], limit: int, size: int) -> list[Page]:
    rows = await _QUERIES[kind].fetch(
        connection,
        tenant_ids=[wish.tenant_id for wish in wishes],
        stream_ids=[wish.stream_id for wish in wishes],
        afters=[wish.after for wish in wishes],
        limit=limit,
        bytes=size,
    )
    found: list[list[Any]] = [[] for _ in wishes]
    for row in rows:
        found[row["place"] - 1].append(row)
    if kind == "run":
        return [_page_of_run(rows, wish.stream_id, wish.after, limit) for rows, wish in zip(found, wishes, strict=True)]
    return [Page([_stored(row) for row in rows], _is_full(rows, limit), False) for rows in found]


def _stored(row: Any) -> Frame:
    return Frame(row["seq"], row["name"], json.loads(row["data"]), row["created_at"])


def _is_full(rows: Sequence[Any], limit: int) -> bool:
    return len(rows) >= limit or any(row["cut"] for row in rows)


def _page_of_run(rows: Sequence[Any], run_id: UUID, after: int, limit: int) -> Page:
    run = ids.show("run", run_id)
    facts = next((row for row in rows if row["key"] is None and row["name"] == "run"), None)
    if facts is None:
        return Page([], full=False, over=True)
    horizon = _horizon(rows, facts, limit)
    frames: dict[int, Frame] = {}
    for row in rows:
        if row is facts:
            continue
        if row["key"] is None:
            frames[row["seq"]] = Frame(row["seq"], row["name"], {"run": run, **json.loads(row["data"])}, row["started_at"])
        else:
            _add_step(frames, row, run)
    if after < 2:
        frames.setdefault(1, Frame(1, "run.queued", {"run": run, "function": facts["kind"]}))
        if facts["started_at"] is not None:
            frames.setdefault(2, Frame(2, "run.started", {"run": run, "function": facts["kind"]}, facts["started_at"]))
    ended = bool(facts["state"]) and facts["seq"] is not None
    if ended:
        frames.setdefault(facts["seq"], _final(facts, run))
    shown = [frames[seq] for seq in sorted(frames) if after < seq <= horizon]
    return Page(shown, full=horizon != float("inf"), over=ended and facts["seq"] <= (shown[-1].seq if shown else after))


def _horizon(rows: Sequence[Any], facts: Any, limit: int) -> float:
    """How far this page is complete: where one of its two sources was cut off, nothing behind its end may be shown yet."""
    steps = [row for row in rows if row is not facts and row["key"] is not None]
    frames = [row for row in rows if row is not facts and row["key"] is None]
    return min((max(row["seq"] for row in source) for source in (steps, frames) if _is_full(source, limit)), default=float("inf"))


def _add_step(frames: dict[int, Frame], row: Any, run: str) -> None:
    ms = round((row["ended_at"] - row["started_at"]).total_seconds() * 1000, 3)
    about = {"run": run, "step": row["key"], "name": row["name"], "kind": row["kind"], "attempt": row["attempt"], "parent": row["parent"]}
    if not row["announced"]:
        frames[row["seq"] - 1] = Frame(row["seq"] - 1, "step.started", about, row["started_at"])
    cost = None if row["cost"] is None else str(row["cost"])
    ended: dict[str, Any] = {**about, "memoized": row["reused"], "ms": ms, "cost": cost}
    if row["state"] == 3:
        ended["error"] = json.loads(row["error"]) if row["error"] else None
    name = "step.completed" if row["state"] == 2 else "step.failed"
    frames[row["seq"]] = Frame(row["seq"], name, ended, row["ended_at"])


def _final(facts: Any, run: str) -> Frame:
    data = {"run": run, "function": facts["kind"], "attempt": facts["attempt"]}
    if facts["data"] is not None:
        data["error"] = json.loads(facts["data"])
    return Frame(facts["seq"], _ENDS[facts["state"]], data, facts["ended_at"])
