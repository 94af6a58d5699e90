"""The trace that a request belongs to, for what it starts (W3C Trace Context)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header

from flowforge.orchestrator.trace import read_traceparent


async def _traceparent(
    traceparent: Annotated[
        str | None, Header(description="The trace that the started runs belong to (W3C Trace Context). A wrong one is ignored.")
    ] = None,
) -> str | None:
    return read_traceparent(traceparent)


Traceparent = Annotated[str | None, Depends(_traceparent)]
