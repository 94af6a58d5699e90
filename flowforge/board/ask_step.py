"""The wait for a person's answer: it asks once, on the card and in the list of questions, and ends with the first answer.

An answer is given through `question.answer_question`, or as a comment on the card by a person who replies to the question or mentions the
agent. Such a comment is found by its event `board/task.commented`; whichever comes first is the answer.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.board import text
from flowforge.board.activity import Change, record
from flowforge.board.card import Card, lock_card
from flowforge.board.comment import add_comment
from flowforge.board.inbox import Notice, Tell, notify, people_with_role
from flowforge.board.mention import wake_id
from flowforge.board.message import take_message
from flowforge.board.queries import sql
from flowforge.board.question import ANSWER_CHARACTERS_MAX, read_option, settle
from flowforge.errors import InvalidInput
from flowforge.orchestrator.change import EventWait
from flowforge.orchestrator.event import dispatch_pending
from flowforge.orchestrator.match import key_of
from flowforge.orchestrator.waits import NotYet, Outcome, PendingWait, register_wait_kind

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.orchestrator.execution import Execution
    from flowforge.orchestrator.future import StepFuture

KIND = "question"
COMMENTED = "board/task.commented"


@dataclass(frozen=True)
class Answer:
    """How a question ended; without an answer its time was over."""

    answer: str | None
    by: str | None = None

    @classmethod
    def from_json(cls, value: str) -> Answer:
        return cls(**json.loads(value))


@dataclass(frozen=True)
class Asking:
    """A question, checked: who asks on which card, and which person is asked (None: whoever reads it)."""

    question: str
    asker: str  # the agent's name
    agent_id: UUID | None
    task_id: UUID | None
    person_id: UUID | None = None
    person: str | None = None
    options: Sequence[str] | None = None


def ask_person(
    execution: Execution,
    name: str,
    asking: Asking,
    *,
    question_id: UUID,
    timeout: float | None = None,
    parent: str | None = None,
    identity: str | None = None,
) -> StepFuture[Answer]:
    """Ask, and wait for the answer while holding nothing; `question_id` derives from the run, so that it is asked once."""

    def waits(key: str) -> list[EventWait]:
        if asking.task_id is None:
            return []
        card, since = key_of(asking.task_id.hex), execution.event.received_at
        return [EventWait(key, COMMENTED, "data.task_id", card, since, _is_answer(asking, question_id))]

    asked: dict[str, Any] = {
        "question": asking.question,
        "question_id": question_id.hex,
        "asker": asking.asker,
        "agent_id": _hex(asking.agent_id),
        "task_id": _hex(asking.task_id),
        "person_id": _hex(asking.person_id),
        "to": asking.person,
        "options": None if asking.options is None else list(asking.options),
    }
    return execution.wait(KIND, name, input=asked, timeout=timeout, parent=parent, identity=identity, events=waits, decode=Answer.from_json)


async def look(database: Database, waits: Sequence[PendingWait]) -> list[Outcome | NotYet | None]:
    """How these waits stand: asks what was not asked yet, takes the comment that answers, closes what is due."""
    rows = await _rows(database, waits)
    for wait, row in zip(waits, rows, strict=True):
        if row["question_id"] is None:
            await _ask(database, wait)
        elif row["state"] == "open" and (row["said"] is not None or row["is_due"]):
            await _close(database, wait, row)
    if any(row["state"] in (None, "open") for row in rows):
        rows = await _rows(database, waits)
    return [_outcome(row) for row in rows]


async def _rows(database: Database, waits: Sequence[PendingWait]) -> Sequence[Any]:
    found: Sequence[Any] = await sql.question_answers.fetch(
        database.engine,
        tenant_ids=[wait.tenant_id for wait in waits],
        run_ids=[wait.run_id for wait in waits],
        step_keys=[wait.key for wait in waits],
    )
    return found


async def _ask(database: Database, wait: PendingWait) -> None:
    """Store the question, say it on the card, and put it before whom it is for: one transaction."""
    asked = json.loads(wait.input)
    question_id, task_id = UUID(asked["question_id"]), _uuid(asked["task_id"])
    asker = Principal(wait.tenant_id, "agent", asked["asker"], _uuid(asked["agent_id"]))
    comment_id = None if task_id is None else comment_of(question_id)
    events: list[UUID] = []
    async with database.pool.acquire() as connection, connection.transaction():
        card = None if task_id is None else await lock_card(connection, wait.tenant_id, task_id)
        made = await sql.insert_question.fetchval(
            connection,
            tenant_id=wait.tenant_id,
            question_id=question_id,
            run_id=wait.run_id,
            step_key=wait.key,
            question=asked["question"],
            options=asked["options"],
            agent_id=asker.id,
            task_id=task_id,
            comment_id=comment_id,
            person_id=_uuid(asked["person_id"]),
            expires_at=wait.due,
        )
        if made is None:
            return
        detail = {"question": ids.show("qst", question_id), "run": ids.show("run", wait.run_id)}
        if card is None or comment_id is None:
            await audit.append(connection, asker, "question.ask", "question", ids.show("qst", question_id), detail)
        else:
            _, change = await add_comment(connection, asker, card, _shown(asked), comment_id)
            changes = [] if change is None else [replace(change, tells=_tells(change, asker, card, question_id, asked))]
            events = await record(connection, asker, card, "question.ask", *changes, detail=detail)
        if card is None:
            people = [_uuid(asked["person_id"])] if asked["person_id"] else await people_with_role(connection, wait.tenant_id, "approver")
            await notify(connection, wait.tenant_id, filter(None, people), _notice(asker, None, question_id, asked))
    if events:
        await dispatch_pending(database, wait.tenant_id, events)


def _tells(change: Change, asker: Principal, card: Card, question_id: UUID, asked: dict[str, Any]) -> tuple[Tell, ...]:
    """Who finds the question in their inbox: the person who is asked, while others who watch the card are told of a comment; else these."""
    notice, person_id = _notice(asker, card, question_id, asked), _uuid(asked["person_id"])
    return (Tell(notice, to_watchers=True),) if person_id is None else (Tell(notice, (person_id,)), *change.tells)


def _notice(asker: Principal, card: Card | None, question_id: UUID, asked: dict[str, Any]) -> Notice:
    title = f"{asker.name} asks" if card is None else f"{asker.name} asks on {card.key} {card.title}"
    key = None if card is None else card.key
    return Notice("question", ids.show("qst", question_id), title, asked["question"], key, asker.kind, asker.name)


def comment_of(question_id: UUID) -> UUID:
    """The id of the comment by which a question stands on its card."""
    return ids.derived_id(question_id, "comment")


async def _close(database: Database, wait: PendingWait, found: Any) -> None:
    """Take the comment as the answer, or note that the time is over; unless somebody answered just now."""
    async with database.pool.acquire() as connection, connection.transaction():
        await sql.lock_run.fetchrow(connection, tenant_id=wait.tenant_id, run_id=wait.run_id)
        row = await sql.lock_question.fetchrow(connection, tenant_id=wait.tenant_id, question_id=found["question_id"])
        if row["state"] != "open":
            return
        if found["said"] is None:
            await settle(connection, wait.tenant_id, row, answer=None, by=None)
            return
        said = json.loads(found["said"])
        answer = text.mended(said.get("text", ""))[:ANSWER_CHARACTERS_MAX]
        with suppress(InvalidInput):  # else in their own words: the agent reads them
            answer = read_option(answer, row["options"])
        await settle(connection, wait.tenant_id, row, answer=answer, by=said["by"])
        comment_id = ids.parse("cmt", said.get("comment", ""))
        if comment_id is not None and row["agent_id"] is not None:  # read as the answer, it is no message beside it
            await take_message(connection, wait.tenant_id, wake_id(comment_id, row["agent_id"]), wait.run_id)


def _outcome(row: Any) -> Outcome | None:
    if row["state"] == "answered":
        return Outcome({"answer": row["answer"], "by": row["answered_by"]})
    return Outcome({"answer": None}) if row["state"] == "expired" else None


def _is_answer(asking: Asking, question_id: UUID) -> str:
    """The expression that holds for a comment by a person which replies to the question or mentions the agent."""
    data, shown = "async.data", ids.show("cmt", comment_of(question_id))
    reply = f'has({data}.reply_to) && {data}.reply_to == "{shown}"'
    mention = f'has({data}.text) && {data}.text.matches("(?i)(^|[^a-z0-9_-])@{asking.asker}([^a-z0-9_-]|$)")'
    return f'{data}.by_kind == "person" && (({reply}) || ({mention}))'


def _shown(asked: dict[str, Any]) -> str:
    options = asked["options"]
    if not options:
        return str(asked["question"])
    return "\n".join([asked["question"], "", *(f"{number}. {option}" for number, option in enumerate(options, 1))])


def _hex(value: UUID | None) -> str | None:
    return None if value is None else value.hex


def _uuid(value: str | None) -> UUID | None:
    return None if value is None else UUID(value)


register_wait_kind(KIND, look)
