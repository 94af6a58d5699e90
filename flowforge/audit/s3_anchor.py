"""Heads in an S3-compatible bucket: one object a head, never overwritten. Best in a bucket with object lock, under another account."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from flowforge.audit.entry import canonical
from flowforge.audit.head import SignedHead
from flowforge.audit.webhook_anchor import AnchorFailed
from flowforge.clock import SYSTEM_CLOCK

if TYPE_CHECKING:
    import httpx

ANSWER_BYTES_MAX = 16_384
_EXISTS = (409, 412)


@dataclass(frozen=True)
class S3Credentials:
    """Who asks, for Signature Version 4."""

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


class S3Anchor:
    """Puts each head under `<prefix>/<tenant>/<size>.json`, by path, if nothing is there yet."""

    def __init__(
        self,
        name: str,
        endpoint: str,
        bucket: str,
        prefix: str,
        region: str,
        credentials: S3Credentials,
        connect: Callable[[], httpx.AsyncClient],
    ) -> None:
        self.name, self._endpoint, self._region, self._credentials, self._connect = name, endpoint, region, credentials, connect
        self._path = "/" + "/".join(filter(None, (bucket, prefix)))

    async def keep(self, heads: Sequence[SignedHead]) -> None:
        import httpx

        try:
            async with self._connect() as client:
                for head in heads:
                    await self._put(client, f"{self._path}/{head.tenant}/{head.size:020}.json", canonical(head.as_json()).encode() + b"\n")
        except httpx.HTTPError as error:
            raise AnchorFailed(f"no answer: {type(error).__name__}") from None

    async def _put(self, client: httpx.AsyncClient, path: str, body: bytes) -> None:
        status, _ = await self._ask(client, "PUT", path, body, {"if-none-match": "*"})
        if status in _EXISTS:
            status, there = await self._ask(client, "GET", path, b"", {})
            if status == 200 and there != body:
                raise AnchorFailed(f"another head of that size is kept there already: {path.rpartition('/')[2]}; compare the two")
        if not 200 <= status < 300:
            raise AnchorFailed(f"the store answered {status}")

    async def _ask(self, client: httpx.AsyncClient, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        signed = signed_headers(self._credentials, self._region, method, self._endpoint + quote(path), body, headers, SYSTEM_CLOCK.now())
        async with client.stream(method, self._endpoint + quote(path), content=body, headers=signed) as answer:
            found = b""
            async for piece in answer.aiter_bytes():
                found += piece
                if len(found) > ANSWER_BYTES_MAX:
                    break
            return answer.status_code, found


def signed_headers(
    credentials: S3Credentials, region: str, method: str, url: str, body: bytes, headers: Mapping[str, str], now: datetime
) -> dict[str, str]:
    """The headers of a request with AWS Signature Version 4, for a URL without a query whose path is quoted once."""
    parts, payload = urlsplit(url), hashlib.sha256(body).hexdigest()
    stamp = f"{now:%Y%m%dT%H%M%SZ}"
    all_headers = {**headers, "host": parts.netloc, "x-amz-content-sha256": payload, "x-amz-date": stamp}
    if credentials.session_token is not None:
        all_headers["x-amz-security-token"] = credentials.session_token
    names = ";".join(sorted(all_headers))
    lines = "".join(f"{name}:{all_headers[name].strip()}\n" for name in sorted(all_headers))
    request = "\n".join((method, parts.path or "/", "", lines, names, payload))
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    to_sign = "\n".join(("AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(request.encode()).hexdigest()))
    key = f"AWS4{credentials.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.new(key, to_sign.encode(), "sha256").hexdigest()
    all_headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return all_headers
