"""What this process has counted and measured, in families of plain numbers that a scrape reads (`api/exposition.py`).

Recording is a look-up in a dict, without locks: it happens on the event loop only, and on the hot path once a flush. Labels are
bounded: a family keeps the first values that it sees at each place, whatever comes later counts as `other`. So the size of a scrape
does not depend on what users name, or on what strangers ask for.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from flowforge.clock import Clock

MAX_VALUES = 100  # distinct values of one label
MAX_SERIES = 500  # combinations of labels in one family
OTHER = "other"
LAG_SECONDS = 1.0

Labels = tuple[str, ...]

FAST = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
SLOW = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
SIZES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0)


class Family:
    """One metric with its labels; `FAMILIES` knows all of them by name."""

    def __init__(self, name: str, help: str, labels: Labels = ()) -> None:
        self.name, self.help, self.labels = name, help, labels
        self._seen: tuple[set[str], ...] = tuple(set() for _ in labels)
        self._known: set[Labels] = set()
        FAMILIES[name] = self

    def bounded(self, labels: Labels) -> Labels:
        """The labels to count under: those given, with `other` in place of what is one too many."""
        if len(labels) != len(self.labels):
            raise TypeError(f"{self.name} has the labels {self.labels}, not {labels}")
        kept = tuple(self._kept(place, value) for place, value in enumerate(labels))
        if kept not in self._known:
            if len(self._known) >= MAX_SERIES:
                return (OTHER,) * len(labels)
            self._known.add(kept)
        return kept

    def _kept(self, place: int, value: str) -> str:
        seen = self._seen[place]
        if value in seen:
            return value
        if len(seen) >= MAX_VALUES:
            return OTHER
        seen.add(value)
        return value


class Counter(Family):
    """A number that only grows."""

    def __init__(self, name: str, help: str, labels: Labels = ()) -> None:
        super().__init__(name, help, labels)
        self.values: dict[Labels, float] = {} if labels else {(): 0.0}

    def add(self, *labels: str, amount: float = 1.0) -> None:
        if labels not in self.values:
            labels = self.bounded(labels)
        self.values[labels] = self.values.get(labels, 0.0) + amount


@dataclass(slots=True)
class Distribution:
    """How often each bucket was hit, and the sum of all values."""

    counts: list[int]
    sum: float = 0.0


class Histogram(Family):
    """How values are spread over buckets (upper bounds, the last one open)."""

    def __init__(self, name: str, help: str, labels: Labels = (), bounds: tuple[float, ...] = SLOW) -> None:
        super().__init__(name, help, labels)
        self.bounds = bounds
        self.values: dict[Labels, Distribution] = {}
        if not labels:
            self._new(())

    def add(self, value: float, *labels: str) -> None:
        found = self.values.get(labels) or self._new(self.bounded(labels))
        found.counts[bisect_left(self.bounds, value)] += 1
        found.sum += value

    def _new(self, labels: Labels) -> Distribution:
        return self.values.setdefault(labels, Distribution([0] * (len(self.bounds) + 1)))


@dataclass
class Gauge:
    """A number that goes up and down: asked for at the scrape, never kept. The sources of all who offer it are taken together."""

    name: str
    help: str
    together: Callable[[Iterable[float]], float] = sum
    sources: list[Callable[[], float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        GAUGES[self.name] = self

    def offer(self, source: Callable[[], float]) -> Callable[[], None]:
        """Let scrapes ask `source`; call what is returned when there is nothing to ask any more."""
        self.sources.append(source)

        def withdraw() -> None:
            if source in self.sources:
                self.sources.remove(source)

        return withdraw

    def read(self) -> float | None:
        """None while nobody offers it."""
        return self.together([source() for source in self.sources]) if self.sources else None


FAMILIES: dict[str, Family] = {}
GAUGES: dict[str, Gauge] = {}


# ── the engine ──────────────────────────────────────────────────────────────────────────────────────────────────────────

STEP_SECONDS = Histogram("flowforge_step_seconds", "How long completed steps took, by kind.", ("kind",), SLOW)
STEPS_FAILED = Counter("flowforge_steps_failed", "Steps that gave up after their retries, by kind.", ("kind",))
STEP_RETRIES = Counter("flowforge_step_retries", "Attempts that failed and are tried again, by kind.", ("kind",))
RUNS_ENDED = Counter("flowforge_runs_ended", "Runs that reached a final state, by function and state.", ("function", "state"))
CLAIMED = Counter("flowforge_runs_claimed", "Leases taken on ready runs.")
CLAIM_SECONDS = Histogram("flowforge_claim_seconds", "How long a claim takes, empty ones included.", (), FAST)
COMMITS = Counter("flowforge_commits", "Flushes that the database has committed.")
FLUSH_SECONDS = Histogram("flowforge_flush_seconds", "From the sending of a flush to its answer, repeats included.", (), FAST)
FLUSH_CHANGES = Histogram("flowforge_flush_changes", "Changes written by one flush.", (), SIZES)
FLUSH_REPEATS = Counter("flowforge_flush_repeats", "Flushes that were sent again because their answer was lost or refused for a while.")
CHANGES_REFUSED = Counter("flowforge_changes_refused", "Changes that PostgreSQL will never store; each failed its step or run.")
LEASES_LOST = Counter("flowforge_leases_lost", "Runs dropped because another worker had taken them.")
RESCUED = Counter("flowforge_runs_rescued", "Leases of dead workers that went back to the queue.")
WORKERS_BURIED = Counter("flowforge_workers_declared_dead", "Workers whose heartbeat stopped.")
FRAMES_WRITTEN = Counter("flowforge_frames_written", "Stream frames stored.")
TOKENS = Counter("flowforge_tokens", "Tokens of recorded model calls, by model and direction.", ("model", "direction"))
COST = Counter("flowforge_cost_usd", "Cost of recorded model calls with a known price, in US dollars, by model.", ("model",))
MODEL_CALLS = Counter("flowforge_model_calls", "Recorded model calls, by model and whether their price is known.", ("model", "price"))

ACTIVE_RUNS = Gauge("flowforge_active_runs", "Runs leased by the workers in this process.")
OLDEST_LEASE = Gauge("flowforge_oldest_lease_age_seconds", "How long this process has held the lease that it took first.", max)
BEAT_AGE = Gauge("flowforge_own_heartbeat_age_seconds", "Since the last acknowledged heartbeat of this process.", max)
UNFLUSHED = Gauge("flowforge_unflushed_changes", "Changes that wait for the next flush in this process.")
LOOP_LAG = Gauge("flowforge_event_loop_lag_seconds", "How late the event loop was, at worst since the last scrape.", max)

# ── the API ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

REQUESTS = Counter("flowforge_http_requests", "Answered requests, by route, method and status.", ("route", "method", "status"))
REQUEST_SECONDS = Histogram("flowforge_http_request_seconds", "From a request to the begin of its answer, by route.", ("route",), FAST)
FRAMES_SENT = Counter("flowforge_sse_frames_sent", "Stream frames handed to clients.")
STREAMS_OPEN = Gauge("flowforge_sse_clients", "Live streams that are open in this process.")

# ── alerts ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

WEBHOOKS_SENT = Counter("flowforge_webhook_deliveries", "Attempts to deliver an outgoing webhook, by outcome.", ("outcome",))
ALERTS_SENT = Counter("flowforge_alert_deliveries", "Attempts to deliver an alert, by kind of channel and outcome.", ("channel", "outcome"))


def series() -> Iterator[Family]:
    """Every family, by name."""
    yield from (FAMILIES[name] for name in sorted(FAMILIES))


@asynccontextmanager
async def watching_the_loop(clock: Clock) -> AsyncIterator[None]:
    """Measure how late this loop is while the context lasts: one wake a second."""
    worst = 0.0

    async def watch() -> None:
        nonlocal worst
        while True:
            begun = clock.monotonic()
            await asyncio.sleep(LAG_SECONDS)
            worst = max(worst, clock.monotonic() - begun - LAG_SECONDS)

    def read() -> float:
        nonlocal worst
        seen, worst = worst, 0.0
        return seen

    task = asyncio.create_task(watch(), name="flowforge-loop-lag")
    withdraw = LOOP_LAG.offer(read)
    try:
        yield
    finally:
        withdraw()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
