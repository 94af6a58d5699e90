from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from flowforge.orchestrator.models import prices
from flowforge.orchestrator.models.client import ModelReply, ModelRequest, TokenUsage
from flowforge.orchestrator.models.library import load, tokenizer_directory
from flowforge.orchestrator.models.usage import Usage


def cost(model: str, provider: str, asked: int = 1204, said: int = 88) -> Decimal | None:
    litellm = load()
    usage = litellm.Usage(prompt_tokens=asked, completion_tokens=said, total_tokens=asked + said)
    return prices.price_of(litellm, model, provider, usage).cost


def test_a_price_is_an_exact_decimal() -> None:
    assert cost("gpt-4o", "openai") == Decimal("0.00389")


def test_no_call_is_too_small_to_cost() -> None:
    assert cost("gpt-4o", "openai", 1, 0) == Decimal("0.0000025")


@pytest.mark.parametrize(
    ("model", "provider"), [("openai/o1-mini", "openai"), ("openai/own-model", "openai"), ("openrouter/x/y", "openrouter")]
)
def test_what_is_not_in_the_table_has_no_price(model: str, provider: str) -> None:
    assert cost(model, provider) is None


def test_a_row_without_prices_is_no_price() -> None:
    litellm = load()
    name = next(name for name, row in litellm.model_cost.items() if not any("cost" in column for column in row))
    provider = str(litellm.model_cost[name].get("litellm_provider", ""))
    assert cost(name, provider) is None


def test_a_model_that_is_free_costs_zero() -> None:
    litellm = load()
    assert litellm.model_cost["ollama/llama3"]["input_cost_per_token"] == 0
    assert cost("ollama/llama3", "ollama") == 0


def test_tokens_are_counted_by_tiktoken_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))  # a directory that holds no vocabulary
    prices._encoding.cache_clear()
    request = ModelRequest(model="gpt-4o", messages=[{"role": "user", "content": "tokens are counted"}])
    assert prices.estimate(request, "one two three", "hm", ()) == TokenUsage(input=7, output=4, reasoning=1, estimated=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("model", ["gpt-2", "davinci", "claude-sonnet-4.5", "command-r-08-2024", "gpt-4", "openai/gpt-5"])
def test_every_family_is_counted_by_a_vocabulary_that_is_shipped(model: str) -> None:
    request = ModelRequest(model=model, messages=[{"role": "user", "content": "a plain sentence"}])
    assert prices.estimate(request, "", "", ()).input in range(6, 10)


def test_the_vocabularies_are_found_without_importing_litellm() -> None:
    assert len([file for file in tokenizer_directory().iterdir() if len(file.name) == 40]) >= 3


def test_a_usage_row_is_what_the_reply_says() -> None:
    reply = ModelReply(
        text="",
        finish_reason="stop",
        model="gpt-4o",
        provider="openai",
        tokens=TokenUsage(input=1204, output=88, cached=1000, reasoning=12),
        cost=Decimal("1E-7"),
        price_source="litellm",
        price_version="1.106.2",
        latency_ms=280,
        first_token_ms=40,
    )
    usage = Usage.from_reply(reply)
    assert usage == Usage("gpt-4o", "openai", 1204, 88, 1000, 12, Decimal("1E-7"), "litellm", "1.106.2", 280, 40)
    assert usage.frame()["cost"] == "0.0000001"
