"""Votes: who may say something about an approval, and what was said. A person counts once, however many keys and substitutes they have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flowforge.access.permission import ROLES
from flowforge.access.principal import Principal
from flowforge.board.queries import sql
from flowforge.db.queries import Connection
from flowforge.errors import NotAllowed
from flowforge.skills.requirement import Requirement


@dataclass(frozen=True)
class Voter:
    """Somebody who decides. `place` is that of the human: a key stands for whoever made it."""

    place: str
    name: str
    role: str | None
    stands_in_for: tuple[str, ...] = ()


@dataclass(frozen=True)
class Vote:
    """What somebody said. It counts until an edit by another voids it: then it was about other arguments."""

    name: str
    approved: bool
    hash: str
    reason: str | None
    on_behalf_of: str | None
    role: str | None
    voted_at: datetime
    voided_by: str | None


async def find_voter(connection: Connection, principal: Principal) -> Voter:
    """Who this principal is where people are counted."""
    kind, name = await _human(connection, principal.tenant_id, principal.kind, principal.name, principal.id)
    role = await _role(connection, principal) if principal.kind == "person" else _role_of(principal)
    rows = await sql.stands_in_for.fetch(connection, tenant_id=principal.tenant_id, name=name) if kind == "person" else []
    return Voter(f"{kind}:{name}", name, role, tuple(row["from_name"] for row in rows))


async def check_right(connection: Connection, tenant_id: UUID, row: Any, voter: Voter) -> str | None:
    """For whom the voter stands in, or None for themselves. Raises NotAllowed for who may not decide this approval."""
    requirement = Requirement.from_json(row["requirement"])
    if row["roles"] and not _has_role(voter, row["roles"]):
        raise NotAllowed(f"this is for {' and '.join(row['roles'])}s to decide, and you are {voter.role or 'neither'}")
    behalf: str | None = None
    if requirement.people and voter.name not in requirement.people:
        behalf = next((name for name in voter.stands_in_for if name in requirement.people), None)
        if behalf is None:
            raise NotAllowed(f"this is for {' and '.join(requirement.people)} to decide, or for who stands in for one of them")
    if requirement.not_requester and row["requester"] is not None:
        kind, name = await _human(connection, tenant_id, row["requester_kind"], row["requester"], None)
        if voter.place == f"{kind}:{name}" or (kind == "person" and behalf == name):
            raise NotAllowed(f"{name} gave this work, so somebody else decides about it")
    return behalf


async def votes_of(connection: Connection, tenant_id: UUID, approval_ids: Iterable[UUID]) -> dict[UUID, list[Vote]]:
    """The votes of approvals, in the order in which they were given; the voided ones too."""
    found: dict[UUID, list[Vote]] = {approval_id: [] for approval_id in approval_ids}
    for row in await sql.read_votes.fetch(connection, tenant_id=tenant_id, approval_ids=list(found)):
        found[row["approval_id"]].append(
            Vote(
                name=row["name"],
                approved=row["approved"],
                hash=row["hash"],
                reason=row["reason"],
                on_behalf_of=row["on_behalf_of"],
                role=row["role"],
                voted_at=row["voted_at"],
                voided_by=row["voided_by"],
            )
        )
    return found


def _has_role(voter: Voter, roles: Sequence[str]) -> bool:
    """Admins count as approvers."""
    return voter.role in roles or (voter.role == "admin" and "approver" in roles)


async def _human(connection: Connection, tenant_id: UUID, kind: str, name: str, id: UUID | None) -> tuple[str, str]:
    """Who stands behind a principal: of a key, whoever made it. The server's own key, which nobody made, stands for itself."""
    if kind != "key":
        return kind, name
    row = await sql.maker_of_key.fetchrow(connection, tenant_id=tenant_id, key_id=id, name=name)
    return (kind, name) if row is None else (row["kind"], row["name"])


async def _role(connection: Connection, principal: Principal) -> str | None:
    """A member's is what their row says now, whatever their session was begun with."""
    found: str | None = await sql.find_role.fetchval(connection, tenant_id=principal.tenant_id, name=principal.name)
    return found if principal.id is not None else found or _role_of(principal)


def _role_of(principal: Principal) -> str | None:
    """What a key, or whoever sits at an open server, may do is what they are."""
    if principal.permissions >= ROLES["admin"]:
        return "admin"
    return "approver" if "approvals:decide" in principal.permissions else None
