"""Signing in with a password, and a code where the account has a second factor.

A wrong password, a wrong code and an address that nobody has get one answer, after the same work.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from flowforge import ids
from flowforge.access import totp
from flowforge.access.account import Account, find_account, sql
from flowforge.access.lock_out import Attempt
from flowforge.access.membership import tenants_of
from flowforge.access.one_time import TOKEN_CHARACTERS_MAX, new_token, token_hash
from flowforge.access.password import CHARACTERS_MAX, Passwords
from flowforge.access.principal import Principal
from flowforge.access.session import Lifetime, Visitor, start_session
from flowforge.audit import log as audit
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import Conflict, SignInRefused
from flowforge.secrets.vault import DEPLOYMENT, Vault


@dataclass(frozen=True)
class Doors:
    """What signing in needs of a process: how passwords are hashed, what seals second factors, how long sessions last."""

    passwords: Passwords
    vault: Vault | None
    lifetime: Lifetime = field(default_factory=Lifetime)

    @property
    def opened_vault(self) -> Vault:
        """Raises Conflict where no key to seal with is set."""
        if self.vault is None:
            raise Conflict("a second factor needs a key to seal it with", hint="set FLOWFORGE_SECRETS_KEY for the server")
        return self.vault


@dataclass(frozen=True)
class Admission:
    """What the browser of somebody who signed in is given to keep."""

    account_id: UUID
    session_token: str = field(repr=False)
    device_token: str = field(repr=False)


async def sign_in(database: Database, doors: Doors, email: str, password: str, code: str | None, visitor: Visitor) -> Admission:
    """Let somebody in. Raises SignInRefused, and TooManyAttempts after too many failures.

    admission = await sign_in(database, doors, "mira@example.com", "correct horse battery staple", None, visitor)
    """
    attempt = Attempt(email, visitor.address, await _known_device(database, email, visitor.device))
    await attempt.begin(database)
    account = await prove(database, doors, email, password, code)
    async with database.pool.acquire() as connection, connection.transaction():
        if account is None:
            await _note_failure(connection, attempt, email, visitor)
        else:
            await attempt.succeeded(connection)
            return await admit(connection, doors.lifetime, account, visitor, {"with": "password"})
    raise SignInRefused


async def prove(database: Database, doors: Doors, email: str, password: str, code: str | None) -> Account | None:
    """The account, when password and code are its own; the code is used up by it. Does not count attempts."""
    account = await find_account(database.pool, email=email) if "\0" not in email else None
    kept = None if account is None else account.password_hash
    right = await doors.passwords.verify(kept, password[:CHARACTERS_MAX]) and len(password) <= CHARACTERS_MAX
    if account is None or kept is None or account.disabled_at is not None:
        return None
    if not await _second_factor(database, doors, account, code or "", right):
        return None
    if doors.passwords.is_outdated(kept):
        await sql.set_password.execute(database.pool, account_id=account.account_id, password_hash=await doors.passwords.hash(password))
    return account


async def admit(
    connection: Connection, lifetime: Lifetime, account: Account, visitor: Visitor, how: dict[str, str], *, tenant_id: UUID | None = None
) -> Admission:
    """A new session in that tenant, or the first of the account's, and a token by which this browser is known the next time.

    Raises SignInRefused for somebody who is in no such tenant. The transaction is the caller's.
    """
    tenants = [one.tenant_id for one in await tenants_of(connection, account.account_id) if tenant_id in (None, one.tenant_id)]
    if not tenants:
        raise SignInRefused
    tenant_id = tenants[0]
    session = await start_session(connection, account.account_id, tenant_id, visitor, lifetime)
    device = visitor.device if visitor.device and len(visitor.device) <= TOKEN_CHARACTERS_MAX else new_token()
    await sql.keep_device.execute(connection, token_hash=token_hash(device), account_id=account.account_id)
    await sql.drop_old_devices.execute(connection, account_id=account.account_id)
    principal = Principal(tenant_id, "person", account.name)
    await audit.append(
        connection, principal, "session.create", "account", ids.show("usr", account.account_id), {**how, "from": visitor.address}
    )
    return Admission(account.account_id, session, device)


async def _second_factor(database: Database, doors: Doors, account: Account, code: str, right: bool) -> bool:
    """Whether password (`right`) and code let this account in. The code is looked at in any case, and used up only by who has both."""
    if account.totp_since is None:
        return right
    step = await totp.matching_step(database.pool, doors.opened_vault, account, code)
    return right and await totp.use_code(database.pool, account.account_id, code, step)


async def _known_device(database: Database, email: str, device: str | None) -> str | None:
    if not device or len(device) > TOKEN_CHARACTERS_MAX or "\0" in email:
        return None
    return device if await sql.find_device.fetchval(database.pool, token_hash=token_hash(device), email=email) else None


async def _note_failure(connection: Connection, attempt: Attempt, email: str, visitor: Visitor) -> None:
    """In the log of the tenant that they would have come to. Of an unknown address only the source is kept."""
    if not attempt.is_noted:
        return
    account = await find_account(connection, email=email) if "\0" not in email else None
    tenants = [] if account is None else await tenants_of(connection, account.account_id)
    principal = Principal(tenants[0].tenant_id if tenants else DEPLOYMENT, "system", "sign-in")
    target = "nobody" if account is None else ids.show("usr", account.account_id)
    await audit.append(connection, principal, "session.refuse", "account", target, {"from": visitor.address, "failures": attempt.failures})
