"""API keys: made, listed, changed, rotated and revoked. Who a key's value stands for at a request is `key_check.py`'s.

A key belongs to a tenant. Its permissions are what its scopes stand for, never more than its maker had when it was made, nor than its
maker has now: a key that is revoked takes with it what was made by it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flowforge import ids
from flowforge.access.key_value import SHOWN_CHARACTERS, make_value
from flowforge.access.permission import OF_A_TEST, OF_AN_AGENT, expand, grant
from flowforge.access.principal import Principal
from flowforge.audit.log import append
from flowforge.db.database import Database
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict, InvalidInput, NotAllowed, NotFound

NAME_MAX = 100
SCOPES_MAX = 50
DEPTH_MAX = 8
ENDING_MIN = 4
GRACE_DEFAULT, GRACE_MAX = timedelta(hours=24), timedelta(days=30)
LIFE_MAX = timedelta(days=3650)

Digest = Callable[[str], Awaitable[bytes]]

sql = load_queries("flowforge.access")


@dataclass(frozen=True)
class ApiKey:
    """A key as its tenant sees it. `last_four` ends the values that are good now, the newest first; a second one until `old_good_until`."""

    key_id: UUID
    name: str
    test: bool
    scopes: tuple[str, ...]
    agent_id: UUID | None
    agent: str | None
    created_by_kind: str
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    active: bool
    last_four: tuple[str, ...]
    old_good_until: datetime | None

    @property
    def id(self) -> str:
        return ids.show("key", self.key_id)


@dataclass(frozen=True)
class Issued:
    """A key with its value, which nobody can be told again; None when the request that made it was repeated."""

    key: ApiKey
    value: str | None


async def create_key(
    database: Database,
    principal: Principal,
    digest: Digest,
    name: str,
    scopes: Sequence[str],
    *,
    test: bool = False,
    agent_id: UUID | None = None,
    expires_in: timedelta | None = None,
    key_id: UUID | None = None,
) -> Issued:
    """Make a key. With `agent_id` it acts as that agent. Raises InvalidInput, and Conflict when its name is taken.

    issued = await create_key(database.for_tenant(tenant_id), principal, check.digest, "ci", ["events:send", "runs:read"])
    """
    _check_name(name)
    _check_life(expires_in)
    granted = grant(_checked(scopes), _ceiling(principal.permissions, test=test or principal.test, agent=agent_id is not None))
    key_id, value = key_id or ids.new_id(), make_value(test=test)
    hashed = await digest(value)
    if principal.test and not test:
        raise InvalidInput("a test key makes test keys only", pointer="/kind")
    async with database.pool.acquire() as connection, connection.transaction():
        made = await sql.insert_key.fetchval(
            connection, tenant_id=principal.tenant_id, key_id=key_id, name=name, test=test, scopes=list(scopes), granted=sorted(granted),
            agent_id=agent_id, depth=await _depth(connection, principal), created_by_kind=principal.kind, created_by=principal.name,
            created_by_id=principal.id, expires_seconds=None if expires_in is None else expires_in.total_seconds(),
        )  # fmt: skip
        if made is None:
            return Issued(await _repeated(connection, principal.tenant_id, key_id, name), None)
        await _add_value(connection, principal.tenant_id, key_id, ids.derived_id(key_id, "value"), value, hashed)
        key = await load_key(connection, principal.tenant_id, key_id)
        detail = {"name": name, "kind": _kind(test), "scopes": list(scopes), "agent": key.agent, "ends_in": key.last_four[0]}
        await append(connection, principal, "key.create", "key", key.id, {**detail, "expires_at": _shown(key.expires_at)})
    return Issued(key, value)


async def list_keys(
    connection: Connection, tenant_id: UUID, *, revoked: bool = False, limit: int = 50, cursor: str | None = None
) -> tuple[list[ApiKey], str | None]:
    """Keys in the order in which they were made, and the cursor of the next page. Raises InvalidInput for an unknown cursor."""
    after = None if cursor is None else ids.parse("key", cursor)
    if cursor is not None and after is None:
        raise InvalidInput("this cursor is not one that was handed out", pointer="/cursor")
    rows = await sql.list_keys.fetch(connection, tenant_id=tenant_id, key_id=None, after=after, revoked=revoked, limit=limit + 1)
    found = [_key(row) for row in rows[:limit]]
    return found, found[-1].id if len(rows) > limit else None


async def load_key(connection: Connection, tenant_id: UUID, key_id: UUID) -> ApiKey:
    """One key, revoked or not. Raises NotFound."""
    rows = await sql.list_keys.fetch(connection, tenant_id=tenant_id, key_id=key_id, after=None, revoked=True, limit=1)
    if not rows:
        raise NotFound("key", ids.show("key", key_id))
    return _key(rows[0])


async def resolve_key(connection: Connection, tenant_id: UUID, text: str) -> UUID:
    """The key of that name, or whose id ends so. Raises NotFound with the nearest names, InvalidInput when several fit."""
    ending = text.removeprefix("key_").replace("-", "").lower()
    ending = ending if len(ending) >= ENDING_MIN and ending.isalnum() else ""
    rows = await sql.match_key.fetch(connection, tenant_id=tenant_id, text=text, ending=ending)
    named = [row["key_id"] for row in rows if row["name"] == text]
    if named or len(rows) == 1:
        found: UUID = named[0] if named else rows[0]["key_id"]
        return found
    if rows:
        raise InvalidInput(f"{text!r} could be {' or '.join(row['name'] for row in rows)}", hint="give more of the id, or the name")
    shown = "(a key's value)" if text.startswith("ffk_") else text
    raise NotFound("key", shown, [row["name"] for row in await sql.key_names.fetch(connection, tenant_id=tenant_id)])


async def change_key(
    database: Database, principal: Principal, key_id: UUID, *, name: str | None = None, scopes: Sequence[str] | None = None
) -> ApiKey:
    """Another name, other scopes. What it may is then measured by whoever changes it. Raises NotFound, InvalidInput and Conflict."""
    if name is not None:
        _check_name(name)
    async with database.pool.acquire() as connection, connection.transaction():
        row = await _lock(connection, principal.tenant_id, key_id)
        new_name = name if name is not None else row["name"]
        new_scopes, granted = row["scopes"], row["granted"]
        if scopes is not None:
            ceiling = _ceiling(principal.permissions, test=row["test"], agent=row["agent_id"] is not None)
            new_scopes, granted = list(scopes), sorted(grant(_checked(scopes), ceiling))
        if await sql.name_is_taken.fetchval(connection, tenant_id=principal.tenant_id, key_id=key_id, name=new_name):
            raise _taken(new_name)
        if (new_name, new_scopes, granted) != (row["name"], row["scopes"], row["granted"]):
            await sql.change_key.execute(
                connection, tenant_id=principal.tenant_id, key_id=key_id, name=new_name, scopes=new_scopes, granted=granted
            )
            detail = {"name": new_name, "scopes": new_scopes, "before": {"name": row["name"], "scopes": row["scopes"]}}
            await append(connection, principal, "key.update", "key", ids.show("key", key_id), detail)
        return await load_key(connection, principal.tenant_id, key_id)


async def rotate_key(
    database: Database,
    principal: Principal,
    digest: Digest,
    key_id: UUID,
    *,
    grace: timedelta = GRACE_DEFAULT,
    end_old: bool = False,
    value_id: UUID | None = None,
) -> Issued:
    """A new value for a key; the one before it stays good for `grace`.

    A key has two values at most: while the last rotation's old one is still good, another rotation raises Conflict, unless `end_old` ends
    that one at once. Raises NotFound, InvalidInput, and NotAllowed for a key that may do more than whoever rotates it.
    """
    if not timedelta(0) <= grace <= GRACE_MAX:
        raise InvalidInput(f"the old value stays good for at most {GRACE_MAX.days} days", pointer="/grace")
    value_id = value_id or ids.new_id()
    test = (await load_key(database.pool, principal.tenant_id, key_id)).test
    value = make_value(test=test)
    hashed = await digest(value)
    async with database.pool.acquire() as connection, connection.transaction():
        row = await _lock(connection, principal.tenant_id, key_id)
        if more := expand(row["scopes"]) & frozenset(row["granted"]) - principal.permissions:
            raise NotAllowed(f"this key may do more than you: only who has {min(more)} too can be given a value of it")
        values = await sql.key_values.fetch(connection, tenant_id=principal.tenant_id, key_id=key_id)
        if any(row["value_id"] == value_id for row in values):
            return Issued(await load_key(connection, principal.tenant_id, key_id), None)
        if len(values) > 1 and not end_old:
            raise Conflict(
                f"two values of this key are good until {_shown(values[1]['good_until'])}",
                hint="wait for that, or end the older one now: end_old (--end-old)",
            )
        newest = values[0]["value_id"]
        await sql.drop_old_values.execute(connection, tenant_id=principal.tenant_id, key_id=key_id, keep=[newest])
        await sql.end_value.execute(
            connection, tenant_id=principal.tenant_id, key_id=key_id, value_id=newest, seconds=grace.total_seconds()
        )
        await _add_value(connection, principal.tenant_id, key_id, value_id, value, hashed)
        key = await load_key(connection, principal.tenant_id, key_id)
        detail = {"name": key.name, "ends_in": key.last_four[0], "old_good_until": _shown(key.old_good_until)}
        await append(connection, principal, "key.rotate", "key", key.id, detail)
    return Issued(key, value)


async def revoke_key(database: Database, principal: Principal, key_id: UUID) -> ApiKey:
    """End a key, and what was made by it, for good. One that is revoked already stays so. Raises NotFound."""
    async with database.pool.acquire() as connection, connection.transaction():
        name = await sql.revoke_key.fetchval(connection, tenant_id=principal.tenant_id, key_id=key_id)
        key = await load_key(connection, principal.tenant_id, key_id)
        if name is not None:
            await append(connection, principal, "key.revoke", "key", key.id, {"name": name})
    return key


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > NAME_MAX or not name.isprintable():
        raise InvalidInput(f"a key's name has 1 to {NAME_MAX} printable characters", pointer="/name")
    if name.startswith(("ffk_", "whsec_")):
        raise InvalidInput("that is a key, not a name for one", pointer="/name")


def _check_life(expires_in: timedelta | None) -> None:
    if expires_in is not None and not timedelta(0) < expires_in <= LIFE_MAX:
        raise InvalidInput(f"a key lives for more than nothing, and at most {LIFE_MAX.days} days", pointer="/expires_in")


def _checked(scopes: Sequence[str]) -> Sequence[str]:
    if not 1 <= len(scopes) <= SCOPES_MAX:
        raise InvalidInput(f"a key has 1 to {SCOPES_MAX} scopes", pointer="/scopes")
    return scopes


def _ceiling(permissions: frozenset[str], *, test: bool, agent: bool) -> frozenset[str]:
    within = permissions & OF_AN_AGENT if agent else permissions
    return within & OF_A_TEST if test else within


async def _depth(connection: Connection, principal: Principal) -> int:
    if principal.kind != "key" or principal.id is None:
        return 0
    depth: int = await sql.key_depth.fetchval(connection, tenant_id=principal.tenant_id, key_id=principal.id)
    if depth >= DEPTH_MAX:
        raise InvalidInput(
            f"keys are made by keys made by keys … at most {DEPTH_MAX} times", hint="make it with another key, or as a person"
        )
    return depth + 1


async def _repeated(connection: Connection, tenant_id: UUID, key_id: UUID, name: str) -> ApiKey:
    try:
        return await load_key(connection, tenant_id, key_id)
    except NotFound:
        raise _taken(name) from None


def _taken(name: str) -> Conflict:
    return Conflict(f"there is a key named {name!r} already", hint="choose another name, or rotate that one")


async def _add_value(connection: Connection, tenant_id: UUID, key_id: UUID, value_id: UUID, value: str, hashed: bytes) -> None:
    last_four = value[-SHOWN_CHARACTERS:]
    await sql.insert_key_value.execute(
        connection, tenant_id=tenant_id, key_id=key_id, value_id=value_id, digest=hashed, last_four=last_four
    )


async def _lock(connection: Connection, tenant_id: UUID, key_id: UUID) -> Any:
    row = await sql.lock_key.fetchrow(connection, tenant_id=tenant_id, key_id=key_id)
    if row is None:
        raise NotFound("key", ids.show("key", key_id))
    if row["revoked_at"] is not None:
        raise Conflict("this key is revoked", hint="make another one")
    return row


def _key(row: Any) -> ApiKey:
    return ApiKey(**{**row, "scopes": tuple(row["scopes"]), "last_four": tuple(row["last_four"])})


def _kind(test: bool) -> str:
    return "test" if test else "live"


def _shown(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
