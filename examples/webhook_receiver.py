"""A receiver of FlowForge's webhooks, with nothing but Python's standard library.

    WEBHOOK_SECRET=whsec_… python examples/webhook_receiver.py

It verifies each delivery as Standard Webhooks describe, answers a repeat without doing anything again, and prints what happened. Several
secrets, with commas between them, are all good, so that a key is changed without a gap.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOLERANCE_SECONDS = 300
BODY_BYTES_MAX = 128 * 1024


class NotVerified(Exception):
    """The delivery is not from whoever has the secret, or it is too old."""


def verify(secrets: list[str], headers: Mapping[str, str], body: bytes, now: float) -> str:
    """The delivery's id, by which a repeat is known. Raises NotVerified."""
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not timestamp.isdecimal() or abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        raise NotVerified("no id, or a time that is not now")
    signed = f"{message_id}.{timestamp}.".encode() + body
    given = [text.removeprefix("v1,") for text in headers.get("webhook-signature", "").split(" ") if text.startswith("v1,")]
    for secret in secrets:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        if any(hmac.compare_digest(expected, signature) for signature in given):
            return message_id
    raise NotVerified("no signature is that of a secret known here")


class Receiver(BaseHTTPRequestHandler):
    """Answers within moments and does the work behind that: whoever answers slowly is asked again."""

    seen: set[str] = set()  # noqa: RUF012 - a real receiver keeps them where a restart does not forget them

    def do_POST(self) -> None:
        self.send_response(self._status_of(int(self.headers.get("content-length", 0))))
        self.send_header("content-length", "0")
        self.end_headers()

    def _status_of(self, length: int) -> int:
        if length > BODY_BYTES_MAX:
            return 413
        body = self.rfile.read(length)
        try:
            message_id = verify(os.environ["WEBHOOK_SECRET"].split(","), self.headers, body, time.time())
        except NotVerified:
            return 401
        if message_id not in self.seen:
            self.seen.add(message_id)
            self.happened(json.loads(body))
        return 204

    def happened(self, event: dict[str, Any]) -> None:
        print(f"{event['type']}: {event['data']}", flush=True)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what matters is printed."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8000"))), Receiver).serve_forever()
