"""Row-level security: who may see which rows, put in force by `migrate` for every table, those of later migrations too.

Two roles that nobody logs in as. `flowforge_tenant` sees the rows of the tenant that its transaction names, and of the
deployment's own tables what is listed here; a transaction that names none gets an error. `flowforge_engine` sees every tenant's
rows, because claims, timers and rescues look across tenants; the login of workers and servers is a member of both, owns nothing,
and bypasses nothing. A login that owns the tables is bound as well (FORCE), but for a superuser, whom no policy binds.

Where the migrating login may not make roles, the policies ask the setting alone: a transaction that names a tenant is confined to it, but a
statement could name another. `flowforge doctor` says which of the two holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import asyncpg

from flowforge.db.queries import Connection, load_queries

TENANT_ROLE = "flowforge_tenant"
ENGINE_ROLE = "flowforge_engine"
TENANT_SETTING = "flowforge.tenant"
TEST_SETTING = "flowforge.test"  # on: a test key's view, which sees these rows of these tables only
TEST_ROWS = {
    "event": "test",
    "run": "test",
    "bulk": "filter::json ->> 'test' = 'true'",
    "usage": "exists (select from flowforge.run r where r.tenant_id = usage.tenant_id and r.run_id = usage.run_id and r.test)",
}

# What belongs to the deployment and not to a tenant, as far as a tenant's requests need it. All else without a tenant is closed to them.
READABLE = frozenset(
    {"clock", "function", "trigger", "tool", "skill", "worker", "heartbeat", "published_price", "model_limit", "pace"}
    | {"limit_rule", "limit_override"}
)
WRITABLE = frozenset({"flow_limit", "mark", "pause", "virtual_time"})  # where a run's start, end and pause meet those of other tenants
# A null tenant is the whole deployment's: everybody may read it.
_OWN_ROWS = f"tenant_id = (select current_setting('{TENANT_SETTING}')::uuid)"
_NAMED = f"(select nullif(current_setting('{TENANT_SETTING}', true), ''))"

Mode = Literal["roles", "setting"]

sql = load_queries("flowforge.db")


@dataclass(frozen=True)
class Isolation:
    """How tenants are kept apart in this database, for `doctor` to tell."""

    mode: Mode | None  # None: nothing was put in force yet
    unprotected: tuple[str, ...]  # tables of tenants without forced policies
    login: str
    bypasses: bool  # the login is a superuser or has BYPASSRLS
    owns: bool  # the login owns the tables


async def enforce(connection: asyncpg.Connection) -> Mode:
    """Make the roles and put the policies in force where they are missing; the transaction is the caller's. Safe to repeat."""
    mode: Mode = "roles" if await _make_roles(connection) else "setting"
    tables = await sql.tables_to_protect.fetch(connection)
    commands = [command for table in tables for command in _protect(table, mode)]
    if mode == "roles":
        commands += _grants(await sql.missing_grants.fetch(connection, tenant_role=TENANT_ROLE, engine_role=ENGINE_ROLE))
    if commands:
        await connection.execute(";".join(commands))
    return mode


async def may_take_tenant_role(connection: Connection) -> bool:
    """Whether the role is there and this login may take it."""
    return bool(await sql.may_take_role.fetchval(connection, role=TENANT_ROLE))


async def find_isolation(connection: Connection) -> Isolation:
    """What is in force now."""
    row = await sql.find_isolation.fetchrow(connection, role=TENANT_ROLE)
    mode: Mode | None = None if row["policies"] == 0 else "roles" if row["takes_role"] else "setting"
    return Isolation(mode, tuple(row["unprotected"]), row["login"], row["bypasses"], row["owns"])


async def _make_roles(connection: asyncpg.Connection) -> bool:
    """Whether the roles are there, and this login a member of them."""
    for role in (TENANT_ROLE, ENGINE_ROLE):
        if await sql.may_take_role.fetchval(connection, role=role):
            continue
        try:
            async with connection.transaction():
                if not await sql.role_exists.fetchval(connection, role=role):
                    await connection.execute(f"create role {role} nologin")
                if not await sql.may_take_role.fetchval(connection, role=role):
                    await connection.execute(f"grant {role} to current_user")
        except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):  # another database's migration was quicker
            continue
        except asyncpg.InsufficientPrivilegeError:
            return False
    return True


def _protect(table: Any, mode: Mode) -> list[str]:
    name = f"flowforge.{table['name']}"
    commands = []
    if not table["enabled"]:
        commands.append(f"alter table {name} enable row level security, force row level security")
    wanted = {"tenant_rows": f"to {TENANT_ROLE}", "engine_rows": f"to {ENGINE_ROLE}"} if mode == "roles" else {"named_rows": "to public"}
    confined = None if table["name"] not in TEST_ROWS else "test_rows" if mode == "roles" else "named_test_rows"
    commands += [f"drop policy {stale} on {name}" for stale in set(table["policies"]) - wanted.keys() - {confined}]
    for policy, whom in wanted.items():
        if policy in table["policies"]:
            continue
        rows = {"tenant_rows": _OWN_ROWS, "engine_rows": "true", "named_rows": f"{_NAMED} is null or tenant_id = {_NAMED}::uuid"}[policy]
        commands.append(f"create policy {policy} on {name} {whom} using ({rows}) with check ({rows})")
    if confined is not None and confined not in table["policies"]:
        rows = f"(select current_setting('{TEST_SETTING}', true)) is distinct from 'on' or {TEST_ROWS[table['name']]}"
        whom = f"to {TENANT_ROLE}" if mode == "roles" else "to public"
        commands.append(f"create policy {confined} on {name} as restrictive {whom} using ({rows}) with check ({rows})")
    return commands


def _grants(missing: Sequence[Any]) -> list[str]:
    commands = []
    for table in missing:
        name = f"flowforge.{table['name']}"
        commands.append(f"grant select, insert, update, delete on {name} to {ENGINE_ROLE}")
        if table["of_tenants"] or table["name"] in WRITABLE:
            commands.append(f"grant select, insert, update, delete on {name} to {TENANT_ROLE}")
        elif table["name"] in READABLE:
            commands.append(f"grant select on {name} to {TENANT_ROLE}")
    if commands:
        commands.append(f"grant usage on schema flowforge to {TENANT_ROLE}, {ENGINE_ROLE}")
    return commands
