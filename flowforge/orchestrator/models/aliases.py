"""Model names as people write them, and the LiteLLM names they stand for. A name that is not here is LiteLLM's already."""

from __future__ import annotations

ALIASES: dict[str, str] = {
    "claude-sonnet-4.5": "anthropic/claude-sonnet-4-5",
    "claude-opus-4.5": "anthropic/claude-opus-4-5",
    "claude-haiku-4.5": "anthropic/claude-haiku-4-5",
    "claude-sonnet-4.6": "anthropic/claude-sonnet-4-6",
    "claude-opus-4.6": "anthropic/claude-opus-4-6",
    "o1-mini": "openai/o1-mini",
}

SCRIPTED_PREFIX = "scripted/"  # `scripted/atlas` is the demo's: the scripted provider speaks OpenAI's format


def litellm_name(model: str) -> str:
    """The name that LiteLLM knows this model by.

    >>> litellm_name("claude-sonnet-4.5"), litellm_name("gpt-4o"), litellm_name("scripted/atlas")
    ('anthropic/claude-sonnet-4-5', 'gpt-4o', 'openai/scripted/atlas')
    """
    if model.startswith(SCRIPTED_PREFIX):
        return f"openai/{model}"
    return ALIASES.get(model, model)
