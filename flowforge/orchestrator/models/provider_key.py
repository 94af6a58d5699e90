"""Which key a call goes out with: the one that the call itself gives, else the tenant's own, else the environment's.

A tenant's own key is its secret `provider.<name>`: provider.openai, provider.anthropic. Providers count by key, so each has a fingerprint.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any
from uuid import UUID

from flowforge.orchestrator.models.http.providers import PROVIDERS
from flowforge.orchestrator.models.provider_environment import first_set, prefix_of
from flowforge.orchestrator.secret import through_outages, user_of
from flowforge.orchestrator.step_scope import StepScope
from flowforge.secrets.secret_text import SecretText


async def tenant_key(scope: StepScope, provider: str, settings: Mapping[str, Any]) -> SecretText | None:
    """The tenant's own key of this provider, opened for one call. Raises SealingKeyMissing."""
    if settings.get("api_key"):
        return None
    host, user = scope.execution.host, user_of(scope)
    return await through_outages(lambda: host.secrets.provider_key(user, provider))


def fingerprint(provider: str, settings: Mapping[str, Any], own: SecretText | None = None, tenant_id: UUID | None = None) -> str:
    """Sixteen hex digits that tell one key of a provider from another and do not lead back to it.

    A tenant's own key is counted under its `tenant_id`: nobody else waits for it, or can find out that it is the same as theirs.

    >>> fingerprint("nobody", {})
    'nobody'
    """
    known = PROVIDERS.get(provider)
    names = (*known.keys, *known.bearers) if known is not None else (f"{prefix_of(provider)}_API_KEY",)
    given = settings.get("api_key") or (own and own.reveal())
    found = (given, "") if given else first_set(names)
    if not found:
        return provider
    digest = blake2b(str(found[0]).encode(), digest_size=8).hexdigest()
    return f"{tenant_id.hex}:{provider}:{digest}" if own and not settings.get("api_key") and tenant_id else f"{provider}:{digest}"
