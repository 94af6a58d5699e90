"""Every route keeps the same conventions, so that who knows one knows all. What has to differ stands in a table here, with the reason.

The tables are checked too: a reason that no longer holds, or an operation that is gone, is to be taken out.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from flowforge.api.location import ADDRESSES, SET_BY_THEIR_ROUTES, WITHOUT
from tests.api.test_openapi import operations, resolve

SNAKE = re.compile(r"[a-z][a-z0-9_]*")
VERBS = {
    "accept", "act", "add", "answer", "archive", "assign", "begin", "cancel", "change", "compare", "confirm", "count", "create", "decide",
    "delete", "deprecate", "diff", "discard", "dismiss", "end", "export", "get", "import", "list", "move", "pause", "ping", "raise", "read",
    "receive", "redeliver", "refresh", "remove", "rename", "renew", "replay", "reset", "resume", "retire", "revoke", "roll", "rotate",
    "run", "send", "set", "share", "show", "sign", "signal", "snooze", "start", "stream", "suspend", "switch", "tell", "test", "unarchive",
    "undeprecate", "undismiss", "unshare", "unsuspend", "unwatch", "update", "watch",
}  # fmt: skip
NAMED_BY_CUSTOM = {"healthz": "probes", "readyz": "probes", "metrics": "Prometheus", "whoami": "as the command is called everywhere"}

# Lists that come whole: they hold no more than is said.
WHOLE_LISTS = {
    "list_audit_anchors": "the places that the settings name",
    "list_audit_keys": "as often as somebody changed the key",
    "list_attachments": "200 of a task",
    "list_ids": "three of each kind",
    "list_limits": "what functions declare",
    "list_model_limits": "models that somebody limited",
    "list_pauses": "functions that are paused",
    "list_prices": "models with a price",
    "list_published_policies": "what workers declare",
    "list_spending": "200, the fullest first: an order that moves while it is read",
    "list_steps": "steps of one run, what holds others before them: that order is known when all are",
    "show_queue": "functions that have something waiting",
}
# DELETE that shows what is left, because something is.
WITH_WHAT_IS_LEFT = {
    "delete_column": "the board without it",
    "delete_tenant": "the tenant goes in the background; this is how far it has got",
    "remove_dependency": "the task, which may start now",
    "reset_limit": "the limit as the function declares it",
    "resume_run": "the run, which goes on",
    "revoke_grant": "the grant, which stays on record",
    "unarchive_board": "the board, which is back",
    "unarchive_task": "the task, which is back",
    "undeprecate_skill": "the version, which may be used again",
    "undismiss_run": "the run, which counts again",
    "unsuspend_tenant": "the tenant, which may work again",
}
# POST that makes something and answers otherwise than with 201, or makes nothing.
OTHERWISE = {
    **dict.fromkeys(("send_events", "send_events_v1", "receive_webhook"), "what comes of an event comes later"),
    **dict.fromkeys(
        ("start_run", "replay_run", "run_agent", "test_tool", "refresh_mcp_server"), "a run, which is 202: it has yet to happen"
    ),
    **dict.fromkeys(("cancel_run", "signal_run", "create_erasure", "confirm_erasure"), "202: it is begun, and goes on"),
    **dict.fromkeys(("archive_agent", "pause_agent", "resume_agent", "unarchive_agent", "roll_back_agent", "roll_back_team"), "an act"),
    **dict.fromkeys(("decide_approval", "answer_question", "retire_secret_version", "test_alert_channel"), "an act"),
    **dict.fromkeys(("read_inbox", "archive_inbox", "snooze_inbox"), "an act on what is there"),
    **dict.fromkeys(
        ("decide_approvals", "act_on_tasks", "act_on_runs", "import_tasks", "import_tools"), "several, each with its own answer"
    ),
    "export_subject": "a copy to take away",
}
BY_SEVERAL = {"decide_approvals": "decisions", "act_on_tasks": "keys", "import_tasks": "tasks"}  # and the list that bounds them
# What may be changed by PATCH and has no revision: who writes last has written.
WITHOUT_REVISION = {
    "decide_mcp_tool": "one decision",
    "rename_tenant": "one field",
    "set_retention": "each field for itself",
    "update_board": "its ETag counts what happens to its cards too: changes would be refused for a card that was moved",
    "update_budget": "each field for itself",
    "update_column": "the board's ETag counts what happens to its cards too",
    "update_comment": "whoever wrote it is alone with it",
    "update_key": "each field for itself",
    "update_person": "one field",
    "update_webhook_endpoint": "each field for itself",
}


@pytest.fixture
def by_name(document):
    return {operation["operationId"]: (method, operation) for _, method, operation in operations(document)}


def parameters(operation) -> set[str]:
    return {parameter["name"] for parameter in operation["parameters"]}


def succeeds_with(operation) -> set[str]:
    return {status for status in operation["responses"] if status < "300"}


def shown(document, operation) -> dict[str, Any]:
    """The schema of what it answers with when it succeeds."""
    for status in ("200", "201"):
        for kind, media in operation["responses"].get(status, {}).get("content", {}).items():
            if kind == "application/json":
                return resolve(document, media["schema"])
    return {}


def test_every_operation_is_called_by_a_verb_and_what_it_is_about(by_name):
    for name in by_name.keys() - NAMED_BY_CUSTOM.keys():
        verb, _, noun = name.partition("_")
        assert SNAKE.fullmatch(name) and noun and verb in VERBS, name
    assert {name.partition("_")[0] for name in by_name} >= VERBS and by_name.keys() >= NAMED_BY_CUSTOM.keys()


def test_every_name_is_in_snake_case_and_no_schema_shows_where_it_is_written(document):
    for name, schema in document["components"]["schemas"].items():
        assert re.fullmatch(r"[A-Z][A-Za-z0-9]*(-(Input|Output))?", name), name  # what is taken and given back, with what is filled in
        for field in schema.get("properties", {}):
            assert SNAKE.fullmatch(field), (name, field)
    for name, _, operation in operations(document):
        for parameter in operation["parameters"]:
            assert parameter["in"] in ("header", "cookie") or SNAKE.fullmatch(parameter["name"]), name
    for path in document["paths"]:
        for part in path.strip("/").split("/"):
            assert not part or SNAKE.fullmatch(part.strip("{}")), path


def test_every_group_is_described_and_every_answer_has_a_schema(document, by_name):
    assert {tag["name"] for tag in document["tags"]} == {tag for _, operation in by_name.values() for tag in operation["tags"]}
    for name, (_, operation) in by_name.items():
        for status, response in operation["responses"].items():
            assert all("schema" in media for media in response.get("content", {}).values()), (name, status)


def test_every_list_has_pages_and_those_that_come_whole_say_so_with_a_null_cursor(document, by_name):
    whole = set()
    for name, (method, operation) in by_name.items():
        schema = shown(document, operation)
        is_frames = name.endswith("_frames")  # what a stream would tell, by the ids of its frames
        is_list = not is_frames and method == "get" and schema.get("properties", {}).get("data", {}).get("type") == "array"
        assert is_list or is_frames or not name.startswith("list_"), name
        if is_list:
            assert "next_cursor" in schema["properties"], name
            if not {"limit", "cursor"} <= parameters(operation):
                whole.add(name)
    assert whole == WHOLE_LISTS.keys()


def test_a_limit_is_the_same_everywhere(by_name):
    for name, (_, operation) in by_name.items():
        for parameter in operation["parameters"]:
            if parameter["name"] == "limit":
                schema = parameter["schema"]
                most = 1000 if name == "list_cards" else 200  # cards in short, as a board on a screen wants them
                assert (schema["minimum"], schema["maximum"], schema["default"] <= 200) == (1, most, True), name


def test_what_has_a_revision_is_changed_under_its_etag_only(document, by_name):
    without = set()
    for name, (method, operation) in by_name.items():
        if method == "patch":
            if "if-match" not in parameters(operation):
                without.add(name)
                assert "revision" not in shown(document, operation)["properties"], name
            else:
                assert "412" in operation["responses"], name
        assert ("412" in operation["responses"]) == ("if-match" in parameters(operation)), name
    assert without == WITHOUT_REVISION.keys()


def test_what_a_patch_may_change_is_a_merge_patch_no_field_of_it_is_required(document, by_name):
    for name, (method, operation) in by_name.items():
        if method == "patch" and name not in ("rename_tenant", "update_comment", "update_person", "decide_mcp_tool"):  # one field each
            (media,) = operation["requestBody"]["content"].values()
            assert not resolve(document, media["schema"]).get("required"), name


def test_what_is_made_is_answered_with_201_and_where_it_stands(by_name):
    otherwise = set()
    for name, (method, operation) in by_name.items():
        if method == "post" and "201" not in succeeds_with(operation):
            otherwise.add(name)
        located = any("Location" in response["headers"] for response in operation["responses"].values())
        assert located == (name in ADDRESSES or name in SET_BY_THEIR_ROUTES), name
        if "201" in succeeds_with(operation):
            assert method == "post" and located != (name in WITHOUT), name
    assert otherwise == OTHERWISE.keys()
    assert by_name.keys() >= ADDRESSES.keys() | SET_BY_THEIR_ROUTES | WITHOUT.keys()


def test_what_is_deleted_leaves_nothing_to_say(by_name):
    left = {name for name, (method, operation) in by_name.items() if method == "delete" and succeeds_with(operation) != {"204"}}

    assert left == WITH_WHAT_IS_LEFT.keys()
    for _, operation in by_name.values():
        assert "content" not in operation["responses"].get("204", {})


def test_who_is_told_to_wait_is_told_how_long_and_every_answer_has_an_id_and_the_rate(by_name):
    for name, (_, operation) in by_name.items():
        for status, response in operation["responses"].items():
            declared = response["headers"].keys()
            assert "X-Request-Id" in declared, (name, status)
            assert status not in ("429", "503") or "Retry-After" in declared, (name, status)
            assert "health" in operation["tags"] or {"RateLimit", "RateLimit-Policy"} <= declared, (name, status)


def test_acts_on_several_are_bounded_and_answer_for_each(document, by_name):
    for name, field in BY_SEVERAL.items():
        _, operation = by_name[name]
        body = resolve(document, operation["requestBody"]["content"]["application/json"]["schema"])["properties"][field]
        bounds = [one["maxItems"] for one in [body, *body.get("anyOf", [])] if "maxItems" in one]
        assert bounds and max(bounds) <= 1000, name
        assert shown(document, operation)["properties"]["data"]["type"] == "array", name


def examples(document):
    """Every example with its schema: of schemas, bodies, answers and parameters."""
    for name, schema in document["components"]["schemas"].items():
        for example in schema.get("examples", []):
            yield name, schema, example
        for field, part in schema.get("properties", {}).items():
            for example in part.get("examples", []):
                yield f"{name}.{field}", part, example
    for name, _, operation in operations(document):
        for parameter in operation["parameters"]:
            given = [parameter["example"]] if "example" in parameter else parameter["schema"].get("examples", [])
            for example in [*given, *parameter.get("examples", [])]:
                yield f"{name} {parameter['name']}", parameter["schema"], example
        medias = [("body", operation.get("requestBody", {})), *operation["responses"].items()]
        for place, holder in medias:
            for kind, media in holder.get("content", {}).items():
                found = [media["example"]] if "example" in media else [one["value"] for one in media.get("examples", {}).values()]
                for example in found if kind.endswith("json") else []:
                    yield f"{name} {place}", media["schema"], example


def test_every_example_is_what_its_schema_says(document):
    wrong, count = [], 0
    for name, schema, example in examples(document):
        count += 1
        whole = {**schema, "components": document["components"]}
        wrong += [f"{name}: {error.json_path} {error.message[:200]}" for error in Draft202012Validator(whole).iter_errors(example)]

    assert count > 500 and wrong == [], "\n".join(wrong)
