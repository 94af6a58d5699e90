"""Following a stream: one talk over as many connections as it takes."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from flowforge.api.client.talk import Close, Item, Items, Next, Open, Pause, ReadAll, Request
from flowforge.api.client.wire import Frame, FrameParser, raise_problem
from flowforge.errors import DatabaseUnavailable, ServerUnavailable

_RECONNECT_SECONDS = (0.2, 0.5, 1, 2, 4, 8, 15)
_SILENCE_SECONDS = 40.0  # the server sends a comment every 15 s; without any sign for this long the connection is dead
_STALE = 0.75  # of the patience with which a connection was opened may be left of the time there is, before it is opened anew

CUT = (httpx.TransportError, ServerUnavailable, DatabaseUnavailable)  # a server that restarts says any of them


@dataclass
class Following:
    """The frames of one stream from `after` on: nothing missed, nothing twice.

    They end after a frame that is named in `ends`, when the server says that the stream is over, or at the moment `until` of `seconds`.
    """

    path: str
    seconds: Callable[[], float]
    after: int = 0
    params: Mapping[str, Any] = field(default_factory=dict)
    ends: Container[str] = ()
    until: float | None = None
    tries: int = 0
    comes_back: bool = False
    over: bool = False

    def frames(self) -> Items[Frame]:
        self.comes_back = bool(self.after)
        while True:
            try:
                yield from self._connection()
            except CUT:
                if self._left() <= 0:
                    return
                if self.tries == len(_RECONNECT_SECONDS):
                    raise
            self.comes_back = True
            yield Close()
            if self._is_done():
                return
            yield Pause(min(_RECONNECT_SECONDS[min(self.tries, len(_RECONNECT_SECONDS) - 1)], self._left()))
            self.tries += 1

    def _connection(self) -> Items[Frame]:
        patience = min(_SILENCE_SECONDS, max(0.001, self._left()))
        response = yield Open(self._request(patience))
        if not response.is_success:
            yield ReadAll()
            raise_problem(response)
        if response.status_code == 204:
            self.over = True
            return
        parser = FrameParser()
        while (piece := (yield Next())) is not None:
            for frame in parser.feed(piece):
                self._take(frame)
                yield Item(frame)
                if frame.name in self.ends:
                    self.over = True
                    return
            if self._left() < _STALE * patience:
                self.tries = 0
                return

    def _take(self, frame: Frame) -> None:
        self.tries = 0
        if frame.seq is not None:
            self.after = frame.seq
        elif frame.name == "reset":  # what the server has is not what we resumed from
            self.after = int(frame.data["seq"])

    def _request(self, patience: float) -> Request:
        headers = {"accept": "text/event-stream"} | ({"last-event-id": str(self.after)} if self.comes_back else {})
        return Request("GET", self.path, self.params, headers, read_seconds=patience)

    def _is_done(self) -> bool:
        return self.over or self._left() <= 0

    def _left(self) -> float:
        return float("inf") if self.until is None else self.until - self.seconds()
