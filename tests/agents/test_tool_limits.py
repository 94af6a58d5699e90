"""What a tool may take: its rate, its retries, its time, and how much of a result is read at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from flowforge.errors import RegistrationError
from flowforge.skills.tool import RESULT_STORED_MAX, ToolRegistry
from flowforge.skills.tool_use import uses_of
from flowforge.testing.scripted_provider import Asked, Reply, ScriptedProvider, ToolCall


def results(asked: Asked) -> list[str]:
    return [message.text for message in asked.messages if message.role == "tool"]


def calls(*wanted: ToolCall):
    """A script that makes these calls in its first turn, and says what came back."""

    def script(asked: Asked) -> Reply:
        return Reply(text="\n".join(results(asked))) if results(asked) else Reply(tool_calls=wanted)

    return script


async def test_a_result_beyond_what_is_stored_says_how_much_it_was(shop, tools: ToolRegistry, provider: ScriptedProvider):
    @tools.tool(effect="read", result_characters_max=1_000)
    def flood() -> str:
        """Very much."""
        return "x" * (RESULT_STORED_MAX + 5)

    provider.answer_with(calls(ToolCall("flood", {})))
    await shop.hire()
    key = await shop.give("Flood us")
    async with shop.worker():
        run = await shop.ended(key)

    stored = next(step.output for step in await shop.steps(run) if step.name == "flood")
    assert stored.endswith(f"x… (cut: it has {RESULT_STORED_MAX + 5} characters)")
    assert len(run.output["result"]) < 1_200


async def test_calls_of_a_tool_with_a_rate_take_turns_evenly_spaced(shop, tools: ToolRegistry, provider: ScriptedProvider):
    @tools.tool(effect="read", rate="20/s")
    def look(at: int) -> int:
        """Look."""
        return at

    provider.answer_with(calls(*(ToolCall("look", {"at": n}) for n in range(3))))
    await shop.hire()
    key = await shop.give("Look thrice")
    async with shop.worker():
        run = await shop.ended(key)

    steps = await shop.steps(run)
    turns = [step.output for step in steps if step.name == "turn of look" and step.kind == "tool"]
    first, *later = sorted(turns, key=lambda turn: turn or "")
    assert first is None
    assert (datetime.fromisoformat(later[1]) - datetime.fromisoformat(later[0])).total_seconds() == 0.05
    assert len([step for step in steps if step.kind == "sleep"]) == 2
    assert run.output["result"].split() == ["0", "1", "2"]


async def test_a_failed_call_is_counted_and_its_error_kept(shop, tools: ToolRegistry, provider: ScriptedProvider):
    @tools.tool(effect="write", approval=False)
    def store() -> None:
        """Store it."""
        raise OSError("the disk is full")

    @tools.tool(effect="read")
    def look() -> str:
        """Look."""
        return "seen"

    provider.answer_with(calls(ToolCall("store", {}), ToolCall("look", {})))
    await shop.hire()
    key = await shop.give("Store it")

    async def counted() -> Any:
        found = await uses_of(shop.database.pool, shop.mira.tenant_id, ["store", "look", "never"])
        return found if len(found) == 2 else None

    async with shop.worker():
        await shop.ended(key)
        found = await shop.eventually(counted, "both calls counted")

    assert (found["store"].calls_today, found["store"].failures_today, found["store"].error) == (1, 1, "the disk is full")
    assert (found["look"].calls_today, found["look"].failures_today, found["look"].error) == (1, 0, None)


@pytest.mark.thorough
async def test_a_tool_that_may_be_repeated_is_retried_and_one_that_may_not_is_not(shop, tools: ToolRegistry, provider: ScriptedProvider):
    tried: list[str] = []

    def trying(name: str) -> str:
        tried.append(name)
        if tried.count(name) < 3:
            raise OSError("not yet")
        return name

    @tools.tool(effect="write", approval=False, idempotent=True, retries=2, on_uncertain="retry")
    def pay() -> str:
        """Pay, once for each key."""
        return trying("pay")

    @tools.tool(effect="write", approval=False)
    def post() -> str:
        """Post."""
        return trying("post")

    provider.answer_with(calls(ToolCall("pay", {}), ToolCall("post", {})))
    await shop.hire()
    key = await shop.give("Pay and post")
    async with shop.worker():
        await shop.ended(key)

    assert (tried.count("pay"), tried.count("post")) == (3, 1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"retries": 2}, "not retried by itself"),
        ({"retries": 101, "idempotent": True}, "between 0 and 100"),
        ({"rate": "often"}, "no rate"),
        ({"timeout": "soon"}, "duration"),
        ({"timeout": "30d"}, "timeout must lie"),
        ({"on_uncertain": "guess"}, "on_uncertain must be one of"),
        ({"result_characters_max": 5}, "result_characters_max"),
        ({"name": "n" * 65}, "cannot be a tool's name"),
    ],
    ids=["retries", "many", "rate", "time", "long", "uncertain", "result", "name"],
)
def test_limits_that_cannot_be_are_refused_at_registration(options, words):
    with pytest.raises(RegistrationError, match=words):

        @ToolRegistry().tool(effect="write", **options)
        def act() -> None: ...
