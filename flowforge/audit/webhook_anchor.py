"""Heads to a webhook, signed as Standard Webhooks says: its receiver keeps them where this deployment cannot reach."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from flowforge.access.signing_key import parse_signing_key, sign
from flowforge.audit.entry import canonical
from flowforge.audit.head import SignedHead
from flowforge.clock import SYSTEM_CLOCK
from flowforge.errors import ConfigurationError, FlowForgeError, InvalidInput

if TYPE_CHECKING:
    import httpx


class AnchorFailed(FlowForgeError):
    """A place did not keep a head, for now."""


class WebhookAnchor:
    """Posts heads. The id of a delivery is made of what is in it, so a repeat is known as one."""

    def __init__(self, name: str, url: str, secret: bytes, connect: Callable[[], httpx.AsyncClient]) -> None:
        self.name, self._url, self._secret, self._connect = name, url, secret, connect

    async def keep(self, heads: Sequence[SignedHead]) -> None:
        body = canonical({"type": "audit.heads", "heads": [head.as_json() for head in heads]}).encode()
        status = await post(self._connect, self._url, body, self._headers(body))
        if not 200 <= status < 300:
            raise AnchorFailed(f"the receiver answered {status}")

    def _headers(self, body: bytes) -> dict[str, str]:
        id_, timestamp = f"msg_{hashlib.sha256(body).hexdigest()[:32]}", int(SYSTEM_CLOCK.now().timestamp())
        return {
            "content-type": "application/json",
            "webhook-id": id_,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign([self._secret], id_, timestamp, body),
        }


async def post(connect: Callable[[], httpx.AsyncClient], url: str, body: bytes, headers: dict[str, str]) -> int:
    """The status of the answer, whose body nobody reads. Raises AnchorFailed when none comes."""
    import httpx

    try:
        async with connect() as client, client.stream("POST", url, content=body, headers=headers) as answer:
            return answer.status_code
    except httpx.HTTPError as error:
        raise AnchorFailed(f"no answer: {type(error).__name__}") from None


def read_secret(variable: str, text: str) -> bytes:
    """The bytes of a `whsec_…` secret. Raises ConfigurationError, which does not show it."""
    try:
        return parse_signing_key(text)
    except InvalidInput as error:
        raise ConfigurationError(f"{variable}: {error.message}") from None
