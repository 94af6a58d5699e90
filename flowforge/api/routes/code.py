"""The code that this server serves: whether what changed last was taken over."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from flowforge.api.caller import Caller
from flowforge.api.openapi import errors
from flowforge.api.resource import Resource
from flowforge.api.served_code import ServedCode

router = Resource(prefix="/v1", tags=["functions"])

FAULT: JsonDict = {
    "files": ["app.py"],
    "message": "app.py cannot be imported: invalid syntax at app.py:14",
    "traceback": 'Traceback (most recent call last):\n  File "app.py", line 14\n    this is no python\nSyntaxError: invalid syntax',
    "at": "2026-11-22T09:15:02.000000Z",
}


class CodeFaultOut(BaseModel):
    """A change of the code that could not be taken over."""

    model_config = ConfigDict(json_schema_extra={"examples": [FAULT]})

    files: Annotated[list[str], Field(description="What had changed.")]
    message: str
    traceback: Annotated[str | None, Field(description="Where it was the import that failed.")]
    at: datetime


class CodeOut(BaseModel):
    """The code that serves. While there is a `fault`, it is older than the files."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reloads": True, "fault": FAULT}]})

    reloads: Annotated[bool, Field(description="Whether the server takes over changed code by itself, as `flowforge dev` does.")]
    fault: CodeFaultOut | None


@router.get("/code", summary="Show the state of the code", operation_id="show_code", responses=errors())
async def show(request: Request, caller: Caller) -> CodeOut:
    """Whether `flowforge dev` could take over what changed last. Elsewhere code does not change under a process."""
    code: ServedCode = request.app.state.code
    fault = code.fault
    if fault is None:
        return CodeOut(reloads=code.reloads, fault=None)
    told = CodeFaultOut(files=list(fault.files), message=fault.message, traceback=fault.traceback, at=fault.at)
    return CodeOut(reloads=code.reloads, fault=told)
