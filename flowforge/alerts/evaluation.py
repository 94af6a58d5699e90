"""Evaluation: findings become alerts, alerts become deliveries, in one transaction and by one evaluator at a time.

An alert is open for as long as its rule finds its subject. Opening is told, unless the same was told a short while ago; staying open is
told again after each quiet time; going away is told to whoever was told that it had come.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flowforge import ids
from flowforge.alerts.finding import find
from flowforge.alerts.queries import sql
from flowforge.alerts.rule import Rule, rule_of
from flowforge.db.database import Database
from flowforge.db.queries import Connection
from flowforge.orchestrator.notice import give_notice

EVERY_SECONDS = 15.0

log = logging.getLogger("flowforge.alerts")


async def evaluate(database: Database, *, every_seconds: float = EVERY_SECONDS) -> bool:
    """Look at all rules, unless somebody does so right now or has just done it. Returns whether this call did."""
    async with database.pool.acquire() as connection:
        await sql.make_watch.execute(connection)
        async with connection.transaction():
            if await sql.take_watch.fetchval(connection, every=every_seconds) is None:
                return False
            for row in await sql.every_rule.fetch(connection):
                await _apply(connection, rule_of(row))
            await sql.leave_watch.execute(connection)
    return True


async def _apply(connection: Connection, rule: Rule) -> None:
    findings = await find(connection, rule)
    if findings:
        await sql.see_alerts.execute(
            connection,
            tenant_id=rule.tenant_id,
            rule_id=rule.rule_id,
            rule_name=rule.name,
            kind=rule.kind,
            alert_ids=[ids.new_id() for _ in findings],
            subjects=[finding.subject for finding in findings],
            summaries=[finding.summary for finding in findings],
            values=[finding.value for finding in findings],
        )
    subjects = [finding.subject for finding in findings]
    resolved = await sql.resolve_alerts.fetch(connection, tenant_id=rule.tenant_id, rule_id=rule.rule_id, subjects=subjects)
    open_ones = await sql.alerts_to_tell.fetch(connection, tenant_id=rule.tenant_id, rule_id=rule.rule_id, quiet=rule.quiet_seconds)
    told = [(row, "opened" if row["notified"] == 1 else "continues") for row in open_ones]
    told += [(row, "resolved") for row in resolved if row["notified"]]
    if told:
        await _tell(connection, rule, told)


async def _tell(connection: Connection, rule: Rule, told: Iterable[tuple[Any, str]]) -> None:
    rows = [
        (row["alert_id"], ids.new_id(), channel, event, payload)
        for row, event in told
        for payload in (_payload(rule, row, event),)
        for channel in rule.channels
    ]
    alert_ids, delivery_ids, channels, events, payloads = zip(*rows, strict=True)
    await sql.add_deliveries.execute(
        connection,
        tenant_id=rule.tenant_id,
        alert_ids=alert_ids,
        delivery_ids=delivery_ids,
        channels=channels,
        events=events,
        payloads=payloads,
    )
    for row, event in told:
        await give_notice(connection, rule.tenant_id, f"alert.{event}", json.loads(_payload(rule, row, event))["data"])
        log.info(f"alert.{event}", extra={"alert": ids.show("alt", row["alert_id"]), "rule": rule.name, "subject": row["subject"]})


def _payload(rule: Rule, row: Any, event: str) -> str:
    """What is sent, in the form that Standard Webhooks recommend; made once, so that a repeat is the same to the byte."""
    data = {
        "alert": ids.show("alt", row["alert_id"]),
        "rule": rule.name,
        "kind": rule.kind,
        "subject": row["subject"],
        "summary": row["summary"],
        "value": round(row["value"], 3),
        "count": row["count"],
        "tenant": ids.show("tnt", rule.tenant_id),
        "opened_at": _time(row["opened_at"]),
        "last_seen_at": _time(row["last_seen_at"]),
        "resolved_at": _time(row["resolved_at"]),
    }
    happened = row["resolved_at"] if event == "resolved" else row["last_seen_at"]
    return json.dumps({"type": f"alert.{event}", "timestamp": _time(happened), "data": data}, ensure_ascii=False)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
