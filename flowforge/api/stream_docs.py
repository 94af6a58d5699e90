"""How live streams stand in the OpenAPI document; what they do is sse.py's."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header, Query

from flowforge.api.stream_form import FormName

EXAMPLE = """\
event: hello
data: {"seq":4,"server":"flowforge 0.1.0","retention":"7d"}
retry: 2000

id: 1
event: run.queued
data: {"run":"run_01968f3ac8b17c02a3f08241a2f70001","function":"order.process_order"}

id: 2
event: run.started
data: {"run":"run_01968f3ac8b17c02a3f08241a2f70001","function":"order.process_order"}

: heartbeat
"""

STREAM_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-Sent Events. Control frames (`hello`, `message.snapshot`, `lagged`, `reset`) carry no id; a comment comes"
        " every 15 s.",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": EXAMPLE}},
    },
    204: {"description": "The run has ended and `Last-Event-ID` is its final frame: there is nothing to reconnect for."},
}

# Declared for the document; sse.py reads them from the request, because a wrong one is told in our own words.
After = Annotated[int, Query(ge=0, description="Only frames after this id; 0 means from the start.", examples=[0])]
LastEventId = Annotated[str | None, Header(description="The id of the last frame you have; wins over `after`.", examples=["17"])]

Format = Annotated[
    FormName,
    Query(description="`ag-ui`: each frame as one event of AG-UI, under the same id and without an `event:` line.", examples=["frames"]),
]
Kinds = Annotated[
    list[str],
    Query(
        description="Only these: names (`run.failed`) and families (`task.*`). None: all that the caller may read.", examples=[["task.*"]]
    ),
]
Wait = Annotated[int, Query(ge=0, le=60, description="How many seconds to wait for a frame where there is none yet.", examples=[30])]
TENANT_EXAMPLE = """\
event: hello
data: {"seq":40,"server":"flowforge 0.1.0","retention":"7d"}
retry: 2000

id: 41
event: run.queued
data: {"run":"run_01968f3ac8b17c02a3f08241a2f70001","function":"order.process_order"}

id: 42
event: task.moved
data: {"task":"FF-1","by":"mira","by_kind":"person","from":"Todo","to":"Doing"}

: heartbeat
"""
TENANT_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-Sent Events, as on the other streams. It does not end.",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": TENANT_EXAMPLE}},
    }
}
