"""Questions that agents ask people: listed, and answered once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge import ids
from flowforge.api.caller import Caller, Db, Hub
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.values import PAGE_DEFAULT, Body, Cursor, Limit, Page
from flowforge.board.question import ANSWER_CHARACTERS_MAX, Question, QuestionState, answer_question, get_question, list_questions

router = Resource(prefix="/v1/questions", tags=["questions"])

QuestionId = Annotated[str, Path(description="A question's id, or an ending of it.", examples=["qst_01968f3ac8b17c02a3f08241a2f70041"])]

EXAMPLE: JsonDict = {
    "id": "qst_01968f3ac8b17c02a3f08241a2f70041",
    "state": "open",
    "question": "To which of the two accounts?",
    "options": ["the old one", "the new one"],
    "agent": "atlas",
    "task": "FF-1",
    "run": "run_01968f3ac8b17c02a3f08241a2f70001",
    "to": "mira",
    "comment": "cmt_01968f3ac8b17c02a3f08241a2f70006",
    "created_at": "2026-11-22T09:00:40.000000Z",
    "expires_at": None,
    "answer": None,
    "answered_by": None,
    "answered_at": None,
}


class AnswerIn(Body):
    """The answer; where there are options, one of them by its words or its number."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"answer": "the new one"}]})

    answer: Annotated[str, Field(min_length=1, max_length=ANSWER_CHARACTERS_MAX)]


class QuestionOut(BaseModel):
    """A question. `withdrawn`: the run that asked it has ended. `to` is who is asked; null: whoever reads it."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str
    state: QuestionState
    question: str
    options: list[str] | None
    agent: str | None
    task: str | None
    run: str
    to: str | None
    comment: str | None
    created_at: datetime
    expires_at: datetime | None
    answer: str | None
    answered_by: str | None
    answered_at: datetime | None

    @classmethod
    def of(cls, one: Question) -> QuestionOut:
        return cls(
            id=one.id,
            state=one.state,
            question=one.question,
            options=None if one.options is None else list(one.options),
            agent=one.agent,
            task=one.task,
            run=ids.show("run", one.run_id),
            to=one.person,
            comment=None if one.comment_id is None else ids.show("cmt", one.comment_id),
            created_at=one.created_at,
            expires_at=one.expires_at,
            answer=one.answer,
            answered_by=one.answered_by,
            answered_at=one.answered_at,
        )


class QuestionPage(Page[QuestionOut]):
    """Questions, oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"data": [EXAMPLE], "next_cursor": None}]})


@router.get("", summary="List questions", operation_id="list_questions", responses=errors(404))
async def index(
    caller: Caller,
    database: Db,
    state: Annotated[QuestionState | None, Query(description="Only those.", examples=["open"])] = None,
    task: Annotated[str | None, Query(max_length=60, description="Only those on this task.", examples=["FF-1"])] = None,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
) -> QuestionPage:
    """Oldest first. A run without a card asks here alone."""
    page = await list_questions(database, caller.tenant_id, state=state, task=task, limit=limit, cursor=cursor)
    return QuestionPage(data=[QuestionOut.of(one) for one in page.data], next_cursor=page.next_cursor)


@router.get("/{question}", summary="Show a question", operation_id="get_question", responses=errors(404, 409))
async def show(question: QuestionId, caller: Caller, database: Db) -> QuestionOut:
    """409 when an ending fits several."""
    return QuestionOut.of(await get_question(database, caller.tenant_id, question))


@router.post("/{question}/answer", summary="Answer a question", operation_id="answer_question", responses=errors(404, 409, 410))
async def answer(question: QuestionId, body: AnswerIn, caller: Caller, database: Db, bell: Hub) -> QuestionOut:
    """The run that asked goes on; on its card the answer is a comment. 409 with the winner when somebody was first, 410 when it is over."""
    return QuestionOut.of(await answer_question(database, caller, question, body.answer, bell=bell))
