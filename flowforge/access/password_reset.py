"""A link that sets a new password, for somebody who has lost theirs. An operator makes it: a tenant's admin could otherwise take over
an account that works in other tenants too."""

from __future__ import annotations

from datetime import timedelta

from flowforge import ids
from flowforge.access import totp
from flowforge.access.account import Account, find_account, sql
from flowforge.access.lock_out import forget
from flowforge.access.membership import tenants_of
from flowforge.access.one_time import new_token, token_hash
from flowforge.access.password import check_password
from flowforge.access.principal import Principal
from flowforge.access.session import Visitor, end_sessions
from flowforge.access.sign_in import Admission, Doors, admit
from flowforge.audit import log as audit
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import Gone, NotFound
from flowforge.secrets.vault import DEPLOYMENT

LIFETIME = timedelta(hours=24)


async def make_reset_link(database: Database, principal: Principal, email: str) -> str:
    """The token of a link that holds for a day; one that was made before is void. Raises NotFound."""
    async with database.pool.acquire() as connection, connection.transaction():
        account = await find_account(connection, email=email)
        if account is None:
            raise NotFound("account", email)
        token = new_token()
        await sql.drop_links_of.execute(connection, account_id=account.account_id)
        await sql.add_link.execute(connection, token_hash=token_hash(token), account_id=account.account_id, lifetime=LIFETIME)
        await audit.append(connection, principal, "account.offer_reset", "account", ids.show("usr", account.account_id))
        return token


async def find_reset(connection: Connection, token: str) -> Account | None:
    """Whose password a link sets, while it holds."""
    row = await sql.find_link.fetchrow(connection, token_hash=token_hash(token))
    return None if row is None or row["account_id"] is None else await find_account(connection, account_id=row["account_id"])


async def reset_password(database: Database, doors: Doors, token: str, password: str, visitor: Visitor) -> Admission:
    """Set it, take the second factor away, end all sessions, and sign in. Raises Gone, and InvalidInput for a poor password."""
    account = await find_reset(database.pool, token)
    if account is None:
        raise _gone()
    check_password(password, account.email)
    hashed = await doors.passwords.hash(password)
    async with database.pool.acquire() as connection, connection.transaction():
        if await sql.use_link.fetchval(connection, token_hash=token_hash(token)) != account.account_id:
            raise _gone()
        await sql.set_password.execute(connection, account_id=account.account_id, password_hash=hashed)
        await totp.remove(connection, account.account_id)
        await end_sessions(connection, account.account_id)
        await forget(connection, account.email)
        admission = await admit(connection, doors.lifetime, account, visitor, {"with": "reset link"})
        tenants = await tenants_of(connection, account.account_id)
        by = Principal(tenants[0].tenant_id if tenants else DEPLOYMENT, "person", account.name)
        await audit.append(connection, by, "account.reset", "account", ids.show("usr", account.account_id))
        return admission


def _gone() -> Gone:
    return Gone("this link was used or has expired", hint="ask for another one")
