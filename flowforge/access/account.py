"""An account: somebody who can sign in, to one tenant or several. It belongs to the deployment, not to a tenant."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from flowforge import ids
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict, InvalidInput

EMAIL_CHARACTERS_MAX = 254
NAME_CHARACTERS_MAX = 100
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f<>\"',;:\\()\[\]]{1,64}@[^@\s\x00-\x1f\x7f<>\"',;:\\()\[\]]{1,189}\.[^@\s.<>\"',;:\\()\[\]]+")

sql = load_queries("flowforge.access")


@dataclass(frozen=True)
class Account:
    """One person's way in. `operator`: may do what concerns the deployment and not one tenant of it."""

    account_id: UUID
    email: str
    email_verified_at: datetime | None
    name: str
    password_hash: str | None = field(repr=False)
    totp: bytes | None = field(repr=False)
    totp_since: datetime | None
    totp_step: int = field(repr=False)
    operator: bool
    created_at: datetime
    disabled_at: datetime | None


async def find_account(
    connection: Connection, *, email: str | None = None, account_id: UUID | None = None, lock: bool = False
) -> Account | None:
    """The account of that address (however it is written) or id; with `lock`, by its id, locked until the transaction ends."""
    if email is not None:
        row = await sql.account_by_email.fetchrow(connection, email=email)
    else:
        row = await (sql.lock_account if lock else sql.account_by_id).fetchrow(connection, account_id=account_id)
    return None if row is None else Account(**row)


async def add_account(
    connection: Connection, email: str, name: str, password_hash: str | None, *, operator: bool = False, verified: bool = False
) -> Account:
    """A new account. Raises Conflict when the address has one."""
    row = await sql.add_account.fetchrow(
        connection,
        account_id=ids.new_id(),
        email=email,
        name=name,
        password_hash=password_hash,
        operator=operator,
        verified=verified,
    )
    if row is None:
        raise Conflict("there is an account of this address already", hint="sign in with it")
    return Account(**row)


def read_email(text: str, *, pointer: str = "/email") -> str:
    """An e-mail address without what stands around it. Raises InvalidInput.

    >>> read_email(" Mira@example.com ")
    'Mira@example.com'
    """
    email = text.strip()
    if len(email) > EMAIL_CHARACTERS_MAX or not email.isprintable() or not _EMAIL.fullmatch(email):
        raise InvalidInput(f"{email[:60]!r} is not an e-mail address", pointer=pointer)
    return email


def read_name(text: str, *, pointer: str = "/name") -> str:
    """A name of one line. Raises InvalidInput."""
    name = " ".join(text.split())
    if not name or len(name) > NAME_CHARACTERS_MAX or not name.isprintable():
        raise InvalidInput(f"a name has 1 to {NAME_CHARACTERS_MAX} printable characters", pointer=pointer)
    return name
