"""The doors to the outside: one for HTTP, one for mail. Everything that this room sends goes through them.

An address that stands in a channel was named by a tenant and is guarded; one that stands in a variable of this process was set by its
operator, and may be called because it was set.
"""

from __future__ import annotations

import asyncio
import smtplib
import socket
import ssl
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from typing import Protocol

from flowforge.transport.address import Address
from flowforge.transport.destination import find_addresses
from flowforge.transport.policy import process_policy

SEND_SECONDS = 10.0
ANSWER_BYTES_MAX = 2048

_mail_thread = ThreadPoolExecutor(1, "flowforge-mail")  # of its own: users' sync steps may fill the common one


class HttpDoor(Protocol):
    """Carries one POST. Returns the status and the beginning of the answer; raises whatever keeps it from coming."""

    async def post(self, url: str, content: bytes, headers: Mapping[str, str], *, of_operator: bool) -> tuple[int, str]: ...


class DirectHttp:
    """Straight to the address, without redirects and without the environment's proxies."""

    async def post(self, url: str, content: bytes, headers: Mapping[str, str], *, of_operator: bool) -> tuple[int, str]:
        from flowforge.transport.client import guarded_client
        from flowforge.transport.guard import Limits

        policy = process_policy().trusting(url) if of_operator else process_policy()
        async with (
            guarded_client(policy, limits=Limits(total_seconds=SEND_SECONDS)) as client,
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
    """Hand a message to a mail server. Raises EgressRefused, smtplib's errors and OSError."""
    policy = process_policy()
    policy.check_host(host.lower().rstrip("."), port)
    async with asyncio.timeout(SEND_SECONDS):
        addresses = await find_addresses(policy, host.lower().rstrip("."), port)

    def send() -> None:
        context = ssl.create_default_context()
        with _Smtps(addresses, host, port, context) if tls == "tls" else _Smtp(addresses, host, port) as server:
            if tls == "starttls":
                server.starttls(context=context)
            if username is not None and password is not None:
                server.login(username, password)
            refused = server.send_message(message)
            if refused:
                raise smtplib.SMTPRecipientsRefused(refused)

    await asyncio.get_running_loop().run_in_executor(_mail_thread, send)


class _Smtp(smtplib.SMTP):
    """Connects to addresses that were checked, the first that answers; certificates are verified against the name."""

    def __init__(self, addresses: Sequence[Address], host: str, port: int) -> None:
        self._addresses = addresses
        super().__init__(host, port, timeout=SEND_SECONDS)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        for place, address in enumerate(self._addresses):
            try:
                return socket.create_connection((str(address), port), timeout)
            except OSError:
                if place + 1 == len(self._addresses):
                    raise
        raise OSError(f"{host} has no address")


class _Smtps(smtplib.SMTP_SSL, _Smtp):
    """The same over TLS from the first byte on."""

    def __init__(self, addresses: Sequence[Address], host: str, port: int, context: ssl.SSLContext) -> None:
        self._addresses = addresses
        smtplib.SMTP_SSL.__init__(self, host, port, timeout=SEND_SECONDS, context=context)
