"""`/metrics`: what this process has counted and what is open in the database, in the text format that Prometheus reads.

All of that is the operator's to see: processes count for all tenants together. A tenant's own key sees the open work of its tenant.

The library is imported at the first scrape; until then, and in processes that nobody scrapes, it costs nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from flowforge import metrics
from flowforge.access.principal import Principal
from flowforge.api.caller import ANYBODY
from flowforge.clock import SYSTEM_CLOCK, Clock
from flowforge.db.database import Database
from flowforge.orchestrator.backlog import Backlog, read_backlog, read_backlog_of

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric

BACKLOG_SECONDS = 5.0  # however many scrape, the database is asked this often
FUNCTIONS_MAX = 50
WHOLE = "deployment:control"

log = logging.getLogger("flowforge.api")


class Exposition:
    """The metrics of one process. `await exposition.response(request)` answers a scrape."""

    def __init__(self, database: Database, clock: Clock = SYSTEM_CLOCK) -> None:
        self._database, self._clock = database, clock
        self._backlog: Backlog | None = None
        self._read_at = 0.0
        self._reading = asyncio.Lock()
        self._registry: CollectorRegistry | None = None

    async def response(self, request: Request) -> Response:
        """A database that is away costs its part of the answer, not the answer."""
        from prometheus_client.exposition import choose_encoder

        caller: Principal = request.state.caller
        whole = caller is ANYBODY or WHOLE in caller.permissions
        families = await self._whole() if whole else await self._of_tenant(caller.tenant_id)
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(families), media_type=None, headers={"Content-Type": content_type})

    def collect(self) -> Iterator[Metric]:
        """What prometheus-client asks of a collector."""
        yield from _counted()
        yield from _asked()
        yield from _open_work(self._backlog)

    async def _whole(self) -> CollectorRegistry:
        await self._look()
        return self._families()

    async def _of_tenant(self, tenant_id: UUID) -> CollectorRegistry:
        """Read at every scrape: what one tenant has open is found by its own keys."""
        from prometheus_client import CollectorRegistry

        backlog: Backlog | None = None
        try:
            backlog = await read_backlog_of(self._database.for_tenant(tenant_id).pool, tenant_id)
        except Exception as error:  # noqa: BLE001 - as below
            log.warning("metrics.backlog_not_read", extra={"error": repr(error)})
        registry = CollectorRegistry()
        registry.register(_Once(tuple(_open_work(backlog, whole=False))))
        return registry

    async def _look(self) -> None:
        async with self._reading:
            if self._backlog is not None and self._clock.monotonic() - self._read_at < BACKLOG_SECONDS:
                return
            try:
                self._backlog = await read_backlog(self._database.pool)
            except Exception as error:  # noqa: BLE001 - the database is away, which the gauge `flowforge_database_up` says
                log.warning("metrics.backlog_not_read", extra={"error": repr(error)})
                self._backlog = None
            self._read_at = self._clock.monotonic()

    def _families(self) -> CollectorRegistry:
        if self._registry is None:
            from prometheus_client import CollectorRegistry, ProcessCollector

            self._registry = CollectorRegistry()
            self._registry.register(self)
            ProcessCollector(registry=self._registry)
        return self._registry


class _Once:
    """A collector of what was found before."""

    def __init__(self, found: Sequence[Metric]) -> None:
        self._found = found

    def collect(self) -> Iterator[Metric]:
        yield from self._found


def _counted() -> Iterator[Metric]:
    from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily

    for family in metrics.series():
        if isinstance(family, metrics.Counter):
            counter = CounterMetricFamily(family.name, family.help, labels=family.labels)
            for labels, value in list(family.values.items()):
                counter.add_metric(labels, value)
            yield counter
        elif isinstance(family, metrics.Histogram):
            histogram = HistogramMetricFamily(family.name, family.help, labels=family.labels)
            for labels, found in list(family.values.items()):
                histogram.add_metric(labels, _buckets(family.bounds, found.counts), found.sum)
            yield histogram


def _buckets(bounds: Iterable[float], counts: Iterable[int]) -> list[tuple[str, float]]:
    total, buckets = 0, []
    for bound, count in zip((*bounds, float("inf")), counts, strict=True):
        total += count
        buckets.append(("+Inf" if bound == float("inf") else str(bound), float(total)))
    return buckets


def _asked() -> Iterator[Metric]:
    from prometheus_client.metrics_core import GaugeMetricFamily

    for gauge in metrics.GAUGES.values():
        value = gauge.read()
        if value is not None:
            yield GaugeMetricFamily(gauge.name, gauge.help, value=value)


def _open_work(backlog: Backlog | None, *, whole: bool = True) -> Iterator[Metric]:
    from prometheus_client.metrics_core import GaugeMetricFamily

    yield GaugeMetricFamily(
        "flowforge_database_up", "Whether the last look at the database was answered.", value=float(backlog is not None)
    )
    if backlog is None:
        return
    ready = GaugeMetricFamily("flowforge_ready_runs", "Runs that a worker could take now, by function.", labels=("function",))
    for name, count in _largest(backlog.ready).items():
        ready.add_metric((name,), count)
    yield ready
    parked = GaugeMetricFamily("flowforge_parked_runs", "Runs that wait outside of workers, by reason.", labels=("reason",))
    for reason, count in backlog.parked.items():
        parked.add_metric((reason,), count)
    yield parked
    for name, help, value in (
        ("flowforge_oldest_ready_age_seconds", "Age of the oldest ready run that no worker has had yet.", backlog.oldest_ready or 0.0),
        ("flowforge_leased_runs", "Runs on a worker.", backlog.leased),
        ("flowforge_undispatched_events", "Stored events that are not matched with triggers and waits yet.", backlog.undispatched),
        ("flowforge_oldest_undispatched_age_seconds", "Age of the oldest of those events.", backlog.oldest_undispatched or 0.0),
    ):
        yield GaugeMetricFamily(name, help, value=value)
    for name, help, value in (
        ("flowforge_workers", "Workers that are alive.", backlog.workers),
        ("flowforge_oldest_heartbeat_age_seconds", "The longest silence of a living worker.", backlog.oldest_heartbeat or 0.0),
    ):
        if whole:
            yield GaugeMetricFamily(name, help, value=value)


def _largest(counts: dict[str, float]) -> dict[str, float]:
    """Those with the most; the rest together."""
    order = sorted(counts, key=lambda name: (-counts[name], name))
    kept = {name: counts[name] for name in order[:FUNCTIONS_MAX]}
    if rest := sum(counts[name] for name in order[FUNCTIONS_MAX:]):
        kept[metrics.OTHER] = kept.get(metrics.OTHER, 0.0) + rest
    return kept
