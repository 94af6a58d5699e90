"""A webhook: an address at which another service tells us something, `POST /hooks/{name}`.

Declared in code as a trigger and published by workers; the serving process, which holds no user code, verifies and transforms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from uuid import UUID

from flowforge.db.queries import Connection, load_queries
from flowforge.errors import ConfigurationError, NotFound, RegistrationError
from flowforge.ids import DEFAULT_TENANT
from flowforge.orchestrator.event import NewEvent
from flowforge.orchestrator.ingress import Transform, key_within
from flowforge.orchestrator.match import check_pattern
from flowforge.orchestrator.signature import SCHEMES, Scheme, verify

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SHOWN_HEADER = re.compile(r"content-type|user-agent|(?:x|webhook|ce)-[a-z0-9-]+")
_HIDDEN_HEADER = re.compile(r"authorization|api-?key|cookie|token|secret|signature|password|x-forwarded|x-real-ip|x-request-id")
_BY_NAME: dict[str, Scheme] = {"github": "github", "stripe": "stripe", "slack": "slack"}
_OWN_ID = {"stripe": ("id",), "slack": ("event_id", "trigger_id")}  # where a body names its delivery

sql = load_queries("flowforge.orchestrator")


@dataclass(frozen=True)
class Webhook:
    """Made by `flowforge.webhook`. `patterns`: what the function listens to, when that is not everything that comes in here."""

    name: str
    scheme: Scheme
    secret_env: str | None
    event: str | None = None
    data: str | None = None
    id: str | None = None
    patterns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise RegistrationError(f"a webhook's name is made of a-z, 0-9, _ and -, at most 64 of them, not {self.name!r}")
        if self.scheme not in SCHEMES:
            raise RegistrationError(f"webhook {self.name}: scheme must be one of {', '.join(SCHEMES)}, not {self.scheme!r}")
        if (self.secret_env is None) != (self.scheme == "none"):
            raise RegistrationError(
                f"webhook {self.name}: scheme {self.scheme!r} {'needs a' if self.secret_env is None else 'has no'} secret",
                hint='secret_env="STRIPE_WEBHOOK_SECRET" names the variable of the server\'s environment that holds it',
            )
        if self.secret_env is not None and not _VARIABLE.fullmatch(self.secret_env):
            raise RegistrationError(
                f"webhook {self.name}: secret_env must be the name of an environment variable",
                hint="the secret itself has no place in code, and the database never sees it",
            )
        _ = self.transform

    def only(self, *patterns: str) -> Webhook:
        """The same webhook, for a function that wants just some of its events: `stripe.only("stripe/invoice.*")`."""
        return replace(self, patterns=tuple(check_pattern(pattern) for pattern in patterns))

    def as_triggers(self) -> tuple[str, ...]:
        return self.patterns or (self.transform.listens,)

    @property
    def identity(self) -> str:
        return f"webhook {self.name}"

    @property
    def declaration(self) -> Webhook:
        return replace(self, patterns=())

    @cached_property
    def transform(self) -> Transform:
        return Transform(self.event or f"webhook/{self.name}", self.data, self.id)

    def verified(self, secret_of: Callable[[str], str | None], headers: Mapping[str, str], body: bytes, now: float) -> str | None:
        """The delivery's id, once its signature is verified. Raises SignatureRejected, and ConfigurationError without a secret."""
        value = secret_of(self.secret_env) if self.secret_env is not None else ""
        secrets = [secret for part in (value or "").split(",") if (secret := part.strip())]
        if self.scheme != "none" and not secrets:
            raise ConfigurationError(f"webhook {self.name}: this process has no variable {self.secret_env}, so nothing can be verified")
        return verify(self.scheme, secrets, headers, body, now)

    def event_of(self, body: Any, headers: Mapping[str, str], delivery_id: str | None) -> NewEvent:
        """What a verified delivery becomes. Raises ExpressionFailed, InvalidInput."""
        facts = {"body": body, "headers": shown_headers(headers)}
        own = next(
            (body[name] for name in _OWN_ID.get(self.scheme, ()) if isinstance(body, dict) and isinstance(body.get(name), str)), None
        )
        key = own or delivery_id
        return self.transform.apply(facts, data=facts, key=None if key is None else key_within(self.name, key))


def webhook(
    name: str,
    *,
    scheme: Scheme | None = None,
    secret_env: str | None = None,
    event: str | None = None,
    data: str | None = None,
    id: str | None = None,
) -> Webhook:
    """A trigger: what is posted to `/hooks/{name}` and bears a good signature is an event.

    `scheme`: how deliveries are signed: `standard` (Standard Webhooks), `github`, `stripe`, `slack`, or `none` for no signature at all;
    without it by the name, else `standard`. `secret_env`: the variable in the server's environment that holds the secret, or several
    with commas between them while they change; `<NAME>_WEBHOOK_SECRET` unless given.
    `event`: its name, or a CEL expression over `body` and `headers` that begins with a text; `webhook/<name>` unless given. `data`: an
    expression; `{"body": body, "headers": headers}` unless given. `id`: an expression for what makes two deliveries the same event; the
    delivery's own id unless given. Raises RegistrationError.

        stripe = flowforge.webhook("stripe", event="'stripe/' + body.type", data="body.data.object")

        @flowforge.function(trigger=stripe.only("stripe/invoice.paid"))
        async def book(ctx: Context) -> None: ...
    """
    scheme = scheme or _BY_NAME.get(name, "standard")
    if scheme != "none" and secret_env is None:
        secret_env = f"{name.upper().replace('-', '_')}_WEBHOOK_SECRET"
    return Webhook(name, scheme, secret_env, event, data, id)


def shown_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Those headers of a delivery that say something about it, and nothing secret."""
    return {name: value for name, value in headers.items() if _SHOWN_HEADER.fullmatch(name) and not _HIDDEN_HEADER.search(name)}


async def publish_webhooks(connection: Connection, app: str, webhooks: Sequence[Webhook]) -> None:
    """Replace the webhooks that `app` has published by these."""
    hooks = sorted({hook.name: hook for hook in webhooks}.values(), key=lambda hook: hook.name)
    await sql.publish_webhooks.execute(
        connection,
        tenant_id=DEFAULT_TENANT,
        app=app,
        names=[hook.name for hook in hooks],
        schemes=[hook.scheme for hook in hooks],
        secret_envs=[hook.secret_env for hook in hooks],
        events=[hook.event for hook in hooks],
        data=[hook.data for hook in hooks],
        keys=[hook.id for hook in hooks],
    )


async def find_webhook(connection: Connection, tenant_id: UUID, name: str) -> Webhook:
    """A published webhook. Raises NotFound."""
    row = await sql.find_webhook.fetchrow(connection, tenant_id=tenant_id, name=name)
    if row is None:
        raise NotFound("webhook", name)
    return Webhook(**row)
