"""What a tool is made of: an operation of the one table, and its route's own parameters."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import pytest
from fastapi import APIRouter, Query
from jsonschema import Draft202012Validator

from flowforge.access.permission import ALL_PERMISSIONS, OPERATIONS
from flowforge.access.principal import Principal
from flowforge.api.mcp import tool as tools
from flowforge.api.mcp.catalogue import TOOLS
from flowforge.api.mcp.shown import as_text, bounded
from flowforge.api.mcp.tool import IDEMPOTENCY_KEY, REVISION, Tool
from flowforge.api.values import Body
from flowforge.errors import InvalidInput
from flowforge.ids import DEFAULT_TENANT


class NoveltyIn(Body):
    colour: str | None = None


EVERY = pytest.mark.parametrize("tool", TOOLS.values(), ids=list(TOOLS))


def test_the_names_are_a_contract():
    assert list(TOOLS) == [
        "list_tasks", "search_tasks", "get_task", "create_task", "update_task", "move_task", "assign_task", "comment_on_task",
        "send_event", "list_runs", "get_run", "cancel_run", "replay_run",
        "list_approvals", "get_approval", "decide_approval", "list_questions", "answer_question", "inbox",
        "list_agents", "get_agent", "message_agent", "run_agent",
    ]  # fmt: skip


@EVERY
def test_a_tool_is_an_operation_with_a_rule_and_its_arguments_are_the_routes(tool):
    assert tool.operation in OPERATIONS
    route = tools.routes()[tool.operation]
    of_body = set() if tool.body is None else set(tool.body.model_fields)
    of_path = {one.alias for one in route.dependant.path_params}
    of_query = {one.alias for one in route.dependant.query_params}
    own = set(tool.more) | {REVISION, IDEMPOTENCY_KEY}
    places = [of_path, of_query, of_body, own]
    assert sum(map(len, places)) == len(set().union(*places)), "an argument would stand in two places"
    arguments = set(tool.schema["properties"])
    assert arguments <= set().union(*places)
    if not (tool.only or tool.without):
        assert arguments >= of_path | of_query | of_body
    assert (IDEMPOTENCY_KEY in arguments) == (not tool.reads)
    Draft202012Validator.check_schema(tool.schema)
    assert set(tool.schema["required"]) <= arguments
    assert tool.description.endswith(".") and len(as_text(tool.schema)) < 8_000


def test_what_a_route_gets_its_tool_gets_too_and_no_default_stands_for_what_was_left_out(monkeypatch):
    router = APIRouter()

    @router.patch("/v1/novelties/{novelty}", operation_id="update_task")
    async def update(novelty: str, body: NoveltyIn, loud: Annotated[bool, Query(description="Loudly.")] = False) -> None: ...

    monkeypatch.setattr(tools, "routes", lambda: {"update_task": router.routes[0]})
    schema = Tool("paint", "update_task", "Paint.").schema
    assert schema["properties"]["loud"] == {"type": "boolean", "description": "Loudly.", "default": False}
    assert schema["properties"]["colour"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}
    assert schema["required"] == ["novelty"]


@pytest.mark.parametrize("key", ["FF-1/column", "..", ".", "", " ", "a\0b", 7, None, ["FF-1"]], ids=repr)
def test_an_argument_cannot_lead_to_another_address(key):
    with pytest.raises(InvalidInput) as refused:
        TOOLS["get_task"].read({"key": key})
    assert refused.value.pointer == "/key"


def test_a_list_is_a_short_page_unless_more_is_asked_for():
    assert TOOLS["list_runs"].read({}).query == [("limit", "20")]
    assert ("limit", "100") in TOOLS["list_runs"].read({"limit": 100}).query
    with pytest.raises(InvalidInput, match="at most 100"):
        TOOLS["list_runs"].read({"limit": 101})


def test_an_argument_of_another_name_is_told_with_the_nearest():
    with pytest.raises(InvalidInput, match="did you mean column") as refused:
        TOOLS["move_task"].read({"key": "FF-1", "colum": "Done"})
    assert refused.value.pointer == "/colum"
    with pytest.raises(InvalidInput, match="is required") as refused:
        TOOLS["move_task"].read({"key": "FF-1"})
    assert refused.value.pointer == "/column"


@pytest.mark.parametrize("revision", [0, -1, True, "3", 1.5, 10**12], ids=repr)
def test_a_revision_is_a_number(revision):
    with pytest.raises(InvalidInput, match="whole number"):
        TOOLS["update_task"].read({"key": "FF-1", "revision": revision})


def test_what_is_large_is_shown_short_and_says_how_much_is_missing():
    page = {"data": [{"id": n, "text": "x" * 50_000, "items": list(range(500))} for n in range(100)], "next_cursor": "c"}
    shown, shortened = bounded(page)
    assert shortened and len(as_text(shown)) <= 60_000
    assert [one["id"] for one in shown["data"]] == list(range(100)) and shown["next_cursor"] == "c"
    assert "more characters" in shown["data"][0]["text"] and "more" in shown["data"][0]["items"][-1]
    assert bounded({"data": [1]}) == ({"data": [1]}, False)


def test_a_page_that_cannot_be_made_short_enough_says_what_was_left_out():
    page = {"data": [{f"field-{n}": "y" * 100 for n in range(40)} for _ in range(100)], "next_cursor": "c"}
    shown, shortened = bounded(page, 20_000)
    assert shortened and shown["next_cursor"] is None and len(shown["data"]) + shown["left_out"] == 100
    assert 0 < len(as_text(shown)) <= 21_000
    deep = bounded({f"k{n}": {f"j{m}": "z" * 100 for m in range(45)} for n in range(45)}, 5_000)[0]
    assert len(as_text(deep)) < 11_000


def test_a_tool_whose_operation_has_no_rule_is_nobodys():
    operator = Principal(DEFAULT_TENANT, "person", "operator", permissions=ALL_PERMISSIONS)
    unruled = replace(TOOLS["get_task"], operation="forgotten")
    assert TOOLS["get_task"].may_be_called_by(operator) and not unruled.may_be_called_by(operator)
