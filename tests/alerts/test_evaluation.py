"""Alerts open once, stay quiet, are told again, and resolve."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.alerts.channel import delete_channel
from flowforge.alerts.evaluation import evaluate
from flowforge.alerts.finding import KINDS, sql
from flowforge.alerts.rule import delete_rule, list_rules
from flowforge.alerts.watch import look, watching
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.orchestrator.models.budget import Measure, Terms, create_budget, raise_budget


async def test_failures_over_the_threshold_open_one_alert_and_tell_once(alerts, receiver):
    await alerts.rule(threshold=3, window_seconds=600)
    await alerts.fail(2)
    await alerts.round()
    assert await alerts.all() == [] and receiver.told == []

    await alerts.fail()
    for _ in range(3):
        await alerts.round()

    (alert,) = await alerts.all()
    assert (alert.subject, alert.value, alert.count, alert.resolved_at) == ("order.ship", 3, 3, None)
    assert alert.summary == "3 runs of order.ship failed within 10 m"
    assert receiver.told == ["opened"]
    (request,) = receiver.requests
    assert request.json["data"]["rule"] == "watch" and request.json["data"]["alert"] == ids.show("alt", alert.alert_id)


async def test_each_function_is_a_matter_of_its_own_unless_the_rule_names_one(alerts, receiver):
    await alerts.rule(name="any")
    await alerts.rule(name="one", function_id="order.pack")
    await alerts.fail(1, "order.ship")
    await alerts.fail(2, "order.pack")
    await alerts.round()
    assert sorted((alert.rule, alert.subject) for alert in await alerts.all()) == [
        ("any", "order.pack"),
        ("any", "order.ship"),
        ("one", "order.pack"),
    ]


async def test_what_stays_wrong_is_told_again_after_the_quiet_time_and_not_before(alerts, receiver):
    await alerts.rule(window_seconds=86400, quiet_seconds=3600)
    await alerts.fail()
    await alerts.round()
    await alerts.advance(3500)
    await alerts.round()
    assert receiver.told == ["opened"]
    await alerts.advance(200)
    await alerts.round()
    await alerts.round()
    assert receiver.told == ["opened", "continues"]


async def test_what_is_right_again_is_told_once(alerts, receiver):
    await alerts.rule(window_seconds=600)
    await alerts.fail()
    await alerts.round()
    await alerts.advance(601)
    await alerts.round()
    await alerts.round()
    assert receiver.told == ["opened", "resolved"]
    (alert,) = await alerts.all(open=False)
    assert alert.resolved_at is not None and await alerts.all(open=True) == []
    assert receiver.requests[1].json["data"]["resolved_at"] is not None


async def test_what_comes_and_goes_is_not_told_each_time(alerts, receiver):
    await alerts.rule(window_seconds=60, quiet_seconds=3600)
    for _ in range(5):
        await alerts.fail()
        await alerts.round()
        await alerts.advance(61)
        await alerts.round()
    assert receiver.told == ["opened", "resolved"]
    assert len(await alerts.all()) == 5

    await alerts.advance(3600)
    await alerts.fail()
    await alerts.round()
    assert receiver.told == ["opened", "resolved", "opened"]


async def test_a_queue_that_stands_still_is_found_by_its_oldest_run(alerts, receiver, database, tenant_id):
    await alerts.rule("stalled_queue", window_seconds=300)
    run = ids.new_id()
    await database.pool.execute(
        "insert into flowforge.run (tenant_id, run_id, function_id, event_name, input, received_at, created_at)"
        " values ($1, $2, 'order.ship', 'a/b', '{}', now(), flowforge.now())",
        tenant_id, run,
    )  # fmt: skip
    await database.pool.execute(
        "insert into flowforge.owner (tenant_id, run_id, function_id, state, vt) values ($1, $2, 'order.ship', 'r', 1)", tenant_id, run
    )
    await alerts.round()
    assert receiver.told == []
    await alerts.advance(320)
    await alerts.round()
    assert receiver.requests[0].json["data"]["summary"].startswith("a run of order.ship has been ready for 5 m 20 s")

    await database.pool.execute("update flowforge.owner set state = 'l', fence = 1 where run_id = $1", run)
    await alerts.round()
    assert receiver.told == ["opened", "resolved"]


async def test_approvals_that_wait_too_long_are_told_one_by_one(alerts, receiver, database, tenant_id):
    await alerts.rule("overdue_approval", window_seconds=3600)
    approvals = [ids.new_id(), ids.new_id()]
    for approval in approvals:
        await database.pool.execute(
            "insert into flowforge.approval (tenant_id, approval_id, run_id, step_key, tool, arguments, arguments_hash, effect)"
            " values ($1, $2, $2, 'k', 'issue_refund', '{}', '', 'money')",
            tenant_id, approval,
        )  # fmt: skip
    await alerts.advance(3700)
    await alerts.round()
    assert sorted(request.json["data"]["subject"] for request in receiver.requests) == [ids.show("apr", approval) for approval in approvals]
    assert "issue_refund" in receiver.requests[0].json["data"]["summary"]

    await database.pool.execute("update flowforge.approval set state = 'approved' where approval_id = $1", approvals[0])
    await alerts.round()
    assert receiver.told == ["opened", "opened", "resolved"]


async def test_events_that_nobody_dispatches_are_told(alerts, receiver, database, tenant_id):
    await alerts.rule("undispatched_events", window_seconds=60)
    for _ in range(2):
        await database.pool.execute(
            "insert into flowforge.dispatch (tenant_id, kind, subject_id) values ($1, 'e', $2)", tenant_id, ids.new_id()
        )
    await alerts.advance(90)
    await alerts.round()
    assert receiver.requests[0].json["data"]["summary"] == "2 stored events are not dispatched, the oldest for 1 m 30 s"


async def test_a_budget_that_comes_to_its_threshold_is_told(alerts, receiver, database, tenant_id):
    person = Principal(tenant_id, "person", "maya")
    made = await create_budget(database, person, "all", Measure("tenant", "usd", "day"), Terms(Decimal(100), over="ask"))
    await alerts.rule("used_budget")
    spend = "insert into flowforge.spend (tenant_id, budget_id, subject, window_start, used, warned_by) values ($1, $2, '', $3, 79, $2)"
    await database.pool.execute(spend, tenant_id, made.budget_id, made.window_start)
    await alerts.round()
    assert receiver.told == []

    await database.pool.execute("update flowforge.spend set reserved = 3")
    await alerts.round()
    assert receiver.requests[0].json["data"]["summary"] == "82% of the budget all is used"
    await raise_budget(database, person, made.budget_id, Decimal(50))
    await alerts.round()
    assert receiver.told == ["opened", "resolved"]


async def test_another_tenants_trouble_is_not_ours(alerts, receiver, database):
    await alerts.rule()
    await database.pool.execute(
        "insert into flowforge.failure (tenant_id, ended_at, run_id, function_id) values ($1, now(), $1, 'f')", ids.new_id()
    )
    await alerts.round()
    assert receiver.told == []


async def test_only_one_evaluates_at_a_time_and_not_too_often(alerts, database):
    await alerts.rule()
    done = await asyncio.gather(*(evaluate(database, every_seconds=60) for _ in range(6)))
    assert sorted(done) == [False] * 5 + [True]
    assert not await evaluate(database, every_seconds=60)

    async with database.pool.acquire() as other, other.transaction():
        await other.fetch("select from flowforge.alert_watch for update")
        assert not await evaluate(database, every_seconds=0)
    assert await evaluate(database, every_seconds=0)


async def test_without_rules_and_messages_a_look_is_one_statement(alerts, database, monkeypatch):
    await look(database)  # tidies, which it does once an hour
    seen = []
    pool = database.pool

    class Watched:
        def __getattr__(self, name):
            seen.append(name)
            return getattr(pool, name)

    monkeypatch.setattr(database, "pool", Watched())
    assert await look(database) == 15.0
    assert seen == ["fetchrow"]


async def test_the_watch_evaluates_and_delivers_by_itself(alerts, receiver, database):
    await alerts.rule()
    await alerts.fail()
    async with watching(database, every_seconds=0.02), asyncio.timeout(10):
        while not receiver.told:
            await asyncio.sleep(0.01)
    assert receiver.told == ["opened"]


async def test_old_alerts_are_dropped(alerts, database):
    await alerts.rule(window_seconds=60)
    await alerts.fail()
    await alerts.round()
    await alerts.advance(61)
    await alerts.round()
    await alerts.advance(31 * 86400)
    await database.pool.execute("update flowforge.alert_watch set tidied_at = '-infinity'")
    await look(database, every_seconds=3600)
    count = database.pool.fetchval
    assert await count("select count(*) from flowforge.alert where resolved_at is not null") == 0
    assert await count("select count(*) from flowforge.alert_delivery") == 0


# ── rules and channels ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("options", "pointer"),
    [
        ({"kind": "failed_rums"}, "/kind"),
        ({"channels": ("nobody",)}, "/channels/0"),
        ({"channels": ()}, "/channels"),
        ({"channels": ("hook", "hook")}, "/channels"),
        ({"kind": "overdue_approval", "function_id": "f"}, "/function"),
        ({"kind": "stalled_queue", "threshold": 2}, "/threshold"),
        ({"window_seconds": 8 * 86400.0}, "/window"),
        ({"quiet_seconds": 0.0}, "/quiet"),
        ({"name": "Not A Name"}, "/name"),
    ],
)
async def test_a_rule_that_cannot_work_is_refused(alerts, options, pointer):
    with pytest.raises(InvalidInput) as refused:
        await alerts.rule(**options)
    assert refused.value.pointer == pointer


async def test_a_deleted_rule_closes_its_alerts_and_tells_nobody(alerts, receiver, database):
    await alerts.rule()
    await alerts.fail()
    await alerts.round()
    await delete_rule(database, alerts.principal, "watch")
    await alerts.round()
    assert receiver.told == ["opened"] and await alerts.all(open=True) == []
    with pytest.raises(NotFound):
        await delete_rule(database, alerts.principal, "watch")


async def test_a_channel_that_a_rule_names_stays(alerts, database):
    await alerts.rule()
    with pytest.raises(Conflict, match="used by the rules watch"):
        await delete_channel(database, alerts.principal, "hook")
    await delete_rule(database, alerts.principal, "watch")
    await delete_channel(database, alerts.principal, "hook")


async def test_a_tenant_has_a_bounded_number_of_rules(alerts, monkeypatch):
    monkeypatch.setattr("flowforge.alerts.rule.RULES_MAX", 2)
    await alerts.rule(name="one")
    await alerts.rule(name="two")
    with pytest.raises(Conflict, match="2 alert rules already"):
        await alerts.rule(name="three")
    assert [rule.name for rule in await list_rules(alerts.database, alerts.tenant_id)] == ["one", "two"]


async def test_names_are_given_once(alerts):
    await alerts.rule()
    with pytest.raises(Conflict, match="already"):
        await alerts.rule()


async def test_what_rules_look_for_is_answered_from_indexes(database, tenant_id):
    fill = [
        """insert into flowforge.failure (tenant_id, ended_at, run_id, function_id)
           select $1, now() - n * interval '1 min', gen_random_uuid(), 'f' from generate_series(1, 5000) n""",
        """insert into flowforge.owner (tenant_id, run_id, function_id, state, fence, vt)
           select $1, gen_random_uuid(), 'f', case when n % 50 = 0 then 'r' else 'l' end, n % 50, n from generate_series(1, 5000) n""",
        """insert into flowforge.approval (tenant_id, approval_id, run_id, step_key, tool, arguments, arguments_hash, effect, state)
           select $1, gen_random_uuid(), gen_random_uuid(), 'k', 't', '{}', '', 'money', 'approved' from generate_series(1, 5000) n""",
        """insert into flowforge.budget (tenant_id, budget_id, name, scope, unit, period, amount, warn_at, over)
           select $1, gen_random_uuid(), 'b' || n, 'run', 'usd', 'total', 1, 1, 'fail' from generate_series(1, 5) n""",
        """insert into flowforge.spend (tenant_id, budget_id, subject, window_start)
           select $1, b.budget_id, n::text, 'epoch' from flowforge.budget b, generate_series(1, 5000) n""",
        "insert into flowforge.dispatch select $1, 'r', gen_random_uuid() from generate_series(1, 5000)",
    ]
    for statement in fill:
        await database.pool.execute(statement, tenant_id)
    for table in ("failure", "owner", "approval", "dispatch", "budget", "spend"):
        await database.pool.execute(f"analyze flowforge.{table}")
    values = {"tenant_id": f"'{tenant_id}'", "function_id": "null", "window": "600", "seconds": "600", "threshold": "1", "limit": "100"}
    assert len(KINDS) == 5
    for query, index in (
        (sql.failing_functions, "failure_by_time"),
        (sql.stalled_queue, "owner_unstarted"),
        (sql.overdue_approvals, "approval_by_state"),
        (sql.undispatched_events_of, "dispatch_pkey"),
        (sql.used_budgets, "spend_warned"),
    ):
        text = query.text
        for place, name in reversed(list(enumerate(query.parameters, 1))):
            text = text.replace(f"${place}", values[name])
        plan = "\n".join(row[0] for row in await database.pool.fetch("explain " + text))
        assert index in plan and " on failure" not in plan.replace(f"{index} on failure", ""), plan
        assert "Seq Scan on flowforge" not in plan and "Seq Scan on owner" not in plan and "Seq Scan on approval" not in plan, plan
