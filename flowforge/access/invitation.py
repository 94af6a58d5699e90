"""Invitations: an admin names an address and a role, and hands the link on; whoever follows it within a week is in.

The link proves that an admin wants somebody in, not who they are: to join with an account that exists, one also signs in to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from flowforge import ids
from flowforge.access.account import Account, add_account, read_email, read_name, sql
from flowforge.access.lock_out import Attempt
from flowforge.access.membership import add_member
from flowforge.access.one_time import new_token, token_hash
from flowforge.access.password import check_password
from flowforge.access.permission import Role
from flowforge.access.principal import Principal
from flowforge.access.session import Visitor
from flowforge.access.sign_in import Admission, Doors, admit, prove
from flowforge.audit import log as audit
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import Conflict, Gone, NotFound, SignInRefused

LIFETIME = timedelta(days=7)


@dataclass(frozen=True)
class Invitation:
    """One that was not accepted yet."""

    invitation_id: UUID
    email: str
    role: Role
    invited_by: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Invited:
    """What the link of an invitation stands for. `known`: its address has an account already."""

    tenant_id: UUID
    tenant: str
    email: str
    role: Role
    known: bool


@dataclass(frozen=True)
class Answer:
    """How somebody accepts: with a name and a password of their own, or with those of the account that they have."""

    token: str = field(repr=False)
    password: str = field(repr=False)
    name: str | None = None
    code: str | None = field(default=None, repr=False)


async def invite(database: Database, principal: Principal, email: str, role: Role) -> tuple[Invitation, str]:
    """An invitation and its token, which is not shown again. A second one for the same address voids the first.

    Raises InvalidInput for what is no address, and Conflict when its account is in the tenant already.
    """
    email, token = read_email(email), new_token()
    async with database.pool.acquire() as connection, connection.transaction():
        if await sql.has_member_of_address.fetchval(connection, tenant_id=principal.tenant_id, email=email):
            raise Conflict(f"{email} is in this tenant already", hint="change their role instead")
        row = await sql.add_invitation.fetchrow(
            connection,
            tenant_id=principal.tenant_id,
            invitation_id=ids.new_id(),
            email=email,
            role=role,
            token_hash=token_hash(token),
            invited_by=principal.name,
            lifetime=LIFETIME,
        )
        await audit.append(connection, principal, "invitation.create", "invitation", email, {"role": role})
        return Invitation(**row), token


async def list_invitations(connection: Connection, tenant_id: UUID, limit: int, after: UUID | None) -> Sequence[Invitation]:
    """Those that were not accepted yet, the expired ones too."""
    rows = await sql.list_invitations.fetch(connection, tenant_id=tenant_id, limit=limit, after=after)
    return [Invitation(**row) for row in rows]


async def revoke(database: Database, principal: Principal, invitation_id: UUID) -> None:
    """Its link opens nothing any more. Raises NotFound."""
    async with database.pool.acquire() as connection, connection.transaction():
        email = await sql.drop_invitation.fetchval(connection, tenant_id=principal.tenant_id, invitation_id=invitation_id)
        if email is None:
            raise NotFound("invitation", ids.show("inv", invitation_id))
        await audit.append(connection, principal, "invitation.revoke", "invitation", email)


async def find_invited(connection: Connection, token: str) -> Invited | None:
    """What a link stands for while it holds. Takes the whole database."""
    row = await sql.find_invitation.fetchrow(connection, token_hash=token_hash(token))
    return None if row is None else Invited(**row)


async def accept(database: Database, doors: Doors, answer: Answer, visitor: Visitor) -> Admission:
    """Join the tenant and be signed in. Of two at once, one is let in.

    Raises Gone when the link does not hold (any more), InvalidInput for a name or password that is not taken, Conflict when the name is
    somebody else's, SignInRefused and TooManyAttempts where an account exists and its password or code is not right.
    """
    invited = await find_invited(database.pool, answer.token)
    if invited is None:
        raise Gone("this invitation was used, revoked or has expired", hint="ask for another one")
    known = await _known_account(database, doors, invited, answer, visitor) if invited.known else None
    name = known.name if known is not None and not answer.name else read_name(answer.name or "")
    if known is None:
        check_password(answer.password, invited.email)
    hashed = await doors.passwords.hash(answer.password) if known is None else None
    async with database.pool.acquire() as connection, connection.transaction():
        row = await sql.use_invitation.fetchrow(connection, token_hash=token_hash(answer.token))
        if row is None:
            raise Gone("this invitation was used, revoked or has expired", hint="ask for another one")
        account = known or await add_account(connection, row["email"], name, hashed)
        person_id = await add_member(connection, row["tenant_id"], account, name, row["role"])
        admission = await admit(connection, doors.lifetime, account, visitor, {"with": "invitation"}, tenant_id=row["tenant_id"])
        by = Principal(row["tenant_id"], "person", name, person_id)
        await audit.append(connection, by, "invitation.accept", "invitation", row["email"], {"role": row["role"]})
        return admission


async def _known_account(database: Database, doors: Doors, invited: Invited, answer: Answer, visitor: Visitor) -> Account:
    attempt = Attempt(invited.email, visitor.address, None)
    await attempt.begin(database)
    account = await prove(database, doors, invited.email, answer.password, answer.code)
    if account is None:
        raise SignInRefused
    await attempt.succeeded(database.pool)
    return account
