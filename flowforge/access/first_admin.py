"""The first admin: made by whoever follows the one-time link that a server without any account prints when it starts."""

from __future__ import annotations

from datetime import timedelta

from flowforge.access.account import add_account, read_email, read_name, sql
from flowforge.access.membership import add_member
from flowforge.access.one_time import new_token, token_hash
from flowforge.access.password import check_password
from flowforge.access.principal import Principal
from flowforge.access.session import Visitor
from flowforge.access.sign_in import Admission, Doors, admit
from flowforge.audit import log as audit
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import Gone
from flowforge.ids import DEFAULT_TENANT

LIFETIME = timedelta(hours=1)


async def open_first_link(database: Database) -> str | None:
    """The token of a fresh link, which voids those before it; None when there is an account already."""
    async with database.pool.acquire() as connection, connection.transaction():
        await sql.lock_default_tenant.execute(connection, tenant_id=DEFAULT_TENANT)
        if await sql.any_account.fetchval(connection):
            return None
        token = new_token()
        await sql.drop_first_links.execute(connection)
        await sql.add_link.execute(connection, token_hash=token_hash(token), account_id=None, lifetime=LIFETIME)
        return token


async def holds(connection: Connection, token: str) -> bool:
    """Whether the first admin can still be made with this token."""
    row = await sql.find_link.fetchrow(connection, token_hash=token_hash(token))
    return row is not None and row["account_id"] is None and not await sql.any_account.fetchval(connection)


async def make_first_admin(
    database: Database, doors: Doors, token: str, email: str, name: str, password: str, visitor: Visitor
) -> Admission:
    """An account that is admin of the default tenant and operator of the deployment, signed in. Of two at once, one is made.

    Raises Gone when the link does not hold (any more), InvalidInput for what is not taken as address, name or password.
    """
    if not await holds(database.pool, token):  # before a password is hashed for whoever asks
        raise _gone()
    email, name = read_email(email), read_name(name)
    check_password(password, email)
    hashed = await doors.passwords.hash(password)
    async with database.pool.acquire() as connection, connection.transaction():
        await sql.lock_default_tenant.execute(connection, tenant_id=DEFAULT_TENANT)
        used = await sql.use_link.fetchrow(connection, token_hash=token_hash(token))
        if used is None or used["account_id"] is not None or await sql.any_account.fetchval(connection):
            raise _gone()
        await sql.drop_first_links.execute(connection)
        account = await add_account(connection, email, name, hashed, operator=True)
        person_id = await add_member(connection, DEFAULT_TENANT, account, name, "admin")
        admission = await admit(connection, doors.lifetime, account, visitor, {"with": "first link"})
        by = Principal(DEFAULT_TENANT, "person", name, person_id)
        await audit.append(connection, by, "account.create_first", "user", name, {"role": "admin", "operator": True})
        return admission


def _gone() -> Gone:
    return Gone("this link was used, or has expired, or there is an admin already", hint="start the server again for another one")
