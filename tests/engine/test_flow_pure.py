"""The pure decisions of flow control, under whatever comes: admission through gates, paces, what becomes of events, shares."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from flowforge.ids import DEFAULT_TENANT
from flowforge.orchestrator.flow.admission import Candidate, Gate, admit
from flowforge.orchestrator.flow.control import Batch, Debounce, FlowControl, Idempotency, Rate, Singleton
from flowforge.orchestrator.flow.gcra import Pace
from flowforge.orchestrator.flow.intake import Incoming, KeyState, keys_of, take_in
from flowforge.orchestrator.flow.share import UNIT, Share

LIMITS = [UUID(int=n) for n in range(1, 5)]
START = datetime(2026, 1, 1, tzinfo=UTC)


class Admission(RuleBasedStateMachine):
    """Runs come to gates, are admitted, and leave; capacities change. One limit is a throttle."""

    def __init__(self):
        super().__init__()
        self.now = 0.0
        self.capacity = dict.fromkeys(LIMITS[:3], 2)
        self.pace = Pace.of(1, 10.0, burst=2)
        self.tat = None
        self.waiting: dict[UUID, Candidate] = {}
        self.running: dict[UUID, Candidate] = {}
        self.starts: list[float] = []
        self.count = 0

    @rule(limits=st.lists(st.sampled_from(LIMITS), min_size=1, max_size=4, unique=True), gate=st.integers(0, 3))
    def comes(self, limits, gate):
        self.count += 1
        run_id = UUID(int=1000 + self.count)
        self.waiting[run_id] = Candidate(DEFAULT_TENANT, run_id, self.count, limits[gate % len(limits)], tuple(limits), True)

    @rule(seconds=st.floats(0, 30))
    def time_passes(self, seconds):
        self.now += seconds

    @rule(limit=st.sampled_from(LIMITS[:3]), capacity=st.integers(0, 4))
    def an_operator_changes_a_limit(self, limit, capacity):
        self.capacity[limit] = capacity

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def one_ends(self, data):
        del self.running[data.draw(st.sampled_from(sorted(self.running)))]

    @rule(room=st.integers(0, 5), looked_at=st.sets(st.sampled_from(LIMITS), min_size=1))
    def a_worker_looks(self, room, looked_at):
        candidates = [one for one in self.waiting.values() if one.gate_id in looked_at]
        gates = self.gates()
        decision = admit(candidates, gates, room, self.now)
        assert len(decision.admitted) <= room
        for one in decision.admitted:
            self.running[one.run_id] = self.waiting.pop(one.run_id)
            if LIMITS[3] in one.limits:
                self.starts.append(self.now)
        for one, gate in decision.moved:
            assert gate in one.limits
            self.waiting[one.run_id] = Candidate(one.tenant_id, one.run_id, one.vt, gate, one.limits, one.starts)
        self.tat = gates[LIMITS[3]].tat
        if len(decision.admitted) < room and looked_at == set(LIMITS):
            self.nobody_was_forgotten()

    def gates(self):
        used = {limit: sum(limit in one.limits for one in self.running.values()) for limit in LIMITS[:3]}
        gates = {limit: Gate(limit, self.capacity[limit], used[limit]) for limit in LIMITS[:3]}
        return {**gates, LIMITS[3]: Gate(LIMITS[3], pace=self.pace, tat=self.tat)}

    def nobody_was_forgotten(self):
        """Whoever still waits stands at a gate that is closed: that one's release, or its time, will be told."""
        gates = self.gates()
        for one in self.waiting.values():
            assert not gates[one.gate_id].lets_in(True, self.now)

    @invariant()
    def no_start_is_too_early(self):
        for first in range(len(self.starts)):
            for last in range(first, len(self.starts)):
                stretch = self.starts[last] - self.starts[first]
                assert last - first + 1 <= 2 + stretch / 10.0 + 1e-6


class Admissions(Admission):
    @rule(room=st.integers(1, 5))
    def admission_never_overfills(self, room):
        gates = self.gates()
        before = {limit: gates[limit].used for limit in LIMITS[:3]}
        admit(list(self.waiting.values()), gates, room, self.now)
        for limit in LIMITS[:3]:
            assert gates[limit].used <= max(before[limit], self.capacity[limit])


TestAdmission = Admissions.TestCase
TestAdmission.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)


@given(
    limit=st.integers(1, 20),
    burst=st.integers(1, 10),
    gaps=st.lists(st.floats(0, 5), min_size=1, max_size=80),
)
@settings(max_examples=50, deadline=None)
def test_a_pace_lets_no_more_through_than_its_burst_and_its_rate(limit, burst, gaps):
    pace, now, tat, let = Pace.of(limit, 10.0, burst), 0.0, None, []
    for gap in gaps:
        now += gap
        if pace.allows_at(tat) <= now:
            tat = pace.after(tat, now)
            let.append(now)
    for first in range(len(let)):
        for last in range(first, len(let)):
            assert last - first + 1 <= burst + (let[last] - let[first]) / pace.interval + 1e-6


# ── what becomes of events ───────────────────────────────────────────────────────────────────────────────────────────────

FLOWS = {
    "plain": FlowControl(),
    "idempotency": FlowControl(idempotency=Idempotency(key="event.data.k", window="1m")),
    "rate": FlowControl(rate=Rate(limit=2, period="1m", key="event.data.k")),
    "debounce": FlowControl(debounce=Debounce(period="10s", cap="30s", key="event.data.k")),
    "batch": FlowControl(batch=Batch(size=3, timeout="10s", key="event.data.k")),
    "skip": FlowControl(singleton=Singleton(key="event.data.k")),
    "cancel": FlowControl(singleton=Singleton(mode="cancel", key="event.data.k")),
    "idempotency and batch": FlowControl(idempotency=Idempotency(key="event.data.n"), batch=Batch(size=3, timeout="10s")),
    "rate and debounce": FlowControl(rate=Rate(limit=2, period="1m"), debounce=Debounce(period="10s")),
}


def incoming(number: int, key: int, at: float, flow: FlowControl) -> Incoming:
    data = {"k": key, "n": number}
    event_id, when = UUID(int=5000 + number), START + timedelta(seconds=at)
    return Incoming(DEFAULT_TENANT, event_id, "e", when, {"event": {"data": data}}, f'{{"n": {number}}}', "f", None, flow)


@given(
    which=st.sampled_from(sorted(FLOWS)),
    arrivals=st.lists(st.lists(st.tuples(st.integers(0, 2), st.floats(0, 20)), min_size=1, max_size=6), min_size=1, max_size=8),
    ends=st.lists(st.booleans(), min_size=60, max_size=60),
)
@settings(max_examples=50, deadline=None)
def test_every_event_has_one_fate_whatever_comes_together(which, arrivals, ends):
    """Events come in lots; between them runs that gather begin, runs end. Each event starts a run, joins one, or is told why not."""
    flow, now, number = FLOWS[which], 0.0, 0
    states: dict = {}
    begins: dict[UUID, float] = {}
    accounted: dict[int, int] = {}
    for place, lot in enumerate(arrivals):
        events = []
        for key, gap in lot:
            now += gap
            events.append(incoming(number, key, now, flow))
            number += 1
        for state in states.values():
            if state.gathering and state.run_id in begins and begins[state.run_id] <= now:
                state.gathering = False
            if state.open and not state.gathering and ends[place]:
                state.open = False
        for event in events:
            for name in keys_of(event).values():
                states.setdefault(name, KeyState())
        plan = take_in(events, states, now)
        for run in plan.runs.values():
            if run.due_seconds is not None:
                begins[run.run_id] = now + run.due_seconds
            texts = run.batch if run.batch is not None else [run.event.shown]
            for text in texts:
                count(accounted, text)
            assert run.skipped is None or run.parked_for is None
        for join in plan.joins.values():
            for text in join.appended:
                count(accounted, text)
            if join.event is not None:
                count(accounted, join.event.shown)
            if join.due_seconds is not None:
                begins[join.run_id] = now + join.due_seconds
        told = {fate.event_id.int - 5000 for fate in plan.fates if fate.fate in {"duplicate", "joined"}}
        for event in events:
            n = event.event_id.int - 5000
            assert accounted.get(n, 0) == 1 or (n in told and accounted.get(n, 0) <= 1), f"{n} of {which}"
            assert n in told or accounted.get(n) == 1


def count(accounted: dict[int, int], text: str) -> None:
    n = int(text.removeprefix('{"n": ').removesuffix("}"))
    accounted[n] = accounted.get(n, 0) + 1


# ── shares ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5 * UNIT)), min_size=1, max_size=200))
@settings(max_examples=50, deadline=None)
def test_a_tenants_children_stand_one_behind_the_other_and_never_before_v(moves):
    share, last, tenants = Share(), {}, [UUID(int=n + 1) for n in range(4)]
    for who, leased in moves:
        share.leased(leased)
        vt = share.next(tenants[who])
        assert vt >= share.virtual + UNIT and vt >= last.get(who, 0) + UNIT
        last[who] = vt


def test_v_is_published_when_it_has_moved_and_not_too_often():
    share = Share()
    assert share.to_publish(0.0) is None
    share.leased(5)
    assert share.to_publish(0.0) == 5
    share.leased(7)
    assert share.to_publish(0.05) is None and share.to_publish(0.2) == 7 and share.to_publish(9.0) is None
