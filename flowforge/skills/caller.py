"""Whoever calls a tool, as the tool's own function sees it: the tenant, the key of the call, and the secrets that it may use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import UUID

from flowforge.orchestrator.secret import through_outages, user_of
from flowforge.orchestrator.step_scope import current_step
from flowforge.secrets.opened import OPENED

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.orchestrator.step_scope import StepScope


@dataclass(frozen=True)
class ToolCaller:
    """One call of a tool. `key` is the same at every attempt and after every crash: its idempotency key."""

    tenant_id: UUID
    key: str
    database: Database
    scope: StepScope

    @classmethod
    def now(cls) -> ToolCaller:
        """The call whose step is running. Raises StepMisuse outside of one."""
        scope = current_step()
        return cls(scope.execution.tenant_id, scope.step_key, scope.execution.host.database, scope)

    async def secrets(self, names: Iterable[str], *, tool: str | None = None) -> dict[str, str]:
        """The values of these secrets, as this function, agent or tool may use them; `tool` stands in for the one that is called.

        Raises NotFound, and InvalidInput for one that is no text.
        """
        wanted = {name: f"{{{{secret:{name}}}}}" for name in names}
        if not wanted:
            return {}
        resolver, user = self.scope.execution.host.secrets, user_of(self.scope)
        user = user if tool is None else replace(user, tool=tool)
        return await through_outages(lambda: resolver.reveal_all(user, wanted))

    def hide(self, text: str) -> str:
        """The text without values of the tenant's secrets: a server may answer with what it was sent."""
        return OPENED.hide(text, self.tenant_id)
