from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest

from flowforge.orchestrator.models import frames as frames_module
from flowforge.orchestrator.models.client import Delta
from flowforge.orchestrator.models.frames import FLUSH_BYTES, DeltaFrames
from flowforge.secrets.opened import Opened


@pytest.fixture
def emitted() -> list[tuple[str, dict[str, Any]]]:
    return []


@pytest.fixture
def frames(emitted: list[tuple[str, dict[str, Any]]]) -> DeltaFrames:
    return DeltaFrames(lambda name, data: emitted.append((name, data)))


async def test_the_first_delta_goes_out_at_once(frames: DeltaFrames, emitted: list[Any]) -> None:
    frames.add(Delta("text", "Hel"))
    assert emitted == [("message.delta", {"text": "Hel"})]


async def test_later_deltas_go_out_together(frames: DeltaFrames, emitted: list[Any]) -> None:
    for piece in ("a", "b", "c"):
        frames.add(Delta("text", piece))
    assert len(emitted) == 1
    frames.flush()
    assert emitted[1:] == [("message.delta", {"text": "bc"})]


async def test_a_kilobyte_is_not_held_back(frames: DeltaFrames, emitted: list[Any]) -> None:
    frames.add(Delta("text", "a"))
    frames.add(Delta("text", "ø" * (FLUSH_BYTES // 2)))
    assert len(emitted) == 2


async def test_what_waits_goes_out_by_itself(frames: DeltaFrames, emitted: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames_module, "FLUSH_SECONDS", 0)
    frames.add(Delta("text", "a"))
    frames.add(Delta("text", "b"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert emitted[1:] == [("message.delta", {"text": "b"})]


async def test_kinds_keep_their_order(frames: DeltaFrames, emitted: list[Any]) -> None:
    call = ("call_1", "refund")
    for delta in (
        Delta("reasoning", "hm "),
        Delta("reasoning", "so"),
        Delta("text", "I "),
        Delta("text", "act"),
        Delta("tool_call", "", 0, *call),
        Delta("tool_call", '{"a"', 0, *call),
        Delta("tool_call", ":1}", 0, *call),
        Delta("tool_call", "{}", 1, "call_2", "refund"),
    ):
        frames.add(delta)
    frames.flush()
    assert emitted == [
        ("reasoning.delta", {"text": "hm "}),
        ("reasoning.delta", {"text": "so"}),
        ("message.delta", {"text": "I act"}),
        ("tool_call.args_delta", {"tool_call_id": "call_1", "tool": "refund", "text": '{"a":1}'}),
        ("tool_call.args_delta", {"tool_call_id": "call_2", "tool": "refund", "text": "{}"}),
    ]


async def test_an_empty_flush_says_nothing(frames: DeltaFrames, emitted: list[Any]) -> None:
    frames.flush()
    assert emitted == []


async def test_a_secret_that_comes_letter_by_letter_is_in_no_frame(emitted: list[Any]) -> None:
    """What could be its beginning waits until it is more, or something else."""
    opened, tenant = Opened(), uuid4()
    opened.note(tenant, b"sesame-open-sesame")
    hidden = DeltaFrames(
        lambda name, data: emitted.append(opened.hide(json.dumps(data), tenant)), lambda text: opened.held_back(text, tenant)
    )
    for letter in "sesame-open-sesame, said sesame-":
        hidden.add(Delta("text", letter))
        hidden._flush_known()
    hidden.flush()
    told = "".join(json.loads(data)["text"] for data in emitted)
    assert told == "[redacted], said sesame-" and len(emitted) > 3
