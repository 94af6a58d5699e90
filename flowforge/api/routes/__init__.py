"""One file a resource; each parses, calls one function of a room, and answers."""

from __future__ import annotations

from fastapi import APIRouter

from flowforge.api.routes import (
    agents,
    alerts,
    approvals,
    budgets,
    bulk,
    events,
    functions,
    health,
    history,
    hooks,
    metrics,
    model_limits,
    prices,
    queue,
    rate_limits,
    replays,
    retention,
    run_acts,
    runs,
    signals,
    tasks,
    usage,
    users,
)  # fmt: skip

ROUTERS: tuple[APIRouter, ...] = (
    events.router,
    hooks.router,
    bulk.router,  # before the runs, one of which it would be taken for
    runs.router,
    run_acts.router,
    replays.router,
    history.router,
    signals.router,
    functions.router,
    queue.router,
    agents.router,
    tasks.router,
    users.router,
    approvals.router,
    alerts.router,
    usage.router,
    prices.router,
    budgets.router,
    model_limits.router,
    rate_limits.router,
    retention.router,
    health.router,
    metrics.router,
)
