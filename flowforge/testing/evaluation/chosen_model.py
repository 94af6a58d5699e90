"""The model client of an evaluation: every call of a run goes to the model that was chosen for the run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from flowforge.errors import BudgetExceeded
from flowforge.orchestrator.models.client import EmbeddingReply, EmbeddingRequest, ModelClient, ModelReply, ModelRequest, OnDelta
from flowforge.orchestrator.step_scope import current_step
from flowforge.testing.evaluation.purse import Purse


class ChosenModel:
    """Asks, instead of the model that a step names, the one that is chosen for the tenant of its run.

    Each attempt has a tenant of its own, and what a run invokes stays in its tenant: attempts with different models run side by
    side, in one process, and none can reach another's. Vectors come from the model that the code names.
    """

    def __init__(self, client: ModelClient, purse: Purse) -> None:
        self._client, self._purse = client, purse
        self._models: dict[UUID, str] = {}
        self.refused: set[UUID] = set()  # the tenants whose calls were not made, for want of money

    def choose(self, tenant_id: UUID, model: str | None) -> None:
        """From now on; None leaves the choice to the code."""
        if model is not None:
            self._models[tenant_id] = model

    async def complete(self, request: ModelRequest, on_delta: OnDelta | None = None) -> ModelReply:
        tenant_id = current_step().execution.tenant_id
        model = self._models.get(tenant_id)
        asked = request if model is None else request.model_copy(update={"model": model})
        async with self._paid(tenant_id):
            return await self._client.complete(asked, on_delta)

    async def embed(self, request: EmbeddingRequest) -> EmbeddingReply:
        async with self._paid(current_step().execution.tenant_id):
            return await self._client.embed(request)

    async def close(self) -> None:
        await self._client.close()

    @asynccontextmanager
    async def _paid(self, tenant_id: UUID) -> AsyncIterator[None]:
        try:
            async with self._purse.call():
                yield
        except BudgetExceeded:
            self.refused.add(tenant_id)
            raise
