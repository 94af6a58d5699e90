"""Channels: where alerts go. Their secrets stay in the environment of the processes that send; the database has only the names.

A name must begin with `FLOWFORGE_ALERT_`: whoever may add a channel must not be able to send any other variable to an address of theirs.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.alerts.name import check_name
from flowforge.alerts.queries import sql
from flowforge.audit import log as audit
from flowforge.db.database import Database
from flowforge.errors import ConfigurationError, Conflict, InvalidInput, NotFound

Url = Annotated[str, Field(max_length=2000, pattern=r"^https?://[^\s@]+$", description="Without user and password.")]
Variable = Annotated[
    str,
    Field(max_length=100, pattern=r"^FLOWFORGE_ALERT_[A-Z0-9_]+$", description="Name of an environment variable of servers and workers."),
]
Address = Annotated[str, Field(max_length=320, pattern=r"^[^\s@,;<>]+@[^\s@,;<>]+$")]
ChannelKind = Literal["webhook", "slack", "smtp"]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    approvals: Annotated[bool | None, Field(description="Tell of approvals that wait, with a link to each.")] = None
    link_decides: Annotated[
        bool | None, Field(description="Whoever has the link of a message may decide, without a sign-in: for trusted receivers.")
    ] = None

    @model_validator(mode="after")
    def _tells_what_it_decides(self) -> _Settings:
        if self.link_decides and not self.approvals:
            raise ValueError("link_decides goes with approvals: true")
        return self


class WebhookSettings(_Settings):
    """A POST of JSON, signed as Standard Webhooks say when there is a secret (`whsec_…`)."""

    kind: Literal["webhook"] = "webhook"
    url: Url | None = None
    url_env: Variable | None = None
    secret_env: Variable | None = None

    @model_validator(mode="after")
    def _one_address(self) -> WebhookSettings:
        if (self.url is None) == (self.url_env is None):
            raise ValueError("give url, or url_env where the address itself is a secret")
        return self


class SlackSettings(_Settings):
    """A Slack-compatible incoming webhook. Its address is a secret."""

    kind: Literal["slack"] = "slack"
    url_env: Variable


class SmtpSettings(_Settings):
    """Mail over SMTP."""

    kind: Literal["smtp"] = "smtp"
    host: Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[^\s/@]+$")]
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    sender: Address
    to: Annotated[list[Address], Field(min_length=1, max_length=20)]
    username: Annotated[str, Field(max_length=200)] | None = None
    password_env: Variable | None = None

    @model_validator(mode="after")
    def _no_password_in_clear(self) -> SmtpSettings:
        if self.tls == "none" and self.password_env is not None:
            raise ValueError("a password is not sent without TLS")
        return self


ChannelSettings = Annotated[WebhookSettings | SlackSettings | SmtpSettings, Field(discriminator="kind")]
_SETTINGS: TypeAdapter[WebhookSettings | SlackSettings | SmtpSettings] = TypeAdapter(ChannelSettings)


@dataclass(frozen=True)
class Channel:
    """A place where alerts are sent."""

    channel_id: UUID
    name: str
    settings: WebhookSettings | SlackSettings | SmtpSettings
    created_at: datetime


async def create_channel(database: Database, principal: Principal, name: str, settings: ChannelSettings, *, channel_id: UUID) -> Channel:
    """Add a channel; a repeat under the same id adds nothing. Raises InvalidInput for a wrong name, Conflict for one that is taken."""
    check_name(name)
    async with database.pool.acquire() as connection, connection.transaction():
        row = await sql.create_channel.fetchrow(
            connection,
            tenant_id=principal.tenant_id,
            channel_id=channel_id,
            name=name,
            kind=settings.kind,
            settings=settings.model_dump_json(exclude_none=True),
        )
        if row is not None:
            await audit.append(connection, principal, "alert_channel.create", "alert_channel", name, {"kind": settings.kind})
            return _channel(row)
        row = await sql.channel_named.fetchrow(connection, tenant_id=principal.tenant_id, name=name)
        if row is None or row["channel_id"] != channel_id:
            raise Conflict(f"there is an alert channel {name!r} already")
        return _channel(row)


async def list_channels(database: Database, tenant_id: UUID, *, after: str | None = None, limit: int = 50) -> list[Channel]:
    """By name."""
    return [_channel(row) for row in await sql.list_channels.fetch(database.pool, tenant_id=tenant_id, after=after, limit=limit)]


async def find_channel(connection: Any, tenant_id: UUID, name: str) -> Channel:
    """Raises NotFound."""
    row = await sql.channel_named.fetchrow(connection, tenant_id=tenant_id, name=name)
    if row is None:
        raise NotFound("alert channel", name, await _known(connection, tenant_id))
    return _channel(row)


async def delete_channel(database: Database, principal: Principal, name: str) -> None:
    """Raises NotFound, and Conflict while a rule names it. What was on its way there is not sent any more."""
    async with database.pool.acquire() as connection, connection.transaction():
        if await sql.lock_channel.fetchval(connection, tenant_id=principal.tenant_id, name=name) is None:
            raise NotFound("alert channel", name, await _known(connection, principal.tenant_id))
        rules = [row["name"] for row in await sql.rules_of_channel.fetch(connection, tenant_id=principal.tenant_id, name=name)]
        if rules:
            raise Conflict(f"the channel {name!r} is used by the rules {', '.join(rules)}", hint="delete or change them first")
        await sql.delete_channel.fetchval(connection, tenant_id=principal.tenant_id, name=name)
        await audit.append(connection, principal, "alert_channel.delete", "alert_channel", name)


def read_settings(text: str) -> WebhookSettings | SlackSettings | SmtpSettings:
    """Settings as they are stored. Raises InvalidInput for what another version has written and this one cannot read."""
    try:
        return _SETTINGS.validate_json(text)
    except ValidationError as error:
        raise InvalidInput(f"the settings of the channel cannot be read: {error.errors()[0]['msg']}") from None


def secret(name: str) -> str:
    """What the variable holds here. Raises ConfigurationError where it is not set."""
    value = os.environ.get(name)
    if not value:
        raise ConfigurationError(f"the variable {name} is not set in this process", hint="set it for every server and worker")
    return value


async def _known(connection: Any, tenant_id: UUID) -> list[str]:
    return [row["name"] for row in await sql.list_channels.fetch(connection, tenant_id=tenant_id, after=None, limit=200)]


def _channel(row: Any) -> Channel:
    return Channel(row["channel_id"], row["name"], read_settings(row["settings"]), row["created_at"])


def show(channel: Channel) -> dict[str, Any]:
    """A channel as JSON."""
    settings: dict[str, Any] = json.loads(channel.settings.model_dump_json(exclude_none=True))
    return {"id": ids.show("alc", channel.channel_id), "name": channel.name, "created_at": channel.created_at, "settings": settings}
