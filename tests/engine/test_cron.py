"""Schedules: the right moments, each fired exactly once, late ones as the policy says."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flowforge
from flowforge import step
from flowforge.errors import RegistrationError
from flowforge.orchestrator import firing
from flowforge.orchestrator.event import dispatch_leftovers
from flowforge.orchestrator.firing import decide, fire_schedules
from flowforge.orchestrator.publish import list_functions, publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.schedule import Schedule
from flowforge.orchestrator.stream import read_page

MINUTE = timedelta(minutes=1)
CHANGES = {
    "Europe/Oslo": ["2026-03-29", "2026-10-25"],
    "America/New_York": ["2026-03-08", "2026-11-01"],
    "Australia/Lord_Howe": ["2026-04-05", "2026-10-04"],  # by half an hour
}
ZONES_AND_DAYS = [(zone, day) for zone, days in CHANGES.items() for day in days]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def times(cron: str, zone: str, after: datetime, until: datetime) -> list[datetime]:
    schedule, found = Schedule(cron, zone), []
    while (following := schedule.after(after)) is not None and following <= until:
        found.append(following)
        after = following
    return found


# ── which moments ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("cron", "zone", "day", "expected"),
    [
        ("30 2 * * *", "Europe/Oslo", "2026-03-29", ["2026-03-29T03:00+02:00"]),  # 02:30 does not exist: at the end of the gap
        ("30 2 * * *", "Europe/Oslo", "2026-10-25", ["2026-10-25T02:30+02:00"]),  # 02:30 exists twice: the first time
        ("15,45 2 * * *", "Europe/Oslo", "2026-03-29", ["2026-03-29T03:00+02:00"]),
        ("30 2 * * *", "America/New_York", "2026-03-08", ["2026-03-08T03:00-04:00"]),
        ("30 1 * * *", "America/New_York", "2026-11-01", ["2026-11-01T01:30-04:00"]),
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-04", ["2026-10-04T02:30+11:00"]),
        ("45 1 * * *", "Australia/Lord_Howe", "2026-04-05", ["2026-04-05T01:45+11:00"]),
        ("10 30 2 * * *", "Europe/Oslo", "2026-10-25", ["2026-10-25T02:30:10+02:00"]),
    ],
)
def test_a_fixed_time_runs_once_on_the_day_when_the_clock_changes(cron, zone, day, expected):
    midnight = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone))
    before, after = midnight - MINUTE, (midnight + timedelta(days=1)) - MINUTE
    assert times(cron, zone, before, after) == [at(text) for text in expected]


@pytest.mark.parametrize(
    ("cron", "expected"),
    [("0 9 * * MON-FRI", "2026-01-02"), ("0 9 L * *", "2026-01-31"), ("0 9 LW * *", "2026-01-30"), ("0 9 * * 5#2", "2026-01-09"),
     ("0 9 * * 5L", "2026-01-30"), ("0 9 1 feb *", "2026-02-01")],
)  # fmt: skip
def test_days_are_also_given_by_name_and_place(cron, expected):
    assert Schedule(cron).after(at("2026-01-01T12:00Z")) == at(f"{expected}T09:00Z")


def test_a_schedule_by_elapsed_time_that_is_far_away_is_found_on_the_other_side_of_a_change():
    assert times("*/30 1 1 7 *", "Europe/Oslo", at("2026-01-01T00:00Z"), at("2026-12-31T00:00Z")) == [
        at("2026-07-01T01:00+02:00"),
        at("2026-07-01T01:30+02:00"),
    ]


def test_a_time_that_is_over_does_not_come_again_while_the_clock_shows_its_hour_for_the_second_time():
    schedule = Schedule("30 2 * * *", "Europe/Oslo")
    assert schedule.after(at("2026-10-25T02:10+01:00")) == at("2026-10-26T02:30+01:00")


@pytest.mark.parametrize(("zone", "day"), ZONES_AND_DAYS)
@given(minute=st.sampled_from([1, 7, 15, 20, 30]), hour=st.sampled_from([1, 2, 3, 5]), offset=st.integers(0, 3 * 24 * 60))
@settings(max_examples=15, deadline=None, derandomize=True)
def test_a_schedule_by_elapsed_time_runs_whenever_the_wall_clock_fits(zone, day, minute, hour, offset):
    """Against the plainest reckoning there is: look at the clock every minute."""
    begin = datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(days=1) + offset * MINUTE
    end = begin + timedelta(hours=8)
    shown = [begin + n * MINUTE for n in range(1, 8 * 60 + 1)]
    walls = [(moment, moment.astimezone(ZoneInfo(zone))) for moment in shown]
    expected = [moment for moment, wall in walls if wall.minute % minute == 0 and wall.hour % hour == 0]
    assert times(f"*/{minute} */{hour} * * *", zone, begin, end) == expected


@given(
    cron=st.sampled_from(["30 2 * * *", "0 0 * * *", "*/10 * * * *", "15 1-3 * * 6,0", "0 9 1 * *", "*/20 30 * * * *", "0 12 29 2 *"]),
    zone=st.sampled_from([*CHANGES, "UTC", "Africa/Casablanca", "Pacific/Apia"]),
    begin=st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1)),
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_times_go_forward_and_no_fixed_time_is_left_out(cron, zone, begin):
    schedule, moment = Schedule(cron, zone), begin.replace(tzinfo=UTC)
    for _ in range(5):
        following = schedule.after(moment)
        assert following > moment
        assert schedule.after(following - timedelta(microseconds=1)) == following  # the same time, from wherever one asks
        moment = following


@given(span=st.integers(0, 20_000), limit=st.integers(1, 50))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_the_last_times_of_a_stretch_are_found_without_walking_all_of_it(span, limit):
    schedule, first = Schedule("*/7 * * * *"), at("2026-01-01T00:00Z")
    last = first + span * MINUTE
    assert schedule.between(first, last, limit) == [first, *times("*/7 * * * *", "UTC", first, last)][-limit:]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: flowforge.cron("0 0 30 2 *"), "'0 0 30 2 *' is not a cron schedule"),
        (lambda: flowforge.cron("0 0 31 4,6 *"), "'0 0 31 4,6 *' is not a cron schedule"),
        (lambda: flowforge.cron("61 * * * *"), "'61 * * * *' is not a cron schedule: Bad minute"),
        (lambda: flowforge.cron("daily"), "'daily' is not a cron schedule"),
        (lambda: flowforge.cron("* * * * *", tz="Europe/Olso"), "no time zone 'Europe/Olso'; did you mean Europe/Oslo?"),
        (lambda: flowforge.cron("* * * * *", tz="../etc/passwd"), "no time zone"),
        (lambda: flowforge.cron("* * * * *", catch_up="some"), "catch_up is one of skip, one, all, not 'some'"),
        (lambda: flowforge.cron("* * * * *", overlap="queue"), "overlap is one of allow, skip, wait, not 'queue'"),
        (lambda: flowforge.cron("* * * * *", catch_up="all", overlap="skip"), "contradict each other"),
        (lambda: flowforge.cron("* * * * *", max_catch_up=0), "max_catch_up lies between 1 and 1000, not 0"),
    ],
)
def test_an_impossible_schedule_is_refused_by_name(make, sentence):
    with pytest.raises(RegistrationError) as refused:
        make()
    assert sentence in str(refused.value)


# ── what is due ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def a_row(now: str, **facts):
    row = {
        "now": at(now), "tenant_id": None, "function_id": "f", "cron": "0 * * * *", "zone": "UTC", "catch_up": "one", "overlap": "allow",
        "max_catch_up": 3, "begun_at": at("2026-01-01T00:30Z"), "scheduled_for": at("2026-01-01T01:00Z"), "waiting": False,
        "undispatched": False, "going_on": None,
    }  # fmt: skip
    return {**row, **facts}


def hours(moments) -> list[int]:
    return [moment.hour for moment in moments]


@pytest.mark.parametrize(
    ("catch_up", "now", "fired"),
    [
        ("one", "2026-01-01T01:00:00.7Z", [1]),
        ("skip", "2026-01-01T01:00:00.7Z", [1]),
        ("skip", "2026-01-01T01:00:59Z", [1]),
        ("skip", "2026-01-01T01:20Z", []),  # it was missed
        ("skip", "2026-01-01T05:00:01Z", [5]),  # four were missed, the fifth is on time
        ("one", "2026-01-01T05:20Z", [5]),
        ("all", "2026-01-01T03:20Z", [1, 2, 3]),
        ("all", "2026-01-01T05:20Z", [3, 4, 5]),  # at most three
    ],
)
def test_missed_times_are_made_up_for_as_the_policy_says(catch_up, now, fired):
    move = decide(a_row(now, catch_up=catch_up))
    assert hours(move.fire) == fired
    assert move.scheduled_for == move.due == at(now).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def test_a_new_schedule_begins_at_its_publication():
    move = decide(a_row("2026-01-01T00:30:01Z", scheduled_for=None))
    assert (move.fire, move.due) == ((), at("2026-01-01T01:00Z"))


def test_a_time_right_after_the_publication_is_fired_though_nobody_has_looked_before():
    move = decide(a_row("2026-01-01T01:00:00.4Z", scheduled_for=None))
    assert hours(move.fire) == [1]


def test_waiting_runs_missed_times_one_after_another():
    row = a_row("2026-01-01T03:20Z", catch_up="all", overlap="wait")
    held = decide({**row, "going_on": "run"})
    assert (held.fire, held.waiting, held.scheduled_for) == ((), True, at("2026-01-01T01:00Z"))
    assert held.due - row["now"] == timedelta(seconds=1)
    free = decide({**row, "waiting": True})
    assert (hours(free.fire), free.due) == ([1], at("2026-01-01T02:00Z"))


@pytest.mark.parametrize("catch_up", ["skip", "one"])
def test_one_time_at_most_waits_for_the_end_of_a_run(catch_up):
    held = decide(a_row("2026-01-01T01:00Z", catch_up=catch_up, overlap="wait", going_on="run"))
    assert held.waiting
    free = decide(a_row("2026-01-01T03:20Z", catch_up=catch_up, overlap="wait", waiting=True))
    assert (hours(free.fire), free.due, free.waiting) == ([3], at("2026-01-01T04:00Z"), False)


def test_a_schedule_that_this_machine_cannot_read_stops_no_other():
    move = decide(a_row("2026-01-01T01:00Z", zone="Mars/Olympus_Mons"))
    assert (move.fire, move.scheduled_for) == ((), at("2026-01-01T01:00Z"))
    assert move.due > at("2026-01-01T01:00Z")


# ── fired, exactly once ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def clockwork(engine):
    """Publish a function with these triggers at 00:30 UTC; look, and tell what was fired."""
    clock = SimpleNamespace(engine=engine, gate=asyncio.Event())

    async def set_clock(text):
        await engine.database.pool.execute("update flowforge.clock set skew = $1::timestamptz - now()", at(text))

    async def publish(*triggers, function_id="f"):
        engine.registry = Registry()

        @engine.registry.function(id=function_id, trigger=list(triggers))
        async def function(ctx):
            await step.run("s", clock.gate.wait)
            return ctx.event.data["scheduled_for"]

        await publish_functions(engine.database.pool, engine.registry, app="app")

    async def look(text):
        await set_clock(text)
        while await fire_schedules(engine.database):
            pass
        return await fired()

    async def fired():
        rows = await engine.database.pool.fetch(
            "select data::jsonb->>'scheduled_for' as time, r.state"
            "  from flowforge.event e left join flowforge.run r using (tenant_id, event_id) order by 1"
        )
        return [(row["time"][11:16], row["state"]) for row in rows]

    clock.publish, clock.look, clock.set, clock.fired = publish, look, set_clock, fired
    await set_clock("2030-01-01T00:30Z")
    return clock


async def test_a_schedule_fires_each_of_its_times_once_however_many_look(clockwork):
    await clockwork.publish(flowforge.cron("0 * * * *"))
    assert await clockwork.look("2030-01-01T00:59:59Z") == []
    await clockwork.set("2030-01-01T01:00:00Z")
    await asyncio.gather(*(fire_schedules(clockwork.engine.database) for _ in range(6)))
    assert await clockwork.fired() == [("01:00", "open")]
    assert await clockwork.look("2030-01-01T01:00:30Z") == [("01:00", "open")]
    assert await clockwork.look("2030-01-01T02:00:01Z") == [("01:00", "open"), ("02:00", "open")]


async def test_the_event_says_which_time_it_is_and_goes_to_that_function_alone(clockwork):
    registry = Registry()
    for name, trigger in {"f": flowforge.cron("0 9 * * *", tz="Europe/Oslo"), "g": flowforge.cron("0 10 * * *"), "all": "*"}.items():

        @registry.function(id=name, trigger=trigger)
        async def function(ctx): ...

    await publish_functions(clockwork.engine.database.pool, registry, app="app")
    await clockwork.look("2030-01-01T08:00:01Z")
    (run,) = await clockwork.engine.database.pool.fetch("select function_id, event_name, input from flowforge.run")
    assert (run["function_id"], run["event_name"]) == ("f", "flowforge/cron/f")
    assert run["input"] == '{"scheduled_for":"2030-01-01T08:00:00Z","function":"f","cron":"0 9 * * *","zone":"Europe/Oslo"}'


async def test_two_schedules_of_a_function_that_name_the_same_moment_start_one_run(clockwork):
    await clockwork.publish(flowforge.cron("0 * * * *"), flowforge.cron("0 1 * * *"))
    assert await clockwork.look("2030-01-01T01:00:01Z") == [("01:00", "open")]


async def test_a_schedule_that_is_published_again_is_the_same_one(clockwork):
    await clockwork.publish(flowforge.cron("0 * * * *"))
    await clockwork.set("2030-01-01T01:10Z")  # nobody has looked yet
    await clockwork.publish("x", flowforge.cron("0 * * * *", overlap="skip"))
    assert await clockwork.look("2030-01-01T01:10Z") == [("01:00", "open")]


async def test_a_changed_schedule_takes_effect_at_once_without_firing_the_past(clockwork):
    await clockwork.publish(flowforge.cron("0 * * * *"))
    await clockwork.look("2030-01-01T00:40Z")
    await clockwork.set("2030-01-01T01:20Z")
    await clockwork.publish(flowforge.cron("15 * * * *"))
    assert await clockwork.look("2030-01-01T02:14Z") == []
    assert await clockwork.look("2030-01-01T02:15Z") == [("02:15", "open")]
    await clockwork.publish(flowforge.cron("15 * * * *", tz="Asia/Kolkata"))  # half an hour off the whole
    assert await clockwork.look("2030-01-01T02:45Z") == [("02:15", "open"), ("02:45", "open")]


async def test_a_schedule_of_a_withdrawn_function_stops(clockwork):
    await clockwork.publish(flowforge.cron("0 * * * *"))
    await clockwork.publish(function_id="other")
    assert await clockwork.look("2030-01-01T05:00Z") == []


async def test_an_overlapping_time_is_skipped_visibly_and_names_the_run_that_goes_on(clockwork):
    await clockwork.publish(flowforge.cron("0 * * * *", overlap="skip"))
    await clockwork.look("2030-01-01T01:00Z")
    assert await clockwork.look("2030-01-01T02:00Z") == [("01:00", "open"), ("02:00", "skipped")]
    going_on, skipped = await clockwork.engine.database.pool.fetch("select run_id from flowforge.run order by input")
    run = await clockwork.engine.run(skipped["run_id"])
    assert run.state == "skipped"
    assert run.error["message"] == f"run_{going_on['run_id'].hex} of the time before still goes on"
    assert await clockwork.engine.fetchval("select count(*) from flowforge.owner") == 1
    frames = await read_page(clockwork.engine.database.pool, clockwork.engine.tenant_id, "run", skipped["run_id"], 0)
    assert [frame.name for frame in frames] == ["run.queued", "run.skipped"]
    assert await clockwork.look("2030-01-01T03:00Z") == [("01:00", "open"), ("02:00", "skipped"), ("03:00", "skipped")]
    await clockwork.engine.database.pool.execute("update flowforge.run set state = 'completed' where state = 'open'")
    assert (await clockwork.look("2030-01-01T04:00Z"))[-1] == ("04:00", "open")


async def test_a_time_waits_for_the_end_of_the_run_before_it(clockwork):
    await clockwork.publish(flowforge.cron("0 * * * *", overlap="wait"))
    await clockwork.look("2030-01-01T01:00Z")
    assert await clockwork.look("2030-01-01T02:00Z") == [("01:00", "open")]
    (function,) = await list_functions(clockwork.engine.database.pool)
    assert function.schedules[0].waiting
    await clockwork.engine.database.pool.execute("update flowforge.run set state = 'completed'")
    assert await clockwork.look("2030-01-01T02:30:01Z") == [("01:00", "completed"), ("02:00", "open")]


async def test_the_sweeper_fires_and_the_run_is_executed(clockwork):
    clockwork.gate.set()
    await clockwork.publish(flowforge.cron("0 * * * *"))
    await clockwork.engine.worker()
    await clockwork.set("2030-01-01T00:59:59.7Z")  # and the database's clock goes on from there
    async with asyncio.timeout(10):
        while await clockwork.fired() != [("01:00", "completed")]:
            await asyncio.sleep(0.02)
    late = await clockwork.engine.fetchval("select max(received_at) - '2030-01-01T01:00Z'::timestamptz from flowforge.event")
    assert timedelta(0) <= late < timedelta(seconds=2)


async def test_a_firing_that_was_not_matched_yet_is_matched_by_the_sweeper(clockwork, monkeypatch):
    async def died(*_, **__):
        return []

    monkeypatch.setattr(firing, "dispatch_pending", died)
    await clockwork.publish(flowforge.cron("0 * * * *", overlap="skip"))
    assert await clockwork.look("2030-01-01T01:00Z") == [("01:00", None)]
    assert await clockwork.look("2030-01-01T02:00Z") == [("01:00", None)]  # nobody knows yet whether it goes on: look again
    assert await dispatch_leftovers(clockwork.engine.database, age_seconds=-1) == 1
    assert await clockwork.look("2030-01-01T02:00:02Z") == [("01:00", "open"), ("02:00", "skipped")]
