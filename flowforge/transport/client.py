"""Clients: a guarded one for addresses that others name, and one for addresses that the operator set."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any

import httpx

from flowforge.transport.destination import Resolver
from flowforge.transport.guard import REDIRECTS_MAX, GuardedTransport, Limits, system_trust
from flowforge.transport.policy import EgressPolicy, process_policy

AGENT = "flowforge"


def guarded_client(
    policy: EgressPolicy | None = None,
    *,
    limits: Limits | None = None,
    follow_redirects: bool = False,
    headers: Mapping[str, str] | None = None,
    resolve: Resolver | None = None,
    trust: ssl.SSLContext | None = None,
) -> httpx.AsyncClient:
    """A client for addresses that a tenant, a user or an agent names.

    Its calls go to public addresses over http and https, and to what `policy` (the process's, unless given) allows beside them; what is
    connected to is the very address that was checked. A call ends at its limits of time and size. Redirects are followed only when
    asked for, at most five, each checked anew, none from https to http, and no credentials go along to another origin. Cookies are not
    kept and the environment's proxies are not used. Beside httpx's errors, calls raise `EgressError`.

        async with guarded_client() as client:
            answer = await client.get("https://example.com/")

    `resolve` looks names up and `trust` verifies certificates, where the machine's own ways are not wanted.
    """
    return httpx.AsyncClient(
        transport=GuardedTransport(policy or process_policy(), limits or Limits(), resolve=resolve, trust=trust),
        follow_redirects=follow_redirects,
        max_redirects=REDIRECTS_MAX,
        headers={"user-agent": AGENT, **(headers or {})},
        trust_env=False,
    )


def operator_client(**options: Any) -> httpx.AsyncClient:
    """A client for addresses that the operator set, as a model provider's: they may be called because they were set.

    No address is refused, and the environment's proxies are used, which are the operator's too. Never give it an address that a tenant's
    data could have a part in. `options` are those of `httpx.AsyncClient`.
    """
    options["headers"] = {"user-agent": AGENT, **options.get("headers", {})}
    return httpx.AsyncClient(verify=system_trust(), follow_redirects=False, **options)
