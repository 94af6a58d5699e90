"""Where a tenant's agents may look on the web, and who searches it for them. Without settings: every public address, and nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from flowforge.audit.log import append
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import ConfigurationError, Conflict, InvalidInput
from flowforge.skills.http.definition import SecretName, Text
from flowforge.transport.failure import EgressRefused
from flowforge.transport.place import read_places
from flowforge.transport.policy import plain_host, port_of, process_policy

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database

sql = load_queries("flowforge.skills")

BRAVE = "https://api.search.brave.com/res/v1/web/search"
TAVILY = "https://api.tavily.com/search"


class _Provider(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("url", check_fields=False)
    @classmethod
    def _callable(cls, url: str, info: ValidationInfo) -> str:
        if info.context is not None and info.context.get("stored"):
            return url
        try:
            process_policy().check_url(httpx.URL(url))
        except EgressRefused as error:
            raise ValueError(error.message) from None
        except (httpx.InvalidURL, UnicodeError):
            raise ValueError("this is no address") from None
        return url


class SearXNG(_Provider):
    """A SearXNG server, which must offer `format=json`. `secret` holds a bearer token, where it wants one."""

    kind: Literal["searxng"]
    url: Annotated[Text, Field(max_length=500, examples=["https://searx.example.com"])]
    secret: SecretName | None = None


class Brave(_Provider):
    """Brave's Search API. `secret` names the key."""

    kind: Literal["brave"]
    secret: SecretName
    url: Annotated[Text, Field(max_length=500)] = BRAVE


class Tavily(_Provider):
    """Tavily's search API. `secret` names the key."""

    kind: Literal["tavily"]
    secret: SecretName
    url: Annotated[Text, Field(max_length=500)] = TAVILY


class WebSettings(BaseModel):
    """`allow`: hosts that `http_get` and `http_request` may call (`docs.example.com`, `*.example.com`), null for every public one; what the
    server's operator refuses is refused all the same."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    allow: Annotated[tuple[Annotated[Text, Field(min_length=1, max_length=260)], ...] | None, Field(max_length=500)] = None
    search: Annotated[SearXNG | Brave | Tavily | None, Field(discriminator="kind")] = None

    @field_validator("allow")
    @classmethod
    def _readable(cls, allow: tuple[str, ...] | None) -> tuple[str, ...] | None:
        try:
            for entry in allow or ():
                if len(read_places(entry, "allow")) != 1:
                    raise ValueError(f"{entry!r} is not one host")
        except ConfigurationError as error:
            raise ValueError(error.message) from None
        return allow

    def permits(self, url: httpx.URL) -> bool:
        """Whether these tools may call that address, as far as the tenant is concerned."""
        if self.allow is None:
            return True
        host, port = plain_host(url), port_of(url)
        return any(place.is_host(host, port) or _is_address(place, host) for place in read_places(" ".join(self.allow), "allow"))


@dataclass(frozen=True)
class WebAccess:
    """The settings of a tenant; `revision` is 0 as long as nobody has set any."""

    settings: WebSettings
    revision: int
    updated_at: datetime | None


async def web_access(connection: Connection, tenant_id: UUID) -> WebAccess:
    row = await sql.find_web_access.fetchrow(connection, tenant_id=tenant_id)
    if row is None:
        return WebAccess(WebSettings(), 0, None)
    return WebAccess(WebSettings.model_validate_json(row["settings"], context={"stored": True}), row["revision"], row["updated_at"])


async def set_web_access(database: Database, principal: Principal, settings: WebSettings, if_revision: int | None = None) -> WebAccess:
    """They hold from the next call on. Raises Conflict when `if_revision` is no longer the current one."""
    async with database.pool.acquire() as connection, connection.transaction():
        present = await sql.lock_web_access.fetchval(connection, tenant_id=principal.tenant_id) or 0
        if if_revision is not None and if_revision != present:
            raise Conflict(f"web access is at revision {present}, not {if_revision}: somebody changed it", winner={"revision": present})
        text = settings.model_dump_json(exclude_unset=True)
        await sql.set_web_access.execute(connection, tenant_id=principal.tenant_id, settings=text)
        await append(connection, principal, "web_access.set", "web_access", "web", settings.model_dump(mode="json", exclude_unset=True))
        return await web_access(connection, principal.tenant_id)


def read_web_settings(body: Any) -> WebSettings:
    """Raises InvalidInput with a pointer."""
    try:
        return WebSettings.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        pointer = "".join(f"/{part}" for part in first["loc"] if part not in ("searxng", "brave", "tavily"))
        raise InvalidInput(f"{pointer or 'the settings'}: {first['msg'].removeprefix('Value error, ')}", pointer=pointer) from None


def _is_address(place: Any, host: str) -> bool:
    return place.network is not None and place.is_one_address and host.strip("[]") == str(place.network.network_address)
