"""What is left of a crew's trial, for the checker: plain data, from the database and from those who have seen it happen."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flowforge import ids
from flowforge.board.replay import ToldCard, told_card
from flowforge.db.database import Database
from flowforge.ids import DEFAULT_TENANT
from flowforge.testing import approval_checker
from tests.chaos.crew.readers import Got
from tests.chaos.recording import Record


@dataclass(frozen=True)
class RunRow:
    """A run of the built-in function on a card."""

    run: str
    title: str
    agent: str
    state: str
    result: str | None = None


@dataclass(frozen=True)
class Answered:
    """A request that the provider has answered: whose, for which card, and what it counted."""

    title: str
    model: str
    turn: int
    tokens: tuple[int, int]


@dataclass(frozen=True)
class UsageRow:
    """A row of the ledger of model calls."""

    title: str
    agent: str
    run: str
    step: str
    model: str
    outcome: str
    tokens: tuple[int, int]
    cost: Decimal | None

    @property
    def turn(self) -> int | None:
        """Which turn of a conversation it is, where its step is one."""
        number = self.step.rpartition("turn:")[2]
        return int(number) if number.isdigit() else None


@dataclass(frozen=True)
class CardRow:
    """A card: where it stands, and what its history tells of it."""

    title: str
    board: str
    number: int
    column: str
    column_of_board: bool
    position: str
    made: int  # how often the audit log has it made
    told: ToldCard


@dataclass(frozen=True)
class DecidedRow:
    """An approval or a question, as it stands."""

    id: str
    state: str
    by: str | None
    tool: str | None = None
    call: Mapping[str, Any] = field(default_factory=dict)  # as it was decided
    settles: bool = False  # whether a call had happened, of which nobody knew


@dataclass(frozen=True)
class Effect:
    """What the world outside has seen; `asked`: how often."""

    key: str
    tool: str
    order: str
    amount: int
    asked: int = 1


@dataclass(frozen=True)
class Followed:
    """A stream: what is stored of it, and what a reader got who was cut."""

    name: str
    stored: tuple[Got, ...]
    got: tuple[Got, ...]
    resets: int = 0


@dataclass(frozen=True)
class Stalled:
    """A server before which readers stood who read nothing: what was written for them, and the most that it held in memory for one."""

    readers: int
    written_bytes: int
    held_bytes: int


@dataclass(frozen=True)
class Shown:
    """Sums of money as the API shows them; cards and runs by their keys and ids, agents by name."""

    cards: Mapping[str, Decimal]
    trees: Mapping[str, Decimal]
    runs: Mapping[str, Decimal]
    agents: Mapping[str, Decimal]
    report: Decimal
    budget: Decimal
    unknown_calls: int = 0


@dataclass(frozen=True)
class Evidence:
    """Everything that the checker wants to know."""

    records: Sequence[Record] = ()
    cards: tuple[CardRow, ...] = ()
    next_numbers: Mapping[str, int] = field(default_factory=dict)
    runs: tuple[RunRow, ...] = ()
    owned: int = 0
    decided: tuple[DecidedRow, ...] = ()
    approvals: approval_checker.Evidence = field(default_factory=approval_checker.Evidence)
    effects: tuple[Effect, ...] = ()
    turns: tuple[tuple[str, str], ...] = ()  # run and key of each model request that was checkpointed
    usage: tuple[UsageRow, ...] = ()
    answered: tuple[Answered, ...] = ()
    shown: Shown | None = None
    followed: tuple[Followed, ...] = ()
    stalled: tuple[Stalled, ...] = ()

    def of(self, *kinds: str) -> list[Record]:
        return [record for record in self.records if record["what"] in kinds]


async def read_database(database: Database) -> dict[str, Any]:
    """What the database says, by the names of `Evidence`. All is calm by then: nothing changes between one statement and the next."""
    pool = database.pool
    cards = [await _card(database, row) for row in await pool.fetch(_CARDS)]
    numbers = {row["prefix"]: row["next_number"] for row in await pool.fetch("select prefix, next_number from flowforge.board")}
    usage = [
        UsageRow(
            row["title"] or "",
            row["agent"] or "",
            ids.show("run", row["run_id"]),
            row["step_key"],
            row["model"],
            row["outcome"],
            (row["input_tokens"], row["output_tokens"]),
            row["cost"],
        )
        for row in await pool.fetch(_USAGE)
    ]
    turns = await pool.fetch("select run_id, key from flowforge.step where kind = 'ai' and state = 2 and not reused")
    return {
        "cards": tuple(cards),
        "next_numbers": numbers,
        "runs": tuple(_run(row) for row in await pool.fetch(_RUNS)),
        "owned": await pool.fetchval("select count(*) from flowforge.owner"),
        "decided": (*map(_approval, await pool.fetch(_APPROVALS)), *map(_question, await pool.fetch(_QUESTIONS))),
        "approvals": await approval_checker.read_evidence(database),
        "turns": tuple((ids.show("run", row["run_id"]), row["key"]) for row in turns),
        "usage": tuple(usage),
    }


_CARDS = """
select task.key, task.title, task.number, task.position, board.prefix, board_column.name as column_name,
       (select count(*) from flowforge.audit
         where audit.tenant_id = task.tenant_id and audit.action = 'task.create' and audit.target = task.key) as made
  from flowforge.task
  join flowforge.board using (tenant_id, board_id)
  left join flowforge.board_column using (tenant_id, board_id, column_id)
 order by board.prefix, task.number
"""
_RUNS = """
select run.run_id, run.state, run.output, task.title, agent.name as agent
  from flowforge.run
  left join flowforge.task using (tenant_id, task_id)
  left join flowforge.agent on agent.tenant_id = run.tenant_id and agent.agent_id = run.agent_id
 order by run.run_id
"""
_USAGE = """
select usage.run_id, usage.step_key, usage.model, usage.outcome, usage.input_tokens, usage.output_tokens, usage.cost,
       task.title, agent.name as agent
  from flowforge.usage
  left join flowforge.task using (tenant_id, task_id)
  left join flowforge.agent on agent.tenant_id = usage.tenant_id and agent.agent_id = usage.agent_id
"""
_APPROVALS = "select approval_id, state, decided_by, tool, arguments, decision, reason from flowforge.approval"
_QUESTIONS = "select question_id, state, answered_by from flowforge.question"


async def _card(database: Database, row: Any) -> CardRow:
    told = await told_card(database, DEFAULT_TENANT, row["key"])
    at = row["column_name"]
    return CardRow(row["title"], row["prefix"], row["number"], at or "", at is not None, row["position"], row["made"], told)


def _run(row: Any) -> RunRow:
    output = None if row["output"] is None else json.loads(row["output"])
    result = str(output["result"]) if isinstance(output, dict) and "result" in output else None
    return RunRow(ids.show("run", row["run_id"]), row["title"] or "", row["agent"] or "", row["state"], result)


def _approval(row: Any) -> DecidedRow:
    edited = None if row["decision"] is None else json.loads(row["decision"])["edited_args"]
    call = json.loads(row["arguments"]) if edited is None else edited
    settles = "may have run" in (row["reason"] or "")
    return DecidedRow(ids.show("apr", row["approval_id"]), row["state"], row["decided_by"], row["tool"], call, settles)


def _question(row: Any) -> DecidedRow:
    return DecidedRow(ids.show("qst", row["question_id"]), row["state"], row["answered_by"])
