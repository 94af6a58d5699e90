"""One file a resource; each parses, calls one function of a room, and answers."""

from __future__ import annotations

from fastapi import APIRouter

from flowforge.api.routes import agents, alerts, approvals, events, functions, health, metrics, runs, tasks, users

ROUTERS: tuple[APIRouter, ...] = (
    events.router,
    runs.router,
    functions.router,
    agents.router,
    tasks.router,
    users.router,
    approvals.router,
    alerts.router,
    health.router,
    metrics.router,
)
