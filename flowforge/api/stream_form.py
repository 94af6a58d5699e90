"""The forms in which live streams are told: frames under their names, or events of AG-UI."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Literal, Protocol

from sse_starlette.event import ServerSentEvent

from flowforge.api.ag_ui import AgUi
from flowforge.orchestrator.stream import Frame

RETRY_MS = 2000
FormName = Literal["frames", "ag-ui"]


class Form(Protocol):
    """How a stream's frames, and what is told of the stream itself, look to a client."""

    remembers: bool  # whether it wants to know what was said before

    def opening(self, hello: dict[str, Any], comes_back: bool) -> Iterable[ServerSentEvent]: ...
    def remember(self, earlier: Iterable[Frame], holds: bool) -> None: ...
    def control(self, name: str, data: dict[str, Any]) -> Iterable[ServerSentEvent]: ...
    def events(self, frame: Frame) -> Iterable[ServerSentEvent]: ...


class FramesForm:
    """`id:`, `event:` with the frame's name, `data:` with its JSON object."""

    remembers = False

    def opening(self, hello: dict[str, Any], comes_back: bool) -> Iterable[ServerSentEvent]:
        return (control_event("hello", hello, retry=RETRY_MS),)

    def remember(self, earlier: Iterable[Frame], holds: bool) -> None:
        return None

    def control(self, name: str, data: dict[str, Any]) -> Iterable[ServerSentEvent]:
        return (control_event(name, data),)

    def events(self, frame: Frame) -> Iterable[ServerSentEvent]:
        return (ServerSentEvent(_json(frame.told), event=frame.name, id=str(frame.seq), sep="\n"),)


FRAMES = FramesForm()


class AgUiForm:
    """`id:` and `data:` with one event of AG-UI. One for each connection."""

    remembers = True

    def __init__(self, thread: str, *, steps: bool) -> None:
        self._ag_ui = AgUi(thread, steps=steps)

    def opening(self, hello: dict[str, Any], comes_back: bool) -> Iterator[ServerSentEvent]:
        if not comes_back:
            yield _told(self._ag_ui.opening())
        yield from (_told(event, retry=RETRY_MS) for event in self._ag_ui.control("hello", hello))

    def remember(self, earlier: Iterable[Frame], holds: bool) -> None:
        self._ag_ui.remember(earlier, holds)

    def control(self, name: str, data: dict[str, Any]) -> Iterator[ServerSentEvent]:
        yield from (_told(event) for event in self._ag_ui.control(name, data))

    def events(self, frame: Frame) -> Iterator[ServerSentEvent]:
        *before, last = self._ag_ui.events(frame)
        yield from (_told(event) for event in before)
        yield _told(last, seq=str(frame.seq))


def form_of(name: FormName, thread: str, *, steps: bool = False) -> Form:
    """The form that a caller asks for; `thread` is what AG-UI's events name as their thread and run."""
    return AgUiForm(thread, steps=steps) if name == "ag-ui" else FRAMES


def control_event(name: str, data: dict[str, Any], retry: int | None = None) -> ServerSentEvent:
    """A frame about the stream itself: without an id, so that it never becomes anybody's place to resume at."""
    return ServerSentEvent(_json(data), event=name, retry=retry, sep="\n")


def _told(event: dict[str, Any], seq: str | None = None, retry: int | None = None) -> ServerSentEvent:
    return ServerSentEvent(_json(event), id=seq, retry=retry, sep="\n")


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
