"""Questions: what an agent asks a person, and waits for. Answered once, on the card or here; the run goes on in the same transaction."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, get_args
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.board import text
from flowforge.board.act import Aftermath, carry_out
from flowforge.board.activity import record
from flowforge.board.card import find_card, lock_card
from flowforge.board.comment import add_comment
from flowforge.board.inbox import put_away
from flowforge.board.page import Page, page_of, read_cursor
from flowforge.board.queries import sql
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import Conflict, Gone, InvalidInput, NotFound
from flowforge.orchestrator import hints
from flowforge.orchestrator.run import wake_run

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell

QuestionState = Literal["open", "answered", "expired", "withdrawn"]
QUESTION_STATES: tuple[QuestionState, ...] = get_args(QuestionState)
ANSWER_CHARACTERS_MAX = 20_000


@dataclass(frozen=True)
class Question:
    """One question. `withdrawn`: the run that asked has ended. `person` is who is asked; None: whoever reads it."""

    question_id: UUID
    state: QuestionState
    question: str
    options: tuple[str, ...] | None
    run_id: UUID
    comment_id: UUID | None
    created_at: datetime
    expires_at: datetime | None
    answer: str | None
    answered_by: str | None
    answered_at: datetime | None
    agent: str | None
    task: str | None
    person: str | None

    @property
    def id(self) -> str:
        return ids.show("qst", self.question_id)

    @property
    def waits_for(self) -> str:
        """Why its agent waits, as its status says it: "question to mira"."""
        return f"question to {self.person}" if self.person else "question"


async def list_questions(
    database: Database,
    tenant_id: UUID,
    *,
    state: str | None = None,
    task: str | None = None,
    person_id: UUID | None = None,
    run_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Question]:
    """Questions, oldest first. Raises InvalidInput for an unknown state or cursor, NotFound for an unknown task."""
    if state is not None and state not in QUESTION_STATES:
        raise InvalidInput(f"a question's state is one of {', '.join(QUESTION_STATES)}, not {state[:40]!r}", pointer="/state")
    after = read_cursor(cursor)
    async with database.pool.acquire() as connection:
        task_id = None if task is None else await find_card(connection, tenant_id, task)
        rows = await _read(
            connection, tenant_id, state=state, task_id=task_id, person_id=person_id, run_id=run_id, after=after, limit=limit + 1
        )
    return page_of(rows, limit, "question_id", _question)


async def get_question(database: Database, tenant_id: UUID, reference: str) -> Question:
    """The question of that id, or of an ending of it that fits only one. Raises NotFound and Conflict."""
    question_id = await find_question(database.pool, tenant_id, reference)
    rows = await _read(database.pool, tenant_id, question_id=question_id)
    if not rows:
        raise NotFound("question", reference[:80])
    return _question(rows[0])


async def find_question(connection: Connection, tenant_id: UUID, reference: str) -> UUID:
    """The id that `reference` means; for a whole id it is not checked that the question exists. Raises NotFound and Conflict."""
    if (whole := ids.parse("qst", reference)) is not None:
        return whole
    ending = reference.removeprefix("qst_").replace("_", "").replace("-", "").lower()
    rows: Sequence[Any] = []
    if re.fullmatch(r"[0-9a-f]{4,32}", ending):
        rows = await sql.questions_by_ending.fetch(connection, tenant_id=tenant_id, ending=ending)
    if not rows:
        raise NotFound("question", reference[:80])
    if len(rows) > 1:
        shown = ", ".join(ids.show("qst", row["question_id"]) for row in rows)
        raise Conflict(f"several questions end in {reference!r}: {shown}", hint="give more digits")
    found: UUID = rows[0]["question_id"]
    return found


async def answer_question(
    database: Database,
    principal: Principal,
    reference: str,
    answer: str,
    *,
    bell: Bell | None = None,
) -> Question:
    """Answer a question; on its card the answer is a comment too. Its run goes on.

    Raises NotFound; InvalidInput for an answer that is empty, too long, or none of the options; Conflict with the winner when it is
    answered already, or when an agent answers; Gone when its time or its run is over.

        await answer_question(database, principal, "qst_…", "the second one")
    """
    if principal.kind == "agent":
        raise Conflict("an agent does not answer a question to a person")
    words = text.written(answer, "/answer", max_characters=ANSWER_CHARACTERS_MAX)
    question_id = await find_question(database.pool, principal.tenant_id, reference)

    async def act(connection: Connection, after: Aftermath) -> None:
        row = await _hold(connection, principal.tenant_id, question_id, reference)
        chosen = read_option(words, row["options"])
        await settle(connection, principal.tenant_id, row, answer=chosen, by=principal.name)
        detail = {"question": ids.show("qst", question_id), "answer": chosen}
        if row["task_id"] is None:
            await audit.append(connection, principal, "question.answer", "question", ids.show("qst", question_id), detail)
            return
        card = await lock_card(connection, principal.tenant_id, row["task_id"])
        said, change = await add_comment(connection, principal, card, words, ids.derived_id(question_id, "answer"))
        changes = [] if change is None else [change]
        after.events += await record(
            connection, principal, card, "question.answer", *changes, detail={**detail, "comment": ids.show("cmt", said.comment_id)}
        )
        after.cards.append(card)

    await carry_out(database, principal.tenant_id, act, bell)
    if bell is not None:
        bell.ring(hints.READY, hints.WAKE)
    return await get_question(database, principal.tenant_id, ids.show("qst", question_id))


async def settle(connection: Connection, tenant_id: UUID, row: Any, *, answer: str | None, by: str | None) -> None:
    """Close the question that the caller holds: answered, or, without an answer, expired. Its run looks again."""
    state = "expired" if answer is None else "answered"
    await sql.settle_question.fetchval(
        connection, tenant_id=tenant_id, question_id=row["question_id"], state=state, answer=answer, answered_by=by
    )
    await put_away(connection, tenant_id, "question", ids.show("qst", row["question_id"]))
    await wake_run(connection, tenant_id, row["run_id"])


def read_option(answer: str, options: Sequence[str] | None) -> str:
    """The option that an answer names, by its words or its number from 1. Raises InvalidInput; without options any answer is one."""
    if options is None:
        return answer
    said = answer.strip().casefold()
    for number, option in enumerate(options, 1):
        if said in (option.casefold(), str(number)):
            return option
    raise InvalidInput(f"the answer is one of: {'; '.join(options)}", pointer="/answer")


async def _hold(connection: Connection, tenant_id: UUID, question_id: UUID, reference: str) -> Any:
    """The open question, locked behind its run's owner row."""
    run_id = await sql.question_run.fetchval(connection, tenant_id=tenant_id, question_id=question_id)
    if run_id is None:
        raise NotFound("question", reference[:80])
    owner = await sql.lock_run.fetchrow(connection, tenant_id=tenant_id, run_id=run_id)
    row = await sql.lock_question.fetchrow(connection, tenant_id=tenant_id, question_id=question_id)
    if row["state"] == "answered":
        winner = {"answered_by": row["answered_by"], "answered_at": row["answered_at"].isoformat(), "answer": row["answer"]}
        raise Conflict(f"{row['answered_by']} has answered this already", winner=winner)
    if row["state"] == "expired" or row["is_due"]:
        raise Gone("the question has expired", hint="its agent goes on without an answer")
    if owner is None or owner["cancel"]:
        raise Gone("the run that asked it has ended")
    return row


async def _read(connection: Connection, tenant_id: UUID, **wanted: Any) -> Sequence[Any]:
    anything = {"state": None, "task_id": None, "person_id": None, "question_id": None, "run_id": None, "after": None, "limit": 1}
    found: Sequence[Any] = await sql.list_questions.fetch(connection, tenant_id=tenant_id, **{**anything, **wanted})
    return found


def _question(row: Any) -> Question:
    return Question(**{**row, "options": None if row["options"] is None else tuple(row["options"])})
