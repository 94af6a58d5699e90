from __future__ import annotations

from typing import Any

import pytest

from flowforge.errors import InvalidInput
from flowforge.orchestrator.models.http.anthropic_schema import plain_schema
from flowforge.orchestrator.models.http.anthropic_turns import system_blocks, turns
from flowforge.orchestrator.models.http.tool_names import ToolNames


def said(*messages: dict[str, Any]) -> list[dict[str, Any]]:
    return turns(messages, ToolNames([]).on_the_wire)


def user(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "content": list(parts)}


def test_turns_of_one_speaker_are_one() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "look.up", "arguments": '{"n":1}'}}
    told = said(
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "found"},
        {"role": "user", "content": "go on"},
    )
    assert [turn["role"] for turn in told] == ["user", "assistant", "user"]
    assert told[1]["content"] == [{"type": "tool_use", "id": "c1", "name": "look_up", "input": {"n": 1}}]
    assert told[2]["content"] == [{"type": "tool_result", "tool_use_id": "c1", "content": "found"}, {"type": "text", "text": "go on"}]


def test_the_systems_words_stand_apart_and_later_ones_are_marked() -> None:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"}, {"role": "system", "content": "It is late."}]
    assert system_blocks(messages) == [{"type": "text", "text": "Be brief."}]
    assert said(*messages)[0]["content"][1]["text"] == "[From the system, not from the user] It is late."


def test_arguments_that_are_no_json_stay_readable() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"n":'}}
    told = said({"role": "user", "content": "hello"}, {"role": "assistant", "content": None, "tool_calls": [call]})
    assert told[1]["content"][0]["input"] == {"arguments": '{"n":'}


def test_a_note_arrives_as_text() -> None:
    part = {"type": "file", "file": {"file_data": "data:text/plain;charset=utf-8;base64,aGVsbG8=", "filename": "note.txt"}}
    (block,) = said(user(part))[0]["content"]
    assert block == {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "hello"}, "title": "note.txt"}


def test_a_last_turn_of_the_assistants_ends_without_white_space() -> None:
    assert said({"role": "user", "content": "go"}, {"role": "assistant", "content": "Dear \n"})[1]["content"][0]["text"] == "Dear"


@pytest.mark.parametrize(
    ("part", "pointer"),
    [
        ({"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}, "/messages/0/content/0/type"),
        ({"type": "file", "file": {"file_data": "JVBERi0=", "filename": "a.pdf"}}, "/messages/0/content/0"),
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64,###"}}, "/messages/0/content/0"),
    ],
)
def test_a_part_that_cannot_be_sent_is_named(part: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        said(user(part))
    assert caught.value.pointer == pointer


def test_a_conversation_of_the_system_alone_is_refused() -> None:
    with pytest.raises(InvalidInput, match="at least one message that is not the system's"):
        said({"role": "system", "content": "Be brief."})


def test_what_structured_output_does_not_know_is_said_in_words() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1, "description": "How many."}}, "minProperties": 1}
    assert plain_schema(schema) == {
        "type": "object",
        "properties": {"n": {"type": "integer", "description": "How many. Note: minimum value: 1."}},
        "additionalProperties": False,
        "description": "Note: minimum number of properties: 1.",
    }
