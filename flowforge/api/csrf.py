"""A browser sends the session's cookie along with whatever another page makes it send: so a cookie alone does not write.

What changes something needs, with a cookie, the header `X-FlowForge-CSRF` (or, in a form of ours, the field `csrf`) with a token that only
our own pages can read; and, cookie or not, what a browser says of where a page came from must be this origin.
"""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from flowforge.access.session import csrf_token
from flowforge.api.body import FORMS
from flowforge.api.boundary import SAFE_METHODS
from flowforge.api.problem import refuse
from flowforge.api.session_cookie import session_token

CSRF_HEADER = "x-flowforge-csrf"
CSRF_FIELD = "csrf"


class CsrfGuard:
    """ASGI layer behind CallerResolver: refuses (403) what a page of somebody else may have made a browser send."""

    def __init__(self, app: ASGIApp, public_url: str | None = None) -> None:
        self.app, self.public_url = app, public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
            headers = Headers(scope=scope)
            caller = scope.get("state", {}).get("caller")
            token = session_token(headers) if caller is not None and caller.kind == "person" and caller.id is not None else None
            if token is not None or scope["path"] in FORMS or caller is None:
                must_be_our_page(headers, self.public_url)
            if token is not None and scope["path"] not in FORMS:
                must_know_token(token, headers.get(CSRF_HEADER))
        await self.app(scope, receive, send)


def must_know_token(token: str, given: str | None) -> None:
    """Raises Refusal unless `given` is the CSRF token of the session that has this token."""
    if given is None or not hmac.compare_digest(given.encode(), csrf_token(token).encode()):
        raise refuse(
            "forbidden", "a session's cookie writes only with its CSRF token; GET /v1/session gives it", parameter="X-FlowForge-CSRF"
        )


def must_be_our_page(headers: Headers, public_url: str | None = None) -> None:
    """Raises Refusal when a browser says that a page of another origin sent this. Programs say nothing, and pass."""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if site not in (None, "same-origin", "none") or (origin is not None and not _is_ours(origin, headers.get("host", ""), public_url)):
        raise refuse("forbidden", "a page of another origin may not write here", parameter="Origin")


def _is_ours(origin: str, host: str, public_url: str | None) -> bool:
    own = {f"http://{host}".lower(), f"https://{host}".lower()}
    if public_url is not None:
        parts = urlsplit(public_url)
        own.add(f"{parts.scheme}://{parts.netloc}".lower())
    return origin.lower() in own
