"""What people do with their own account: password, second factor, sessions, and which tenant they look at.

What would help somebody who found an open browser (a new password, a second factor taken away) asks for the password again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from flowforge import ids
from flowforge.access import session as sessions
from flowforge.access import totp
from flowforge.access.account import Account, find_account, sql
from flowforge.access.lock_out import Attempt
from flowforge.access.membership import tenants_of
from flowforge.access.password import check_password
from flowforge.access.session import Session, Visitor
from flowforge.access.sign_in import Doors
from flowforge.audit import log as audit
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import Conflict, InvalidInput, NotFound, SignInRefused


@dataclass(frozen=True)
class Renewed:
    """The codes that somebody asked for, and the token that their session has from now on."""

    recovery_codes: tuple[str, ...] = field(repr=False)
    session_token: str = field(repr=False)


async def load_account(connection: Connection, session: Session, *, lock: bool = False) -> Account:
    """The account of a session."""
    account = await find_account(connection, account_id=session.account_id, lock=lock)
    if account is None:
        raise NotFound("account", ids.show("usr", session.account_id))
    return account


async def change_password(database: Database, doors: Doors, session: Session, current: str, new: str, visitor: Visitor) -> str:
    """Another password; every other session of the account ends, and this one goes on under the token that is returned.

    Raises SignInRefused when `current` is wrong, TooManyAttempts, and InvalidInput for a password that is not taken.
    """
    account = await _confirmed(database, doors, session, current, visitor)
    check_password(new, account.email, pointer="/new_password")
    hashed = await doors.passwords.hash(new)
    async with database.pool.acquire() as connection, connection.transaction():
        await sql.set_password.execute(connection, account_id=account.account_id, password_hash=hashed)
        await sql.drop_devices.execute(connection, account_id=account.account_id)
        await sessions.end_sessions(connection, account.account_id, keep=session.session_id)
        return await _rotated(connection, session, "account.change_password")


async def enrol(database: Database, doors: Doors, session: Session, password: str, visitor: Visitor) -> totp.Enrolment:
    """What an app needs; `confirm` makes it count. Raises Conflict when there is a second factor, SignInRefused, TooManyAttempts."""
    vault = doors.opened_vault
    await _confirmed(database, doors, session, password, visitor)
    async with database.pool.acquire() as connection, connection.transaction():
        account = await load_account(connection, session, lock=True)
        if account.totp_since is not None:
            raise Conflict("this account has a second factor already", hint="take it away first")
        enrolment = await totp.begin_enrolment(connection, vault, account)
        await _note(connection, session, "account.begin_totp")
        return enrolment


async def confirm(database: Database, doors: Doors, session: Session, code: str) -> Renewed:
    """The second factor is asked for from now on. Raises InvalidInput for a wrong code, Conflict when there is none to confirm."""
    async with database.pool.acquire() as connection, connection.transaction():
        account = await load_account(connection, session, lock=True)
        if account.totp is None or account.totp_since is not None:
            raise Conflict("there is no second factor to confirm", hint="begin with POST /v1/account/totp")
        codes = await totp.confirm_enrolment(connection, doors.opened_vault, account, code)
        if codes is None:
            raise InvalidInput("this is not the code that the app shows now", pointer="/code", hint="compare the clocks of both")
        await sessions.end_sessions(connection, account.account_id, keep=session.session_id)
        return Renewed(codes, await _rotated(connection, session, "account.enrol_totp"))


async def remove_totp(database: Database, doors: Doors, session: Session, password: str, visitor: Visitor) -> str:
    """The password alone is asked for from now on; the session's new token. Raises SignInRefused, TooManyAttempts."""
    account = await _confirmed(database, doors, session, password, visitor)
    async with database.pool.acquire() as connection, connection.transaction():
        await totp.remove(connection, account.account_id)
        return await _rotated(connection, session, "account.remove_totp")


async def renew_recovery_codes(database: Database, doors: Doors, session: Session, password: str, visitor: Visitor) -> Renewed:
    """Ten fresh codes; those before open nothing. Raises Conflict without a second factor, SignInRefused, TooManyAttempts."""
    account = await _confirmed(database, doors, session, password, visitor)
    if account.totp_since is None:
        raise Conflict("recovery codes stand in for a second factor, and this account has none")
    async with database.pool.acquire() as connection, connection.transaction():
        codes = await totp.renew_recovery_codes(connection, account.account_id)
        return Renewed(codes, await _rotated(connection, session, "account.renew_recovery_codes"))


async def switch_tenant(database: Database, session: Session, tenant: str) -> str:
    """Look at another tenant (by name or id) from now on; the session's new token. Raises NotFound for one that they are not in."""
    async with database.pool.acquire() as connection, connection.transaction():
        theirs = await tenants_of(connection, session.account_id)
        wanted = ids.parse("tnt", tenant)
        found = next((one for one in theirs if tenant == one.name or wanted == one.tenant_id), None)
        if found is None:
            raise NotFound("tenant of yours", tenant, [one.name for one in theirs])
        return await _rotated(connection, session, "session.switch_tenant", tenant_id=found.tenant_id)


async def sign_out(database: Database, session: Session, which: UUID | None = None) -> None:
    """End this session of the account, or another one of it. Raises NotFound."""
    session_id = which or session.session_id
    async with database.pool.acquire() as connection, connection.transaction():
        if not await sessions.end_session(connection, session.account_id, session_id):
            raise NotFound("session", ids.show("ses", session_id))
        await _note(connection, session, "session.end")


async def sign_out_everywhere(database: Database, session: Session) -> None:
    """End every session of the account, this one too; no browser of theirs counts as known any more."""
    async with database.pool.acquire() as connection, connection.transaction():
        await sessions.end_sessions(connection, session.account_id)
        await _note(connection, session, "session.end_all")


async def _confirmed(database: Database, doors: Doors, session: Session, password: str, visitor: Visitor) -> Account:
    """The account, when this is its password."""
    account = await load_account(database.pool, session)
    attempt = Attempt(account.email, visitor.address, None)
    await attempt.begin(database)
    if not await doors.passwords.verify(account.password_hash, password):
        raise SignInRefused("this is not the password of the account")
    await attempt.succeeded(database.pool)
    return account


async def _rotated(connection: Connection, session: Session, action: str, *, tenant_id: UUID | None = None) -> str:
    token = await sessions.rotate(connection, session, tenant_id=tenant_id)
    await _note(connection, session, action, {} if tenant_id is None else {"tenant": ids.show("tnt", tenant_id)})
    return token


async def _note(connection: Connection, session: Session, action: str, detail: dict[str, str] | None = None) -> None:
    await audit.append(connection, session.principal, action, "account", ids.show("usr", session.account_id), detail)
