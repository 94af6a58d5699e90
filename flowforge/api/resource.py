"""The routes of a resource, and what their addresses begin with."""

from __future__ import annotations

from functools import cached_property

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope


def beginning(path: str) -> str:
    """What all addresses of a resource begin with: asked of a hundred patterns one after the other, a path takes longer than its answer.

    >>> beginning("/v1/tasks/FF-1/comments"), beginning("/events")
    ('/v1/tasks', '/events')
    """
    return "/".join(path.split("/")[: 3 if path.startswith("/v1/") else 2])


class Resource(APIRouter):
    """A router that tries its patterns only on addresses that begin as one of them does."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] == "http" and beginning(scope["path"]) not in self._beginnings:
            return Match.NONE, {}
        return super().matches(scope)

    @cached_property
    def _beginnings(self) -> frozenset[str]:
        return frozenset(beginning(route.path) for route in self.routes if isinstance(route, APIRoute))
