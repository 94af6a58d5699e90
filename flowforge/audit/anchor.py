"""Places outside of the database where signed heads are kept, so that a cut or rewritten log can be told from the one that was.

`FLOWFORGE_AUDIT_ANCHORS` names them, parted by spaces: `file:/path/heads.jsonl`, `https://…` (a webhook, signed with
`FLOWFORGE_AUDIT_WEBHOOK_SECRET`), `s3://bucket/prefix?region=…&endpoint=https://…` (with `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and
`AWS_SESSION_TOKEN`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qs, urlsplit

from flowforge.audit.file_anchor import FileAnchor
from flowforge.audit.head import SignedHead
from flowforge.audit.s3_anchor import S3Anchor, S3Credentials
from flowforge.audit.webhook_anchor import WebhookAnchor, read_secret
from flowforge.errors import ConfigurationError

if TYPE_CHECKING:
    import httpx

SEND_SECONDS = 10.0
WEBHOOK_SECRET = "FLOWFORGE_AUDIT_WEBHOOK_SECRET"  # noqa: S105 - the name of the variable that holds it

Connect = Callable[[], "httpx.AsyncClient"]


class Anchor(Protocol):
    """A place that keeps heads. `name` tells it from others and holds no secret."""

    name: str

    async def keep(self, heads: Sequence[SignedHead]) -> None:
        """Keep these heads of one tenant, in their order; a repeat does no harm. Raises AnchorFailed or OSError."""


def client_of_anchors() -> httpx.AsyncClient:
    """To addresses that the operator set."""
    from flowforge.transport.client import operator_client

    return operator_client(timeout=SEND_SECONDS)


def read_anchors(places: Sequence[str], secrets: Mapping[str, str], connect: Connect = client_of_anchors) -> list[Anchor]:
    """The anchors at these places; `secrets` by variable. Raises ConfigurationError, which shows no more of a place than its kind."""
    return [_anchor(place, secrets, connect) for place in places]


def _anchor(place: str, secrets: Mapping[str, str], connect: Connect) -> Anchor:
    digest = hashlib.sha256(place.encode()).hexdigest()[:8]
    try:
        url = urlsplit(place)
        host = url.hostname
    except ValueError:
        raise ConfigurationError("a place in FLOWFORGE_AUDIT_ANCHORS is no URL") from None
    if url.scheme == "file" and url.path.startswith("/") and not host:
        path = Path(url.path)
        return FileAnchor(f"file {path.name} {digest}", path)
    if url.scheme in ("https", "http") and host:
        if WEBHOOK_SECRET not in secrets:
            raise ConfigurationError(
                f"a webhook in FLOWFORGE_AUDIT_ANCHORS needs {WEBHOOK_SECRET}", hint="whsec_ and at least 24 bytes in base64"
            )
        return WebhookAnchor(f"webhook {host} {digest}", place, read_secret(WEBHOOK_SECRET, secrets[WEBHOOK_SECRET]), connect)
    if url.scheme == "s3" and host:
        return _s3(f"s3 {host} {digest}", place, secrets, connect)
    raise ConfigurationError(
        f"FLOWFORGE_AUDIT_ANCHORS knows no place of the kind {url.scheme or 'that it names'!r}",
        hint="it takes file:/path, https://…, and s3://bucket/prefix?region=…",
    )


def _s3(name: str, place: str, secrets: Mapping[str, str], connect: Connect) -> S3Anchor:
    url, given = urlsplit(place), parse_qs(urlsplit(place).query)
    if unknown := given.keys() - {"region", "endpoint"}:
        raise ConfigurationError(f"an s3 place in FLOWFORGE_AUDIT_ANCHORS takes region and endpoint, not {', '.join(sorted(unknown))}")
    region = given.get("region", ["us-east-1"])[0]
    endpoint = given.get("endpoint", [f"https://s3.{region}.amazonaws.com"])[0]
    if not endpoint.startswith(("https://", "http://")):
        raise ConfigurationError("the endpoint of an s3 place in FLOWFORGE_AUDIT_ANCHORS must begin with https://")
    try:
        credentials = S3Credentials(secrets["AWS_ACCESS_KEY_ID"], secrets["AWS_SECRET_ACCESS_KEY"], secrets.get("AWS_SESSION_TOKEN"))
    except KeyError as missing:
        raise ConfigurationError(f"an s3 place in FLOWFORGE_AUDIT_ANCHORS needs {missing.args[0]}") from None
    return S3Anchor(name, endpoint.rstrip("/"), url.netloc, url.path.strip("/"), region, credentials, connect)
