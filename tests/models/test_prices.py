"""What calls cost: exact, by the table or by prices of one's own, and unknown where nobody says; and how tokens are estimated."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from flowforge.orchestrator.models import prices
from flowforge.orchestrator.models.client import EmbeddingReply, ModelReply, ModelRequest, TokenUsage
from flowforge.orchestrator.models.library import load, tokenizer_directory
from flowforge.orchestrator.models.price_override import PriceOverride
from flowforge.orchestrator.models.price_table import PriceTable, Row
from flowforge.orchestrator.models.price_table import load as load_table
from flowforge.orchestrator.models.usage import Usage

A_TUESDAY = datetime(2026, 11, 24, 3, tzinfo=UTC)

# Where LiteLLM's own reckoning is another: it knows two rows by these names, and takes the other one.
TWO_ROWS = {"gemini-exp-1206", "deepseek-chat"}

# Mixes of input, output, cached, cache-written and reasoning tokens: small, past every threshold, everything at once.
MIXES = [(1204, 88, 0, 0, 0), (300_000, 2_000, 100_000, 0, 500), (5_000, 1_000, 2_000, 1_000, 300), (1_100_000, 7, 0, 0, 0)]


def cost(model: str, provider: str, asked: int = 1204, said: int = 88, **more: int) -> Decimal | None:
    return prices.price(model, provider, TokenUsage(input=asked, output=said, **more)).cost


def test_a_price_is_an_exact_decimal() -> None:
    found = prices.price("gpt-4o", "openai", TokenUsage(input=1204, output=88))
    assert (found.cost, found.source) == (Decimal("0.00389"), "litellm")
    assert found.version == load_table().version


def test_no_call_is_too_small_to_cost() -> None:
    assert cost("gpt-4o", "openai", 1, 0) == Decimal("0.0000025")


def test_cached_written_and_reasoning_tokens_have_prices_of_their_own() -> None:
    plain = cost("claude-sonnet-4.5", "anthropic", 10_000, 0)
    assert (plain, cost("claude-sonnet-4.5", "anthropic", 10_000, 0, cached=10_000)) == (Decimal("0.03"), Decimal("0.003"))
    assert cost("claude-sonnet-4.5", "anthropic", 10_000, 0, cache_written=10_000) == Decimal("0.0375")
    name, row = next((name, row) for name, row in load_table().rows.items() if thinks_dearer(row))
    assert cost(name, row.provider, 0, 1_000, reasoning=1_000) != cost(name, row.provider, 0, 1_000)


def thinks_dearer(row: Row) -> bool:
    rates = row.rates(0)
    return rates.reasoning != rates.output and rates.output is not None


def test_a_long_prompt_costs_what_its_bracket_says() -> None:
    name, row = next((name, row) for name, row in load_table().rows.items() if any(bracket.above == 200_000 for bracket in row.brackets))
    at, above = cost(name, row.provider, 200_000, 0), cost(name, row.provider, 200_001, 0)
    assert at and above and above > at * Decimal("1.5")


def test_a_service_tier_has_its_own_price() -> None:
    tokens = TokenUsage(input=1_000_000)
    assert prices.price("gpt-4o", "openai", tokens, tier="priority").cost == Decimal("4.25")
    assert prices.price("gpt-4o", "openai", tokens, tier="default").cost == prices.price("gpt-4o", "openai", tokens).cost


def test_nights_and_week_ends_are_cheaper_where_the_table_says_so() -> None:
    tokens = TokenUsage(input=1_000_000)
    day, night = (prices.price("deepseek-flash", "deepseek", tokens, at=A_TUESDAY.replace(hour=hour)).cost for hour in (3, 5))
    assert day and night and night < day
    saturday = A_TUESDAY.replace(day=28)
    assert prices.price("deepseek-flash", "deepseek", tokens, at=saturday).cost == night


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.thorough)])
def test_every_chat_model_costs_what_litellm_says(every: int) -> None:
    litellm, table, at = load(), load_table(), datetime.now(UTC)
    compared, differ = 0, []
    for name, row in list(table.rows.items())[::every]:
        if litellm.model_cost.get(name, {}).get("mode") != "chat" or name in TWO_ROWS or not row.rates(0).known:
            continue
        for asked, said, cached, written, thought in MIXES:
            theirs = litellms_cost(litellm, name, row.provider, asked, said, cached, written, thought)
            tokens = TokenUsage(input=asked, output=said, cached=cached, cache_written=written, reasoning=thought)
            ours = prices.price(name, row.provider, tokens, at=at).cost
            compared += 1
            if ours is None and no_whole_price(name, row, table):
                continue
            if ours is None or theirs is None or abs(ours - theirs) > Decimal("1e-12"):
                differ.append((name, ours, theirs))
    assert compared > 11_000 / every
    assert differ == []


def litellms_cost(litellm, name, provider, asked, said, cached, written, thought) -> Decimal | None:
    usage = litellm.Usage(
        prompt_tokens=asked,
        completion_tokens=said,
        total_tokens=asked + said,
        prompt_tokens_details={"cached_tokens": cached, "cache_creation_tokens": written},
        completion_tokens_details={"reasoning_tokens": thought},
        cache_creation_input_tokens=written,
        cache_read_input_tokens=cached,
    )
    into, out = litellm.cost_per_token(model=name, custom_llm_provider=provider, usage_object=usage)
    return Decimal(repr(into)) + Decimal(repr(out))


def no_whole_price(name: str, row: Row, table: PriceTable) -> bool:
    """LiteLLM takes a missing half of a price for 0, and a router's own fee for the price of whatever it routes to."""
    rates = row.rates(0)
    return rates.input is None or rates.output is None or name in prices._ROUTERS


@pytest.mark.parametrize(
    ("model", "provider"), [("openai/o1-mini", "openai"), ("openai/own-model", "openai"), ("openrouter/x/y", "openrouter")]
)
def test_what_is_not_in_the_table_has_no_price(model: str, provider: str) -> None:
    assert prices.price(model, provider, TokenUsage(input=10, output=1)) == prices.UNKNOWN


def test_another_providers_model_of_that_name_is_not_its_price() -> None:
    assert cost("openrouter/gpt-4o", "openrouter") is None


def test_a_row_without_prices_is_no_price() -> None:
    name, row = next((name, row) for name, row in load_table().rows.items() if not row.brackets)
    assert cost(name, row.provider) is None


def test_a_model_that_is_free_costs_zero() -> None:
    assert load_table().rows["ollama/llama3"].rates(0).input == 0
    assert cost("ollama/llama3", "ollama") == 0


def test_a_fine_tuned_model_is_priced_as_what_it_began_as() -> None:
    assert (
        cost("ft:gpt-4o-mini-2024-07-18:acme::9xQ", "openai")
        == cost("ft:gpt-4o-mini-2024-07-18", "openai")
        != cost("gpt-4o-mini", "openai")
    )


def test_the_name_that_was_asked_for_goes_before_the_one_that_answered() -> None:
    tokens = TokenUsage(input=1_000_000)
    assert prices.price("gpt-4o", "openai", tokens, answered_by="gpt-4").cost == Decimal("2.5")
    assert prices.price("latest", "openai", tokens, answered_by="gpt-4o-2024-08-06").cost == Decimal("2.5")


def test_ones_own_price_of_the_name_that_was_asked_for_goes_first_too() -> None:
    own = {"small": PriceOverride(Decimal(1)), "small-2026-11": PriceOverride(Decimal(2))}
    tokens = TokenUsage(input=1_000_000)
    assert prices.price("small", "my", tokens, own, answered_by="small-2026-11").cost == 1
    assert prices.price("latest", "my", tokens, own, answered_by="small-2026-11").cost == 2


def test_a_router_costs_what_the_model_costs_that_answered() -> None:
    assert cost("azure/model-router", "azure") is None
    answered = prices.price("azure/model-router", "azure", TokenUsage(input=1_000_000), answered_by="gpt-4o-2024-08-06")
    assert answered.cost is not None
    assert answered.cost == prices.price("azure/gpt-4o-2024-08-06", "azure", TokenUsage(input=1_000_000)).cost


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("openai/gpt-4o", "openai"), ("azure/gpt-4o", "azure"), ("vertex_ai/gemini-2.5-pro", "vertex_ai"),
        ("gemini/gemini-2.5-flash", "gemini"),
        ("bedrock/converse/anthropic.claude-3-5-sonnet-20240620-v1:0", "bedrock"), ("groq/openai/gpt-oss-120b", "groq"),
        ("bedrock/us.anthropic.claude-3-5-sonnet-20240620-v1:0", "bedrock"),
    ],
)  # fmt: skip
def test_a_model_is_found_however_its_provider_is_written(model: str, provider: str) -> None:
    found = cost(model, provider)
    assert found is not None and found > 0


def test_an_embedding_has_a_price() -> None:
    assert cost("text-embedding-3-small", "openai", 1_000_000, 0) == Decimal("0.02")


def test_ones_own_price_goes_before_the_tables() -> None:
    own = {"gpt-4o": PriceOverride(Decimal("1.000000000001"), Decimal("2"), version="7")}
    found = prices.price("gpt-4o", "openai", TokenUsage(input=1_000_001, output=500_000), own)
    assert (found.cost, found.source, found.version) == (Decimal("2.000001000001000001"), "override", "7")


@pytest.mark.parametrize("written", ["claude-sonnet-4.5", "anthropic/claude-sonnet-4-5", "claude-sonnet-4-5"])
def test_ones_own_price_is_found_under_each_name_of_a_model(written: str) -> None:
    own = {written: PriceOverride(Decimal(1), Decimal(0))}
    assert prices.price("claude-sonnet-4.5", "anthropic", TokenUsage(input=1_000_000), own).cost == 1


def test_a_price_without_output_is_no_price_of_a_call_that_writes() -> None:
    own = {"my/model": PriceOverride(Decimal(1))}
    assert prices.price("my/model", "my", TokenUsage(input=5), own).cost == Decimal("0.000005")
    assert prices.price("my/model", "my", TokenUsage(input=5, output=1), own).cost is None


def test_what_a_model_takes_is_known_where_the_table_says_it() -> None:
    known = prices.limits_of("claude-sonnet-4.5")
    assert (known.context, known.output_max) == (200_000, 64_000)
    assert prices.limits_of("openai/own-model") == prices.ModelLimits()
    assert prices.limits_of("openai/gpt-4o").context == 128_000


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


def test_a_long_text_is_counted_by_samples_that_come_close() -> None:
    sentence = "The quick brown fox of order ORD-{} jumps over 17 lazy dogs, said Ærlig Øystein.\n"
    text = "".join(sentence.format(number) for number in range(12_000))
    whole = len(prices._encoding("gpt-4o").encode(text))
    guess = prices.estimate_prompt(ModelRequest(model="gpt-4o", messages=[{"role": "user", "content": text}]))
    assert len(text) > 900_000 and abs(guess - whole) < whole * 0.03


def test_pictures_tools_and_schemas_are_part_of_a_prompt() -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 100_000}}
    plain = ModelRequest(model="gpt-4o", messages=[{"role": "user", "content": [{"type": "text", "text": "look"}]}])
    seen = plain.model_copy(update={"messages": [{"role": "user", "content": [{"type": "text", "text": "look"}, picture]}]})
    assert prices.estimate_prompt(seen) - prices.estimate_prompt(plain) == prices.TOKENS_PER_IMAGE
    tool = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object", "properties": {"id": {"type": "string"}}}}}
    assert prices.estimate_prompt(plain.model_copy(update={"tools": (tool,)})) > prices.estimate_prompt(plain) + 10
    assert prices.estimate_prompt(plain.model_copy(update={"response_format": tool})) > prices.estimate_prompt(plain) + 10


def test_the_vocabularies_are_found_without_importing_litellm() -> None:
    assert len([file for file in tokenizer_directory().iterdir() if len(file.name) == 40]) >= 3


def a_reply() -> ModelReply:
    return ModelReply(
        text="",
        finish_reason="stop",
        model="gpt-4o",
        provider="openai",
        answered_by="gpt-4o-2024-08-06",
        tokens=TokenUsage(input=1204, output=88, cached=1000, reasoning=12, cache_written=7, estimated=True),
        cost=Decimal("1E-7"),
        price_source="litellm",
        price_version="1.106.2",
        latency_ms=280,
        first_token_ms=40,
    )


def test_a_usage_row_is_what_the_reply_says() -> None:
    usage = Usage.from_reply(a_reply())
    assert usage == Usage(
        "gpt-4o", "openai", 1204, 88, 1000, 12, Decimal("1E-7"), "litellm", "1.106.2", 280, 40,
        answered_by="gpt-4o-2024-08-06", cache_written_tokens=7, tokens_estimated=True,
    )  # fmt: skip
    assert (usage.frame()["cost"], usage.frame()["outcome"], usage.frame()["saved_cost"]) == ("0.0000001", "answered", None)


def test_a_cached_answer_used_nothing_and_saved_what_it_had_cost() -> None:
    usage = Usage.from_cache(a_reply())
    assert (usage.outcome, usage.cost, usage.saved_cost, usage.input_tokens, usage.latency_ms) == ("cached", 0, Decimal("1E-7"), 0, 0)
    assert (usage.frame()["cost"], usage.frame()["saved_cost"]) == ("0", "0.0000001")


def test_a_call_without_an_answer_has_no_cost() -> None:
    usage = Usage.unanswered("gpt-4o", "openai", latency_ms=900)
    assert (usage.outcome, usage.cost, usage.frame()["outcome"], usage.frame()["cost"]) == ("unknown", None, "unknown", None)


def test_a_call_for_vectors_is_a_row_of_its_own_kind() -> None:
    reply = EmbeddingReply(vectors=[[1.0]], model="text-embedding-3-small", provider="openai", tokens=TokenUsage(input=50))
    usage = Usage.from_embedding(reply, prices.price(reply.model, reply.provider, reply.tokens))
    assert (usage.kind, usage.input_tokens, usage.cost, usage.price_source) == ("embedding", 50, Decimal("0.000001"), "litellm")
