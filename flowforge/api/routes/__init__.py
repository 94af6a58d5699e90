"""One file a resource; each parses, calls one function of a room, and answers."""

from __future__ import annotations

from fastapi import APIRouter

from flowforge.api.routes import agents, approvals, events, functions, health, queue, runs, tasks, users

ROUTERS: tuple[APIRouter, ...] = (
    events.router,
    runs.router,
    functions.router,
    queue.router,
    agents.router,
    tasks.router,
    users.router,
    approvals.router,
    health.router,
)
