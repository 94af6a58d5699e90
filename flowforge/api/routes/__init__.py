"""One file a resource; each parses, calls one function of a room, and answers."""

from __future__ import annotations

from fastapi import APIRouter

from flowforge.api.routes import agents, approvals, events, functions, health, runs, signals, tasks, users

ROUTERS: tuple[APIRouter, ...] = (
    events.router,
    runs.router,
    signals.router,
    functions.router,
    agents.router,
    tasks.router,
    users.router,
    approvals.router,
    health.router,
)
