"""One file a resource; each parses, calls one function of a room, and answers."""

from __future__ import annotations

from fastapi import APIRouter

from flowforge.api.routes import (
    agents,
    alerts,
    approvals,
    events,
    functions,
    health,
    history,
    hooks,
    metrics,
    queue,
    runs,
    signals,
    tasks,
    users,
)  # fmt: skip

ROUTERS: tuple[APIRouter, ...] = (
    events.router,
    hooks.router,
    runs.router,
    history.router,
    signals.router,
    functions.router,
    queue.router,
    agents.router,
    tasks.router,
    users.router,
    approvals.router,
    alerts.router,
    health.router,
    metrics.router,
)
