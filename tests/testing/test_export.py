"""Runs as tests: what is written, what is left out of it, and that it replays with the network forbidden."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from flowforge.errors import Conflict, InvalidInput
from flowforge.orchestrator.history import EXAMPLE, RecordedStep, RunHistory
from flowforge.orchestrator.registry import REGISTRY, Registry
from flowforge.skills.tool import TOOLS
from flowforge.testing import Reply, ToolCall, replay_history
from flowforge.testing.described import schemas_of
from flowforge.testing.drift import recorded_path
from flowforge.testing.export import CodePlace, write_test
from flowforge.testing.harness import Forge
from flowforge.testing.marks import Mark, marks_at, marks_of
from flowforge.testing.redaction import redacted
from flowforge.testing.scripted_provider import Asked

pytest_plugins = ["flowforge.testing.plugin"]

ROOT = Path(__file__).parents[2]
APP = """
from typing import Any
from pydantic import BaseModel, Field
import flowforge
from flowforge import Context, step


class Customer(BaseModel):
    email: str
    phone: str = Field(json_schema_extra={"x-redact": True})
    born: str = Field(json_schema_extra={"writeOnly": True})


class Ticket(BaseModel):
    customer: Customer
    token: str
    text: str


class Reply(BaseModel):
    to: str
    text: str


@flowforge.function(trigger="ticket/opened")
async def answer(ctx: Context[Ticket]) -> dict[str, Any]:
    ticket = ctx.event.data
    await step.run(f"look up {ticket.customer.email}", look_up, ticket.customer)
    who = f"{ticket.customer.email} ({ticket.customer.phone}), born {ticket.customer.born}"
    prompt = f"Answer {who}: {ticket.text} {ticket.model_dump_json()}"
    reply = await step.ai("reply", model="gpt-4o", system="Be brief.", prompt=prompt, output=Reply)
    sent = await step.run("send", send, reply.to, reply.text)
    return {"sent": sent, "to": reply.to}


async def look_up(customer: Customer) -> Customer:
    return customer


def send(to: str, text: str) -> str:
    return f"{to} was told: {text}"
"""
TICKET = {
    "customer": {"email": "ada@reyes.example", "phone": "+47 22 33 44 55", "born": "1985-12-10"},
    "token": "tok-Zebra-77",
    "text": 'The "key" sk-proj-abcdef123456.',
}
SECRETS = ("ada@reyes.example", "22 33 44 55", "1985-12-10", "tok-Zebra-77", "abcdef123456")

NO_SOCKETS = """
import socket

def refuse(*args, **options):
    raise AssertionError("the network is forbidden here")

for name in ("connect", "connect_ex", "bind", "sendto", "listen"):
    setattr(socket.socket, name, refuse)
socket.getaddrinfo = socket.gethostbyname = socket.create_connection = refuse
"""


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Callable[[str, str], ModuleType]]:
    """Writes a module into `project/` and imports it, as a worker would; what it registers is forgotten afterwards."""
    functions, tools, loaded = Registry(), list(TOOLS), []
    functions.replace(REGISTRY)

    def load(name: str, text: str) -> ModuleType:
        file = tmp_path / "project" / f"{name}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        spec = importlib.util.spec_from_file_location(name, file)
        assert spec is not None and spec.loader is not None
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        loaded.append(name)
        spec.loader.exec_module(module)
        return module

    yield load
    for name in loaded:
        del sys.modules[name]
    REGISTRY.replace(functions)
    TOOLS.clear()
    for tool in tools:
        TOOLS.add(tool)


@pytest.fixture
def app(load: Callable[[str, str], ModuleType]) -> ModuleType:
    return load("desk", APP)


async def record(forge: Forge, spoken_model: Any, app: ModuleType) -> RunHistory:
    def polite(asked: Asked) -> Reply:
        return Reply('{"to": "ada@reyes.example", "text": "Dear ada@reyes.example, use another key."}')

    spoken_model.answer_with(polite)
    forge.use(app)
    sent = await forge.send("ticket/opened", TICKET)
    await forge.wait_for(sent, "completed")
    return await forge.history(sent)


def run_tests(project: Path) -> subprocess.CompletedProcess[str]:
    """The project's tests, as somebody runs them who has nothing but flowforge and pytest, and no network."""
    (project / "conftest.py").write_text(NO_SOCKETS)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "OPENAI", "ANTHROPIC", "FLOWFORGE"))}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-c", os.devnull, "--rootdir=.", "tests"]
    where = {"cwd": project, "env": environment | {"PYTHONPATH": str(ROOT)}}
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False, **where)


@pytest.mark.thorough
async def test_an_exported_run_replays_green_without_what_was_redacted_and_without_a_network(
    forge: Forge, spoken_model: Any, app: ModuleType, tmp_path: Path
) -> None:
    history = await record(forge, spoken_model, app)
    project = tmp_path / "project"
    schemas = await schemas_of(history, app)
    exported = write_test(
        history, project / "tests" / "runs", CodePlace(project, ("desk",)), name="ada", redact=["data.customer.email"], schemas=schemas
    )
    written = {file.name: file.read_text() for file in exported.files}
    assert sorted(written) == ["events.json", "run.json", "test_ada.py"]
    for secret in SECRETS:
        assert [name for name, text in written.items() if secret in text] == [], secret
    (event,) = json.loads(written["events.json"])
    assert (event["name"], event["data"]["customer"]["email"]) == ("ticket/opened", "redacted-1@example.com")
    assert "redacted-1@example.com was told: Dear redacted-1@example.com" in written["test_ada.py"]
    assert '"run look up redacted-1@example.com"' in written["test_ada.py"]

    done = run_tests(project)
    assert (done.returncode, "1 passed" in done.stdout) == (0, True), done.stdout + done.stderr

    (project / "desk.py").write_text(APP.replace("Be brief.", "Be very brief."))
    done = run_tests(project)
    assert done.returncode == 1
    assert "ReplayDrift" in done.stdout
    for line in ("other arguments 'reply'", "-system: Be brief.", "+system: Be very brief."):
        assert line in done.stdout, done.stdout


async def test_secrets_go_without_being_named_and_the_rest_stays(forge: Forge, spoken_model: Any, app: ModuleType, tmp_path: Path) -> None:
    history = await record(forge, spoken_model, app)
    kept, replaced = redacted(history)
    text = kept.model_dump_json()
    assert ("ada@reyes.example" in text, "tok-Zebra-77" in text, "abcdef123456" in text, replaced) == (True, False, False, 2)
    (await replay_history(kept, app, asking=True)).check()
    assert redacted(kept)[0].steps[0] == kept.steps[0]  # what was not touched keeps its hash


async def test_a_step_whose_arguments_were_too_long_to_keep_is_not_compared_after_a_redaction(forge: Forge) -> None:
    def measure(text: str) -> int:
        return len(text)

    async def long(ctx: object) -> int:
        data = ctx.event.data  # type: ignore[attr-defined]
        from flowforge import step

        return await step.run("measure", measure, data["name"] + "x" * 70_000)

    forge.registry.function(trigger="long", id="long")(long)
    sent = await forge.send("long", {"name": "Ada Reyes"})
    await forge.wait_for(sent, "completed")
    history = await forge.history(sent)
    kept, _ = redacted(history, ["data.name"])
    assert (history.steps[0].hash != "", kept.steps[0].hash) == (True, "")
    (await replay_history(kept, long)).check()


@pytest.mark.long
async def test_an_agents_run_is_exported_with_its_conversation_and_replays_without_its_tools(
    forge: Forge, spoken_model: Any, load: Callable[[str, str], ModuleType], tmp_path: Path
) -> None:
    forge.use(load("refunds", TOOLS_OF_AN_AGENT))

    def look_up_first(asked: Asked) -> Reply:
        if asked.result_of("lookup_order") is None:
            return Reply("I look.", reasoning="An id.", tool_calls=(ToolCall("lookup_order", {"order_id": "ORD-9218"}),))
        return Reply("Ada Reyes paid 420.")

    spoken_model.answer_with(look_up_first)
    await forge.agent("atlas", "claude-sonnet-4.5", instructions="You know orders.", tools=["lookup_order"])
    await forge.task("Who paid ORD-9218?", agent="atlas")
    await forge.work_until_idle()
    (run,) = await forge.runs()
    found = await forge.history(run.id)
    project = tmp_path / "project"
    exported = write_test(found, project / "tests", CodePlace(project, ("refunds",)), name="who_paid", redact=["customer"])
    assert not any("Ada Reyes" in file.read_text() for file in exported.files)
    done = run_tests(project)
    assert (done.returncode, "1 passed" in done.stdout) == (0, True), done.stdout + done.stderr


TOOLS_OF_AN_AGENT = """
import flowforge

@flowforge.tool(effect="read")
async def lookup_order(order_id: str) -> dict:
    \"\"\"Find an order by its id.\"\"\"
    return {"order_id": order_id, "total": 420, "customer": "Ada Reyes"}
"""


def history(data: object, **step: object) -> RunHistory:
    recorded = RecordedStep.model_validate({**json.loads(json.dumps(EXAMPLE["steps"]))[0], **step})  # type: ignore[index,call-overload]
    found = RunHistory.model_validate(json.loads(json.dumps(EXAMPLE)))
    return found.model_copy(update={"event": found.event.model_copy(update={"data": data}), "steps": (recorded,)})


def test_paths_lead_into_the_event_the_output_and_the_steps() -> None:
    one = history({"people": [{"name": "Ada"}, {"name": "Bo"}]}, output={"total": 4200, "note": {"name": "Cy"}})
    assert [mark.value for mark in marks_at(one, "data.people.*.name")] == ["Ada", "Bo"]
    assert [mark.value for mark in marks_at(one, "data.people.name")] == ["Ada", "Bo"]
    assert [mark.value for mark in marks_at(one, "data.people.1")] == ["Bo"]
    assert marks_at(one, "steps.validate.output.total") == [Mark(4200, "total")]
    assert {mark.value for mark in marks_at(one, "name")} == {"Ada", "Bo", "Cy"}
    for path, why in (("data.person", "nothing in this run lies at"), ("data..x", "is no path"), ("", "is no path")):
        with pytest.raises(InvalidInput, match=why):
            marks_at(one, path)


def test_schemas_mark_values_through_references_lists_and_alternatives() -> None:
    secret = {"type": "string", "writeOnly": True}
    schema = {
        "$defs": {"person": {"type": "object", "properties": {"pin": secret, "name": {"type": "string"}}}},
        "type": "object",
        "properties": {
            "people": {"type": "array", "items": {"anyOf": [{"$ref": "#/$defs/person"}, {"type": "null"}]}},
            "notes": {"type": "object", "additionalProperties": {"type": "string", "x-redact": True}},
        },
    }
    value = {"people": [{"pin": "1234", "name": "Ada"}, None], "notes": {"a": "private"}, "other": "open"}
    assert marks_of(schema, value) == [Mark("1234", "pin"), Mark("private", "a")]


def test_a_marked_boolean_names_nobody_and_stays() -> None:
    schema = {"properties": {"vip": {"type": "boolean", "x-redact": True}, "who": {"type": "object", "x-redact": True}}}
    kept, count = redacted(history({"vip": True, "who": {"name": "Ada Reyes", "adult": True}}), schemas={"event": schema})
    assert (kept.event.data, count) == ({"vip": True, "who": {"name": "[redacted-name-1]", "adult": True}}, 1)


def test_a_placeholder_has_the_shape_of_what_it_stands_for() -> None:
    data = {
        "mail": "ada@reyes.example",
        "born": "1985-12-10",
        "at": "2026-01-02T03:04:05+00:00",
        "id": "01968f3a-c8b1-7c02-a3f0-8241a2f70001",
        "phone": "+47 22 33 44 55",
        "account": 98765432,
        "name": 'Ada "the" Reyes',
    }
    kept, _ = redacted(history(data, input=[f"{data['name']} has {data['account']}", json.dumps(data), 98765432, 9876543210]), ["data"])
    got = kept.event.data
    assert got == {
        "mail": "redacted-1@example.com",
        "born": "2000-01-03",
        "at": "2000-01-04T03:04:05+00:00",
        "id": "00000000-0000-0000-0000-000000000004",
        "phone": "+00 00 00 00 05",
        "account": 10000006,
        "name": "[redacted-name-7]",
    }
    text, inner, number, other = kept.steps[0].input
    assert (text, json.loads(inner), number, other) == ("[redacted-name-7] has 10000006", got, 10000006, 9876543210)


def test_what_cannot_be_told_apart_is_refused() -> None:
    for value in (42, True):
        with pytest.raises(InvalidInput, match=r"data\.age holds (42|True), which cannot be told apart"):
            redacted(history({"age": value}), ["data.age"])
    kept, _ = redacted(history({"code": "NO", "text": "NO, in NORWAY"}), ["data.code"])
    assert kept.event.data == {"code": "[redacted-code-1]", "text": "[redacted-code-1], in NORWAY"}


def test_a_path_names_what_a_step_is_made_of_behind_it_and_not_what_the_engine_noted() -> None:
    one = history({})
    made_of = {"turn": "ask", "tool": "turn", "ask": None, "settle pay": None, "(failure)": None, "last": None}
    kinds = {"settle pay": "approve", "(failure)": "failure"}
    steps = [one.steps[0].model_copy(update={"key": k, "name": k, "parent": p, "kind": kinds.get(k, "ai")}) for k, p in made_of.items()]
    assert recorded_path(one.model_copy(update={"steps": tuple(steps)})) == ["ai ask", "ai turn", "ai tool", "ai last"]


def test_a_test_is_not_written_over_and_not_of_a_run_that_goes_on(tmp_path: Path) -> None:
    place = CodePlace(tmp_path, ("order",))
    one = history({})
    exported = write_test(one, tmp_path, place)
    assert exported.name == "process_order_a2f7_0001"
    with pytest.raises(Conflict, match="is there already"):
        write_test(one, tmp_path, place)
    write_test(one, tmp_path, place, force=True)
    with pytest.raises(InvalidInput, match="is running"):
        write_test(one.model_copy(update={"state": "running"}), tmp_path, place)
    with pytest.raises(InvalidInput, match="cannot be part of a test's name"):
        write_test(one, tmp_path, place, name="../elsewhere")
