"""Frames as events of AG-UI, the protocol by which user interfaces follow agents: one for each frame, under the frame's id.

What a frame says in pieces becomes a chunk, which needs no beginning and no end; what AG-UI has no word for is a CUSTOM event with the
frame's own name. Before some frames stand events without an id, which AG-UI wants and no frame is: the run that a reader follows begins
(RUN_STARTED), and steps that were left open are closed before it finishes.

    run.completed, run.cancelled, run.skipped     RUN_FINISHED, and how
    run.failed                                    RUN_ERROR
    step.started, step.completed, step.failed     STEP_STARTED, STEP_FINISHED (on a run's own stream)
    message.delta, reasoning.delta                TEXT_MESSAGE_CHUNK, REASONING_MESSAGE_CHUNK
    message.completed                             TEXT_MESSAGE_CHUNK with the whole of it where no piece was told, else CUSTOM
    tool_call.args_delta, tool_call.started       TOOL_CALL_CHUNK; CUSTOM where its arguments were told in pieces
    tool_call.completed, tool_call.failed         TOOL_CALL_RESULT
    everything else, and hello, reset, lagged     CUSTOM
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from flowforge.orchestrator.stream import Frame

Event = dict[str, Any]


class AgUi:
    """The events of one reader's connection. `steps`: whether the stream tells of both ends of its steps, as a run's own does.

    >>> ag_ui = AgUi("run_1", steps=True)
    >>> ag_ui.opening()["type"]
    'RUN_STARTED'
    >>> frame = Frame(5, "message.delta", {"run": "run_1", "step": "greet", "attempt": 1, "text": "Hel"})
    >>> [(event["type"], event["delta"]) for event in ag_ui.events(frame)]
    [('TEXT_MESSAGE_CHUNK', 'Hel')]
    """

    def __init__(self, thread: str, *, steps: bool) -> None:
        self._thread = thread
        self._tells_steps = steps
        self._open_steps: dict[str, bool] = {}
        self._voided: dict[str, int] = {}  # by what a step says: the frame that voided what it had said
        self._told: dict[str, str] = {}  # of what pieces were told and the whole was not, and the step that said it
        self._halves = False  # pieces may have been told that are not on record any more
        self._words: dict[str, Callable[[Frame], Iterable[Event]]] = {
            "run.completed": self._finished,
            "run.cancelled": self._finished,
            "run.skipped": self._finished,
            "run.failed": self._failed,
            "run.resumed": self._resumed,
            "step.started": self._step_started,
            "step.completed": self._step_ended,
            "step.failed": self._step_ended,
            "step.retrying": self._retrying,
            "message.delta": self._piece,
            "reasoning.delta": self._piece,
            "message.completed": self._message,
            "tool_call.args_delta": self._piece,
            "tool_call.started": self._call,
            "tool_call.completed": self._result,
            "tool_call.failed": self._result,
        }

    def remember(self, earlier: Iterable[Frame], holds: bool) -> None:
        """What was said before the first frame, as far as it is on record. `holds`: the reader was told of it, and goes on from there."""
        for frame in earlier:
            self.events(frame)
        if holds:
            self._halves = True
        else:
            self._told.clear()

    def opening(self) -> Event:
        """What a reader is told first who does not come back."""
        return {"type": "RUN_STARTED", "threadId": self._thread, "runId": self._thread}

    def control(self, name: str, data: dict[str, Any]) -> Iterator[Event]:
        """What is told of the stream itself."""
        if name != "message.snapshot":
            yield _custom(name, data)
            return
        for kind, text in (("reasoning.delta", data["reasoning"]), ("message.delta", data["text"])):
            if text:
                yield from self._piece(Frame(0, kind, {**data, "text": text}))
        for call in data["tool_calls"]:
            yield from self._piece(Frame(0, "tool_call.args_delta", {**data, **call, "text": call["arguments"]}))

    def events(self, frame: Frame) -> list[Event]:
        """What stands for a frame; the frame's id belongs to the last of them."""
        found = list(self._words.get(frame.name, _as_it_is)(frame))
        return found or list(_as_it_is(frame))

    def _finished(self, frame: Frame) -> Iterator[Event]:
        if not self._tells_steps:  # one of several that are told here
            return
        for step in self._open_steps:
            yield {"type": "STEP_FINISHED", "stepName": step}
        self._open_steps.clear()
        outcome = "success" if frame.name == "run.completed" else "cancelled"
        yield {"type": "RUN_FINISHED", "threadId": self._thread, "runId": self._thread, "outcome": {"type": outcome}, **_raw(frame)}

    def _failed(self, frame: Frame) -> Iterator[Event]:
        if self._tells_steps:
            error = frame.data.get("error") or {}
            yield {"type": "RUN_ERROR", "message": str(error.get("message", "")), "code": str(error.get("type", "Failed")), **_raw(frame)}

    def _resumed(self, frame: Frame) -> Iterator[Event]:
        """What its steps were saying is void: their worker is gone."""
        for told, step in list(self._told.items()):
            if step.startswith(f"{frame.data.get('run')}/"):
                self._voided[step] = frame.seq
                del self._told[told]
        return iter(())

    def _step_started(self, frame: Frame) -> Iterator[Event]:
        step = str(frame.data.get("step"))
        if self._tells_steps and step not in self._open_steps:
            self._open_steps[step] = True
            yield {"type": "STEP_STARTED", "stepName": step, **_raw(frame)}

    def _step_ended(self, frame: Frame) -> Iterator[Event]:
        step = str(frame.data.get("step"))
        if self._open_steps.pop(step, None) is not None or (self._tells_steps and self._halves):
            yield {"type": "STEP_FINISHED", "stepName": step, **_raw(frame)}

    def _retrying(self, frame: Frame) -> Iterator[Event]:
        if any(step == _step_of(frame) for step in self._told.values()):
            self._voided[_step_of(frame)] = frame.seq
        self._told = {told: step for told, step in self._told.items() if step != _step_of(frame)}
        return iter(())

    def _piece(self, frame: Frame) -> Iterator[Event]:
        text, message = str(frame.data.get("text", "")), self._message_id(frame)
        if frame.name == "tool_call.args_delta":
            call = str(frame.data.get("tool_call_id", ""))
            self._told[f"{message}/{call}"] = _step_of(frame)
            yield _chunk_of_call(call, str(frame.data.get("tool", "")), message, text)
        elif frame.name == "reasoning.delta":
            self._told[f"{message}/reasoning"] = _step_of(frame)
            yield {"type": "REASONING_MESSAGE_CHUNK", "messageId": f"{message}/reasoning", "delta": text}
        else:
            self._told[f"{message}/text"] = _step_of(frame)
            yield {"type": "TEXT_MESSAGE_CHUNK", "messageId": message, "role": "assistant", "delta": text}

    def _message(self, frame: Frame) -> Iterator[Event]:
        message = self._message_id(frame)
        mine = message if not self._halves else f"{message}/whole"  # it is not a piece that goes on with what the reader may hold
        reasoning, text = str(frame.data.get("reasoning") or ""), str(frame.data.get("text") or "")
        was_told = {part: self._told.pop(f"{message}/{part}", None) is not None for part in ("text", "reasoning")}
        if text and not was_told["text"]:
            if reasoning and not was_told["reasoning"]:
                yield {"type": "REASONING_MESSAGE_CHUNK", "messageId": f"{mine}/reasoning", "delta": reasoning}
            yield {"type": "TEXT_MESSAGE_CHUNK", "messageId": mine, "role": "assistant", "delta": text}
        else:
            yield _custom(frame.name, {**frame.data, "messageId": message})

    def _call(self, frame: Frame) -> Iterator[Event]:
        message, call = self._message_id(frame), str(frame.data.get("tool_call_id", ""))
        if self._told.pop(f"{message}/{call}", None) is None:
            arguments = frame.data.get("arguments", "")
            text = arguments if isinstance(arguments, str) else _text(arguments)
            yield _chunk_of_call(call, str(frame.data.get("tool", "")), message, text)

    def _result(self, frame: Frame) -> Iterator[Event]:
        call = str(frame.data.get("tool_call_id", ""))
        said = frame.data.get("result") if frame.name == "tool_call.completed" else (frame.data.get("error") or {}).get("message")
        content = said if isinstance(said, str) else _text(said)
        message = f"{frame.data.get('run')}/{call}/{frame.seq}"
        yield {"type": "TOOL_CALL_RESULT", "messageId": message, "toolCallId": call, "content": content, "role": "tool", **_raw(frame)}

    def _message_id(self, frame: Frame) -> str:
        """The same for all that is said of one message, whoever reads it and however often they come back."""
        step = _step_of(frame)
        voided = self._voided.get(step)
        message = f"{step}/{frame.data.get('attempt', 1)}"
        return message if voided is None else f"{message}/{voided}"


def _step_of(frame: Frame) -> str:
    return f"{frame.data.get('run')}/{frame.data.get('step')}"


def _as_it_is(frame: Frame) -> Iterator[Event]:
    yield _custom(frame.name, frame.data)


def _custom(name: str, value: dict[str, Any]) -> Event:
    return {"type": "CUSTOM", "name": name, "value": value}


def _chunk_of_call(call: str, tool: str, message: str, text: str) -> Event:
    return {"type": "TOOL_CALL_CHUNK", "toolCallId": call, "toolCallName": tool, "parentMessageId": message, "delta": text}


def _raw(frame: Frame) -> dict[str, Any]:
    return {"rawEvent": {"event": frame.name, "data": frame.data}}


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
