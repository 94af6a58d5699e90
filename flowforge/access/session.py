"""Sessions: a row on the server, a token in a cookie. A session looks at one tenant of its account's; what it may do is asked each time.

It ends when it was not used for a while (`idle`), at the latest after `longest`, when its person signs out (here or everywhere), and when
their account or their place in the tenant is taken from them. Another password or second factor gives it another token and ends the
account's other sessions; another role ends those in that tenant.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from flowforge import ids
from flowforge.access.account import sql
from flowforge.access.one_time import TOKEN_CHARACTERS_MAX, new_token, token_hash
from flowforge.access.permission import OF_THE_DEPLOYMENT, ROLES, Role
from flowforge.access.principal import Principal
from flowforge.db.database import Database
from flowforge.db.queries import Connection

USER_AGENT_CHARACTERS = 120


@dataclass(frozen=True)
class Lifetime:
    """How long a session lasts: without use, and at all."""

    idle: timedelta = timedelta(hours=12)
    longest: timedelta = timedelta(days=30)


@dataclass(frozen=True)
class Visitor:
    """Where a request comes from, as far as people recognise it: an address, and what the browser calls itself."""

    address: str
    user_agent: str
    device: str | None = field(default=None, repr=False)  # the token of a browser that has signed in before


@dataclass(frozen=True)
class Session:
    """An open session, with who it is in the tenant that it looks at."""

    session_id: UUID
    account_id: UUID
    tenant_id: UUID
    person_id: UUID
    name: str
    role: Role
    operator: bool

    @property
    def principal(self) -> Principal:
        """Whoever this is, with what their role allows."""
        permissions = ROLES[self.role] | (OF_THE_DEPLOYMENT if self.operator else frozenset())
        return Principal(self.tenant_id, "person", self.name, self.person_id, permissions)


@dataclass(frozen=True)
class SessionShown:
    """A session as its person sees it."""

    session_id: UUID
    created_at: datetime
    used_at: datetime
    ends_at: datetime
    address: str
    user_agent: str


async def find_session(database: Database, token: str, *, in_use: bool = True) -> Principal | None:
    """Who has this token: None when no session has it, or it has ended. Takes the whole database, as it is not known yet whose it is.
    Without `in_use` the session stays as unused as it was.

    principal = await find_session(database, cookie)
    """
    session = await load_session(database, token, in_use=in_use)
    return None if session is None else session.principal


async def load_session(database: Database, token: str, *, in_use: bool = True) -> Session | None:
    """The open session of a token, which is now in use, unless it was only asked for."""
    if not 0 < len(token) <= TOKEN_CHARACTERS_MAX:
        return None
    row = await sql.find_session.fetchrow(database.pool, token_hash=token_hash(token))
    if row is None:
        return None
    found = dict(row)
    if found.pop("stale") and in_use:  # not at each request: a write a minute tells as much
        await sql.touch_session.execute(database.pool, session_id=found["session_id"])
    return Session(**found)


async def start_session(connection: Connection, account_id: UUID, tenant_id: UUID | None, visitor: Visitor, lifetime: Lifetime) -> str:
    """A new session's token."""
    token = new_token()
    await sql.drop_ended_sessions.execute(connection)
    await sql.add_session.execute(
        connection,
        session_id=ids.new_id(),
        token_hash=token_hash(token),
        account_id=account_id,
        tenant_id=tenant_id,
        idle=lifetime.idle,
        lifetime=lifetime.longest,
        address=visitor.address[:USER_AGENT_CHARACTERS],
        user_agent=printable(visitor.user_agent),
    )
    return token


async def rotate(connection: Connection, session: Session, *, tenant_id: UUID | None = None) -> str:
    """Another token for the same session; the one before opens nothing any more."""
    token = new_token()
    await sql.rotate_session.execute(connection, session_id=session.session_id, token_hash=token_hash(token), tenant_id=tenant_id)
    return token


async def list_sessions(connection: Connection, account_id: UUID, limit: int, before: UUID | None) -> Sequence[SessionShown]:
    """The open sessions of an account, the newest first."""
    rows = await sql.list_sessions.fetch(connection, account_id=account_id, limit=limit, before=before)
    return [SessionShown(**row) for row in rows]


async def end_session(connection: Connection, account_id: UUID, session_id: UUID) -> bool:
    """Whether there was such a session of that account to end."""
    return await sql.end_session.fetchval(connection, account_id=account_id, session_id=session_id) is not None


async def end_sessions(connection: Connection, account_id: UUID, *, keep: UUID | None = None) -> None:
    """End every session of an account, but the one to keep; with none to keep its browsers are forgotten as well."""
    await sql.end_sessions.execute(connection, account_id=account_id, kept=keep)
    if keep is None:
        await sql.drop_devices.execute(connection, account_id=account_id)


def csrf_token(token: str) -> str:
    """What a page must send along when it writes with this session: bound to it, and of no use without it."""
    digest = hmac.new(token.encode(), b"flowforge csrf", "sha256").digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def printable(text: str) -> str:
    """A header as it may be shown: short, and without what would not be seen."""
    return "".join(character for character in text if character.isprintable())[:USER_AGENT_CHARACTERS]
