"""One call of a tool: asked of the API, and its answer, or why not, as the caller's model can read it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import mcp_types as mcp

from flowforge.api.mcp.asking import Asking, Refused
from flowforge.api.mcp.catalogue import TOOLS
from flowforge.api.mcp.shown import as_text, bounded
from flowforge.api.mcp.tool import Tool
from flowforge.api.mcp.waiting import Tell, show_run
from flowforge.api.problem import FieldError, Problem
from flowforge.errors import InvalidInput

_ARGUMENT_OF = {"If-Match": "revision", "Idempotency-Key": "idempotency_key"}
TEXT_MAX = 4_000  # of a refusal
SHORTENED = "Some of this was shortened. A resource shows more: flowforge://tasks/KEY, flowforge://runs/ID, flowforge://agents/NAME."


async def call(asking: Asking, name: str, arguments: Mapping[str, Any], tell: Tell) -> mcp.CallToolResult:
    """The result of a call; what is refused is a result too, which says what to do about it."""
    tool = TOOLS.get(name)
    if tool is None or not tool.may_be_called_by(asking.state["caller"]):
        return _refused(_unknown(asking, name, tool))
    try:
        return _result(await _answer(asking, tool, arguments, tell))
    except InvalidInput as error:
        told = f"{error.pointer.lstrip('/')}: {error.message}" if error.pointer else error.message
        return _refused(Problem("invalid", told, (FieldError(error.pointer, error.message),)).as_json(instance=name, request_id=""))
    except Refused as refusal:
        return _refused(refusal.problem)


async def _answer(asking: Asking, tool: Tool, arguments: Mapping[str, Any], tell: Tell) -> Any:
    asked = tool.read(arguments)
    if tool.name == "get_run":
        given = {"wait_seconds": arguments.get("wait_seconds", 0), "steps": arguments.get("steps", True)}
        return await show_run(asking, asked.path, tell=tell, **given)
    answer = await asking.ask(asked.method, asked.path, query=asked.query, body=asked.body, headers=asked.headers)
    if not answer.fine:
        raise Refused(answer.body)
    return answer.body


def _result(value: Any) -> mcp.CallToolResult:
    shown, shortened = bounded(value if isinstance(value, dict) else {"data": value})
    content: list[Any] = [mcp.TextContent(text=as_text(shown))]
    if shortened:
        content.append(mcp.TextContent(text=SHORTENED))
    return mcp.CallToolResult(content=content, structured_content=shown)


def _refused(problem: dict[str, Any]) -> mcp.CallToolResult:
    """A problem of the API in the words of its tools: fields are arguments, whether they stood in the path, the query or the body."""
    told = {name: value for name, value in problem.items() if name not in ("type", "instance") and value not in (None, "", [])}
    if problem.get("errors"):
        told["errors"] = [_of_argument(one) for one in problem["errors"]]
    text = str(problem.get("detail") or problem.get("title"))
    for one in told.get("errors", ()):
        said = one["detail"] in text and one["pointer"].lstrip("/") in text
        text += "" if said else f"\n{one['pointer']}: {one['detail']}".replace("\n: ", "\n")
    if problem.get("nearest") and "did you mean" not in text:
        text += f"; did you mean {' or '.join(problem['nearest'])}?"
    text += f"\n{problem['hint']}" if problem.get("hint") else ""
    shown, _ = bounded(told)
    return mcp.CallToolResult(content=[mcp.TextContent(text=text[:TEXT_MAX])], structured_content=shown, is_error=True)


def _of_argument(error: Mapping[str, Any]) -> dict[str, Any]:
    parameter = error.get("parameter")
    pointer = f"/{_ARGUMENT_OF.get(parameter, parameter)}" if parameter else error["pointer"]
    return {"pointer": pointer, "detail": error["detail"]}


def _unknown(asking: Asking, name: str, tool: Tool | None) -> dict[str, Any]:
    if tool is not None:
        detail = f"you may not call {tool.name}: it is for people" if tool.for_people else f"you may not call {tool.name}"
        return Problem("forbidden", detail).as_json(instance=name, request_id="")
    able = [one.name for one in TOOLS.values() if one.may_be_called_by(asking.state["caller"])]
    nearest = difflib.get_close_matches(name, able, n=2, cutoff=0.5)
    return Problem("not-found", f"there is no tool {name[:100]!r}", more={"nearest": nearest}).as_json(instance=name, request_id="")
