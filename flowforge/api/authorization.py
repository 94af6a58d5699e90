"""May the caller do this? Asked once for every route, by its operation id, in the one table of permissions."""

from __future__ import annotations

from fastapi import Request

from flowforge.access.permission import ANY_CALLER, OPEN, OPERATIONS
from flowforge.access.principal import Principal
from flowforge.api.problem import refuse


async def authorize(request: Request) -> None:
    """Raises Refusal (403) unless the caller has the permission that the operation needs; an operation without one is closed to all."""
    operation: str = request.scope["route"].operation_id
    needed = OPERATIONS.get(operation)
    if needed == OPEN:
        return
    caller: Principal | None = getattr(request.state, "caller", None)
    if needed == ANY_CALLER and caller is not None:
        return
    if needed is None or caller is None or needed not in caller.permissions:
        raise refuse("forbidden", f"this needs the permission {needed}" if needed else f"nobody may {operation}: no rule allows it")
