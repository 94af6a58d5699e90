from __future__ import annotations

import pytest

from flowforge.errors import ModelError
from flowforge.orchestrator.models.http.endpoint import Endpoint, find_endpoint
from flowforge.orchestrator.models.http.providers import PROVIDERS


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for provider, known in PROVIDERS.items():
        for name in (
            *known.keys,
            *known.bearers,
            f"{known.prefix or provider.upper()}_BASE_URL",
            f"{known.prefix or provider.upper()}_API_BASE",
        ):
            monkeypatch.delenv(name, raising=False)


def found(model: str, **settings: str) -> Endpoint:
    return find_endpoint(model, settings)


@pytest.mark.parametrize(
    ("model", "variable", "url"),
    [
        ("gpt-4o", "OPENAI_API_KEY", "https://api.openai.com/v1/chat/completions"),
        ("openai/my-own", "OPENAI_API_KEY", "https://api.openai.com/v1/chat/completions"),
        ("mistral/mistral-large-latest", "MISTRAL_API_KEY", "https://api.mistral.ai/v1/chat/completions"),
        ("groq/llama-3.3-70b-versatile", "GROQ_API_KEY", "https://api.groq.com/openai/v1/chat/completions"),
        ("openrouter/openai/gpt-4o", "OPENROUTER_API_KEY", "https://openrouter.ai/api/v1/chat/completions"),
        ("perplexity/sonar", "PERPLEXITY_API_KEY", "https://api.perplexity.ai/chat/completions"),
        ("fireworks_ai/accounts/x/models/y", "FIREWORKS_API_KEY", "https://api.fireworks.ai/inference/v1/chat/completions"),
    ],
)
def test_well_known_providers_need_only_their_key(monkeypatch: pytest.MonkeyPatch, model: str, variable: str, url: str) -> None:
    monkeypatch.setenv(variable, "sk-anything")
    endpoint = found(model)
    assert (endpoint.url("/chat/completions"), endpoint.key, endpoint.format) == (url, "sk-anything", "openai")


def test_a_providers_prefix_is_not_a_part_of_the_models_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "sk-anything")
    assert found("openrouter/openai/gpt-4o").model == "openai/gpt-4o"


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://api.anthropic.com", "https://api.anthropic.com/v1/messages"),
        ("https://proxy.example/anthropic/", "https://proxy.example/anthropic/v1/messages"),
        ("https://proxy.example/v1", "https://proxy.example/v1/messages"),
        ("https://proxy.example/v1/messages", "https://proxy.example/v1/messages"),
    ],
)
def test_anthropics_address_may_be_given_in_each_usual_form(monkeypatch: pytest.MonkeyPatch, base: str, url: str) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-anything")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", base)
    assert found("claude-sonnet-4.5").url("/messages") == url


@pytest.mark.parametrize("model", ["ollama/llama3", "ollama_chat/llama3", "lm_studio/qwen"])
def test_servers_on_this_machine_need_no_key(model: str) -> None:
    endpoint = found(model)
    assert (endpoint.key, endpoint.base.startswith("http://localhost:"), endpoint.base.endswith("/v1")) == (None, True, True)


def test_whoever_has_an_address_speaks_openais_format(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_GATEWAY_BASE_URL", "http://gateway.internal/v1")
    endpoint = found("our-gateway/large")
    assert (endpoint.url("/chat/completions"), endpoint.model, endpoint.key) == (
        "http://gateway.internal/v1/chat/completions",
        "large",
        None,
    )


def test_a_server_without_a_usual_address_wants_one() -> None:
    with pytest.raises(ModelError, match="HOSTED_VLLM_BASE_URL is not set"):
        found("hosted_vllm/qwen")


def test_an_address_that_is_none_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-anything")
    monkeypatch.setenv("OPENAI_BASE_URL", "api.openai.com/v1")
    with pytest.raises(ModelError, match=r"OPENAI_BASE_URL must begin with https:// or http://, not 'api.openai.com/v1'"):
        found("gpt-4o")


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("bedrock/anthropic.claude-3-sonnet-20240229-v1:0", "bedrock"),
        ("vertex_ai/gemini-2.5-pro", "vertex_ai"),
        ("azure/my-deployment", "azure"),
        ("amazon.nova-pro-v1:0", "bedrock"),
    ],
)
def test_a_provider_with_a_format_of_its_own_is_left_to_litellm(model: str, provider: str) -> None:
    with pytest.raises(ModelError) as caught:
        found(model)
    assert str(caught.value) == (
        f"{model} cannot be called over plain HTTP: {provider} speaks neither OpenAI's nor Anthropic's format; "
        "set FLOWFORGE_MODEL_CLIENT=litellm"
    )
    assert (caught.value.kind, caught.value.retryable) == ("bad_request", False)


def test_a_key_is_not_shown() -> None:
    assert "sk-secret" not in repr(found("gpt-4o", api_key="sk-secret"))
