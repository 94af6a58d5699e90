"""The parts of the scheduler that decide without a database, against models of them that are too slow or too plain to use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from flowforge.errors import NonRetryable, RetryAfter
from flowforge.orchestrator.retry import Backoff, next_delay
from flowforge.orchestrator.timers import MAX_ALARM_SECONDS, Timers
from flowforge.orchestrator.worker.sweeper import DEAD_SECONDS, VANISHED_SECONDS, DeathWatch

settings.register_profile("flowforge", derandomize=True, database=None, deadline=None, max_examples=60, stateful_step_count=40)
settings.load_profile("flowforge")

WORKERS = [UUID(int=n) for n in range(3)]
workers = st.sampled_from(WORKERS)


# ── who is dead ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Deaths(RuleBasedStateMachine):
    """One sweeper looks at workers that beat, freeze, lose their connections, come and go, over a database that comes and goes."""

    def __init__(self) -> None:
        super().__init__()
        self.watch = DeathWatch()
        self.now, self.server = 0.0, "server/1"
        self.beats = dict.fromkeys(WORKERS, 0)
        self.connected = dict.fromkeys(WORKERS, True)
        self.there = set(WORKERS)
        self.looks: list[tuple[float, dict[UUID, tuple[int, bool]]]] = []  # since the last interruption

    @rule(worker=workers)
    def beat(self, worker: UUID) -> None:
        self.beats[worker] += 1

    @rule(worker=workers, connected=st.booleans())
    def connect_or_cut(self, worker: UUID, connected: bool) -> None:
        self.connected[worker] = connected

    @rule(worker=workers)
    def come_or_go(self, worker: UUID) -> None:
        self.there ^= {worker}

    @rule()
    def outage(self) -> None:
        self.watch.interrupted()
        self.looks.clear()

    @rule()
    def failover(self) -> None:
        self.server += "'"
        self.looks.clear()

    @rule(seconds=st.sampled_from([0.5, 1.0, 1.0, 1.0, 2.0, 3.0, 7.0, 15.0]))
    def look(self, seconds: float) -> None:
        self.now += seconds
        seen = {worker: (self.beats[worker], self.connected[worker]) for worker in self.there}
        self.looks.append((self.now, seen))
        found = self.watch.look(self.now, self.server, seen)
        assert set(found) == {(worker, self.beats[worker]) for worker in self.there if self.is_dead(worker)}

    def is_dead(self, worker: UUID) -> bool:
        """Unchanged for so long, over looks without a gap; for less, when over all of those its backend was gone too."""
        unchanged: list[tuple[float, bool]] = []
        for at, seen in reversed(self.looks):
            if worker not in seen or seen[worker][0] != self.beats[worker]:
                break
            unchanged.append((at, seen[worker][1]))
        if len(unchanged) < 2:
            return False
        gone = 0
        while gone < len(unchanged) and not unchanged[gone][1]:
            gone += 1
        vanished = gone > 0 and self.now - unchanged[gone - 1][0] >= VANISHED_SECONDS
        return vanished or self.now - unchanged[-1][0] >= DEAD_SECONDS


TestDeaths = Deaths.TestCase


# ── when timers ring ────────────────────────────────────────────────────────────────────────────────────────────────────


class Alarm:
    def __init__(self, at: float, act: Callable[[], None]) -> None:
        self.at, self.act, self.cancelled = at, act, False

    def cancel(self) -> None:
        self.cancelled = True


class World:
    """An execution and its loop, as far as its timers see them. The loop may run late, as loops do, and never early."""

    over, door_open, reaching = False, True, False

    def __init__(self) -> None:
        self.now, self.alarms = 0.0, list[Alarm]()
        self.loop: Any = self
        self.moves = 0

    def call_later(self, seconds: float, act: Callable[[], None]) -> Alarm:
        self.alarms.append(Alarm(self.now + seconds, act))
        return self.alarms[-1]

    def database_now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.now)

    def moved(self) -> None:
        self.moves += 1

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        while ready := [alarm for alarm in self.alarms if not alarm.cancelled and alarm.at <= self.now]:
            first = min(ready, key=lambda alarm: alarm.at)
            self.alarms.remove(first)
            first.act()


class Clocks(RuleBasedStateMachine):
    """Timers are held, moved, released, and time passes, also more than an alarm may be set for."""

    @initialize()
    def begin(self) -> None:
        self.world = World()
        self.timers = Timers(self.world)  # type: ignore[arg-type]
        self.due: dict[str, float] = {}
        self.rang: list[str] = []

    @rule(key=st.sampled_from("abcd"), seconds=st.sampled_from([-5.0, 0.0, 0.01, 1.0, 30.0, MAX_ALARM_SECONDS, 9 * MAX_ALARM_SECONDS]))
    def hold(self, key: str, seconds: float) -> None:
        self.due[key] = self.world.now + seconds
        self.timers.hold(key, self.world.database_now() + timedelta(seconds=seconds), lambda: self.ring(key))

    def ring(self, key: str) -> None:
        assert self.due.pop(key) <= self.world.now + 1e-6, "early"
        self.rang.append(key)

    @rule(key=st.sampled_from("abcd"))
    def release(self, key: str) -> None:
        self.timers.release(key)
        self.due.pop(key, None)

    @rule(seconds=st.sampled_from([0.0, 0.02, 1.0, 45.0, MAX_ALARM_SECONDS]))
    def pass_time(self, seconds: float) -> None:
        self.world.pass_time(seconds)
        assert all(due > self.world.now for due in self.due.values()), "late"

    @precondition(lambda self: self.due)
    @rule()
    def stop(self) -> None:
        self.timers.stop()
        self.due.clear()
        self.world.pass_time(20 * MAX_ALARM_SECONDS)

    @invariant()
    def knows_what_is_next(self) -> None:
        if not hasattr(self, "timers"):
            return
        assert len(self.timers) == len(self.due)
        wanted = min(self.due.values(), default=None)
        found = self.timers.next_due
        assert (found is None) == (wanted is None)
        if found is not None and wanted is not None:
            assert abs((found - self.world.database_now()).total_seconds() - (wanted - self.world.now)) < 1e-3


TestClocks = Clocks.TestCase


# ── when a step is tried again ──────────────────────────────────────────────────────────────────────────────────────────

chances = st.floats(0, 1, exclude_max=True)
backoffs = st.builds(lambda base, cap, chance: Backoff(base, cap, lambda: chance), st.floats(0.001, 10), st.floats(0.001, 3600), chances)


@given(backoff=backoffs, attempt=st.integers(1, 10_000))
def test_a_delay_lies_between_nothing_and_the_exponential_and_the_cap(backoff, attempt):
    delay = backoff.delay_seconds(attempt)
    assert 0 <= delay <= backoff.cap_seconds
    assert delay <= backoff.base_seconds * 2.0 ** min(attempt - 1, 1000)


class Asks(Exception):
    def __init__(self, retry_after: object = None, retryable: object = True) -> None:
        self.retry_after, self.retryable = retry_after, retryable


failures = st.one_of(
    st.just(ValueError("no")),
    st.builds(NonRetryable, st.just("never")),
    st.builds(RetryAfter, st.floats(0, 1e6)),
    st.builds(Asks, st.one_of(st.none(), st.booleans(), st.floats(-10, 1e6), st.just("soon")), st.sampled_from([True, False, None])),
)


@given(errors=st.lists(failures, min_size=1, max_size=30), retries=st.integers(0, 20), backoff=backoffs)
def test_a_step_is_tried_once_more_than_it_has_retries_and_never_after_what_is_final(errors, retries, backoff):
    attempt = 0
    for attempt, error in enumerate(errors, 1):
        delay = next_delay(error, attempt, retries, backoff)
        final = isinstance(error, NonRetryable) or getattr(error, "retryable", True) is False
        assert (delay is None) == (final or attempt > retries)
        if delay is None:
            break
        assert delay >= 0
        if isinstance(error, RetryAfter):
            assert delay == error.seconds
    assert attempt <= retries + 1
