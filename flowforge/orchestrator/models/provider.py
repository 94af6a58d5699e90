"""Which provider serves a model, where it lives, and whether there is a key for it: known before anything is sent."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

from flowforge.errors import ModelError
from flowforge.orchestrator.models.aliases import litellm_name
from flowforge.orchestrator.models.provider_environment import base_url, first_set, prefix_of

# Other credentials that a provider takes instead of its API key.
_INSTEAD_OF_KEY = {"anthropic": ("ANTHROPIC_AUTH_TOKEN",), "azure": ("AZURE_AD_TOKEN", "AZURE_CLIENT_ID"), "xai": ("XAI_OAUTH_TOKEN",)}

# Providers that are reached through a library of their own: its module, its package, and our extra that brings it.
_LIBRARIES = {
    "bedrock": ("boto3", "boto3", "bedrock"),
    "sagemaker": ("boto3", "boto3", "bedrock"),
    "sagemaker_chat": ("boto3", "boto3", "bedrock"),
    "vertex_ai": ("google.auth", "google-auth", "vertex"),
    "vertex_ai_beta": ("google.auth", "google-auth", "vertex"),
}


@dataclass(frozen=True)
class Provider:
    """How a model is reached: `model` as people wrote it, `litellm_model` as LiteLLM wants it."""

    model: str
    litellm_model: str
    name: str
    api_base: str | None = None

    @property
    def bare_model(self) -> str:
        """The model's name at its provider."""
        return self.litellm_model.removeprefix(f"{self.name}/")


def find_provider(litellm: ModuleType, model: str) -> Provider:
    """The provider of a model. Raises ModelError (bad_request) when nobody is known to serve it."""
    name = litellm_name(model)
    try:
        _, provider, _, _ = litellm.get_llm_provider(model=name)
    except litellm.exceptions.BadRequestError:
        raise nobody_serves(model) from None
    return Provider(model, name, str(provider), _base_from_environment(str(provider)))


def require_extra(provider: Provider) -> None:
    """Raises ModelError that names the pip command, when the provider's own library is not installed."""
    module, package, extra = _LIBRARIES.get(provider.name, (None, None, None))
    if module is not None and not _is_installed(module):
        raise ModelError(
            "bad_request",
            f"{provider.model} cannot be called: {package} is not installed (pip install 'flowforge[{extra}]')",
            model=provider.model,
            hint=f"pip install 'flowforge[{extra}]' where the worker runs",
        )


def require_key(litellm: ModuleType, provider: Provider) -> None:
    """Raises ModelError (authentication) that names the variable, when the provider's key is not set."""
    if first_set(_INSTEAD_OF_KEY.get(provider.name, ())):
        return
    checked = litellm.validate_environment(model=provider.litellm_model)
    missing = [name for name in checked["missing_keys"] if name.endswith("_API_KEY")]
    if checked["keys_in_environment"] or not missing:
        return
    raise key_missing(provider.model, missing)


def nobody_serves(model: str) -> ModelError:
    """No provider is known for this name."""
    return ModelError(
        "bad_request",
        f"no provider is known for the model {model!r}",
        model=model,
        hint=f"name the provider too, as in openai/{model} or anthropic/{model}",
    )


def key_missing(model: str, variables: Sequence[str]) -> ModelError:
    """There is no key for this model's provider, in none of the variables where it is looked for."""
    return ModelError(
        "authentication",
        f"{model} cannot be called: {' or '.join(variables)} is not set",
        model=model,
        hint=f"set {variables[0]} where the worker runs; a server of your own that needs no key accepts any value",
    )


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # not even the package that it would be in
        return False


def _base_from_environment(provider: str) -> str | None:
    """LiteLLM reads `<PROVIDER>_API_BASE`; `<PROVIDER>_BASE_URL` it knows for two providers only, so we read it for the others."""
    prefix = prefix_of(provider)
    if provider in ("openai", "anthropic") or first_set((f"{prefix}_API_BASE",)):
        return None
    found = base_url(prefix)
    return found and found[0]
