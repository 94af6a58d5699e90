"""Where a request for a model goes, and with which key: known before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flowforge.errors import ModelError
from flowforge.orchestrator.models.abilities import Abilities, abilities_of, known_providers, provider_of
from flowforge.orchestrator.models.aliases import litellm_name
from flowforge.orchestrator.models.http.providers import PROVIDERS, Format, KnownProvider
from flowforge.orchestrator.models.provider import key_missing, nobody_serves
from flowforge.orchestrator.models.provider_environment import base_url, first_set, prefix_of


@dataclass(frozen=True)
class Endpoint:
    """How a model is reached: `model` is its name at the provider, `base` an address without a slash at its end."""

    model: str
    provider: str
    format: Format
    base: str
    official: bool  # the provider's own address, not a proxy or a server of one's own
    key: str | None = field(default=None, repr=False)
    bearer: str | None = field(default=None, repr=False)

    @property
    def abilities(self) -> Abilities:
        return abilities_of("ollama" if self.provider == "ollama_chat" else self.provider, self.model)

    def url(self, path: str) -> str:
        """The address of `path`, as in `/chat/completions`."""
        return self.base if self.base.endswith(path) else self.base + path


def find_endpoint(model: str, settings: Mapping[str, Any], own_key: str | None = None) -> Endpoint:
    """The endpoint of a model; `own_key` is the tenant's, which goes before the environment's.

    Raises ModelError: unknown model, a provider that needs LiteLLM, a missing key, a bad address.
    """
    provider, bare = _split(model)
    known = PROVIDERS.get(provider, KnownProvider(None, (f"{prefix_of(provider)}_API_KEY",)))
    base, where = _base(provider, known, settings)
    if base is None:
        raise _needs_a_base(model, provider)
    if not base.startswith(("http://", "https://")):
        raise ModelError("bad_request", f"{where} must begin with https:// or http://, not {base!r}", model=model)
    given = settings.get("api_key") or own_key
    key = given or _value(known.keys)
    bearer = None if given else _value(known.bearers)
    if key is None and bearer is None and known.keys and provider in PROVIDERS:
        raise key_missing(model, known.keys)
    path = known.version_path
    under = base if not path or base.endswith(path) or f"{path}/" in base else base + path
    return Endpoint(bare, provider, known.format, under, base == known.base, None if bearer else key, bearer)


def _split(model: str) -> tuple[str, str]:
    """The provider and its own name for the model. Raises ModelError when nobody is known to serve it here."""
    name = litellm_name(model)
    provider, slash, bare = name.partition("/")
    if slash and bare and (provider in PROVIDERS or base_url(prefix_of(provider))):
        return provider, bare
    if slash and provider in known_providers():
        raise _needs_litellm(model, provider)
    listed = provider_of(name)
    if listed is None:
        raise nobody_serves(model)
    if listed not in PROVIDERS:
        raise _needs_litellm(model, listed)
    return listed, name


def _base(provider: str, known: KnownProvider, settings: Mapping[str, Any]) -> tuple[str | None, str]:
    """The address, and what gave it."""
    given = settings.get("api_base")
    if given:
        return str(given).rstrip("/"), "api_base"
    prefix = known.prefix or prefix_of(provider)
    found = base_url(prefix) or base_url(prefix_of(provider))
    return (found[0].rstrip("/"), found[1]) if found else (known.base, provider)


def _value(names: tuple[str, ...]) -> str | None:
    found = first_set(names)
    return found and found[0]


def _needs_litellm(model: str, provider: str) -> ModelError:
    return ModelError(
        "bad_request",
        f"{model} cannot be called over plain HTTP: {provider} speaks neither OpenAI's nor Anthropic's format; "
        "set FLOWFORGE_MODEL_CLIENT=litellm",
        model=model,
        hint=f"or set {prefix_of(provider)}_BASE_URL, if a proxy in front of it speaks OpenAI's",
    )


def _needs_a_base(model: str, provider: str) -> ModelError:
    return ModelError(
        "bad_request",
        f"{model} cannot be called: {prefix_of(provider)}_BASE_URL is not set",
        model=model,
        hint="say where the server listens, as in http://localhost:8000/v1",
    )
