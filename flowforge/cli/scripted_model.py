"""The model that answers where nobody has a key: the scripted provider, in this process, on loopback."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager

# Any of these means that somebody chose a provider. A local server of one's own has an address instead of a key.
PROVIDER_VARIABLES = (
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "OPENAI_API_BASE",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_API_BASE",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_BASE_URL",
    "AZURE_API_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "COHERE_API_KEY",
    "DEEPSEEK_API_KEY",
    "FIREWORKS_AI_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GROQ_API_KEY",
    "HUGGINGFACE_API_KEY",
    "MISTRAL_API_KEY",
    "OLLAMA_API_BASE",
    "OPENROUTER_API_KEY",
    "PERPLEXITYAI_API_KEY",
    "TOGETHERAI_API_KEY",
    "XAI_API_KEY",
)


def chosen_providers(environment: MutableMapping[str, str] = os.environ) -> list[str]:
    """The variables that choose a provider, where they are set."""
    return [name for name in PROVIDER_VARIABLES if environment.get(name)]


def point_at(added: Mapping[str, str], environment: MutableMapping[str, str] = os.environ) -> None:
    """Send this process's model calls there and nowhere else: no other provider, and no proxy between us and loopback."""
    for name in PROVIDER_VARIABLES:
        environment.pop(name, None)
    environment.update(added)
    for name in ("NO_PROXY", "no_proxy"):
        environment[name] = ",".join(filter(None, [environment.get(name), "127.0.0.1", "localhost"]))


@contextmanager
def scripted_model_unless_chosen(environment: MutableMapping[str, str] = os.environ) -> Iterator[str]:
    """Start the scripted provider and point this process at it, unless somebody chose one. Yields how to tell people."""
    if found := chosen_providers(environment):
        yield f"{found[0]} is set"
        return
    from flowforge.testing.scripted_provider import ScriptedProvider

    with ScriptedProvider() as provider:
        before = dict(environment)
        point_at(provider.environment(), environment)
        try:
            yield "scripted model (no key found; set OPENAI_API_KEY or ANTHROPIC_API_KEY to use a real one)"
        finally:
            environment.clear()
            environment.update(before)
