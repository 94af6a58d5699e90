"""Which provider serves a model, where it lives, and whether there is a key for it: known before anything is sent."""

from __future__ import annotations

import os
from dataclasses import dataclass
from types import ModuleType

from flowforge.errors import ModelError
from flowforge.orchestrator.models.aliases import litellm_name

# Other credentials that a provider takes instead of its API key.
_INSTEAD_OF_KEY = {"anthropic": ("ANTHROPIC_AUTH_TOKEN",), "azure": ("AZURE_AD_TOKEN", "AZURE_CLIENT_ID"), "xai": ("XAI_OAUTH_TOKEN",)}


@dataclass(frozen=True)
class Provider:
    """How a model is reached: `model` as people wrote it, `litellm_model` as LiteLLM wants it."""

    model: str
    litellm_model: str
    name: str
    api_base: str | None = None


def find_provider(litellm: ModuleType, model: str) -> Provider:
    """The provider of a model. Raises ModelError (bad_request) when nobody is known to serve it."""
    name = litellm_name(model)
    try:
        _, provider, _, _ = litellm.get_llm_provider(model=name)
    except litellm.exceptions.BadRequestError:
        raise ModelError(
            "bad_request",
            f"no provider is known for the model {model!r}",
            model=model,
            hint=f"name the provider too, as in openai/{model} or anthropic/{model}",
        ) from None
    return Provider(model, name, str(provider), _base_from_environment(str(provider)))


def require_key(litellm: ModuleType, provider: Provider) -> None:
    """Raises ModelError (authentication) that names the variable, when the provider's key is not set."""
    if any(os.environ.get(name) for name in _INSTEAD_OF_KEY.get(provider.name, ())):
        return
    checked = litellm.validate_environment(model=provider.litellm_model)
    missing = [name for name in checked["missing_keys"] if name.endswith("_API_KEY")]
    if checked["keys_in_environment"] or not missing:
        return
    raise ModelError(
        "authentication",
        f"{provider.model} cannot be called: {' or '.join(missing)} is not set",
        model=provider.model,
        hint=f"set {missing[0]} where the worker runs; a server of your own that needs no key accepts any value",
    )


def _base_from_environment(provider: str) -> str | None:
    """LiteLLM reads `<PROVIDER>_API_BASE`; `<PROVIDER>_BASE_URL` it knows for two providers only, so we read it for the others."""
    prefix = provider.upper().replace("-", "_")
    if provider in ("openai", "anthropic") or os.environ.get(f"{prefix}_API_BASE"):
        return None
    return os.environ.get(f"{prefix}_BASE_URL") or None
