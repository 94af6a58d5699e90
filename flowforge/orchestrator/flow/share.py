"""Virtual time as a worker keeps it (ENGINE.md, rule 13): how far the deployment has come, and where a tenant's next child stands.

Ingest takes its tags from the tenant's row, once a batch. A flush locks no such row: the children that runs start on this worker are
counted here, and start at the worker's view of V, which is at most 100 ms behind.
"""

from __future__ import annotations

from uuid import UUID

UNIT = 1_000_000  # of virtual time: one run of a tenant with weight 1
PUBLISH_SECONDS = 0.1


class Share:
    """V, as the leases of this worker show it, and the last tag of each tenant's children."""

    def __init__(self) -> None:
        self.virtual = 0
        self._tags: dict[UUID, int] = {}
        self._published = 0
        self._published_at = float("-inf")

    def leased(self, vt: int) -> None:
        """A run with this virtual time was leased: V has come so far."""
        self.virtual = max(self.virtual, vt)

    def next(self, tenant_id: UUID, weight: float = 1.0) -> int:
        """The virtual time of a tenant's next child."""
        tag = max(self.virtual, self._tags.get(tenant_id, 0)) + round(UNIT / weight)
        self._tags[tenant_id] = tag
        return tag

    def to_publish(self, now: float) -> int | None:
        """V, when it has moved and was not published for a while."""
        if self.virtual <= self._published or now - self._published_at < PUBLISH_SECONDS:
            return None
        self._published, self._published_at = self.virtual, now
        self._tags = {tenant: tag for tenant, tag in self._tags.items() if tag > self.virtual}
        return self.virtual
