"""One-time links to one approval, for messages. The token has 256 random bits, stands in the message alone, and is kept as a hash.

A link shows one call, by its hash, and decides no other. To look at it changes nothing, however often a mail scanner does; deciding takes a
POST. Whoever decides has signed in and may; only where the channel is trusted for it does the token alone suffice, and only for approvals
that ask for one person, whoever it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from flowforge import ids
from flowforge.access.one_time import TOKEN_CHARACTERS_MAX, new_token, token_hash
from flowforge.access.principal import Principal
from flowforge.board.approval import Approval, get_approval
from flowforge.board.decision import decide
from flowforge.board.queries import sql
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.errors import Gone, NotAllowed
from flowforge.skills.requirement import Requirement

if TYPE_CHECKING:
    from flowforge.orchestrator.hints import Bell

LIFETIME = timedelta(days=7)
USED = "this link was used or has expired, or what it asks has been decided"


@dataclass(frozen=True)
class Linked:
    """What a link stands for while it holds. `decides`: the token alone may decide."""

    tenant_id: UUID
    approval: Approval
    channel: str
    hash: str
    decides: bool

    @property
    def is_as_it_was(self) -> bool:
        """Is the call still the one that the message was about?"""
        return self.hash == self.approval.hash


async def make_link(connection: Connection, tenant_id: UUID, approval_id: UUID, channel: str, *, decides: bool) -> str | None:
    """A token for one message; None when there is nothing to decide any more."""
    token = new_token()
    made = await sql.add_approval_link.fetchval(
        connection,
        tenant_id=tenant_id,
        approval_id=approval_id,
        token_hash=token_hash(token),
        channel=channel,
        decides=decides,
        lifetime=LIFETIME,
    )
    return None if made is None else token


async def find_linked(database: Database, token: str) -> Linked | None:
    """What a token stands for; None for one that holds no more. Takes the whole database."""
    if not 0 < len(token) <= TOKEN_CHARACTERS_MAX:
        return None
    row = await sql.find_approval_link.fetchrow(database.pool, token_hash=token_hash(token))
    if row is None:
        return None
    approval = await get_approval(database.for_tenant(row["tenant_id"]), row["tenant_id"], ids.show("apr", row["approval_id"]))
    if approval.state != "pending":
        return None
    alone = bool(row["decides"]) and _asks_for_anybody(approval)
    return Linked(row["tenant_id"], approval, row["channel"], row["hash"], alone)


async def decide_by_link(
    database: Database, token: str, principal: Principal | None, *, approved: bool, reason: str | None = None, bell: Bell | None = None
) -> Approval:
    """Decide what the link shows, in the transaction in which it is used up. `principal` has signed in; None: the token alone.

    Raises Gone for a link that holds no more, NotAllowed where it does not suffice, and what `decide` raises.
    """
    linked = await find_linked(database, token)
    if linked is None:
        raise Gone(USED)
    if principal is None and not linked.decides:
        raise NotAllowed("sign in to decide this")
    if principal is not None and principal.tenant_id != linked.tenant_id:
        raise NotAllowed("this is of another tenant than the one that you look at")

    async def use(connection: Connection) -> None:
        of = {"tenant_id": linked.tenant_id, "token_hash": token_hash(token)}
        if await sql.use_approval_link.fetchval(connection, **of) is None:
            raise Gone(USED)

    by = principal or Principal(linked.tenant_id, "system", f"link to {linked.channel}")
    return await decide(
        database.for_tenant(linked.tenant_id),
        by,
        linked.approval.id,
        approved=approved,
        reason=reason,
        hash=linked.hash,
        within=use,
        bell=bell,
    )


def _asks_for_anybody(approval: Approval) -> bool:
    requirement: Requirement = approval.requirement
    return not (requirement.count > 1 or approval.roles or requirement.people or requirement.not_requester)
