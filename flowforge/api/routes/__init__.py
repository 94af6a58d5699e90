"""One file a resource; each parses, calls one function of a room, and answers."""

from __future__ import annotations

from fastapi import APIRouter

from flowforge.api.routes import agents, approvals, bulk, events, functions, health, replays, retention, run_acts, runs, tasks, users

ROUTERS: tuple[APIRouter, ...] = (
    events.router,
    bulk.router,  # before the runs, one of which it would be taken for
    runs.router,
    run_acts.router,
    replays.router,
    functions.router,
    agents.router,
    tasks.router,
    users.router,
    approvals.router,
    retention.router,
    health.router,
)
