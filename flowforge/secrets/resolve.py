"""Secrets at the moment of their use, in a worker: the narrowest scope that fits, the newest version, one entry in the audit log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.audit.log import append
from flowforge.clock import SYSTEM_CLOCK, Clock
from flowforge.db.queries import load_queries
from flowforge.errors import InvalidInput, NotFound
from flowforge.secrets.sealed import secret_label
from flowforge.secrets.secret import check_name
from flowforge.secrets.secret_text import SecretText
from flowforge.secrets.vault import Vault

if TYPE_CHECKING:
    from flowforge.db.database import Database

PROVIDER = "provider."  # before the name of whoever serves models: provider.openai, provider.anthropic …
TENANTS_KNOWN = 10_000
KNOWN_SECONDS = 5.0  # for how long it is remembered which providers a tenant has keys of its own for
PLACEHOLDER = re.compile(r"\{\{\s*secret:([^{}\s]{1,100})\s*\}\}")

sql = load_queries("flowforge.secrets")


@dataclass(frozen=True)
class SecretUser:
    """Who uses a secret, where: a step of a run of this function, for this agent, in this tool."""

    tenant_id: UUID
    run_id: UUID
    step_key: str
    function_id: str
    agent_id: UUID | None = None
    tool: str | None = None

    @property
    def principal(self) -> Principal:
        """As the audit log names it."""
        if self.agent_id is not None:
            return Principal(self.tenant_id, "agent", ids.show("agt", self.agent_id), self.agent_id)
        return Principal(self.tenant_id, "system", f"function {self.function_id}")


class Secrets:
    """A worker's door to secrets."""

    def __init__(self, database: Database, vault: Vault, clock: Clock = SYSTEM_CLOCK) -> None:
        self._database, self._vault, self._clock = database, vault, clock
        self._providers: dict[UUID, tuple[float, frozenset[str]]] = {}

    async def find(self, user: SecretUser, name: str) -> SecretText:
        """The newest version of the secret as this user may have it; the use is in the audit log before the value is handed out.

        Raises NotFound, also for one that only others may use, and SealingKeyMissing.
        """
        check_name(name)
        database = self._database.for_tenant(user.tenant_id)
        async with database.pool.acquire() as connection, connection.transaction():
            row = await sql.find_value.fetchrow(
                connection,
                tenant_id=user.tenant_id,
                name=name,
                tool=user.tool,
                agent=user.agent_id and user.agent_id.hex,
                function_id=user.function_id,
                run_id=user.run_id,
                step_key=user.step_key,
            )
            if row is None:
                raise NotFound("secret", name)
            label = secret_label(name, row["scope"], row["subject"], row["version"])
            value = await self._vault.open(connection, user.tenant_id, label, row["sealed"])
            if row["stale"]:
                await sql.touch_version.execute(connection, **_place(user, row))
            if not row["noted"]:
                await self._note(connection, user, row)
        return SecretText(name, value, version=row["version"])

    async def reveal(self, user: SecretUser, text: str) -> str:
        """The text with each `{{secret:name}}` replaced by its value. Raises NotFound, and InvalidInput for a bad name.

        >>> await secrets.reveal(user, "Bearer {{secret:stripe}}")     # doctest: +SKIP
        'Bearer sk_live_1234'
        """
        return (await self.reveal_all(user, {"": text}))[""]

    async def reveal_all(self, user: SecretUser, texts: Mapping[str, str]) -> dict[str, str]:
        """The same for several texts by name, headers for instance; each secret is fetched once."""
        names = dict.fromkeys(name for text in texts.values() for name in PLACEHOLDER.findall(text))
        values = {name: await self._text(user, name) for name in names}
        return {key: PLACEHOLDER.sub(lambda place: values[place[1]], text) for key, text in texts.items()}

    async def provider_key(self, user: SecretUser, provider: str) -> SecretText | None:
        """The tenant's own key of a provider of models, None where it has none for this user."""
        name = f"{PROVIDER}{provider}"
        if name not in await self._known_providers(user.tenant_id):
            return None
        try:
            return await self.find(user, name)
        except NotFound:
            return None

    async def _text(self, user: SecretUser, name: str) -> str:
        found = await self.find(user, name)
        try:
            return found.reveal()
        except UnicodeDecodeError:
            raise InvalidInput(f"the secret {name!r} is no text and cannot stand in one") from None

    async def _known_providers(self, tenant_id: UUID) -> frozenset[str]:
        now = self._clock.monotonic()
        until, names = self._providers.get(tenant_id, (0.0, frozenset()))
        if now >= until:
            rows = await sql.names_like.fetch(self._database.for_tenant(tenant_id).pool, tenant_id=tenant_id, prefix=PROVIDER)
            names = frozenset(row["name"] for row in rows)
            if len(self._providers) >= TENANTS_KNOWN:
                self._providers.clear()
            self._providers[tenant_id] = now + KNOWN_SECONDS, names
        return names

    async def _note(self, connection: object, user: SecretUser, row: Mapping[str, object]) -> None:
        noted = await sql.note_use.fetchval(connection, run_id=user.run_id, step_key=user.step_key, **_place(user, row))  # type: ignore[arg-type]
        if noted is None:
            return
        where = {"version": row["version"], "scope": row["scope"], "run": ids.show("run", user.run_id), "step": user.step_key}
        where |= {"function": user.function_id} | ({} if user.tool is None else {"tool": user.tool})
        await append(connection, user.principal, "secret.use", "secret", str(row["name"]), where)  # type: ignore[arg-type]


def _place(user: SecretUser, row: Mapping[str, object]) -> dict[str, object]:
    return {"tenant_id": user.tenant_id, "secret_id": row["secret_id"], "version": row["version"]}
