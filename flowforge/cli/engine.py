"""The engine inside a process: a bell, a worker, and what the user's code offers, published for the API to know."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from flowforge.cli.project import Project
from flowforge.errors import ConfigurationError, InvalidInput
from flowforge.settings import Settings

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell
    from flowforge.orchestrator.worker.worker import Worker
    from flowforge.secrets.vault import Vault

WARM_AFTER_SECONDS = 2.0

log = logging.getLogger("flowforge.cli")


@asynccontextmanager
async def ringing(database: Database) -> AsyncIterator[Bell]:
    """A bell that hears the other processes."""
    from flowforge.orchestrator.hints import Bell

    bell = Bell()
    await bell.open(database)
    try:
        yield bell
    finally:
        await bell.close()


@asynccontextmanager
async def working(
    database: Database, bell: Bell, project: Project, settings: Settings, vault: Vault | None = None
) -> AsyncIterator[Worker]:
    """A worker for the loaded project's functions, agents and tools; stopped gracefully at the end."""
    from flowforge.agents.work import register_builtin
    from flowforge.alerts.watch import watching
    from flowforge.board.approval_watch import reminding
    from flowforge.cli.tracing import tracing
    from flowforge.integrations.intake import Intakes
    from flowforge.integrations.queue import queues_of
    from flowforge.orchestrator.registry import REGISTRY
    from flowforge.orchestrator.worker.worker import Worker
    from flowforge.privacy.carrier import carrying
    from flowforge.secrets.vault import Vault
    from flowforge.sending import use_database
    from flowforge.transport.policy import process_policy
    from flowforge.webhooks.sender import sending

    process_policy()  # what is wrong with it is told now, not at the first call
    register_builtin(REGISTRY)
    await publish_offers(database, project)
    worker = Worker(
        database,
        REGISTRY,
        bell=bell,
        app=project.published_as,
        concurrency=settings.concurrency,
        grace_seconds=settings.grace_seconds,
        vault=vault,
    )
    intakes = Intakes(database, bell)

    async def receive() -> None:
        await intakes.follow(queues_of(REGISTRY.ingresses()))

    async def receive_anew() -> None:
        try:
            await receive()
        except ConfigurationError as error:  # the code is taken over already; what was received from goes on
            log.error("queues.not_followed", extra={"error": error.message, "hint": error.hint})

    async with tracing(settings):
        await worker.start()
        use_database(database, bell)
        try:
            await receive()
            worker.after_reload.append(receive_anew)
            async with (
                watching(database, public_url=settings.public_url),
                reminding(database),
                carrying(database),
                sending(database, vault or Vault()),
                _warmed(database),
            ):
                yield worker
        finally:
            await intakes.close()
            use_database(None)
            await worker.stop()


@asynccontextmanager
async def _warmed(database: Database) -> AsyncIterator[None]:
    """Beside the worker: what model calls need is imported, so that the first one need not wait seconds for it."""
    warming = asyncio.create_task(_warm(database))
    try:
        yield
    finally:
        warming.cancel()
        await asyncio.gather(warming, return_exceptions=True)


async def _warm(database: Database) -> None:
    """A little later: a worker that starts has better to do. Agents work wherever there are some."""
    from flowforge.agents.work import warm
    from flowforge.db.hosts import FAILURES
    from flowforge.db.queries import load_queries
    from flowforge.orchestrator.models.warming import asks_models, warm_models
    from flowforge.orchestrator.registry import REGISTRY

    await asyncio.sleep(WARM_AFTER_SECONDS)
    try:
        agents: bool = await load_queries("flowforge.cli").has_agents.fetchval(database.pool)
    except (*FAILURES, TimeoutError) as error:
        log.info("models.not_warmed", extra={"error": repr(error)})  # the first call waits for the import
        return
    if agents:
        warm_models(warm)
    elif asks_models(REGISTRY):
        warm_models()


@asynccontextmanager
async def measured(database: Database, settings: Settings) -> AsyncIterator[None]:
    """A worker's metrics on a port of their own, where one is set; nothing otherwise."""
    if settings.metrics_port is None:
        yield
        return
    from flowforge.api.metrics_app import metrics_server
    from flowforge.clock import SYSTEM_CLOCK
    from flowforge.metrics import watching_the_loop

    async with watching_the_loop(SYSTEM_CLOCK), metrics_server(database, settings) as server:
        log.info("metrics.listening", extra={"url": f"{server.url}/metrics"})
        yield


async def publish_builtin_work(database: Database) -> None:
    """Let events for the built-in functions start runs before the first worker has come: they wait for it in the queue."""
    from flowforge.agents.work import register_builtin
    from flowforge.orchestrator.publish import publish_builtin
    from flowforge.orchestrator.registry import Registry

    registry = Registry()
    register_builtin(registry)
    await publish_builtin(database.pool, registry)


async def publish_offers(database: Database, project: Project) -> None:
    """Write what the project offers (tools, skills, policies, prices, agents, teams) to the database. Raises ConfigurationError."""
    from flowforge.agents.agent_file import agents_of_project
    from flowforge.agents.code import AGENTS, publish_agents
    from flowforge.agents.team_code import TEAMS, publish_teams
    from flowforge.orchestrator.models.price_book import publish_prices
    from flowforge.orchestrator.models.price_file import read_price_file
    from flowforge.skills.code_policy import publish_policies
    from flowforge.skills.publish import publish
    from flowforge.skills.skill import available_skills
    from flowforge.skills.tool import TOOLS

    file = read_price_file(project.root)
    async with database.pool.acquire() as connection, connection.transaction():
        await publish(connection, project.published_as, TOOLS, available_skills(project.root))
        await publish_policies(connection, project.published_as)
        await publish_prices(connection, project.published_as, file.prices, file.version)
    try:
        written = agents_of_project(project.root)
    except InvalidInput as error:
        raise ConfigurationError(error.message, hint=error.hint) from error
    await publish_agents(database, project.published_as, [*(agent.definition for agent in AGENTS), *written])
    await publish_teams(database, project.published_as, list(TEAMS))  # behind the agents that are in them
