from __future__ import annotations

import os
from datetime import timedelta
from email.utils import format_datetime

import pytest

from flowforge.clock import SYSTEM_CLOCK
from flowforge.errors import ModelError
from flowforge.orchestrator.models import failure
from flowforge.orchestrator.models.client import ModelRequest
from flowforge.orchestrator.models.litellm_client import LiteLLMClient
from flowforge.testing.scripted_provider import ScriptedProvider

WIRES = ["openai", "anthropic"]


async def fail(client: LiteLLMClient, model: str, *, stream: bool = True, timeout_seconds: float = 5) -> ModelError:
    request = ModelRequest(
        model=model, messages=[{"role": "user", "content": "a longer hello, my friend"}], stream=stream, timeout_seconds=timeout_seconds
    )
    with pytest.raises(ModelError) as caught:
        await client.complete(request)
    return caught.value


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(
    ("fault", "kind", "retryable"),
    [
        ("rate_limited", "rate_limited", True),
        ("overloaded", "overloaded", True),
        ("server_error", "server_error", True),
        ("unauthorized", "authentication", False),
        ("bad_request", "bad_request", False),
        ("not_found", "not_found", False),
        ("context_too_long", "context_too_long", False),
        ("content_filter", "content_filter", False),
    ],
)
async def test_each_refusal_has_its_kind(client: LiteLLMClient, wire: str, fault: str, kind: str, retryable: bool, stream: bool) -> None:
    error = await fail(client, f"{wire}/fault-{fault}", stream=stream)
    assert (error.kind, error.retryable) == (kind, retryable)


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("fault", ["cut", "dropped"])
async def test_a_stream_that_ends_in_the_middle_is_no_reply(client: LiteLLMClient, wire: str, fault: str) -> None:
    error = await fail(client, f"{wire}/fault-{fault}")
    assert (error.kind, error.retryable) == ("cut_stream", True)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("wire", WIRES)
async def test_silence_is_a_timeout(client: LiteLLMClient, wire: str, stream: bool) -> None:
    error = await fail(client, f"{wire}/fault-timeout", stream=stream, timeout_seconds=0.3)
    assert (error.kind, error.retryable) == ("timeout", True)


async def test_a_slow_stream_is_bounded_as_a_whole(client: LiteLLMClient) -> None:
    error = await fail(client, "openai/fault-slow", timeout_seconds=0.7)
    assert str(error) == "openai did not finish the answer of openai/fault-slow within 0.7 s"


@pytest.mark.parametrize("wire", WIRES)
async def test_the_wait_that_the_provider_asks_for_is_kept(client: LiteLLMClient, wire: str) -> None:
    assert (await fail(client, f"{wire}/fault-rate_limited")).retry_after == 2.0


@pytest.mark.parametrize("wire", WIRES)
async def test_a_provider_that_is_not_there_is_a_connection_error(client: LiteLLMClient, provider: ScriptedProvider, wire: str) -> None:
    provider.stop()
    error = await fail(client, "gpt-4o" if wire == "openai" else "claude-sonnet-4.5")
    assert (error.kind, error.retryable, error.status) == ("connection", True, None)


async def test_a_call_is_sent_once_and_not_retried_underneath(client: LiteLLMClient, provider: ScriptedProvider) -> None:
    await fail(client, "openai/fault-server_error")
    await fail(client, "anthropic/fault-rate_limited")
    assert len(provider.requests) == 2


async def test_a_key_that_the_provider_quotes_is_not_repeated(client: LiteLLMClient) -> None:
    error = await fail(client, "openai/fault-unauthorized")
    assert str(error) == "openai refused the key (401), model openai/fault-unauthorized: Incorrect API key provided: [redacted]"
    assert os.environ["OPENAI_API_KEY"] not in str(error.__dict__)


@pytest.mark.parametrize(
    ("model", "variable"),
    [("gpt-4o", "OPENAI_API_KEY"), ("claude-sonnet-4.5", "ANTHROPIC_API_KEY"), ("mistral/mistral-large-latest", "MISTRAL_API_KEY")],
)
async def test_a_missing_key_is_named_before_anything_is_sent(
    client: LiteLLMClient, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, model: str, variable: str
) -> None:
    monkeypatch.delenv(variable, raising=False)
    error = await fail(client, model)
    assert str(error) == f"{model} cannot be called: {variable} is not set"
    assert (error.kind, error.retryable, provider.requests) == ("authentication", False, [])


async def test_a_token_instead_of_anthropics_key_will_do(
    client: LiteLLMClient, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "a-token-of-length")
    reply = await client.complete(ModelRequest(model="claude-sonnet-4.5", messages=[{"role": "user", "content": "hello"}]))
    assert reply.text == "You said: hello"


async def test_a_model_of_no_known_provider_says_how_to_write_it(client: LiteLLMClient) -> None:
    error = await fail(client, "my-model")
    assert str(error) == "no provider is known for the model 'my-model'"
    assert error.hint == "name the provider too, as in openai/my-model or anthropic/my-model"


class Refusal(Exception):
    def __init__(self, message: str, status: int, **headers: str) -> None:
        super().__init__(message)
        self.status_code = status
        self.litellm_response_headers = {"content-type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }


def mapped(error: BaseException) -> ModelError:
    return failure.model_error(error, model="gpt-4o", provider="openai")


def test_an_empty_account_is_not_retried() -> None:
    error = mapped(Refusal("You exceeded your current quota, insufficient_quota", 429))
    assert (error.kind, error.retryable) == ("quota_exhausted", False)


def test_retry_after_may_be_a_date() -> None:
    date = format_datetime(SYSTEM_CLOCK.now() + timedelta(seconds=90))
    after = mapped(Refusal("slow down", 429, retry_after=date)).retry_after
    assert after is not None
    assert 85 < after <= 90


@pytest.mark.parametrize(
    ("headers", "after"), [({"retry_after_ms": "1500"}, 1.5), ({"retry_after": "soon"}, None), ({"retry_after": "999999"}, 86400.0)]
)
def test_retry_after_is_read_and_bounded(headers: dict[str, str], after: float | None) -> None:
    assert mapped(Refusal("slow down", 429, **headers)).retry_after == after


def test_a_refused_request_carries_no_wait() -> None:
    assert mapped(Refusal("no", 400, retry_after="5")).retry_after is None


def test_a_long_message_becomes_one_short_line() -> None:
    error = mapped(Refusal("litellm.BadRequestError: OpenAIException - " + "no\n" * 1000, 400))
    assert len(str(error)) < 400
    assert "\n" not in str(error)


def test_what_is_mapped_already_stays_as_it_is() -> None:
    error = failure.cut_stream("gpt-4o", "openai")
    assert mapped(error) is error
