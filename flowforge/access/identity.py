"""Whom a provider vouches for, as one of our accounts: known, linked, made, or refused.

An account that exists is opened to a provider's word only where the provider is marked as trusted and says that the address was verified.
Somebody else may have made that account, with a password of theirs: where its address was never verified, whatever let them in is void.
"""

from __future__ import annotations

from uuid import UUID

from flowforge import ids
from flowforge.access import totp
from flowforge.access.account import Account, add_account, find_account, read_email, sql
from flowforge.access.membership import add_member, find_membership, lock_admins
from flowforge.access.permission import Role
from flowforge.access.principal import Principal
from flowforge.access.provider import Provider
from flowforge.access.session import Visitor, end_sessions
from flowforge.access.sign_in import Admission, Doors, admit
from flowforge.access.sign_on import Vouched
from flowforge.access.tenant import find_or_create_tenant
from flowforge.audit import log as audit
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import Conflict, InvalidInput, SignInRefused

NAMES_TRIED = 20


async def enter(database: Database, doors: Doors, provider: Provider, vouched: Vouched, visitor: Visitor) -> Admission:
    """Let somebody in on a provider's word, with the role that their groups have now. Raises SignInRefused."""
    role = provider.role_of(vouched.groups) or provider.default_role
    tenant = await find_or_create_tenant(database.pool, provider.tenant)
    async with database.pool.acquire() as connection, connection.transaction():
        account = await _account(connection, provider, vouched, tenant.tenant_id)
        if account.disabled_at is not None:
            raise SignInRefused("this account is disabled")
        member = await _membership(connection, provider, account, tenant.tenant_id, role)
        here = tenant.tenant_id if member else None
        return await admit(connection, doors.lifetime, account, visitor, {"with": provider.name}, tenant_id=here)


async def _account(connection: Connection, provider: Provider, vouched: Vouched, tenant_id: UUID) -> Account:
    account_id = await sql.find_identity.fetchval(connection, issuer=vouched.issuer, subject=vouched.subject)
    if account_id is not None and (known := await find_account(connection, account_id=account_id, lock=True)) is not None:
        return known
    if not vouched.email_verified:
        raise SignInRefused(f"{provider.label} does not say that your e-mail address was verified")
    email = _email(provider, vouched)
    existing = await find_account(connection, email=email)
    account = await _linked(connection, provider, existing, tenant_id) if existing else await _made(connection, provider, vouched, email)
    await sql.add_identity.execute(connection, issuer=vouched.issuer, subject=vouched.subject, account_id=account.account_id)
    by = Principal(tenant_id, "person", account.name)
    detail = {"provider": provider.name, "existed": existing is not None}
    await audit.append(connection, by, "account.link", "account", ids.show("usr", account.account_id), detail)
    return account


async def _linked(connection: Connection, provider: Provider, account: Account, tenant_id: UUID) -> Account:
    if not provider.trusted:
        raise SignInRefused(f"there is an account of this address already, and {provider.label} is not trusted to open it")
    if account.email_verified_at is None:
        await sql.set_password.execute(connection, account_id=account.account_id, password_hash=None)
        await totp.remove(connection, account.account_id)
        await end_sessions(connection, account.account_id)
        await sql.verify_email.execute(connection, account_id=account.account_id)
    return account


async def _made(connection: Connection, provider: Provider, vouched: Vouched, email: str) -> Account:
    domain = email.rpartition("@")[2].lower()
    if domain not in provider.domains and provider.role_of(vouched.groups) is None:
        raise SignInRefused("nobody has invited you, and neither your address nor your groups let you in")
    return await add_account(connection, email, vouched.name.strip() or email.partition("@")[0], None, verified=True)


async def _membership(connection: Connection, provider: Provider, account: Account, tenant_id: UUID, role: Role | None) -> bool:
    """Whether they are in the provider's tenant; with the role that their groups give, if it maps groups at all."""
    member = await find_membership(connection, tenant_id, account.account_id)
    if role is None and (provider.roles or member is None):
        if member is not None or not await _works_elsewhere(connection, account):
            raise SignInRefused("none of your groups has a role here")
        return False
    if member is None:
        await _join(connection, account, tenant_id, role or "viewer")
        return True
    if member.disabled_at is not None:
        raise SignInRefused("you are shut out of this tenant; ask an admin")
    if role is not None and provider.roles and role != member.role:
        await _change(connection, provider, tenant_id, member.person_id, member.role, role, account)
    return True


async def _change(
    connection: Connection, provider: Provider, tenant_id: UUID, person_id: UUID, before: Role, role: Role, account: Account
) -> None:
    """The last admin stays one, whatever the groups say."""
    if before == "admin" and await lock_admins(connection, tenant_id) == {person_id}:
        return
    await sql.change_member.execute(connection, tenant_id=tenant_id, person_id=person_id, role=role, disabled=False)
    await sql.end_sessions_in.execute(connection, account_id=account.account_id, tenant_id=tenant_id)
    by = Principal(tenant_id, "system", provider.name)
    await audit.append(connection, by, "person.change", "user", account.name, {"role": role, "role_before": before})


async def _join(connection: Connection, account: Account, tenant_id: UUID, role: Role) -> None:
    """Under their name, or where that is somebody else's, with a number behind it."""
    for number in range(1, NAMES_TRIED + 1):
        name = account.name if number == 1 else f"{account.name} {number}"
        try:
            await add_member(connection, tenant_id, account, name, role)
            return
        except Conflict:
            continue
    raise SignInRefused(f"too many people here are called {account.name}")


async def _works_elsewhere(connection: Connection, account: Account) -> bool:
    return bool(await sql.list_tenants_of.fetch(connection, account_id=account.account_id))


def _email(provider: Provider, vouched: Vouched) -> str:
    try:
        return read_email(vouched.email)
    except InvalidInput:
        raise SignInRefused(f"{provider.label} gives no e-mail address of yours") from None
