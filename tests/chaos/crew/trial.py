"""One board under fire, from the first card to the last, and the checker's verdict.

with Site(household="tests.chaos.crew.processes") as site:
    verdict = asyncio.run(hold_board(site, random.Random(1)))
assert not verdict.violations
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx

from flowforge import ids
from flowforge.agents.work import register_builtin
from flowforge.db.creation import create_database, drop_database
from flowforge.db.database import Database
from flowforge.db.migrate import migrate
from flowforge.ids import DEFAULT_TENANT
from flowforge.orchestrator.publish import publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.stream import StreamKind, read_page
from flowforge.skills.publish import publish
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.asked import Asked
from flowforge.testing.scripted_provider.reply import Reply
from tests.chaos.crew import checker
from tests.chaos.crew.cards import AGENTS, CARDS, PEOPLE, TITLES, TWO_FOR_A_WIRE
from tests.chaos.crew.evidence import Answered, Effect, Evidence, Followed, Shown, read_database
from tests.chaos.crew.ledger import EACH_ANEW, crew_tools
from tests.chaos.crew.people import Caller, Person, operator
from tests.chaos.crew.readers import Got, Reader
from tests.chaos.crew.script import script, title_of, turn_of
from tests.chaos.nursery import Child
from tests.chaos.recording import Recorder, read_recording
from tests.chaos.trial import RESUME_RESCUED, Site, free_port

HOUSEHOLD = "tests.chaos.crew.processes"
WORKERS = 3
KILL_EACH = 3  # effects, of which the last one's worker dies before it is told
FOLLOWED_CARDS = 6
FOLLOWED_RUNS = 4
POINTS_OF_WORK = (
    "body.before",
    "body.after",
    "checkpoint.before_commit",
    "checkpoint.sent_unread",
    "checkpoint.after_commit",
    "claim.after_commit",
    "run.before_seal",
    "run.after_seal",
    "run.before_suspend",
    "run.after_suspend",
    "event.after_insert",
    "dispatch.before_commit",
    "approval.asked",
    "model.reserved",
    "model.answered",
)


@dataclass(frozen=True)
class Fire:
    """How often somebody is killed: a worker after so many seconds, and every `server_each`th time the server too. So many of the workers
    die by themselves besides, at a crash point that chance names. After `lasts_seconds` it is over: what is left is done in peace."""

    worker_seconds: tuple[float, float] = (2.0, 4.0)
    server_each: int = 3
    armed: float = 0.5
    lasts_seconds: float = math.inf


@dataclass
class Verdict:
    """What the checker says of a board, what was done on it, and how long it took."""

    violations: list[str]
    counts: Counter[str]
    seconds: float
    evidence: Evidence = field(repr=False)


class Crew:
    """One database, one recording, and everybody who takes part."""

    def __init__(self, site: Site, database: Database, url: str, recorder: Recorder, chance: random.Random) -> None:
        self.site, self.database, self.url, self.recorder, self.chance = site, database, url, recorder, chance
        self.port, self.ledger_port = free_port(), free_port()
        self.answered: list[Answered] = []
        self.provider = ScriptedProvider(self._say, chunk_delay_seconds=0.01)
        self.workers: list[Child] = []
        self.people: list[Person] = []
        self.readers: list[Reader] = []
        self._tasks: list[asyncio.Task[Any]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ledger(self) -> str:
        return f"http://127.0.0.1:{self.ledger_port}"

    def _say(self, asked: Asked) -> Reply:
        reply = script(asked)
        assert reply.tokens is not None
        tokens = (reply.tokens.input, reply.tokens.output)
        self.answered.append(Answered(title_of(asked), asked.model, turn_of(asked), tokens))
        return reply

    # ── who takes part ──────────────────────────────────────────────────────────────────────────────────────────────

    async def begin(self) -> None:
        """Everybody comes, and the board is filled."""
        self.provider.start()
        tools, registry = crew_tools(self.ledger), Registry()
        register_builtin(registry, tools)
        await publish(self.database.pool, "crew", tools, [])
        await publish_functions(self.database.pool, registry, app="crew")
        books = str(self.recorder.path.with_suffix(".books"))
        self.books = await self._born("ledger", port=self.ledger_port, path=books, kill_each=KILL_EACH)
        self.server = await self._serve()
        boss = operator(self.address)
        self.people = [await Person.join(self.address, name, self.ledger, self.recorder) for name in PEOPLE]
        await self._set_up(boss)
        self.workers = [await self._work() for _ in range(WORKERS)]
        self._tasks = [asyncio.create_task(person.work()) for person in self.people]
        await self._fill(boss)
        await boss.http.aclose()

    async def _set_up(self, boss: Caller) -> None:
        for agent in AGENTS[::-1]:  # those to whom work is given first
            await boss.make("/v1/agents", {"done_column": "Done", **agent}, f"agent {agent['name']}")
        await boss.make("/v1/policies", TWO_FOR_A_WIRE, "policy")
        budget = {"name": "all", "scope": "tenant", "unit": "usd", "period": "total", "amount": "1000000"}
        await boss.make("/v1/budgets", budget, "budget")

    async def _fill(self, boss: Caller) -> None:
        keys: dict[str, str] = {}
        left = list(CARDS)
        while left:
            card = next(one for one in left if set(one.after) <= keys.keys())
            left.remove(card)
            to = {"user" if card.to in PEOPLE else "agent": card.to}
            body = {"title": card.title, "assignee": to, "depends_on": [keys[title] for title in card.after]}
            keys[card.title] = (await boss.make("/v1/tasks", body, f"card {card.title}"))["key"]
            if len(self.readers) < FOLLOWED_CARDS:
                self._follow("task", keys[card.title])
        for agent in await boss.get("/v1/agents"):
            self._follow("agent", agent["id"])

    def _follow(self, kind: str, stream: str) -> None:
        self.readers.append(Reader(self.address, kind, stream, random.Random(self.chance.random())))
        self._tasks.append(asyncio.create_task(self.readers[-1].follow()))

    async def _work(self, crash: str = "") -> Child:
        order = {"environment": self.provider.environment(), "ledger": self.ledger, "slots": 8, "crash": crash}
        return await self._born("worker", url=self.url, **order)

    async def _serve(self) -> Child:
        return await self._born("server", url=self.url, port=self.port)

    async def _born(self, role: str, **order: Any) -> Child:
        child = self.site.nursery.birth(self.recorder, role=role, **order)
        await child.is_ready()
        assert child.alive or order.get("crash"), f"the {role} did not come up; see {self.recorder.path.with_suffix('.log')}"
        return child

    # ── what happens ────────────────────────────────────────────────────────────────────────────────────────────────

    async def burn(self, fire: Fire, seconds: float) -> bool:
        """Kill until the board is cleared; was it, within this time?"""
        end = time.monotonic() + seconds
        killing = asyncio.create_task(self._kill(fire))
        try:
            while not await self._is_cleared():
                for task in (killing, *self._tasks):
                    if task.done():
                        task.result()  # these end only where something in them broke
                if time.monotonic() > end:
                    return False
                if len(self.readers) < FOLLOWED_CARDS + len(AGENTS) + FOLLOWED_RUNS:
                    await self._follow_a_run()
                await asyncio.sleep(0.1)
            return True
        finally:
            killing.cancel()
            await asyncio.gather(killing, return_exceptions=True)

    async def _kill(self, fire: Fire) -> None:
        n, out = 0, time.monotonic() + fire.lasts_seconds
        while True:
            await asyncio.sleep(self.chance.uniform(*fire.worker_seconds))
            await self._resume_rescued()
            if time.monotonic() > out:
                await self._man_the_posts()
                continue
            n += 1
            fallen = [place for place, worker in enumerate(self.workers) if not worker.alive]
            place = fallen[0] if fallen else self.chance.randrange(len(self.workers))
            await self._end(self.workers[place])
            self.workers[place] = await self._work(self._crash(fire))
            if n % fire.server_each == 0:
                await self._end(self.server)
                self.server = await self._serve()

    async def _resume_rescued(self) -> None:
        """What an operator does with runs whose workers died too often in a row, as they do on a slow machine: let them go on."""
        for row in await self.database.pool.fetch(RESUME_RESCUED):
            self.recorder.write("resumed", run=row["run_id"].hex)

    async def _man_the_posts(self) -> None:
        """Whoever has fallen is replaced by somebody who lives."""
        for place, worker in enumerate(self.workers):
            if not worker.alive:
                self.workers[place] = await self._work()

    def _crash(self, fire: Fire) -> str:
        if self.chance.random() >= fire.armed:
            return ""
        return f"{self.chance.choice(POINTS_OF_WORK)}:{self.chance.randint(1, 8)}"

    async def _end(self, child: Child) -> None:
        child.kill()
        if not await child.over(10):
            raise TimeoutError(f"process {child.pid} does not end")

    async def _is_cleared(self) -> bool:
        row = await self.database.pool.fetchrow(
            "select (select count(*) from flowforge.task join flowforge.board_column c using (tenant_id, board_id, column_id)"
            "         where c.category = 'done') as done,"
            "       (select count(*) from flowforge.owner) + (select count(*) from flowforge.dispatch) as busy"
        )
        assert row is not None
        return row["done"] >= len(TITLES) and row["busy"] == 0

    async def what_is_left(self) -> str:
        """The cards that are not done and their runs, one a line, for who asks why."""
        rows = await self.database.pool.fetch(
            "select t.title, c.name as in_column, r.state, o.state::text as owner, o.reason, o.rescues"
            " from flowforge.task t join flowforge.board_column c using (tenant_id, board_id, column_id)"
            " left join flowforge.run r on r.tenant_id = t.tenant_id and r.task_id = t.task_id"
            " left join flowforge.owner o on o.tenant_id = r.tenant_id and o.run_id = r.run_id"
            " where c.category <> 'done' or o.run_id is not null order by t.title, r.run_id"
        )
        return "\n".join(", ".join(f"{name} {value}" for name, value in row.items() if value is not None) for row in rows)

    async def _follow_a_run(self) -> None:
        known = [reader.stream for reader in self.readers if reader.kind == "run"]
        rows = await self.database.pool.fetch("select run_id from flowforge.run order by run_id limit $1", FOLLOWED_RUNS)
        for row in rows:
            if (shown := ids.show("run", row["run_id"])) not in known:
                self._follow("run", shown)

    # ── what is left ────────────────────────────────────────────────────────────────────────────────────────────────

    async def evidence(self) -> Evidence:
        """When nothing moves any more: what everybody has, once the readers have read to the end."""
        await self._settle_money()
        stored = [await self._stored(reader) for reader in self.readers]
        await self._read_on(stored)
        followed = tuple(
            Followed(f"{reader.kind} {reader.stream}", tuple(frames), tuple(reader.got), reader.resets)
            for reader, frames in zip(self.readers, stored, strict=True)
        )
        found = await read_database(self.database)
        async with httpx.AsyncClient(base_url=self.ledger, trust_env=False, limits=EACH_ANEW) as books:
            effects = tuple(Effect(**one) for one in (await books.get("/effects")).raise_for_status().json())
        records = read_recording(self.recorder.path)
        return Evidence(records, **found, effects=effects, answered=tuple(self.answered), followed=followed, shown=await self._shown())

    async def _settle_money(self) -> None:
        """Until the sweepers have given back what the dead had reserved."""
        end = time.monotonic() + 20
        while await self.database.pool.fetchval("select count(*) from flowforge.reservation") and time.monotonic() < end:
            await asyncio.sleep(0.1)

    async def _stored(self, reader: Reader) -> list[Got]:
        kind: Any = reader.kind
        stream_id = await self._stream_id(kind, reader.stream)
        frames: list[Got] = []
        while page := await read_page(self.database.pool, DEFAULT_TENANT, kind, stream_id, frames[-1].seq if frames else 0):
            frames += [Got.of(frame.seq, frame.name, frame.told) for frame in page]
        return frames

    async def _stream_id(self, kind: StreamKind, stream: str) -> Any:
        if kind == "task":
            return await self.database.pool.fetchval("select task_id from flowforge.task where key = $1", stream)
        return ids.parse("run" if kind == "run" else "agt", stream)

    async def _read_on(self, stored: list[list[Got]]) -> None:
        """Nobody cuts the readers any more; they have until then to come to the end."""
        end = time.monotonic() + 20
        for reader in self.readers:
            reader.calm = True
        while time.monotonic() < end:
            if all(not frames or reader.at >= frames[-1].seq for reader, frames in zip(self.readers, stored, strict=True)):
                return
            await asyncio.sleep(0.05)

    async def _shown(self) -> Shown:
        boss = operator(self.address)
        tasks, runs = await boss.get("/v1/tasks"), await boss.get("/v1/runs")
        trees = {}
        for task in tasks:
            if task["parent"] is None:
                root = (await boss.ask("GET", f"/v1/tasks/{task['key']}/tree")).raise_for_status().json()["root"]
                trees[task["title"]] = Decimal(root["cost"]) + Decimal(root["cost_below"])
        report = (await boss.ask("GET", "/v1/usage?group_by=agent&since=1d&limit=200")).raise_for_status().json()
        budget = (await boss.ask("GET", "/v1/budgets/all")).raise_for_status().json()
        await boss.http.aclose()
        return Shown(
            {task["title"]: Decimal(task["cost"]) for task in tasks},
            trees,
            {run["id"]: Decimal(run["cost"]) for run in runs},
            {group["name"]: Decimal(group["cost"] or 0) for group in report["data"]},
            Decimal(report["totals"]["cost"]),
            Decimal(budget["used"]),
            budget["unknown_calls"],
        )

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for child in (*self.workers, self.server, self.books):
            child.kill()
            await child.over(5)
        for person in self.people:
            await person.close()
        self.provider.stop()


@asynccontextmanager
async def a_crew(site: Site, chance: random.Random, name: str = "crew") -> AsyncIterator[Crew]:
    """A crew over a database of its own, which has begun."""
    database_name = f"{name}_{chance.randrange(10**9)}"
    url = await create_database(site.url, database_name)
    await migrate(url)
    crew = Crew(site, await Database.open(url, pool_size=3), url, Recorder(site.directory / f"{database_name}.jsonl"), chance)
    try:
        await crew.begin()
        yield crew
    finally:
        with contextlib.suppress(AttributeError):  # not all had come
            await crew.end()
        await crew.database.close()
        with contextlib.suppress(Exception):
            await drop_database(site.url, database_name)


async def hold_board(site: Site, chance: random.Random, fire: Fire = Fire(), *, seconds: float = 180.0) -> Verdict:
    """A board from the first card to the last."""
    began = time.monotonic()
    async with a_crew(site, chance) as crew:
        await crew.burn(fire, seconds)
        took = time.monotonic() - began
        evidence = await crew.evidence()
        return Verdict(checker.check(evidence), counts_of(evidence), took, evidence)


def counts_of(e: Evidence) -> Counter[str]:
    """What was done, in numbers."""
    counts: Counter[str] = Counter(record["what"] for record in e.records)
    roles = {record["whom"]: record["role"] for record in e.of("born")}
    for record in e.of("died"):
        if record["code"] == -signal.SIGKILL:
            counts[f"{roles[record['whom']]}s killed"] += 1
    counts["cards"], counts["runs"], counts["effects"] = len(e.cards), len(e.runs), len(e.effects)
    counts["effects asked for again"] = sum(one.asked - 1 for one in e.effects)
    counts["approvals"] = sum(one.tool is not None for one in e.decided)
    counts["calls settled by a person"] = sum(one.settles for one in e.decided)
    counts["questions"] = sum(one.tool is None for one in e.decided)
    counts["model calls"], counts["model calls lost"] = len(e.answered), sum(row.outcome == "unknown" for row in e.usage)
    counts["frames read"] = sum(len(one.got) for one in e.followed)
    return counts
