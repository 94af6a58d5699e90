"""What an execution needs of the worker that runs it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from uuid import UUID

if TYPE_CHECKING:
    from flowforge.clock import Clock
    from flowforge.db.database import Database
    from flowforge.orchestrator.change import Child
    from flowforge.orchestrator.execution import Execution
    from flowforge.orchestrator.flow.share import Share
    from flowforge.orchestrator.hints import Bell
    from flowforge.orchestrator.models.spending import Spending
    from flowforge.orchestrator.registry import Registry
    from flowforge.orchestrator.retry import Backoff
    from flowforge.orchestrator.worker.committer import Committer
    from flowforge.orchestrator.worker.compactor import Compactor
    from flowforge.orchestrator.worker.looker import Looker
    from flowforge.orchestrator.worker.step_slots import StepSlots
    from flowforge.secrets.resolve import Secrets


class Closable(Protocol):
    """Something that ends with the worker."""

    async def close(self) -> None: ...


Kept = TypeVar("Kept", bound=Closable)


class Host(Protocol):
    """A worker, as its executions see it."""

    worker_id: UUID
    database: Database
    bell: Bell
    registry: Registry
    clock: Clock
    backoff: Backoff
    committer: Committer
    compactor: Compactor
    share: Share
    step_slots: StepSlots
    spending: Spending
    looker: Looker
    secrets: Secrets
    linger_seconds: float  # how near a timer must be for a run to wait for it in memory
    quiet_seconds: float  # how long nothing must have moved before a run that only waits leaves
    always_suspend: bool  # a run leaves after each step that it records, so that a replay has to find every one of them
    grace_seconds: float

    @property
    def may_start(self) -> bool: ...
    async def until_may_start(self) -> None: ...
    def dropped(self, execution: Execution) -> None: ...
    def ending(self, execution: Execution) -> None: ...
    def child_made(self, child: Child) -> None: ...
    def child_ended(self, execution: Execution) -> None: ...
    def spawn(self, work: Coroutine[Any, Any, None]) -> None: ...
    def keep(self, name: str, make: Callable[[], Kept]) -> Kept: ...
    async def cancelled_by(self, execution: Execution) -> tuple[str | None, dict[str, Any] | None]: ...
    async def cancel_children(self, execution: Execution) -> None: ...
    async def write_blob(self, tenant_id: UUID, run_id: UUID, blob_id: UUID, text: str) -> None: ...
    async def read_blob(self, tenant_id: UUID, run_id: UUID, blob_id: UUID) -> str: ...
