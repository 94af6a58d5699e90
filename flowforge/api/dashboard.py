"""The dashboard: one HTML file, at `/` and wherever the dashboard has a page, and the files that it loads. None holds anything of a tenant.

It was built of `web/` when FlowForge was packed, and is read once. Where it was not built, a plain page says so, and how to build it.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable

from fastapi import APIRouter, Request
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response

from flowforge.api.boundary import SAFE_METHODS
from flowforge.api.pages import plain_page

# The first part of every path under which the dashboard shows something.
PAGES = (
    "agents", "approvals", "audit", "board", "costs", "events", "functions", "inbox", "runs", "settings", "skills", "tools",
)  # fmt: skip
SHARED = "/events"  # where programs send to: only who asks for HTML is shown the page there
ASSETS = "/assets/"  # named for their content
OTHER_FILES = ("/icon.svg", "/licences.txt", "/theme.js")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
ENTRY = "/index.html"
_TYPES = {".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".txt": "text/plain"}  # wherever we run


def is_public(method: str, path: str, headers: Headers) -> bool:
    """Whether a request is for the dashboard, which is handed out to anybody."""
    if method not in SAFE_METHODS or (path == SHARED and not _wants_html(headers)):
        return False
    return path == "/" or path in OTHER_FILES or path.startswith(ASSETS) or path.split("/", 2)[1:2] in _FIRST_PARTS


_FIRST_PARTS = [[name] for name in PAGES]


def _wants_html(headers: Headers) -> bool:
    return "text/html" in headers.get("accept", "").lower()


@dataclass(frozen=True)
class File:
    """One file as it is sent."""

    content: bytes
    compressed: bytes | None
    media_type: str
    cached: str

    @property
    def etag(self) -> str:
        """Weak: it is the same for both of its forms."""
        return f'W/"{hashlib.sha256(self.content).hexdigest()[:32]}"'

    def answer(self, request: Request) -> Response:
        headers = {"Cache-Control": self.cached, "ETag": self.etag, "Content-Security-Policy": POLICY}
        if self.compressed is not None:
            headers["Vary"] = "Accept-Encoding"
        if self.etag.removeprefix("W/") in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if self.compressed is None or not _takes_gzip(request.headers.get("accept-encoding", "")):
            return Response(self.content, headers=headers, media_type=self.media_type)
        return Response(self.compressed, headers={**headers, "Content-Encoding": "gzip"}, media_type=self.media_type)


class Dashboard:
    """What was built, by its path. Only what is named here is ever sent, whatever a path says."""

    def __init__(self, built: Mapping[str, File]) -> None:
        self.built = built

    @classmethod
    def read(cls, static: Traversable) -> Dashboard:
        if not static.joinpath("index.html").is_file():
            return cls({})
        found = {f"/{one.name}": one for one in static.iterdir() if one.is_file()}
        found |= {f"{ASSETS}{one.name}": one for one in static.joinpath("assets").iterdir() if one.is_file()}
        return cls({path: _file(path, one, found) for path, one in found.items() if _is_sent(path)})

    @property
    def is_built(self) -> bool:
        return ENTRY in self.built

    def page(self, request: Request) -> Response:
        if request.url.path == SHARED and not _wants_html(request.headers):
            raise HTTPException(405, headers={"Allow": "POST"})
        entry = self.built.get(ENTRY)
        return plain_page("index.html") if entry is None else entry.answer(request)

    def file(self, request: Request) -> Response:
        found = self.built.get(request.url.path)
        if found is None:
            raise HTTPException(404, f"the dashboard has no {request.url.path[:200]}")
        return found.answer(request)

    @cached_property
    def router(self) -> APIRouter:
        router = APIRouter(include_in_schema=False)

        async def page(request: Request) -> Response:
            return self.page(request)

        async def file(request: Request) -> Response:
            return self.file(request)

        for name in PAGES:
            router.add_api_route(f"/{name}", page, methods=["GET", "HEAD"])
            router.add_api_route(f"/{name}/{{rest:path}}", page, methods=["GET", "HEAD"])
        router.add_api_route("/", page, methods=["GET", "HEAD"])
        for path in (*OTHER_FILES, f"{ASSETS}{{name}}"):
            router.add_api_route(path, file, methods=["GET", "HEAD"])
        return router


@cache
def own_dashboard() -> Dashboard:
    """That of this installation."""
    return Dashboard.read(files("flowforge.api") / "static")


def _is_sent(path: str) -> bool:
    return not path.endswith(".gz") and (path == ENTRY or path in OTHER_FILES or path.startswith(ASSETS))


def _file(path: str, one: Traversable, found: Mapping[str, Traversable]) -> File:
    compressed = found.get(f"{path}.gz")
    return File(
        one.read_bytes(),
        None if compressed is None else compressed.read_bytes(),
        _media_type(path),
        FOR_EVER if path.startswith(ASSETS) else ASK_AGAIN,
    )


def _media_type(path: str) -> str:
    ending = path[path.rfind(".") :]
    return _TYPES.get(ending) or mimetypes.guess_type(path)[0] or "application/octet-stream"


def _takes_gzip(accepted: str) -> bool:
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
