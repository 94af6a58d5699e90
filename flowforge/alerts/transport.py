"""The doors to the outside: one for HTTP, one for mail. Everything that this room sends goes through them, so both can be replaced."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from typing import Protocol

SEND_SECONDS = 10.0
ANSWER_BYTES_MAX = 2048

_mail_thread = ThreadPoolExecutor(1, "flowforge-mail")  # of its own: users' sync steps may fill the common one


class HttpDoor(Protocol):
    """Carries one POST. Returns the status and the beginning of the answer; raises whatever keeps it from coming."""

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> tuple[int, str]: ...


class DirectHttp:
    """Straight to the address, without redirects and without the environment's proxies."""

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        import httpx

        async with (
            httpx.AsyncClient(timeout=SEND_SECONDS, follow_redirects=False, trust_env=False) as client,
            client.stream("POST", url, content=content, headers=dict(headers)) as answer,
        ):
            text = b""
            async for piece in answer.aiter_bytes():
                text += piece
                if len(text) >= ANSWER_BYTES_MAX:
                    break
            return answer.status_code, text[:ANSWER_BYTES_MAX].decode(errors="replace")


_http: HttpDoor = DirectHttp()


def http() -> HttpDoor:
    """The door for HTTP of this process."""
    return _http


def replace_http(door: HttpDoor) -> HttpDoor:
    """Put another door in place; returns the one that was there."""
    global _http
    before, _http = _http, door
    return before


async def mail(message: EmailMessage, *, host: str, port: int, tls: str, username: str | None, password: str | None) -> None:
    """Hand a message to a mail server. Raises smtplib's errors and OSError."""

    def send() -> None:
        context = ssl.create_default_context()
        plain = smtplib.SMTP_SSL(host, port, timeout=SEND_SECONDS, context=context) if tls == "tls" else None
        with plain or smtplib.SMTP(host, port, timeout=SEND_SECONDS) as server:
            if tls == "starttls":
                server.starttls(context=context)
            if username is not None and password is not None:
                server.login(username, password)
            refused = server.send_message(message)
            if refused:
                raise smtplib.SMTPRecipientsRefused(refused)

    await asyncio.get_running_loop().run_in_executor(_mail_thread, send)
