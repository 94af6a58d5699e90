"""A tenant's own policies as records. Each change is a revision and an audit entry in one transaction, and counts from the next call on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.skills.policy import sql
from flowforge.skills.policy_name import check_policy_name
from flowforge.skills.policy_rule import Rule, plain, stored_rules, write_rules

PLACE_MAX = 1_000_000
FIRST_PLACE = 100


@dataclass(frozen=True)
class PolicyRecord:
    """A named, ordered list of rules. Policies are asked by `place`, then by name."""

    policy_id: UUID
    name: str
    place: int
    rules: tuple[Rule, ...]
    revision: int
    created_at: datetime
    updated_at: datetime

    @property
    def id(self) -> str:
        return ids.show("pol", self.policy_id)


@dataclass(frozen=True)
class PolicyRevision:
    """What a policy said from one change to the next."""

    revision: int
    place: int
    rules: tuple[Rule, ...]
    changed_by: str
    created_at: datetime


@dataclass(frozen=True)
class PublishedPolicy:
    """A policy that workers have published from code; `version` is the beginning of its rules' hash."""

    name: str
    app: str
    place: int
    rules: tuple[Rule, ...]
    version: str
    published_at: datetime


async def create_policy(
    database: Database, principal: Principal, name: str, rules: Sequence[Rule], *, place: int = FIRST_PLACE, policy_id: UUID | None = None
) -> PolicyRecord:
    """Add a policy; a repeat under the same id adds nothing. Raises InvalidInput for a wrong name, Conflict for one that is taken."""
    check_policy_name(name)
    _check_place(place)
    async with database.pool.acquire() as connection, connection.transaction():
        made = await sql.insert_policy.fetchval(
            connection,
            tenant_id=principal.tenant_id,
            policy_id=policy_id or ids.new_id(),
            name=name,
            place=place,
            rules=write_rules(rules),
        )
        if made is not None:
            await _record(connection, principal, "policy.create", made, name, 1, place, rules)
        found = await find_policy(connection, principal.tenant_id, name)
        if made is None and found.policy_id != policy_id:
            raise Conflict(f"there is a policy {name!r} already", hint="change that one")
        return found


async def update_policy(
    database: Database,
    principal: Principal,
    name: str,
    *,
    rules: Sequence[Rule] | None = None,
    place: int | None = None,
    if_revision: int | None = None,
) -> PolicyRecord:
    """Change what is given; a change that changes nothing makes no revision.

    Raises NotFound, and Conflict when `if_revision` is no longer the current one.
    """
    async with database.pool.acquire() as connection, connection.transaction():
        before = await _hold(connection, principal.tenant_id, name, if_revision)
        rules = before.rules if rules is None else tuple(rules)
        place = before.place if place is None else _check_place(place)
        if (rules, place) != (before.rules, before.place):
            of = {"tenant_id": principal.tenant_id, "policy_id": before.policy_id}
            revision = await sql.update_policy.fetchval(connection, **of, place=place, rules=write_rules(rules))
            await _record(connection, principal, "policy.update", before.policy_id, name, revision, place, rules)
        return await find_policy(connection, principal.tenant_id, name)


async def delete_policy(database: Database, principal: Principal, name: str, *, if_revision: int | None = None) -> None:
    """Its rules hold no call any more. Raises NotFound, and Conflict as `update_policy` does."""
    async with database.pool.acquire() as connection, connection.transaction():
        found = await _hold(connection, principal.tenant_id, name, if_revision)
        await sql.delete_policy.execute(connection, tenant_id=principal.tenant_id, policy_id=found.policy_id)
        await audit.append(connection, principal, "policy.delete", "policy", name, {"revision": found.revision})


async def find_policy(connection: Connection, tenant_id: UUID, name: str) -> PolicyRecord:
    """Raises NotFound with the nearest names."""
    row = await sql.policy_named.fetchrow(connection, tenant_id=tenant_id, name=name)
    if row is None:
        raise await _missing(connection, tenant_id, name)
    return _policy(row)


async def list_policies(connection: Connection, tenant_id: UUID, limit: int = 50, cursor: str | None = None) -> list[PolicyRecord]:
    """In the order in which they are asked, from behind `cursor` (see `cursor_of`). Raises InvalidInput for an unknown cursor."""
    after_place, after_name = _read_cursor(cursor)
    rows = await sql.list_policies.fetch(connection, tenant_id=tenant_id, limit=limit, after_place=after_place, after_name=after_name)
    return [_policy(row) for row in rows]


def cursor_of(policy: PolicyRecord) -> str:
    """The cursor for what is asked after this one."""
    return f"{policy.place}.{policy.name}"


async def list_revisions(
    connection: Connection, tenant_id: UUID, policy_id: UUID, limit: int = 50, before: int | None = None
) -> list[PolicyRevision]:
    """Newest first."""
    rows = await sql.policy_revisions.fetch(connection, tenant_id=tenant_id, policy_id=policy_id, before=before, limit=limit)
    return [PolicyRevision(**{**row, "rules": stored_rules(row["rules"])}) for row in rows]


async def list_published(connection: Connection) -> list[PublishedPolicy]:
    """The policies that workers have published, in the order in which they are asked: before the tenant's own."""
    rows = await sql.list_published_policies.fetch(connection)
    return [PublishedPolicy(**{**row, "rules": stored_rules(row["rules"])}) for row in rows]


async def _hold(connection: Connection, tenant_id: UUID, name: str, if_revision: int | None) -> PolicyRecord:
    row = await sql.lock_policy.fetchrow(connection, tenant_id=tenant_id, name=name)
    if row is None:
        raise await _missing(connection, tenant_id, name)
    if if_revision is not None and row["revision"] != if_revision:
        raise Conflict(
            f"policy {name!r} is at revision {row['revision']}, not {if_revision}: somebody changed it meanwhile",
            winner={"revision": row["revision"]},
        )
    return _policy(row)


async def _missing(connection: Connection, tenant_id: UUID, name: str) -> NotFound:
    return NotFound("policy", name[:100], [row["name"] for row in await sql.policy_names.fetch(connection, tenant_id=tenant_id)])


async def _record(
    connection: Connection, principal: Principal, action: str, policy_id: UUID, name: str, revision: int, place: int, rules: Sequence[Rule]
) -> None:
    await sql.insert_policy_revision.execute(
        connection,
        tenant_id=principal.tenant_id,
        policy_id=policy_id,
        revision=revision,
        place=place,
        rules=write_rules(rules),
        changed_by=principal.name,
    )
    detail = {"revision": revision, "place": place, "rules": [plain(rule) for rule in rules]}
    await audit.append(connection, principal, action, "policy", name, detail)


def _policy(row: Any) -> PolicyRecord:
    return PolicyRecord(**{**row, "rules": stored_rules(row["rules"])})


def _check_place(place: int) -> int:
    if not 0 <= place <= PLACE_MAX:
        raise InvalidInput(f"a place lies between 0 and {PLACE_MAX}", pointer="/place")
    return place


def _read_cursor(cursor: str | None) -> tuple[int | None, str | None]:
    if cursor is None:
        return None, None
    place, dot, name = cursor.partition(".")
    if not dot or not place.isdecimal() or len(place) > 9 or "\0" in name:
        raise InvalidInput("this cursor is not one that was handed out", pointer="/cursor")
    return int(place), name


def read_policies_file(text: str) -> list[dict[str, Any]]:
    """The policies in a YAML file: `policies:`, a list of {name, place, rules}. Raises InvalidInput that points to what does not fit."""
    import yaml  # 20 ms, needed only where a file is read

    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        raise InvalidInput(f"the file is not YAML: {' '.join(str(error).split())[:300]}") from None
    if not isinstance(data, dict) or set(data) != {"policies"} or not isinstance(data["policies"], list):
        raise InvalidInput("the file holds one list, `policies:`", hint="see docs/approvals.md for an example")
    for number, policy in enumerate(data["policies"]):
        if not isinstance(policy, dict) or not isinstance(policy.get("name"), str):
            raise InvalidInput("each policy has a name and rules", pointer=f"/policies/{number}")
    found: list[dict[str, Any]] = json.loads(json.dumps(data["policies"], default=str))
    return found
