from __future__ import annotations

import asyncio
import os

import pytest

from flowforge.errors import ModelError
from flowforge.orchestrator.models.client import Delta, ModelClient, ModelRequest, OnDelta
from flowforge.orchestrator.models.http.client import HttpModelClient
from flowforge.testing.scripted_provider import ScriptedProvider
from flowforge.testing.scripted_provider.fault import FaultKind


async def fail(client: ModelClient, model: str, *, on_delta: OnDelta | None = None, **fields: object) -> ModelError:
    asked = {"model": model, "messages": [{"role": "user", "content": "a longer hello, my friend"}], "timeout_seconds": 5.0, **fields}
    with pytest.raises(ModelError) as caught:
        await client.complete(ModelRequest.model_validate(asked), on_delta)
    return caught.value


@pytest.mark.parametrize(
    ("fault", "kind", "retryable"),
    [
        ("rate_limited", "rate_limited", True),
        ("overloaded", "overloaded", True),
        ("server_error", "server_error", True),
        ("bad_gateway", "server_error", True),
        ("unauthorized", "authentication", False),
        ("bad_request", "bad_request", False),
        ("not_found", "not_found", False),
        ("context_too_long", "context_too_long", False),
        ("content_filter", "content_filter", False),
    ],
)
async def test_each_refusal_has_its_kind(client: ModelClient, wire: str, fault: str, kind: str, retryable: bool, stream: bool) -> None:
    error = await fail(client, f"{wire}/fault-{fault}", stream=stream)
    assert (error.kind, error.retryable, error.answer_lost) == (kind, retryable, False)


@pytest.mark.parametrize("fault", ["html", "invalid_json", "no_choices"])
async def test_what_is_no_answer_is_an_error_that_may_have_cost_something(client: ModelClient, wire: str, fault: str) -> None:
    error = await fail(client, f"{wire}/fault-{fault}", stream=False)
    assert (error.kind, error.retryable, error.answer_lost) == ("server_error", True, True)


@pytest.mark.parametrize("fault", ["html", "no_choices"])
async def test_a_stream_without_an_answer_is_an_error(client: ModelClient, wire: str, fault: str) -> None:
    error = await fail(client, f"{wire}/fault-{fault}")
    assert (error.kind, error.retryable, error.answer_lost) == ("server_error", True, True)


@pytest.mark.parametrize("fault", ["cut", "dropped", "broken", "invalid_json"])
async def test_a_stream_that_ends_in_the_middle_is_no_reply(client: ModelClient, wire: str, fault: str) -> None:
    seen: list[Delta] = []
    error = await fail(client, f"{wire}/fault-{fault}", on_delta=seen.append)
    assert (error.kind, error.retryable, error.answer_lost) == ("cut_stream", True, True)
    assert seen


async def test_silence_is_a_timeout(client: ModelClient, wire: str, stream: bool) -> None:
    error = await fail(client, f"{wire}/fault-timeout", stream=stream, timeout_seconds=0.3)
    assert (error.kind, error.retryable, error.answer_lost) == ("timeout", True, True)


async def test_a_stream_that_stalls_ends_with_the_calls_time(client: ModelClient, wire: str) -> None:
    seen: list[Delta] = []
    model = f"{wire}/fault-stall"
    error = await fail(client, model, timeout_seconds=0.8, first_token_seconds=0.7, on_delta=seen.append)
    assert str(error) == f"{wire} did not finish the answer of {model} within 0.8 s"
    assert error.answer_lost
    assert seen


async def test_a_stream_that_does_not_begin_in_time_says_so(client: ModelClient, wire: str) -> None:
    model = f"{wire}/fault-timeout"
    error = await fail(client, model, first_token_seconds=0.2)
    assert str(error) == f"{wire} did not begin the answer of {model} within 0.2 s"
    assert (error.kind, error.retryable, error.answer_lost) == ("timeout", True, True)


async def test_the_first_tokens_time_is_no_bound_of_a_reply_that_comes_whole(client: ModelClient, provider: ScriptedProvider) -> None:
    request = ModelRequest(model="gpt-4o", messages=[{"role": "user", "content": "hello"}], stream=False, first_token_seconds=0.000001)
    assert (await client.complete(request)).text == "You said: hello"


async def test_the_wait_that_the_provider_asks_for_is_kept(client: ModelClient, wire: str) -> None:
    assert (await fail(client, f"{wire}/fault-rate_limited")).retry_after == 2.0


async def test_a_provider_that_is_not_there_has_charged_nothing(
    client: ModelClient, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    for name in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    error = await fail(client, model)
    assert (error.kind, error.retryable, error.status, error.answer_lost) == ("connection", True, None, False)


async def test_a_connection_that_breaks_behind_the_request_may_have_cost_something(
    client: ModelClient, monkeypatch: pytest.MonkeyPatch, model: str, provider: ScriptedProvider
) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        monkeypatch.setenv("OPENAI_BASE_URL", f"{address}/v1")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", address)
        error = await fail(client, model)
    assert (error.kind, error.retryable, error.answer_lost) == ("connection", True, True)


async def test_a_call_is_sent_once_and_not_retried_underneath(client: ModelClient, provider: ScriptedProvider, wire: str) -> None:
    faults: list[FaultKind] = ["server_error", "rate_limited", "dropped"]
    for fault in faults:
        await fail(client, f"{wire}/fault-{fault}")
    assert len(provider.requests) == len(faults)


async def test_a_key_that_the_provider_quotes_is_not_repeated(client: ModelClient) -> None:
    error = await fail(client, "openai/fault-unauthorized")
    assert str(error) == "openai refused the key (401), model openai/fault-unauthorized: Incorrect API key provided: [redacted]"
    assert os.environ["OPENAI_API_KEY"] not in str(error.__dict__)


async def test_a_web_page_is_called_one(client: ModelClient, wire: str) -> None:
    error = await fail(
        client, f"{wire}/fault-html", stream=isinstance(client, HttpModelClient)
    )  # LiteLLM does not show the page of a stream
    if wire == "anthropic" or isinstance(client, HttpModelClient):
        assert str(error) == f"{wire} answered with a web page, model {wire}/fault-html"
        assert error.hint == "look at the provider's base URL: something else may answer there"


async def test_a_gateways_web_page_is_told_in_a_line(client: ModelClient, wire: str) -> None:
    error = await fail(client, f"{wire}/fault-bad_gateway")
    assert "it answered with a web page, “Welcome to nginx!”" in str(error)
    assert "<" not in str(error)


@pytest.mark.parametrize(
    ("missing", "variable"),
    [("gpt-4o", "OPENAI_API_KEY"), ("claude-sonnet-4.5", "ANTHROPIC_API_KEY"), ("mistral/mistral-large-latest", "MISTRAL_API_KEY")],
)
async def test_a_missing_key_is_named_before_anything_is_sent(
    client: ModelClient, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, missing: str, variable: str
) -> None:
    monkeypatch.delenv(variable, raising=False)
    error = await fail(client, missing)
    assert str(error) == f"{missing} cannot be called: {variable} is not set"
    assert (error.kind, error.retryable, provider.requests) == ("authentication", False, [])


async def test_a_model_of_no_known_provider_says_how_to_write_it(client: ModelClient) -> None:
    error = await fail(client, "my-model")
    assert str(error) == "no provider is known for the model 'my-model'"
    assert error.hint == "name the provider too, as in openai/my-model or anthropic/my-model"
