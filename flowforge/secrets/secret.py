"""Secrets: what a tenant's functions, agents and tools need and nobody reads. A value goes in, is used in a worker, and never comes out."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, get_args
from uuid import UUID

from flowforge import ids
from flowforge.audit.log import append
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.secrets.sealed import secret_label
from flowforge.secrets.vault import version_of

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database
    from flowforge.secrets.sealed import secret_label
from flowforge.secrets.vault import Vault

ScopeKind = Literal["tenant", "function", "agent", "tool"]

VALUE_BYTES_MAX = 64 * 1024
VERSIONS_KEPT = 10  # not retired, of one secret
VERSIONS_SHOWN = 50
SECRETS_MAX = 1_000  # of one tenant
SUBJECT_MAX = 300
ENDING_MIN = 4
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,99}")

sql = load_queries("flowforge.secrets")


@dataclass(frozen=True)
class Scope:
    """Who may use a secret: everybody in the tenant, or one function, agent or tool. `subject_name` is what people call it."""

    kind: ScopeKind = "tenant"
    subject: str = ""
    subject_name: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(ScopeKind):
            raise InvalidInput(f"a secret's scope is one of {', '.join(get_args(ScopeKind))}, not {self.kind!r}", pointer="/scope")
        if (self.kind == "tenant") != (self.subject == ""):
            which = "a tenant's secret has no subject" if self.kind == "tenant" else f"which {self.kind}? name it"
            raise InvalidInput(which, pointer="/subject")
        if len(self.subject) > SUBJECT_MAX or not self.subject.isprintable():
            raise InvalidInput(f"a subject has at most {SUBJECT_MAX} printable characters", pointer="/subject")


@dataclass(frozen=True)
class SecretVersion:
    """One value that a secret had. `last_used_at` is right to the minute; a retired one has no value any more."""

    version: int
    created_by: str
    created_at: datetime
    last_used_at: datetime | None
    retired_at: datetime | None


@dataclass(frozen=True)
class Secret:
    """A secret as it may be seen: everything but its value. The newest version that is not retired is the one in use."""

    secret_id: UUID
    name: str
    scope: Scope
    created_by: str
    created_at: datetime
    versions: tuple[SecretVersion, ...]

    @property
    def current(self) -> int | None:
        """The version in use; None when all are retired."""
        return next((one.version for one in self.versions if one.retired_at is None), None)


async def set_secret(
    database: Database, vault: Vault, principal: Principal, name: str, value: bytes, scope: Scope = Scope(), *, set_id: UUID | None = None
) -> Secret:
    """Give a secret a value: its first, or the next version, which holds at the next use. The same `set_id` sets it once.

    Of more than ten versions the oldest are retired. Raises InvalidInput for a bad name or value, SealingKeyMissing where there is
    no key, Conflict for the 1,001st secret.

        await set_secret(database, vault, principal, "stripe", b"sk_live_…", Scope("function", "order.refund"))
    """
    check_name(name)
    if not 0 < len(value) <= VALUE_BYTES_MAX:
        raise InvalidInput(f"a secret's value has 1 to {VALUE_BYTES_MAX} bytes, this one has {len(value)}", pointer="/value")
    tenant_id, set_id = principal.tenant_id, set_id or ids.new_id()
    async with database.pool.acquire() as connection, connection.transaction():
        secret_id: UUID | None = await sql.find_set.fetchval(connection, tenant_id=tenant_id, set_id=set_id)
        if secret_id is None:
            secret_id = await _add_version(connection, vault, principal, name, value, scope, set_id)
    return await load_secret(database.pool, tenant_id, secret_id)


async def retire_version(database: Database, principal: Principal, secret_id: UUID, version: int) -> Secret:
    """Take a version's value away for good; the newest of the others is in use from now on. Raises NotFound. Twice is once."""
    place = {"tenant_id": principal.tenant_id, "secret_id": secret_id}
    async with database.pool.acquire() as connection, connection.transaction():
        row = await _lock(connection, principal.tenant_id, secret_id)
        if await sql.retire_version.fetchval(connection, **place, version=version) is not None:
            await append(connection, principal, "secret.retire", "secret", row["name"], {**_about(row), "version": version})
    found = await load_secret(database.pool, principal.tenant_id, secret_id)
    if version not in {one.version for one in found.versions}:
        raise NotFound("version", str(version), [str(one.version) for one in found.versions])
    return found


async def delete_secret(database: Database, principal: Principal, secret_id: UUID) -> None:
    """Take a secret away with all its versions. Raises NotFound."""
    async with database.pool.acquire() as connection, connection.transaction():
        row = await _lock(connection, principal.tenant_id, secret_id)
        await sql.delete_secret.execute(connection, tenant_id=principal.tenant_id, secret_id=secret_id)
        await append(connection, principal, "secret.delete", "secret", row["name"], _about(row))


async def load_secret(connection: Connection, tenant_id: UUID, secret_id: UUID) -> Secret:
    """Raises NotFound."""
    row = await sql.list_secrets.fetchrow(connection, tenant_id=tenant_id, secret_id=secret_id, after="", limit=1, shown=VERSIONS_SHOWN)
    if row is None:
        raise NotFound("secret", ids.show("sec", secret_id))
    return _secret(row)


async def list_secrets(
    connection: Connection, tenant_id: UUID, limit: int = 50, cursor: str | None = None
) -> tuple[Sequence[Secret], str | None]:
    """Secrets by name from behind `cursor`, and the cursor of the next page."""
    rows = await sql.list_secrets.fetch(
        connection, tenant_id=tenant_id, secret_id=None, after=cursor or "", limit=limit + 1, shown=VERSIONS_SHOWN
    )
    found = [_secret(row) for row in rows[:limit]]
    last = found[-1] if len(rows) > limit else None
    return found, None if last is None else f"{last.name} {last.scope.kind} {last.scope.subject}"


async def resolve_secret(connection: Connection, tenant_id: UUID, text: str) -> UUID:
    """The secret of that name, or whose id ends so. Raises NotFound with the nearest names, InvalidInput when several fit."""
    ending = text.removeprefix("sec_").lower()
    ending = ending if len(ending) >= ENDING_MIN and re.fullmatch(r"[0-9a-f]+", ending) else ""
    rows = await sql.find_secret.fetch(connection, tenant_id=tenant_id, text=text, ending=ending)
    rows = [row for row in rows if row["name"] == text] or rows
    if len(rows) == 1:
        found: UUID = rows[0]["secret_id"]
        return found
    if rows:
        ways = ", ".join(f"{ids.show('sec', row['secret_id'])} ({row['scope']} {row['subject_name'] or ''}".rstrip() + ")" for row in rows)
        raise InvalidInput(f"{text!r} could be {ways}", hint="give the id")
    raise NotFound("secret", text, [row["name"] for row in await sql.secret_names.fetch(connection, tenant_id=tenant_id)])


def check_name(name: str) -> None:
    """Raises InvalidInput for what cannot be a secret's name."""
    if not NAME.fullmatch(name):
        raise InvalidInput(
            "a secret's name has 1 to 100 letters, digits, dots, dashes and underscores, and begins with a letter or digit", pointer="/name"
        )


async def _add_version(connection: Any, vault: Vault, principal: Principal, name: str, value: bytes, scope: Scope, set_id: UUID) -> UUID:
    tenant_id = principal.tenant_id
    made = await sql.make_secret.fetchrow(
        connection,
        tenant_id=tenant_id,
        secret_id=ids.new_id(),
        name=name,
        scope=scope.kind,
        subject=scope.subject,
        subject_name=scope.subject_name or scope.subject or None,
        created_by=principal.name,
    )
    if made["newest"] == 0 and await sql.count_secrets.fetchval(connection, tenant_id=tenant_id) > SECRETS_MAX:
        raise Conflict(f"there are {SECRETS_MAX} secrets already", hint="delete those that are not needed any more")
    place = {"tenant_id": tenant_id, "secret_id": made["secret_id"]}
    version = await sql.number_version.fetchval(connection, **place)
    sealed = await vault.seal(connection, tenant_id, secret_label(name, scope.kind, scope.subject, version), value)
    await sql.insert_version.execute(
        connection, **place, version=version, set_id=set_id, sealed=sealed, data_key=version_of(sealed), created_by=principal.name
    )
    retired = [row["version"] for row in await sql.retire_beyond.fetch(connection, **place, kept=VERSIONS_KEPT)]
    detail = {"scope": scope.kind, "subject": scope.subject_name or scope.subject, "version": version}
    await append(connection, principal, "secret.set", "secret", name, detail | ({"retired": retired} if retired else {}))
    found: UUID = made["secret_id"]
    return found


async def _lock(connection: Connection, tenant_id: UUID, secret_id: UUID) -> Any:
    row = await sql.lock_secret.fetchrow(connection, tenant_id=tenant_id, secret_id=secret_id)
    if row is None:
        raise NotFound("secret", ids.show("sec", secret_id))
    return row


def _about(row: Any) -> dict[str, Any]:
    return {"scope": row["scope"], "subject": row["subject_name"] or row["subject"]}


def _secret(row: Any) -> Secret:
    versions = tuple(
        SecretVersion(
            one["version"],
            one["created_by"],
            datetime.fromisoformat(one["created_at"]),
            one["last_used_at"] and datetime.fromisoformat(one["last_used_at"]),
            one["retired_at"] and datetime.fromisoformat(one["retired_at"]),
        )
        for one in json.loads(row["versions"])
    )
    scope = Scope(row["scope"], row["subject"], row["subject_name"])
    return Secret(row["secret_id"], row["name"], scope, row["created_by"], row["created_at"], versions)
