"""A server on this machine that answers as a test says, and remembers what it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass(frozen=True)
class Heard:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Said:
    body: Any = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class WebServer:
    """`answer` gets what was heard; a dict or list is sent as JSON."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.answer: Callable[[Heard], Said] = lambda heard: Said({"ok": True})
        server = self

        class Handler(BaseHTTPRequestHandler):
            def _any(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                heard = Heard(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body)
                server.heard.append(heard)
                said = server.answer(heard)
                data = (
                    said.body
                    if isinstance(said.body, bytes)
                    else said.body.encode()
                    if isinstance(said.body, str)
                    else json.dumps(said.body).encode()
                )
                kind = (
                    {}
                    if "content-type" in said.headers
                    else {"content-type": "text/plain" if isinstance(said.body, str | bytes) else "application/json"}
                )
                self.send_response(said.status)
                for name, value in {**kind, **said.headers, "content-length": str(len(data))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _any  # noqa: N815 - the library's names

            def log_message(self, *_: Any) -> None: ...

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
