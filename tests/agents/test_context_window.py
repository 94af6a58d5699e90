"""Conversations that outgrow their model's window, and results that are too long to read at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, TextPart, ToolReturnPart, UserPromptPart

from flowforge.agents.context_window import Window, shortened, size, summed_up, transcript
from flowforge.agents.definition import AgentLimits
from flowforge.agents.framing import framed
from flowforge.skills.tool import ToolRegistry
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.asked import Asked
from flowforge.testing.scripted_provider.reply import Reply, ToolCall

PAGE = "A page of many words. " * 100  # 2,200 characters


@pytest.fixture
def fetched(tools: ToolRegistry) -> list[int]:
    made: list[int] = []

    @tools.tool(effect="read")
    def fetch(page: int) -> str:
        """Fetch a page."""
        made.append(page)
        return f"page {page}: {PAGE}END{page}"

    @tools.tool(effect="money")
    def pay(to: str) -> str:
        """Pay somebody."""
        return f"paid {to}"

    return made


def a_window_of(tokens: int, monkeypatch: pytest.MonkeyPatch) -> None:
    async def window(definition: Any) -> int:
        return tokens

    monkeypatch.setattr("flowforge.agents.work._window", window)


def turns(asked: Asked) -> list[str]:
    return [message.text for message in asked.messages if message.role == "tool"]


@pytest.mark.thorough
async def test_older_results_are_cut_and_can_be_read_back(shop, fetched, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch):
    a_window_of(6_500, monkeypatch)
    read: list[Asked] = []

    def script(asked: Asked) -> Reply:
        read.append(asked)
        if len(read) <= 7:
            return Reply(tool_calls=(ToolCall("fetch", {"page": len(read)}, id=f"c{len(read)}"),))
        if len(read) == 8:
            return Reply(tool_calls=(ToolCall("read_result", {"step": "fetch:c1", "offset": 2_000}),))
        return Reply(text=turns(asked)[-1])

    provider.answer_with(script)
    await shop.hire()
    key = await shop.give("Read")
    async with shop.worker():
        run = await shop.ended(key)

    assert run.state == "completed", run.error
    assert "END1" in run.output["result"]
    assert "read_result" not in read[0].tool_names and "read_result" in read[7].tool_names
    assert "read_result with step 'fetch:c1'" in turns(read[7])[0] and len(turns(read[7])[0]) < 500
    assert turns(read[7])[-1].endswith("END7")  # what is recent is whole
    assert max(sum(len(message.text) for message in asked.messages) for asked in read) < 20_000


@pytest.mark.thorough
async def test_what_cutting_does_not_ease_is_summed_up_and_a_replay_reads_the_same(
    shop, fetched, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
):
    a_window_of(6_000, monkeypatch)
    chatter = "I think about it at length. " * 60
    summaries: list[Asked] = []

    def script(asked: Asked) -> Reply:
        if "Sum it up for yourself" in asked.messages[0].text:
            summaries.append(asked)
            return Reply(text="I have read the first pages.")
        done = len(fetched)
        if done < 7:
            return Reply(text=chatter, tool_calls=(ToolCall("fetch", {"page": done + 1}, id=f"c{done + 1}"),))
        if not any(text == "paid ann" for text in turns(asked)):
            return Reply(tool_calls=(ToolCall("pay", {"to": "ann"}),))
        return Reply(text=next(message.text for message in asked.messages if message.role == "user" and "summed it up" in message.text))

    provider.answer_with(script)
    await shop.hire(limits=AgentLimits(turns=12))
    key = await shop.give("Read")
    async with shop.worker():
        [approval] = await shop.asked()
        await shop.state(key, "waiting")
    before = provider.requests[-1].body["messages"]
    await shop.decide(approval, True)
    async with shop.worker():
        run = await shop.ended(key)

    assert run.state == "completed", run.error
    assert "I have read the first pages." in run.output["result"]
    after = provider.requests[-1].body["messages"]
    assert after[: len(before)] == before
    assert [step.name for step in await shop.steps(run)].count("summary") == len(summaries) > 0
    assert "You called fetch with" in summaries[0].messages[1].text and "fetch answered: page 1" in summaries[0].messages[1].text


@pytest.mark.thorough
async def test_a_result_is_read_up_to_the_limit_of_its_tool(shop, tools: ToolRegistry, fetched, provider: ScriptedProvider):
    tools._tools["fetch"] = replace(tools.find("fetch"), result_characters_max=1_000, outside=True)

    def script(asked: Asked) -> Reply:
        if not turns(asked):
            return Reply(tool_calls=(ToolCall("fetch", {"page": 1}, id="c1"),))
        if len(turns(asked)) == 1:
            return Reply(tool_calls=(ToolCall("read_result", {"step": "fetch:c1", "offset": 1_000}),))
        if len(turns(asked)) == 2:
            return Reply(tool_calls=(ToolCall("read_result", {"step": "begin"}),))
        return Reply(text="\n".join(turns(asked)))

    provider.answer_with(script)
    await shop.hire()
    key = await shop.give("Read")
    async with shop.worker():
        said = (await shop.ended(key)).output["result"]

    first, rest = said.split("read_result with step 'fetch:c1' and offset 1000 has the rest)")
    assert first.startswith("<outside-") and "</outside-" in first and "END1" not in first
    assert "END1" in rest and "<outside-" in rest  # what is read back is framed as well
    assert "there is no result of a step 'begin'" in rest  # only tools' results are


def test_nothing_is_shortened_where_the_window_is_not_known():
    assert not Window(None).is_full([])
    assert (shortened([]), size([]), transcript([])) == ([], 0, "")


def test_a_second_summary_stands_in_place_of_the_first():
    conversation: list[ModelMessage] = [ModelRequest([UserPromptPart("Read.")])]
    for n in range(6):
        conversation += [ModelResponse([TextPart(f"answer {n}")]), ModelRequest([UserPromptPart(f"more {n}")])]
    once = summed_up(conversation, "first")
    twice = summed_up(once, "second")
    assert [part.content.splitlines()[-1] for part in twice[0].parts] == ["Read.", "second"]  # type: ignore[union-attr]
    assert len(once) == 1 + 6 and isinstance(once[1], ModelResponse)
    assert "answer 2" in transcript(conversation) and "answer 3" not in transcript(conversation)


def test_a_framed_result_that_is_cut_is_still_framed():
    part = ToolReturnPart("fetch", framed("web", "x" * 2_000, "run"), tool_call_id="c1", metadata={"step": "fetch:c1"})
    recent: list[ModelMessage] = [ModelResponse([TextPart("a")]), ModelResponse([TextPart("b")]), ModelResponse([TextPart("c")])]
    [cut, *_] = shortened([ModelRequest([part]), *recent])
    text = cut.parts[0].content
    mark = text.split(" ")[0][1:]
    assert text.count(mark) == 2 and text.index(f"</{mark}>") < text.index("read_result") and len(text) < 600
    assert shortened([cut, *recent]) == [cut, *recent]  # once
