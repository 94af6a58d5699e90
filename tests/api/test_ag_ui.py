"""What streams say in the words of AG-UI: one event for each frame, as the protocol's own models read it and in an order that it allows."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from ag_ui.core import Event
from pydantic import TypeAdapter

from flowforge.agents.work import register_builtin
from flowforge.api.ag_ui import AgUi
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.stream import Frame
from flowforge.orchestrator.worker import Worker
from flowforge.skills.publish import publish as publish_tools
from flowforge.skills.tool import ToolRegistry
from flowforge.testing.refusal import calls_allowed
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.reply import Reply, ToolCall

RUN = "run_1"
EVENT = TypeAdapter(Event)
STORY = " ".join(f"word-{n}" for n in range(20))
SAID = {"run": RUN, "step": "model", "attempt": 1}


def frame(seq, name, /, **data):
    return Frame(seq, name, {"run": RUN, **data})


def said(seq, name, /, **data):
    return Frame(seq, name, {**SAID, **data})


def told(frames, *, ag_ui=None, steps=True):
    """Events as the protocol's models have read them and written them again: nothing is lost by that."""
    ag_ui = ag_ui or AgUi(RUN, steps=steps)
    events = [event for one in frames for event in ag_ui.events(one)]
    for event in events:
        read = EVENT.validate_python(event)
        assert not read.model_extra, event
        assert read.model_dump(by_alias=True, mode="json", exclude_none=True) == json.loads(json.dumps(event))
    return events


def check_order(events):
    """The order that AG-UI's clients insist on."""
    assert events[0]["type"] == "RUN_STARTED"
    open_steps, ended = set(), False
    for event in events:
        assert not ended, f"{event} after the end"
        if event["type"] == "STEP_STARTED":
            assert event["stepName"] not in open_steps
            open_steps.add(event["stepName"])
        elif event["type"] == "STEP_FINISHED":
            open_steps.remove(event["stepName"])
        elif event["type"] in ("RUN_FINISHED", "RUN_ERROR"):
            assert event["type"] == "RUN_ERROR" or not open_steps
            ended = True
    return ended


def text_of(events):
    texts = {}
    for event in events:
        if event["type"] == "TEXT_MESSAGE_CHUNK":
            texts[event["messageId"]] = texts.get(event["messageId"], "") + event["delta"]
    return texts


LIFE = [
    frame(1, "run.queued", function="agent"),
    frame(2, "run.started", function="agent"),
    frame(3, "step.started", step="model", name="model", kind="ai", attempt=1, parent=None),
    said(4, "reasoning.delta", text="let me see"),
    said(5, "message.delta", text="Hel"),
    said(6, "message.delta", text="lo"),
    said(7, "tool_call.args_delta", tool_call_id="c1", tool="look_up", text='{"what":'),
    said(8, "tool_call.args_delta", tool_call_id="c1", tool="look_up", text="1}"),
    said(9, "usage.recorded", model="gpt-4o"),
    said(10, "message.completed", text="Hello", reasoning="let me see", tool_calls=[]),
    said(11, "tool_call.started", tool_call_id="c1", tool="look_up", arguments='{"what":1}'),
    said(12, "tool_call.started", tool_call_id="c2", tool="look_up", arguments={"what": 2}),
    frame(13, "step.completed", step="model", name="model", kind="ai", attempt=1, parent=None, memoized=False, ms=1.5, cost=None),
    said(14, "tool_call.executing", tool_call_id="c1", tool="look_up", arguments={"what": 1}),
    said(15, "tool_call.completed", tool_call_id="c1", tool="look_up", result={"found": True}),
    said(16, "tool_call.failed", tool_call_id="c2", tool="look_up", error={"type": "Lost", "message": "not there"}),
    frame(17, "approval.requested", approval="apr_1", tool="pay"),
    frame(18, "log", level="info", message="so far"),
]


def test_each_frame_is_one_event_and_the_end_is_as_the_run_ended():
    types = [event["type"] for event in told(LIFE)]

    assert types == [
        "CUSTOM", "CUSTOM", "STEP_STARTED", "REASONING_MESSAGE_CHUNK", "TEXT_MESSAGE_CHUNK", "TEXT_MESSAGE_CHUNK", "TOOL_CALL_CHUNK",
        "TOOL_CALL_CHUNK", "CUSTOM", "CUSTOM", "CUSTOM", "TOOL_CALL_CHUNK", "STEP_FINISHED", "CUSTOM", "TOOL_CALL_RESULT",
        "TOOL_CALL_RESULT", "CUSTOM", "CUSTOM",
    ]  # fmt: skip
    for name, last in (("run.completed", "success"), ("run.cancelled", "cancelled"), ("run.skipped", "cancelled")):
        (end,) = told([frame(19, name, function="agent", attempt=1)])
        assert (end["type"], end["outcome"]["type"]) == ("RUN_FINISHED", last)
    (end,) = told([frame(19, "run.failed", error={"type": "ValueError", "message": "no story"})])
    assert (end["type"], end["code"], end["message"]) == ("RUN_ERROR", "ValueError", "no story")


def test_a_step_that_is_left_open_is_closed_before_the_run_finishes():
    events = [AgUi(RUN, steps=True).opening(), *told([*LIFE[:4], frame(5, "run.completed")])]

    assert [event["type"] for event in events[-2:]] == ["STEP_FINISHED", "RUN_FINISHED"]
    assert check_order(events)


def test_a_message_that_was_told_in_pieces_is_not_told_again_and_one_that_was_not_is_told_whole():
    whole = said(10, "message.completed", text="Hello", reasoning="let me see", tool_calls=[])

    assert text_of(told(LIFE)) == {"run_1/model/1": "Hello"}
    assert text_of(told([whole])) == {"run_1/model/1": "Hello"}
    assert [event["delta"] for event in told([whole]) if event["type"] == "REASONING_MESSAGE_CHUNK"] == ["let me see"]


@pytest.mark.parametrize("voids", ["step.retrying", "run.resumed"])
def test_what_was_void_is_another_message(voids):
    frames = [
        said(4, "message.delta", text="Hel"),
        said(5, voids),
        said(6, "message.delta", text="Good"),
        said(7, "message.delta", text=" day"),
    ]
    whole = text_of(told(frames))

    assert list(whole.values()) == ["Hel", "Good day"]
    for cut in range(1, 5):  # whoever comes back finds the same names
        ag_ui = AgUi(RUN, steps=True)
        ag_ui.remember(frames[:cut], holds=True)
        assert told(frames[cut:], ag_ui=ag_ui) == told(frames)[cut:]


def test_who_comes_back_after_the_pieces_are_gone_gets_the_whole_beside_what_they_hold():
    ag_ui = AgUi(RUN, steps=True)
    ag_ui.remember([], holds=True)

    events = told([said(10, "message.completed", text="Hello", reasoning="", tool_calls=[]), LIFE[12]], ag_ui=ag_ui)

    assert text_of(events) == {"run_1/model/1/whole": "Hello"}
    assert events[-1] == {"type": "STEP_FINISHED", "stepName": "model", "rawEvent": events[-1]["rawEvent"]}


def test_who_joins_in_the_middle_is_told_what_was_said_so_far_and_then_the_rest():
    ag_ui = AgUi(RUN, steps=True)
    ag_ui.remember([said(4, "message.delta", text="Hel")], holds=False)
    snapshot = {**SAID, "text": "Hel", "reasoning": "so", "tool_calls": [{"tool_call_id": "c1", "tool": "look_up", "arguments": "{"}]}

    events = [*ag_ui.control("message.snapshot", snapshot), *told([said(5, "message.delta", text="lo"), LIFE[9]], ag_ui=ag_ui)]

    assert text_of(events) == {"run_1/model/1": "Hello"}
    assert [event["type"] for event in events[:3]] == ["REASONING_MESSAGE_CHUNK", "TEXT_MESSAGE_CHUNK", "TOOL_CALL_CHUNK"]


def test_what_is_told_of_the_stream_itself_is_an_event_of_our_own():
    for name in ("hello", "reset", "lagged"):
        (event,) = AgUi(RUN, steps=True).control(name, {"seq": 4})
        assert EVENT.validate_python(event).name == name and event["value"] == {"seq": 4}


def test_a_stream_of_many_runs_has_no_end_and_no_steps():
    events = told([*LIFE, frame(19, "run.completed"), frame(20, "run.failed", error={})], steps=False)

    assert {event["type"] for event in events}.isdisjoint({"RUN_FINISHED", "RUN_ERROR", "STEP_STARTED", "STEP_FINISHED"})
    assert len(events) == len(LIFE) + 2


def test_a_reader_of_an_agent_for_years_costs_no_more_memory():
    ag_ui = AgUi("agt_1", steps=False)
    for n in range(2000):
        for one in LIFE:
            ag_ui.events(Frame(n * 100 + one.seq, one.name, {**one.data, "run": f"run_{n}"}))

    assert len(ag_ui._told) == len(ag_ui._voided) == len(ag_ui._open_steps) == 0


@pytest.fixture
async def worker(database, bell, monkeypatch):
    tools, registry = ToolRegistry(), Registry()

    @tools.tool(effect="read")
    def look_up(what: str) -> str:
        """Look something up."""
        return f"{what} is near"

    def storyteller(asked):
        if asked.result_of("look_up") is None:
            return Reply(reasoning="first I look", text="One moment.", tool_calls=(ToolCall("look_up", {"what": "the end"}),))
        return Reply(text=STORY)

    with ScriptedProvider(storyteller) as provider, calls_allowed():
        for name, value in {**provider.environment(), "FLOWFORGE_MODEL_CLIENT": "http"}.items():
            monkeypatch.setenv(name, value)
        register_builtin(registry, tools)
        await publish_tools(database.pool, "tests", tools)
        worker = Worker(database, registry, bell=bell)
        await worker.start()
        yield worker
        await worker.stop()


async def lines_of(url, path, *, headers=None, until):
    """Events and ids of a stream in AG-UI's form."""
    found, pending = [], b""
    async with httpx.AsyncClient(base_url=url, timeout=20) as client, client.stream("GET", path, headers=headers or {}) as answer:
        assert answer.status_code == 200, await answer.aread()
        async for chunk in answer.aiter_raw():
            *whole, pending = (pending + chunk).split(b"\n\n")
            for text in whole:
                fields = dict(line.split(": ", 1) for line in text.decode().split("\n") if not line.startswith(":"))
                assert "event" not in fields
                if "data" in fields:
                    found.append((fields.get("id"), json.loads(fields["data"])))
                    assert not EVENT.validate_python(found[-1][1]).model_extra
            if found and until(found):
                break
    return found


@pytest.mark.thorough
async def test_an_agents_work_can_be_followed_by_its_run_its_card_and_itself(api, server, worker, reader):
    await api.post("/v1/agents", json={"name": "atlas", "model": "gpt-4o", "tools": ["look_up"]})
    card = (await api.post("/v1/tasks", json={"title": "Tell a story", "assignee": {"agent": "atlas"}})).json()
    run = (await api.get("/v1/runs")).json()["data"][0]["id"]

    async with asyncio.timeout(40):
        of_run = await lines_of(server.url, f"/v1/runs/{run}/stream?format=ag-ui", until=lambda _: False)
        await reader.follow(server.url, f"/v1/runs/{run}/stream")
        of_card, of_agent = await asyncio.gather(
            *(
                lines_of(server.url, f"/v1/{of}/stream?format=ag-ui", until=lambda found: STORY in text_of([e for _, e in found]).values())
                for of in (f"tasks/{card['key']}", "agents/atlas")
            )
        )

    assert check_order([event for _, event in of_run])
    assert STORY in text_of([event for _, event in of_run]).values()
    (result,) = [event for _, event in of_run if event["type"] == "TOOL_CALL_RESULT"]
    assert result["content"] == "the end is near"
    assert {event["toolCallId"] for _, event in of_run if event["type"] == "TOOL_CALL_CHUNK"} == {result["toolCallId"]}
    # Who comes later finds what was said in pieces in one; all other ids are those of the frames.
    ids = [number for number, _ in of_run if number is not None]
    assert ids == sorted(ids, key=int) and {frame.id for frame in reader.frames} <= set(ids)
    assert not check_order([event for _, event in of_card]) and not check_order([event for _, event in of_agent])
    assert (of_card[0][1]["threadId"], of_agent[0][1]["threadId"][:4]) == (card["id"], "agt_")


async def test_another_form_is_refused_by_name(api, fake_run):
    answer = await api.get(f"/v1/runs/{fake_run.run_id.hex}/stream", params={"format": "xml"})

    assert answer.status_code == 422 and answer.json()["errors"][0]["parameter"] == "format"
