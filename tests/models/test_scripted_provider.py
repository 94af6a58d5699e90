from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import httpx
import pytest

from flowforge.testing.scripted_provider import Asked, Message, Reply, ScriptedProvider, Tokens, Tool, ToolCall, atlas, everyday
from flowforge.testing.scripted_provider.scripts.everyday import sample

REFUND_TOOLS = (Tool("lookup_order"), Tool("issue_refund"))
TASK = Message("user", "Customer asks for $420 back for ORD-9218")


def ask(provider: ScriptedProvider, model: str = "gpt-4o", **body: Any) -> httpx.Response:
    body.setdefault("messages", [{"role": "user", "content": "hello"}])
    return httpx.post(f"{provider.base_url}/chat/completions", json={"model": model, **body}, timeout=5)


def story(*turns: Message) -> Reply:
    return atlas(Asked("gpt-4o", (TASK, *turns), REFUND_TOOLS))


def found() -> Message:
    return Message("tool", '{"order_id": "ORD-9218", "total": 420}', tool_name="lookup_order")


def test_atlas_first_looks_the_order_up() -> None:
    assert story().tool_calls == (ToolCall("lookup_order", {"order_id": "ORD-9218"}),)


def test_atlas_then_asks_for_the_refund() -> None:
    assert story(found()).tool_calls == (ToolCall("issue_refund", {"order_id": "ORD-9218", "amount": 420}),)


def test_atlas_names_the_amount_that_was_really_refunded() -> None:
    paid = Message("tool", '{"refunded": 300, "order_id": "ORD-9218"}', tool_name="issue_refund")
    assert story(found(), paid).text == "Done: $300 was refunded to ORD-9218. The customer can be told."


def test_atlas_repeats_the_reason_of_a_denial() -> None:
    denied = Message("tool", "the order is older than a year", tool_name="issue_refund")
    assert story(found(), denied).text == "I did not refund ORD-9218. The answer was: the order is older than a year"


def test_atlas_takes_order_and_amount_from_the_task() -> None:
    asked = Asked("gpt-4o", (Message("user", "Refund $1,250.50 of ORD-77"),), (Tool("issue_refund"),))
    assert atlas(asked).tool_calls == (ToolCall("issue_refund", {"order_id": "ORD-77", "amount": 1250.5}),)


def test_everyday_answers_a_schema_with_a_value_that_fits() -> None:
    schema = {"$ref": "#/$defs/Risk", "$defs": {"Risk": {"type": "object", "properties": {"score": {"type": "integer", "minimum": 3}}}}}
    assert json.loads(everyday(Asked("x", (TASK,), schema=schema)).text) == {"score": 3}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"enum": ["low", "high"]}, "low"),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, None),
        ({"type": "array", "items": {"type": "boolean"}, "minItems": 2}, [True, True]),
        ({"type": "number", "exclusiveMinimum": 0}, 1.0),
        ({"type": "string", "minLength": 10}, "scripted.."),
        ({"type": "string", "format": "date"}, "2026-01-01"),
    ],
)
def test_a_sample_fits_its_schema(schema: dict[str, Any], value: object) -> None:
    assert sample(schema) == value


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages"])
@pytest.mark.parametrize("stream", [True, False])
def test_the_same_request_gets_the_same_bytes(path: str, stream: bool) -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "hello"}], "stream": stream}
    answers = []
    for _ in range(2):
        with ScriptedProvider() as provider:
            answer = httpx.post(provider.root_url + path, json=body)
            answers.append((dict(answer.headers), answer.content))
    assert answers[0] == answers[1]


def test_a_stream_ends_with_usage_and_done() -> None:
    with ScriptedProvider(lambda asked: Reply("Yes.", tokens=Tokens(1204, 88, cached=1000))) as provider:
        lines = ask(provider, stream=True, stream_options={"include_usage": True}).text.split("\n\n")
    assert lines[-2] == "data: [DONE]"
    assert json.loads(lines[-3].removeprefix("data: "))["usage"]["prompt_tokens_details"] == {"cached_tokens": 1000}


def test_a_fault_by_name_is_permanent_and_says_when_to_come_back() -> None:
    with ScriptedProvider() as provider:
        answers = [ask(provider, "fault-rate_limited") for _ in range(2)]
    assert [(answer.status_code, answer.headers["retry-after"]) for answer in answers] == [(429, "2"), (429, "2")]


def test_an_ordered_fault_ends_after_its_times() -> None:
    with ScriptedProvider() as provider:
        provider.fail_next("server_error", times=2)
        assert [ask(provider).status_code for _ in range(3)] == [500, 500, 200]


def test_an_ordered_fault_can_be_for_one_model() -> None:
    with ScriptedProvider() as provider:
        provider.fail_next("unauthorized", model="o1-mini")
        assert [ask(provider, model).status_code for model in ("gpt-4o", "o1-mini", "o1-mini")] == [200, 401, 200]


def test_faults_can_be_ordered_over_http() -> None:
    with ScriptedProvider() as provider:
        control = f"{provider.root_url}/control/faults"
        httpx.post(control, json={"kind": "rate_limited", "times": 2, "retry_after": 7})
        first = ask(provider)
        httpx.delete(control)
        assert (first.status_code, first.headers["retry-after"], ask(provider).status_code) == (429, "7", 200)


def test_requests_are_kept_without_their_keys() -> None:
    with ScriptedProvider() as provider:
        httpx.post(
            f"{provider.base_url}/chat/completions",
            json={"model": "m", "messages": [{"role": "user", "content": "hello"}]},
            headers={"authorization": "Bearer sk-very-secret"},
        )
        assert [received.model for received in provider.requests] == ["m"]
        assert "sk-very-secret" not in httpx.get(f"{provider.root_url}/control/requests").text


def test_a_dropped_stream_breaks_the_connection() -> None:
    with ScriptedProvider() as provider, pytest.raises(httpx.RemoteProtocolError):
        ask(provider, "fault-dropped", stream=True)


def test_it_runs_as_a_program_of_its_own() -> None:
    command = [sys.executable, "-m", "flowforge.testing.scripted_provider", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            name, _, url = process.stdout.readline().strip().removeprefix("export ").partition("=")
            body = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}
            answer = httpx.post(f"{url}/chat/completions", json=body)
        finally:
            process.terminate()
    assert (name, answer.json()["choices"][0]["message"]["content"]) == ("OPENAI_BASE_URL", "You said: hello")
