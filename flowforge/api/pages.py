"""The two pages that need nothing built: `/docs` shows the OpenAPI document, the other says what is here where there is no dashboard. Both
work offline."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files

from fastapi import APIRouter
from starlette.responses import HTMLResponse

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def docs() -> HTMLResponse:
    return plain_page("docs.html")


def plain_page(name: str) -> HTMLResponse:
    text, policy = _read(name)
    return HTMLResponse(text, headers={"Content-Security-Policy": policy, "Cache-Control": "no-cache"})


@cache
def _read(name: str) -> tuple[str, str]:
    """A page and the policy that allows the scripts and styles in it, and no other, to run."""
    text = (files("flowforge.api") / "html" / name).read_text()
    return text, policy_of(text)


def policy_of(text: str) -> str:
    """The policy under which only the scripts and styles that stand in a page are run."""
    allowed = {kind: " ".join(_hashes(text, kind)) or "'none'" for kind in ("script", "style")}
    own = f"script-src {allowed['script']}; style-src {allowed['style']}; connect-src 'self'"
    return f"default-src 'none'; {own}; frame-ancestors 'none'; base-uri 'none'"


def _hashes(text: str, kind: str) -> list[str]:
    found = re.findall(rf"<{kind}>(.*?)</{kind}>", text, re.DOTALL)
    return [f"'sha256-{base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()}'" for part in found]
