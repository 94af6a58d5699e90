"""A principal: the person, agent or key that acts, in one tenant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

PrincipalKind = Literal["person", "agent", "key", "system"]


@dataclass(frozen=True)
class Principal:
    """Who acts. `name` is what people read in the activity and the audit log; `id` is there where a row stands behind it."""

    tenant_id: UUID
    kind: PrincipalKind
    name: str
    id: UUID | None = None
