"""Row-level security: who may see which rows, put in force by `migrate` for every table, those of later migrations too.

Roles that nobody logs in as. `flowforge_tenant` sees the rows of the tenant that its transaction names, and of the
deployment's own tables what is listed here; a transaction that names none gets an error. `flowforge_engine` sees every tenant's
rows, because claims, timers and rescues look across tenants; the login of workers and servers is a member of both, owns nothing,
and bypasses nothing (`db/login.py`). A login that owns the tables is bound as well (FORCE), but for a superuser, whom no policy binds.

Where the migrating login may not make roles, the policies ask the setting alone: a transaction that names a tenant is confined to it, but a
statement could name another. `flowforge doctor` says which of the two holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import asyncpg

from flowforge.db.queries import Connection, load_queries

TENANT_ROLE = "flowforge_tenant"
ENGINE_ROLE = "flowforge_engine"
OUTBOX_ROLE = "flowforge_outbox"  # an application's own login is a member of it, and sends events in its own transactions
TENANT_SETTING = "flowforge.tenant"
TEST_SETTING = "flowforge.test"  # on: a test key's view, which sees these rows of these tables only
TEST_ROWS = {
    "event": "test",
    "run": "test",
    "bulk": "filter::json ->> 'test' = 'true'",
    "usage": "exists (select from flowforge.run r where r.tenant_id = usage.tenant_id and r.run_id = usage.run_id and r.test)",
}

EVERYTHING = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})
# What belongs to the deployment and not to a tenant, as far as a tenant's requests need it. All else without a tenant is closed to them.
READABLE = frozenset(
    {"clock", "function", "trigger", "tool", "skill", "worker", "heartbeat", "published_price", "model_limit"}
    | {"published_policy", "limit_rule", "limit_override", "virtual_time", "audit_key", "published_skill_version", "published_skill_file"}
)
# What a tenant's requests may do to a table, where it is neither everything nor what is said above.
ALLOWED: Mapping[str, frozenset[str]] = {
    "tenant": frozenset({"SELECT"}),
    "mark": frozenset({"INSERT"}),  # of a gate at which runs of several tenants may stand
    "flow_limit": frozenset({"SELECT", "INSERT", "UPDATE"}),  # an update locks the row
    "pause": EVERYTHING,
    "trigger": EVERYTHING,  # of its agents; what workers publish has no tenant
    # The log is written and read, and never changed: positions, heads and erasures are the work of the whole database.
    "audit": frozenset({"SELECT", "INSERT"}),
    "audit_unmerged": frozenset({"SELECT", "INSERT"}),
    **dict.fromkeys(("audit_tree", "audit_leaf", "audit_node", "audit_head", "audit_anchor"), frozenset({"SELECT"})),
}

_OWN_ROWS = f"tenant_id = (select current_setting('{TENANT_SETTING}')::uuid)"
_NAMED = f"(select nullif(current_setting('{TENANT_SETTING}', true), ''))"
_NAMED_ROWS = f"{_NAMED} is null or tenant_id = {_NAMED}::uuid"
# A null tenant is the whole deployment's. Tenants see such a row; a limit that all share comes to be, and is locked, by one tenant's event.
_COMMON_ROWS = "tenant_id is null"
_WRITTEN_BY_TENANTS = frozenset({"flow_limit"})
_LOCKED_BY_TENANTS = f"grant update (created_at) on flowforge.tenant to {TENANT_ROLE}"  # whoever may change no column may not lock the row

# What the outbox takes: `flowforge.send`, in SQL and in Python (`docs/queues.md`).
OUTBOX: Mapping[str, frozenset[str]] = {
    "clock": frozenset({"SELECT"}),
    "event": frozenset({"SELECT", "INSERT"}),
    "event_key": frozenset({"SELECT", "INSERT", "UPDATE"}),
    "dispatch": frozenset({"INSERT"}),
}

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
    admitted: bool  # the login may do the engine's work and take the tenants' role; always, where there are no roles


async def enforce(connection: asyncpg.Connection) -> Mode:
    """Make the roles and put the policies in force where they are missing; the transaction is the caller's. Safe to repeat."""
    mode: Mode = "roles" if await _make_roles(connection) else "setting"
    tables = await sql.tables_to_protect.fetch(connection)
    commands = [command for table in tables for command in _protect(table, mode)]
    if mode == "roles":
        granted = await sql.grants.fetch(connection, tenant_role=TENANT_ROLE, engine_role=ENGINE_ROLE, outbox_role=OUTBOX_ROLE)
        commands += [command for table in granted for command in _grant(table)]
        commands.append(f"grant usage on schema flowforge to {TENANT_ROLE}, {ENGINE_ROLE}, {OUTBOX_ROLE}")
        commands += [_LOCKED_BY_TENANTS for table in granted if table["name"] == "tenant"]
    if commands:
        await connection.execute(";".join(commands))
    return mode


async def may_take_tenant_role(connection: Connection) -> bool:
    """Whether this database's policies are the role's, and this login may take it."""
    return bool(await sql.takes_tenant_role.fetchval(connection, role=TENANT_ROLE))


async def find_isolation(connection: Connection) -> Isolation:
    """What is in force now."""
    row = await sql.find_isolation.fetchrow(connection, tenant_role=TENANT_ROLE, engine_role=ENGINE_ROLE)
    mode: Mode | None = "roles" if row["by_role"] else "setting" if row["by_setting"] else None
    admitted = mode != "roles" or row["admitted"]
    return Isolation(mode, tuple(row["unprotected"]), row["login"], row["bypasses"], row["owns"], admitted)


async def grant_role(connection: asyncpg.Connection, role: str, login: str, *, inherit: bool) -> None:
    """Make `login` (quoted, as SQL wants it) a member that may take the role, and, with `inherit`, has its rights without taking it.

    Before PostgreSQL 16 that was a property of the login alone. Raises InsufficientPrivilegeError.
    """
    explicit = f" with set true, inherit {inherit}" if connection.get_server_version().major >= 16 else ""
    await connection.execute(f"grant {role} to {login}{explicit}")


async def _make_roles(connection: asyncpg.Connection) -> bool:
    """Whether the roles are there, and this login a member of them."""
    try:
        for role, inherit in ((TENANT_ROLE, False), (ENGINE_ROLE, True)):
            await _make_role(connection, role)
            if not await sql.has_role.fetchval(connection, role=role, login=None, inherit=inherit):
                async with connection.transaction():
                    await grant_role(connection, role, "current_user", inherit=inherit)
        await _make_role(connection, OUTBOX_ROLE)
    except asyncpg.InsufficientPrivilegeError:
        return False
    return True


async def _make_role(connection: asyncpg.Connection, role: str) -> None:
    if await sql.role_exists.fetchval(connection, role=role):
        return
    try:
        async with connection.transaction():
            await connection.execute(f"create role {role} nologin")
    except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):  # another database's migration was quicker
        return


def _protect(table: Any, mode: Mode) -> list[str]:
    name = f"flowforge.{table['name']}"
    commands = []
    if not table["enabled"]:
        commands.append(f"alter table {name} enable row level security, force row level security")
    wanted = _policies(table, mode) | _test_policy(table["name"], mode)
    commands += [f"drop policy {stale} on {name}" for stale in set(table["policies"]) - wanted.keys()]
    commands += [f"create policy {policy} on {name} {rule}" for policy, rule in wanted.items() if policy not in table["policies"]]
    return commands


def _test_policy(table: str, mode: Mode) -> dict[str, str]:
    """Of what a test key's view sees, over and above the rest."""
    if table not in TEST_ROWS:
        return {}
    rows = f"(select current_setting('{TEST_SETTING}', true)) is distinct from 'on' or {TEST_ROWS[table]}"  # noqa: S608 - of names above
    name, whom = ("test_rows", TENANT_ROLE) if mode == "roles" else ("named_test_rows", "public")
    return {name: f"as restrictive to {whom} using ({rows}) with check ({rows})"}


def _policies(table: Any, mode: Mode) -> dict[str, str]:
    if mode == "setting":
        rows = f"{_NAMED_ROWS} or {_COMMON_ROWS}" if table["common"] else _NAMED_ROWS
        return {"named_rows": f"to public using ({rows}) with check ({rows})"}
    policies = {
        "tenant_rows": f"to {TENANT_ROLE} using ({_OWN_ROWS}) with check ({_OWN_ROWS})",
        "engine_rows": f"to {ENGINE_ROLE} using (true) with check (true)",
    }
    if table["name"] in OUTBOX:
        policies["outbox_rows"] = f"to {OUTBOX_ROLE} using (true) with check (true)"
    if table["common"]:
        whole = table["name"] in _WRITTEN_BY_TENANTS
        policies["common_rows"] = f"for {'all' if whole else 'select'} to {TENANT_ROLE} using ({_COMMON_ROWS})"
    return policies


def _grant(table: Any) -> list[str]:
    """What makes the rights on a table those that are wanted; nothing where they are."""
    name = table["name"]
    tenants = ALLOWED.get(name, EVERYTHING if table["of_tenants"] else {"SELECT"} if name in READABLE else frozenset())
    engine = frozenset({"SELECT"}) if name == "migration" else EVERYTHING
    wanted = {TENANT_ROLE: tenants, ENGINE_ROLE: engine, OUTBOX_ROLE: OUTBOX.get(name, frozenset())}
    have = {TENANT_ROLE: set(table["tenants"]), ENGINE_ROLE: set(table["engine"]), OUTBOX_ROLE: set(table["outbox"])}
    commands = []
    for role, rights in wanted.items():
        if too_many := have[role] - rights:
            commands.append(f"revoke {', '.join(sorted(too_many))} on flowforge.{name} from {role}")
        if missing := rights - have[role]:
            commands.append(f"grant {', '.join(sorted(missing))} on flowforge.{name} to {role}")
    return commands
