"""No way out of a replayed run: what its code would connect to, or look up, is refused and noted."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from flowforge.errors import FlowForgeError
from flowforge.orchestrator.current_execution import EXECUTION

_connect, _connect_ex, _look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo
_closing = ExitStack()
_users = 0


class ReachedOut(FlowForgeError):
    """A replayed run tried to use the network."""

    retryable = False


@contextmanager
def closed_network() -> Iterator[None]:
    """While this lasts, code of a run over a record reaches nobody, and its host hears of each attempt; all other code may go on."""
    global _users
    if not _users:
        _close()
    _users += 1
    try:
        yield
    finally:
        _users -= 1
        if not _users:
            _closing.close()


def _close() -> None:
    global _connect, _connect_ex, _look_up
    _connect, _connect_ex, _look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo
    _closing.enter_context(mock.patch.object(socket.socket, "connect", _guarded_connect))
    _closing.enter_context(mock.patch.object(socket.socket, "connect_ex", _guarded_connect_ex))
    _closing.enter_context(mock.patch.object(socket, "getaddrinfo", _guarded_look_up))


def _guarded_connect(self: socket.socket, address: Any) -> None:
    _refuse(f"connects to {_shown(address)}")
    _connect(self, address)


def _guarded_connect_ex(self: socket.socket, address: Any) -> int:
    _refuse(f"connects to {_shown(address)}")
    return _connect_ex(self, address)


def _guarded_look_up(host: Any, *args: Any, **options: Any) -> Any:
    _refuse(f"looks up {host!r}")
    return _look_up(host, *args, **options)


def _refuse(what: str) -> None:
    execution = EXECUTION.get()
    told = None if execution is None else getattr(execution.host, "reached_out", None)
    if told is not None:
        told(what)
        raise ReachedOut(f"a replay reaches nobody, and this code {what}", hint="move it into a step: steps are answered from the record")


def _shown(address: Any) -> str:
    return ":".join(map(str, address[:2])) if isinstance(address, tuple) else repr(address)
