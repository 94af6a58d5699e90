"""An agent that asks a person: the question stands on the card and in the list, and the first answer goes to the agent, once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from flowforge.access.principal import Principal
from flowforge.board.comment import comment
from flowforge.board.person import create_person
from flowforge.board.question import Question, answer_question, list_questions
from flowforge.errors import Conflict, Gone, InvalidInput
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.reply import Reply, ToolCall


def asks(**arguments: Any):
    def script(asked):
        result = asked.result_of("ask_human")
        return Reply(text=f"I heard: {result}") if result else Reply(tool_calls=(ToolCall("ask_human", arguments),))

    return script


@pytest.fixture
async def card(shop, provider: ScriptedProvider) -> str:
    provider.answer_with(asks(question="Which bank?", options=["Nordea", "DNB"]))
    await shop.hire(tools=("ask_human",))
    return await shop.give("Pay ann")


async def question_of(shop, state: str = "open") -> Question:
    async def look() -> Question | None:
        page = await list_questions(shop.database, shop.mira.tenant_id, state=state)
        return page.data[0] if page.data else None

    found: Question = await shop.eventually(look, f"an {state} question")
    return found


@pytest.mark.thorough
async def test_the_answer_by_the_list_of_questions_goes_to_the_agent_and_onto_the_card(shop, card: str):
    async with shop.worker():
        question = await question_of(shop)
        await shop.state(card, "waiting")
        with pytest.raises(InvalidInput, match="Nordea; DNB"):
            await answer_question(shop.database, shop.mira, question.id, "Danske", bell=shop.bell)
        answered = await answer_question(shop.database, shop.mira, question.id[-8:], "2", bell=shop.bell)
        run = await shop.ended(card)

    assert (question.question, question.options, question.agent, question.task) == ("Which bank?", ("Nordea", "DNB"), "atlas", card)
    assert (answered.state, answered.answer, answered.answered_by) == ("answered", "DNB", "mira")
    assert run.output["result"] == "I heard: mira answered: DNB"
    said = [(one.author, one.text) for one in (await shop.task(card)).comments]
    assert said == [("atlas", "Which bank?\n\n1. Nordea\n2. DNB"), ("mira", "2"), ("atlas", "I heard: mira answered: DNB")]


async def test_a_comment_that_mentions_the_agent_is_the_answer_and_one_that_does_not_is_none(shop, card: str):
    async with shop.worker():
        await question_of(shop)
        await shop.state(card, "waiting")
        await comment(shop.database, shop.mira, card, "what does @atlas2 say?", bell=shop.bell)
        await comment(shop.database, shop.mira, card, "The usual one, @Atlas.", bell=shop.bell)
        run = await shop.ended(card)

    assert run.output["result"] == "I heard: mira answered: The usual one, @Atlas."
    taken = await shop.database.pool.fetchrow("select run_id, turn from flowforge.agent_message")
    assert (taken["run_id"], taken["turn"]) == (run.run_id, None)  # read as the answer, and not as a message beside it
    assert (await question_of(shop, "answered")).answered_by == "mira"


@pytest.mark.thorough
async def test_of_many_answers_at_once_one_wins(shop, card: str):
    async with shop.worker():
        question = await question_of(shop)
        answers = [answer_question(shop.database, Principal(shop.mira.tenant_id, "person", f"p{n}"), question.id, "DNB") for n in range(5)]
        outcomes = await asyncio.gather(*answers, return_exceptions=True)
        run = await shop.ended(card)

    winners = [one for one in outcomes if not isinstance(one, BaseException)]
    assert len(winners) == 1
    assert all(isinstance(one, Conflict) for one in outcomes if isinstance(one, BaseException))
    assert run.output["result"] == f"I heard: {winners[0].answered_by} answered: DNB"


@pytest.mark.thorough
async def test_a_question_to_somebody_unknown_is_told_to_the_model(shop, provider: ScriptedProvider):
    await create_person(shop.database, shop.mira, "mira")
    provider.answer_with(asks(question="Well?", to="mirra"))
    await shop.hire(tools=("ask_human",))
    key = await shop.give("Ask")
    async with shop.worker():
        run = await shop.ended(key)

    assert "mira" in run.output["result"]
    assert (await list_questions(shop.database, shop.mira.tenant_id)).data == ()


@pytest.mark.thorough
async def test_a_question_of_a_run_that_was_cancelled_is_withdrawn(shop, card: str):
    async with shop.worker():
        question = await question_of(shop)
        await shop.state(card, "waiting")
        await shop.take_away(card)
        await shop.ended(card)

    assert (await question_of(shop, "withdrawn")).id == question.id
    with pytest.raises(Gone):
        await answer_question(shop.database, shop.mira, question.id, "1")


@pytest.mark.thorough
async def test_a_question_that_nobody_answers_in_time_expires(shop, provider: ScriptedProvider):
    provider.answer_with(asks(question="Well?", expires="50ms"))
    await shop.hire(tools=("ask_human",))
    key = await shop.give("Ask")
    async with shop.worker():
        run = await shop.ended(key)

    assert run.output["result"] == "I heard: Nobody answered in time."
    assert (await question_of(shop, "expired")).answer is None
