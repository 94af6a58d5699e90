"""Where agents may look on the web, and who searches it for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import Response as Answer
from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

from flowforge.api.caller import Caller, Db
from flowforge.api.etag import IfMatch, etag, unchanged_since
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.skills.web.access import WebAccess, WebSettings, read_web_settings, set_web_access, web_access

router = Resource(prefix="/v1/web_access", tags=["tools"])

SETTINGS: JsonDict = {"allow": ["docs.example.com", "*.example.org"], "search": {"kind": "brave", "secret": "brave"}}


class WebAccessIn(WebSettings):
    """The whole of the settings: what is left out has its default."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [SETTINGS]})


class WebAccessOut(BaseModel):
    """The settings; `revision` is 0 as long as nobody has set any: then every public address may be called, and nobody searches."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**SETTINGS, "revision": 2, "updated_at": "2026-11-22T09:00:00.000000Z"}]})

    allow: list[str] | None
    search: dict[str, Any] | None
    revision: int
    updated_at: datetime | None

    @classmethod
    def of(cls, found: WebAccess) -> WebAccessOut:
        shown = found.settings.model_dump(mode="json", exclude_none=True)
        return cls(allow=shown.get("allow"), search=shown.get("search"), revision=found.revision, updated_at=found.updated_at)


@router.get("", summary="Show web access", operation_id="get_web_access")
async def show(caller: Caller, database: Db, answer: Answer) -> WebAccessOut:
    """Of `http_get`, `http_request` and `web_search`."""
    return _tagged(answer, await web_access(database.pool, caller.tenant_id))


@router.put("", summary="Set web access", operation_id="set_web_access", responses=errors(412))
async def set_(body: WebAccessIn, if_match: IfMatch, caller: Caller, database: Db, answer: Answer) -> WebAccessOut:
    """It holds from the next call on. What the operator of the server refuses is refused all the same."""
    settings = read_web_settings(body.model_dump(mode="json", exclude_unset=True))
    with unchanged_since(if_match):
        return _tagged(answer, await set_web_access(database, caller, settings, if_revision=if_match))


def _tagged(answer: Answer, found: WebAccess) -> WebAccessOut:
    answer.headers["ETag"] = etag(found.revision)
    return WebAccessOut.of(found)
