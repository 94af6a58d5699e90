"""What `flowforge doctor` examines, in the order in which one thing stands on the other. The first failure decides the exit code."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from flowforge import __version__
from flowforge.cli.failures import FAILED, OK, explain
from flowforge.cli.host import Store, opened, run, store
from flowforge.cli.scripted_model import chosen_providers
from flowforge.cli.terminal import Terminal
from flowforge.clock import SYSTEM_CLOCK
from flowforge.db.queries import load_queries
from flowforge.durations import show
from flowforge.errors import ConfigurationError, FlowForgeError, SealingKeyMissing
from flowforge.settings import Settings

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.db.isolation import Isolation
    from flowforge.db.migrate import Migration

CANARY_TENANT = "flowforge-doctor"
CANARY_SECONDS = 20.0

sql = load_queries("flowforge.cli")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str
    hint: str | None = None
    warning: bool = False  # it works, and is weaker than it could be


class Examination:
    """Looks at everything, prints each finding as it is made, and knows the exit code at the end."""

    def __init__(self, terminal: Terminal, settings: Settings, *, fix: bool = False) -> None:
        self._terminal, self._settings, self._fix = terminal, settings, fix
        self._findings: list[Finding] = []
        self._code = OK

    def run(self) -> int:
        """The exit code: 0 when all is well, else that of the first thing that is not."""
        self._found("flowforge", f"{__version__} · python {platform.python_version()} · {platform.system()} {platform.machine()}")
        chosen = chosen_providers()
        self._found("models", f"{', '.join(chosen)} set" if chosen else "no provider's key; dev answers with the scripted model")
        run(self._look("port", self._port))
        try:
            with store(self._settings) as found:
                run(self._database(found))
        except FlowForgeError as error:
            self._failed("database", error)
        if self._terminal.json:
            self._terminal.json_data({"ok": self._code == OK, "findings": [asdict(finding) for finding in self._findings]})
        return self._code

    async def _database(self, found: Store) -> None:
        if not await self._look("database", lambda: _connect(found)) or not await self._look("schema", lambda: self._schema(found)):
            return
        async with opened(found) as database:
            await self._isolation(database)
            await self._look("books", lambda: _books(database, fix=self._fix))
            await self._look("approvals", lambda: _approvals(database))
            await self._look("secrets", lambda: _secrets(database, self._settings))
            await self._look("canary", lambda: _canary(database))

    async def _port(self) -> str:
        from flowforge.api.caller import check_bind
        from flowforge.api.server import bind

        check_bind(replace(self._settings, open_here=True))
        try:
            bind(self._settings.host, self._settings.port).close()
        except ConfigurationError:
            if await _is_ours(self._settings):
                return f"a FlowForge server listens on {self._settings.host}:{self._settings.port} already"
            raise
        return f"{self._settings.host}:{self._settings.port} is free"

    async def _schema(self, found: Store) -> str:
        """All missing migrations, tried in a transaction that is rolled back; really applied to the embedded database only."""
        from flowforge.db.migrate import known_migrations, missing_migrations

        version = f"version {known_migrations()[-1].version:04}"
        missing = await missing_migrations(found.migration_url)
        if not missing:
            if found.server is not None:
                await found.migrate()  # an older one did not make the login that we use
            return f"{version}, up to date"
        await _try_out(found.migration_url, missing)
        names = ", ".join(map(str, missing))
        if found.server is None:
            raise ConfigurationError(f"{names} is missing; a dry run went well", hint="run  flowforge migrate")
        await found.migrate()
        return f"{version}, {names} applied after a dry run"

    async def _isolation(self, database: Database) -> None:
        """How tenants are kept apart; whatever weakens that is told in full, and what undoes it is a failure."""
        from flowforge.db.isolation import find_isolation

        found = await find_isolation(database.pool)
        told = tell_isolation(found)
        if found.mode is None or found.unprotected or not found.admitted:
            self._failed("tenants", ConfigurationError(told, hint="run  flowforge migrate"))
        else:
            weak = found.bypasses or found.owns or found.mode == "setting"
            self._found("tenants", told, warning=weak, hint="docs/tenants.md, Logins" if weak else None)

    async def _look(self, name: str, examine: Callable[[], Awaitable[str]]) -> bool:
        try:
            detail = await examine()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            self._failed(name, error)
            return False
        self._found(name, detail)
        return True

    def _failed(self, name: str, error: Exception) -> None:
        sentence, hint, code = explain(error)
        self._code = self._code or code or FAILED
        self._found(name, sentence, ok=False, hint=hint)

    def _found(self, name: str, detail: str, *, ok: bool = True, hint: str | None = None, warning: bool = False) -> None:
        self._findings.append(Finding(name, ok, detail, hint, warning))
        if not self._terminal.json and not (ok and not warning and self._terminal.quiet):
            mark, color = ("✗", "red") if not ok else ("!", "yellow") if warning else ("✓", "green")
            sign = self._terminal.paint(mark, color)
            self._terminal.data(f"{sign} {name:<10} {detail}" + (f"\n  {'':<10} {hint}" if hint else ""))


def tell_isolation(found: Isolation) -> str:
    """One sentence for people."""
    if found.mode is None:
        return "NOT ISOLATED: no row-level security is in force; only the statements' own conditions keep tenants apart"
    if found.unprotected:
        return f"NOT ISOLATED: {', '.join(found.unprotected)} without forced row-level security"
    if not found.admitted:
        return f"the login {found.login} is not a member of the roles, so it sees nothing"
    if found.mode == "setting":
        kept = "WEAK: row-level security asks the transaction's setting alone, for want of the right to make roles"
    else:
        kept = "row-level security, requests under the role flowforge_tenant"
    if found.bypasses:
        return f"{kept}; WEAK: the login {found.login} is a superuser or has BYPASSRLS, no policy binds it outside of requests"
    if found.owns:
        return f"{kept}; WEAK: the login {found.login} owns the tables and could take the policies away"
    return f"{kept}, the login {found.login} neither owns nor bypasses"


async def _connect(found: Store) -> str:
    reached = replace(found, url=found.url_of_owner or found.url)  # our own login may not be there yet
    async with opened(reached, pool_size=1) as database:
        if not await database.is_writable():
            raise FlowForgeError("the database does not accept writes", hint="is it a standby, or is its disk full?")
        return f"{found.shown} · PostgreSQL {await sql.server_version.fetchval(database.pool)}, writable"


async def _try_out(url: str, migrations: Iterable[Migration]) -> None:
    """Apply them in a transaction that is rolled back. Raises what the first one that does not go through raises."""
    from flowforge.db.hosts import connect_to_primary

    connection = await connect_to_primary(url, statement_cache_size=0)
    try:
        trial = connection.transaction()
        await trial.start()
        try:
            for migration in migrations:
                await connection.execute(migration.text)
        finally:
            await trial.rollback()
    finally:
        await connection.close()


async def _books(database: Database, *, fix: bool) -> str:
    """What must hold between runs, owner rows, waits and dispatch rows; with `fix` it is put right where it does not."""
    from flowforge.orchestrator.books import examine, repair

    broken = await examine(database)
    told = "; ".join(map(str, broken))
    mended = await repair(database, broken) if broken and fix else 0
    if broken and (not fix or (left := await examine(database))):
        sentence = f"{told}; {mended} repaired, left: {'; '.join(map(str, left))}" if fix else told
        raise FlowForgeError(sentence, hint=None if fix else "flowforge doctor --fix  repairs it, also beside running workers")
    count = await sql.count_open_runs.fetchval(database.pool)
    whole = f"{count} open runs, each with its one owner row"
    return f"{whole}; repaired: {told}" if broken else whole


async def _approvals(database: Database) -> str:
    """Does the review queue keep what it promises: decided once, by the right people, run as approved, or never?"""
    from flowforge.testing.approval_checker import NEWEST, check_approvals

    broken = await check_approvals(database)
    if broken:
        more = f"; and {len(broken) - 3} more" if len(broken) > 3 else ""
        raise FlowForgeError("; ".join(broken[:3]) + more, hint="nothing repairs this: see who wrote to the database beside FlowForge")
    return f"the newest {NEWEST} at most: decided once, by the right people, and run as approved or never"


async def _secrets(database: Database, settings: Settings) -> str:
    """Is there a key to seal with, does it open what is sealed, and is an old one still needed?"""
    from flowforge.secrets.key_ring import KeyRing
    from flowforge.secrets.key_rotation import find_wrapped
    from flowforge.secrets.key_source import vault_of
    from flowforge.secrets.key_wrapper import HINT

    vault = vault_of(settings)
    found = await find_wrapped(database.pool, vault)
    known = {key.fingerprint for key in vault.wrapper.keys} if isinstance(vault.wrapper, KeyRing) else {vault.wrapper.fingerprint}
    lost = sum(count for fingerprint, count in found.by_others.items() if fingerprint not in known)
    if (lost and isinstance(vault.wrapper, KeyRing)) or (found.by_others and not vault.has_key):
        told = f"{lost} data keys here were wrapped by a key that is not at hand: what they sealed does not open"
        raise SealingKeyMissing(
            told, hint="give the old key beside the new one: FLOWFORGE_SECRETS_KEY=<new>,<old>" if vault.has_key else HINT
        )
    if not vault.has_key:
        return f"no key, so none can be set; {HINT}"
    if found.by_others:
        return f"{sum(found.by_others.values())} data keys still need an old key; run  flowforge secrets rewrap  before it is dropped"
    spare = len(known) - 1
    return f"{found.by_present} data keys under the key {vault.wrapper.fingerprint}" + ("; the old keys can be dropped" if spare else "")


async def _canary(database: Database) -> str:
    """Send an event to a function of our own, in a tenant of our own, and see the run through to its end."""
    from flowforge.access.tenant import find_or_create_tenant
    from flowforge.cli.engine import ringing
    from flowforge.orchestrator.current_execution import current_execution
    from flowforge.orchestrator.event import NewEvent, send_events
    from flowforge.orchestrator.publish import publish_functions
    from flowforge.orchestrator.registry import Registry
    from flowforge.orchestrator.run import find_run
    from flowforge.orchestrator.worker.worker import Worker

    registry = Registry()

    @registry.function(trigger="flowforge/canary", id="flowforge.canary", retries=0)
    async def canary(ctx: object) -> str:
        async def sing() -> str:
            return "alive"

        return str(await current_execution().durable("run", "sing", sing))

    tenant = await find_or_create_tenant(database.pool, CANARY_TENANT)
    begun = SYSTEM_CLOCK.monotonic()
    async with ringing(database) as bell:
        worker = Worker(database, registry, bell=bell, app=CANARY_TENANT, concurrency=1)
        await worker.start()
        try:
            (sent,) = await send_events(database, tenant.tenant_id, [NewEvent("flowforge/canary", {})], bell=bell)
            async with asyncio.timeout(CANARY_SECONDS):
                while (seen := await find_run(database.pool, tenant.tenant_id, sent.run_ids[0].hex)).ended_at is None:  # noqa: ASYNC110 - it is to be seen from outside
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise FlowForgeError(f"the canary's run did not end within {CANARY_SECONDS:.0f} s") from None
        finally:
            await worker.stop()
            await publish_functions(database.pool, Registry(), app=CANARY_TENANT)
    if seen.state != "completed":
        raise FlowForgeError(f"the canary's run {seen.label} is {seen.state}: {(seen.error or {}).get('message', '')}")
    return f"sent, run and completed in {show(SYSTEM_CLOCK.monotonic() - begun)}"


async def _is_ours(settings: Settings) -> bool:
    import httpx

    try:
        async with httpx.AsyncClient(trust_env=False, timeout=2) as http:
            return (await http.get(f"http://{settings.host}:{settings.port}/healthz")).is_success
    except httpx.HTTPError:
        return False
