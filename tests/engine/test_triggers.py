"""Names, wildcards, lists and filters: which functions an event starts, and why not the others."""

from __future__ import annotations

import pytest

import flowforge
from flowforge.errors import ConfigurationError, NotFound, RegistrationError
from flowforge.orchestrator import matching
from flowforge.orchestrator.event import NewEvent, send_events, store_events
from flowforge.orchestrator.event_view import find_event
from flowforge.orchestrator.expression import Expression
from flowforge.orchestrator.matching import Listeners
from flowforge.orchestrator.publish import list_functions, publish_functions
from flowforge.orchestrator.registry import Registry
from flowforge.orchestrator.trigger import Trigger, read_triggers

LARGE = "event.data.total > 1000"


def published(**triggers) -> list[dict[str, object]]:
    """Triggers as the dispatcher reads them."""
    return [
        {"function_id": function_id, "pattern": trigger.of(function_id).pattern, "condition": trigger.if_}
        for function_id, given in triggers.items()
        for trigger in read_triggers(given)
    ]


def decided(name: str, data: object, **triggers) -> dict[str, str]:
    decisions = Listeners(published(**triggers)).decide(name, lambda: {"event": {"name": name, "data": data}})
    return {one.function_id: one.outcome if one.reason is None else f"{one.outcome}: {one.reason}" for one in decisions}


def test_names_wildcards_and_lists_match():
    triggers = {"exact": "order/created", "wild": "order/*", "all": "*", "listed": ["mail/sent", "order/created"], "other": "mail/*"}
    assert decided("order/created", {}, **triggers) == dict.fromkeys(["exact", "wild", "all", "listed"], "matched")


def test_a_filter_decides_and_says_why_not():
    triggers = {"large": flowforge.on("order/*", if_=LARGE), "any": "order/created"}
    assert decided("order/created", {"total": 1500}, **triggers) == {"large": "matched", "any": "matched"}
    assert decided("order/created", {"total": 10}, **triggers)["large"] == f"filtered: the filter {LARGE} is false"
    assert decided("order/created", {}, **triggers)["large"] == f"filter_failed: the filter {LARGE} failed: there is no 'total'"
    assert decided("order/created", {"total": "1500"}, **triggers)["large"].startswith(f"filter_failed: the filter {LARGE} failed: ")
    assert decided("mail/sent", {"total": 1500}, **triggers) == {}


def test_two_filters_on_one_name_are_either_or_and_one_run():
    triggers = {"f": [flowforge.on("order/created", if_=LARGE), flowforge.on("order/created", if_='event.data.vip == "yes"')]}
    assert decided("order/created", {"total": 1, "vip": "yes"}, **triggers) == {"f": "matched"}
    assert decided("order/created", {"total": 1500, "vip": "yes"}, **triggers) == {"f": "matched"}
    assert decided("order/created", {"total": 1, "vip": "no"}, **triggers)["f"] == (
        f'filtered: the filter {LARGE} is false; the filter event.data.vip == "yes" is false'
    )


def test_a_filter_may_ask_for_the_name():
    assert decided("order/paid", {}, f=flowforge.on("order/*", if_='event.name.endsWith("paid")')) == {"f": "matched"}


def test_a_filter_is_compiled_once_and_evaluated_only_where_the_name_fits(monkeypatch):
    asked = []
    holds = Expression.holds
    monkeypatch.setattr(Expression, "holds", lambda self, facts: asked.append(self.text) or holds(self, facts))
    listeners = Listeners(published(a=flowforge.on("x", if_="event.data.n == 1"), b=flowforge.on("y/*", if_="event.data.n == 2")))
    for _ in range(3):
        listeners.decide("x", lambda: {"event": {"data": {"n": 1}}})
    assert asked == ["event.data.n == 1"] * 3
    assert matching.compiled("event.data.n == 1") is matching.compiled("event.data.n == 1")


def test_a_filter_may_ask_whether_a_field_is_there():
    filters = {"f": flowforge.on("x", if_='has(event.data.country) && event.data.country == "NO"')}
    assert decided("x", {}, **filters)["f"].startswith("filtered: ")
    assert decided("x", {"country": "NO"}, **filters) == {"f": "matched"}


def test_a_text_that_expressions_cannot_hold_fails_the_filter_not_the_event():
    triggers = {"f": flowforge.on("x", if_="event.data.n == 1"), "g": flowforge.on("x", if_="event.data.m == 1"), "any": "x"}
    outcomes = decided("x", {"n": "\ud800", "m": 1}, **triggers)
    assert outcomes["any"] == "matched"
    assert outcomes["f"].startswith("filter_failed: the filter event.data.n == 1 failed: ")


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: flowforge.on("order created"), "a trigger must be an event name"),
        (lambda: flowforge.on("order/created", if_="event.data.total >"), "is not a CEL expression"),
        (lambda: flowforge.on("order/created", if_="total > 1"), "names total; it may name event"),
        (lambda: read_triggers(7), "a trigger must be an event name, flowforge.on"),
        (lambda: read_triggers(["order/created", 7]), "a trigger must be an event name, flowforge.on"),
        (lambda: read_triggers([flowforge.cron("0 3 * * *"), flowforge.cron("0  3 * * *", overlap="skip")]), "have the same times"),
    ],
)
def test_what_cannot_be_a_trigger_is_refused_by_name(make, sentence):
    with pytest.raises(RegistrationError) as refused:
        make()
    assert sentence in str(refused.value)
    assert isinstance(refused.value, ConfigurationError)


def test_anything_that_says_which_triggers_it_is_can_be_a_trigger():
    class Webhook:
        def as_triggers(self):
            return [Trigger("stripe/*", source="webhook"), "stripe/sent"]

    assert [str(trigger) for trigger in read_triggers([Webhook(), "order/created", flowforge.on("order/created", LARGE)])] == [
        "webhook stripe/*",
        "stripe/sent",
        "order/created",
        f"order/created if {LARGE}",
    ]
    assert [str(t) for t in read_triggers(flowforge.cron("0 3 * * *", tz="Europe/Oslo"))] == ["cron 0 3 * * * Europe/Oslo"]


# ── in the database ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def publish(engine):
    """Publish functions by id and triggers in place of what was published before."""

    async def publish_them(**triggers):
        engine.registry = Registry()
        for function_id, trigger in triggers.items():

            @engine.registry.function(id=function_id, trigger=trigger)
            async def function(ctx): ...

        await publish_functions(engine.database.pool, engine.registry, app="app")

    return publish_them


async def started(engine, name, data=None) -> list[str]:
    (accepted,) = await send_events(engine.database, engine.tenant_id, [NewEvent(name, data)])
    return sorted([(await engine.run(run_id)).function for run_id in accepted.run_ids])


async def why(engine, event_id, **options):
    view = await find_event(engine.database.pool, engine.tenant_id, event_id.hex, **options)
    return {one.function: (one.outcome, one.reason) for one in view.functions}


async def test_the_database_offers_only_triggers_that_could_fit_and_the_right_ones_run(engine, publish):
    await publish(
        exact="order/created", wild="order/*", middle="or*/cre*", all="*", far="mail/*", longer="order/created/now*",
        filtered=flowforge.on("order/created", LARGE), large=flowforge.on("order/*", "event.data.total > 1"), quoted="order_*",
    )  # fmt: skip
    rows = await matching_rows(engine, "order/created")
    assert {row["function_id"] for row in rows} == {"exact", "wild", "middle", "all", "filtered", "large"}
    assert await started(engine, "order/created", {"total": 5}) == ["all", "exact", "large", "middle", "wild"]


async def test_patterns_with_long_beginnings_are_found_too(engine, publish):
    beginning = "a-department-with-a-very-long-name/and-a-part/"
    await publish(fits=f"{beginning}*", other=f"{beginning}other/*")
    assert await started(engine, f"{beginning}done") == ["fits"]


async def matching_rows(engine, name):
    from flowforge.orchestrator.event import sql

    rows = await sql.match_candidates.fetch(
        engine.database.pool, tenant_ids=[engine.tenant_id], names=[name], stems=matching.stems_of([name])
    )
    return [row for row in rows if row["what"] == "trigger"]


async def test_events_sent_together_start_each_its_own(engine, publish):
    await publish(small=flowforge.on("n", "event.data.n < 2"), big=flowforge.on("n", "event.data.n >= 2"), other="m")
    sent = await send_events(engine.database, engine.tenant_id, [NewEvent("n", {"n": n}) for n in range(4)] + [NewEvent("m", 1)])
    assert [(await engine.run(event.run_ids[0])).function for event in sent] == ["small", "small", "big", "big", "other"]


async def test_a_changed_filter_takes_effect_with_its_publication(engine, publish):
    await publish(f=flowforge.on("n", "event.data.n < 2"))
    assert await started(engine, "n", {"n": 1}) == ["f"]
    await publish(f=[flowforge.on("n", "event.data.n > 2"), "m"])
    assert (await started(engine, "n", {"n": 1}), await started(engine, "n", {"n": 3}), await started(engine, "m")) == ([], ["f"], ["f"])
    (function,) = await list_functions(engine.database.pool)
    assert function.triggers == ("n if event.data.n > 2", "m")
    await publish(g="m")
    assert await started(engine, "n", {"n": 3}) == []
    assert await engine.fetchval("select count(*) from flowforge.trigger") == 1


async def test_a_trigger_that_is_published_again_stays_as_old_as_it_is(engine, publish):
    await publish(f=["a", "b"])
    first = await engine.fetchval("select since from flowforge.trigger where pattern = 'b'")
    await engine.advance(60)
    await publish(f=["b", "c"])
    assert await engine.fetchval("select since from flowforge.trigger where pattern = 'b'") == first
    assert await engine.fetchval("select since from flowforge.trigger where pattern = 'c'") > first


async def test_every_function_that_did_not_run_says_why(engine, publish):
    await publish(
        ran="order/created", filtered=flowforge.on("order/created", LARGE), failed=flowforge.on("order/*", "event.data.nothing > 1"),
        near="order/create", far="mail/sent", idle=None,
    )  # fmt: skip
    event_id = (await send_events(engine.database, engine.tenant_id, [NewEvent("order/created", {"total": 1})]))[0].event_id
    near = ("other_name", "it listens to order/create, not to order/created")
    answers = await why(engine, event_id)
    assert answers == {
        "ran": ("ran", None),
        "filtered": ("filtered", f"the filter {LARGE} is false"),
        "failed": ("filter_failed", "the filter event.data.nothing > 1 failed: there is no 'nothing'"),
        "near": near,
    }
    assert await why(engine, event_id, function="near") == {"near": near}
    assert await why(engine, event_id, function="far") == {"far": ("other_name", "it listens to mail/sent, not to order/created")}
    assert await why(engine, event_id, function="idle") == {
        "idle": ("other_name", "it has no trigger: it is started by its id or by step.invoke")
    }
    with pytest.raises(NotFound, match="did you mean filtered"):
        await why(engine, event_id, function="filtred")


async def test_an_event_that_came_before_the_function_says_so(engine, publish):
    event_id = (await send_events(engine.database, engine.tenant_id, [NewEvent("order/created", {"total": 1})]))[0].event_id
    await publish(late="order/created", late_too=flowforge.on("order/created", LARGE))
    answers = await why(engine, event_id)
    assert [outcome for outcome, _ in answers.values()] == ["published_later", "published_later"]
    assert answers["late"][1].endswith("Z, after the event")
    assert answers["late_too"][1].endswith(f"Z, after the event; and the filter {LARGE} is false")


async def test_an_event_that_is_not_matched_yet_says_so(engine, publish):
    await publish(f="order/created")
    (event_id,) = await store_events(engine.database.pool, engine.tenant_id, [NewEvent("order/created", {})])
    assert (await why(engine, event_id))["f"] == ("pending", "the event is stored and has not been matched with triggers yet")


async def test_a_run_that_is_gone_is_no_run(engine, publish):
    await publish(f="order/created")
    event_id = (await send_events(engine.database, engine.tenant_id, [NewEvent("order/created", {})]))[0].event_id
    await engine.database.pool.execute("delete from flowforge.run")
    assert (await why(engine, event_id))["f"][0] == "no_run"


async def test_an_event_that_nobody_listens_to_says_so(engine, publish):
    await publish(f="order/created", g="mail/sent")
    (sent,) = await send_events(engine.database, engine.tenant_id, [NewEvent("order/creatd", {})])
    view = await find_event(engine.database.pool, engine.tenant_id, sent.event_id.hex)
    assert view.reason == "no published function listens to order/creatd; one listens to order/created"
    assert [(one.function, one.outcome) for one in view.functions] == [("f", "other_name")]


async def test_what_flow_control_did_is_said_too(engine):
    @engine.function(id="once", trigger="order/*", idempotency="event.data.id")
    async def once(ctx): ...

    @engine.function(id="quiet", trigger="order/*", debounce="10s")
    async def quiet(ctx): ...

    first = await engine.send("order/created", {"id": 1})
    second = await engine.send("order/created", {"id": 1})
    joined = (await why(engine, first.event_id))["quiet"]
    assert joined[0] == "flow_control"
    assert joined[1].endswith(": a later event took its place before the run began")
    run_id = (await find_event(engine.database.pool, engine.tenant_id, first.event_id.hex, function="once")).functions[0].runs[0]
    view = await find_event(engine.database.pool, engine.tenant_id, second.event_id.hex, function="once")
    (answer,) = view.functions
    assert (answer.outcome, answer.runs) == ("flow_control", [run_id])
    assert answer.reason.startswith(f"{run_id} did this already: ")
