"""A principal: the person, agent or key that acts, in one tenant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

PrincipalKind = Literal["person", "agent", "key", "system"]


@dataclass(frozen=True)
class Principal:
    """Who acts. `name` is what people read in the activity and the audit log; `id` is there where a row stands behind it.

    `permissions` are asked at the doors (HTTP and what comes later), once, before a room is called; rooms do not ask again. `test`: a test
    key's, which sees and starts test runs only.
    """

    tenant_id: UUID
    kind: PrincipalKind
    name: str
    id: UUID | None = None
    permissions: frozenset[str] = frozenset()
    test: bool = False
