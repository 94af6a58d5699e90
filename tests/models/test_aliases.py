from __future__ import annotations

import pytest

from flowforge.orchestrator.models.aliases import ALIASES, litellm_name
from flowforge.orchestrator.models.library import load
from flowforge.orchestrator.models.provider import find_provider

UNPRICED = {"o1-mini"}  # withdrawn by its provider: LiteLLM's table lists it no more, a server of one's own may still serve it


@pytest.mark.parametrize("alias", sorted(set(ALIASES) - UNPRICED))
def test_each_alias_stands_for_a_model_that_litellm_prices(alias: str) -> None:
    litellm = load()
    provider = find_provider(litellm, alias)
    row = litellm.model_cost[provider.litellm_model.removeprefix(f"{provider.name}/")]
    assert (row["litellm_provider"], row["input_cost_per_token"] > 0) == (provider.name, True)


@pytest.mark.parametrize(("model", "provider"), [("claude-sonnet-4.5", "anthropic"), ("gpt-4o", "openai"), ("o1-mini", "openai")])
def test_the_models_of_the_landing_page_have_a_provider(model: str, provider: str) -> None:
    assert find_provider(load(), model).name == provider


def test_the_demos_model_is_served_in_openais_format() -> None:
    assert litellm_name("scripted/atlas") == "openai/scripted/atlas"


def test_a_name_of_litellms_stays_as_it_is() -> None:
    assert litellm_name("gemini/gemini-2.5-pro") == "gemini/gemini-2.5-pro"
