"""Agents with an output schema: the result is checked, typed, and readable on the card."""

from __future__ import annotations

from typing import Any

import pytest

from flowforge.agents.answer import shown
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.reply import Reply

VERDICT: dict[str, Any] = {
    "type": "object",
    "properties": {"refund": {"type": "boolean"}, "amount": {"type": "number"}},
    "required": ["refund", "amount"],
}


async def test_the_result_is_asked_for_again_until_it_fits_and_is_typed(shop, provider: ScriptedProvider):
    answers = iter(['{"refund": "yes"}', '{"refund": true, "amount": 420}'])
    provider.answer_with(lambda asked: Reply(text=next(answers)))
    await shop.hire(output=VERDICT)
    key = await shop.give("Refund?")
    async with shop.worker():
        run = await shop.ended(key)

    assert (run.state, run.output["result"]) == ("completed", {"refund": True, "amount": 420})
    assert provider.requests[0].body["response_format"]["json_schema"]["schema"]["required"] == ["refund", "amount"]
    assert "cannot be used" in str(provider.requests[1].body["messages"][-1]["content"])
    said = (await shop.task(key)).comments[0].text
    assert said.startswith("- **refund**: yes\n- **amount**: 420\n\n```json\n{")


@pytest.mark.thorough
async def test_an_answer_that_never_fits_fails_the_run(shop, provider: ScriptedProvider):
    provider.answer_with(lambda asked: Reply(text="I would refund it."))
    await shop.hire(output=VERDICT)
    key = await shop.give("Refund?")
    async with shop.worker():
        run = await shop.ended(key)

    assert (run.state, len(provider.requests)) == ("failed", 3)
    assert "does not fit the output" in run.error["message"]


async def test_settings_go_with_every_request_and_another_model_answers_when_the_first_is_down(shop, provider: ScriptedProvider):
    provider.answer_with(lambda asked: Reply(text="hello"))
    provider.fail_next("overloaded", model="gpt-4o")
    await shop.hire(model_settings={"temperature": 0.2, "max_tokens": 300}, fallbacks=("gpt-4o-mini",))
    key = await shop.give("Say hello")
    async with shop.worker():
        run = await shop.ended(key)

    assert (run.state, run.output["result"]) == ("completed", "hello")
    assert [request.body["model"] for request in provider.requests] == ["gpt-4o", "gpt-4o-mini"]
    assert all(request.body["temperature"] == 0.2 for request in provider.requests)


@pytest.mark.parametrize("value", ["plain", 7, None, [], {}, {"a": {"b": {"c": {"d": 1}}}}, ["```"]], ids=str)
def test_any_json_is_shown_with_itself_below(value: Any):
    assert "json\n" in shown(value)
