"""The login that workers and servers connect as: a member of the two roles of `isolation.py`, neither owner nor superuser."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import asyncpg

from flowforge.db.isolation import ENGINE_ROLE, OUTBOX_ROLE, TENANT_ROLE, Mode, grant_role
from flowforge.db.queries import load_queries
from flowforge.errors import ConfigurationError

NAME_BYTES_MAX = 63  # PostgreSQL cuts longer names off, without a word

sql = load_queries("flowforge.db")


async def admit(connection: asyncpg.Connection, login: str, mode: Mode) -> None:
    """Let a login do the work of workers and servers in this database; it is made where there is none of that name, without a password.

    Safe to repeat. Raises ConfigurationError for a login that no policy would bind (a superuser, the owner of the tables), and when the
    connection's own login may not do this.
    """
    _check_name(login)
    if mode != "roles":
        raise ConfigurationError(
            "this login may not make roles, so there are none to be a member of",
            hint="let a login with CREATEROLE run  flowforge migrate --app-login",
        )
    name = await sql.quoted_identifier.fetchval(connection, name=login)
    try:
        found = await _found_or_made(connection, login, name)
        _check(connection, login, found)
        if not found["connects"]:
            database = await sql.quoted_database.fetchval(connection)
            await connection.execute(f"grant connect on database {database} to {name}")
        for role, inherit in ((TENANT_ROLE, False), (ENGINE_ROLE, True)):
            if not await sql.has_role.fetchval(connection, role=role, login=login, inherit=inherit):
                await grant_role(connection, role, name, inherit=inherit)
    except asyncpg.InsufficientPrivilegeError as error:
        raise ConfigurationError(
            f"the login {login} could not be made a member of {ENGINE_ROLE} and {TENANT_ROLE}: {error}",
            hint="run it with the URL of a login that made these roles, or of a superuser",
        ) from None


def as_login(url: str, login: str) -> str:
    """The URL of the same database for another login, without a password.

    >>> as_login("postgresql://me@/postgres?host=/run/pg", "app")
    'postgresql://app@/postgres?host=/run/pg'
    """
    scheme, _, rest = url.partition("://")
    place, slash, path = rest.partition("/")
    return f"{scheme}://{quote(login, safe='')}@{place.rpartition('@')[2]}{slash}{path}"


async def _found_or_made(connection: asyncpg.Connection, login: str, name: str) -> Any:
    if found := await sql.find_login.fetchrow(connection, login=login):
        return found
    try:
        async with connection.transaction():
            await connection.execute(f"create role {name} login")
    except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):  # another process was quicker
        pass
    return await sql.find_login.fetchrow(connection, login=login)


def _check_name(login: str) -> None:
    if not login.strip() or not login.isprintable() or len(login.encode()) > NAME_BYTES_MAX:
        raise ConfigurationError(f"a login's name has 1 to {NAME_BYTES_MAX} bytes of printable characters, {login[:40]!r} does not")
    if login in (ENGINE_ROLE, OUTBOX_ROLE, TENANT_ROLE):
        raise ConfigurationError(f"nobody logs in as {login}", hint="choose another name")


def _check(connection: asyncpg.Connection, login: str, found: Any) -> None:
    if found["bypasses"] or found["owns"]:
        what = "is a superuser or has BYPASSRLS" if found["bypasses"] else "owns the tables"
        raise ConfigurationError(f"the login {login} {what}, so it could pass by the policies", hint="name another login, or a new one")
    if not found["may_log_in"]:
        raise ConfigurationError(f"the role {login} may not log in", hint=f"ALTER ROLE {login} LOGIN, or name another one")
    if not found["inherits"] and connection.get_server_version().major < 16:
        raise ConfigurationError(
            f"the login {login} is NOINHERIT, and would not have the engine's rights", hint=f"ALTER ROLE {login} INHERIT"
        )
