"""The engine inside a process: a bell, a worker, and what the user's code offers, published for the API to know."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from flowforge.cli.project import Project
from flowforge.errors import ConfigurationError
from flowforge.settings import Settings

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell
    from flowforge.orchestrator.worker.worker import Worker

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
async def working(database: Database, bell: Bell, project: Project, settings: Settings) -> AsyncIterator[Worker]:
    """A worker for the loaded project's functions, agents and tools; stopped gracefully at the end."""
    from flowforge.agents.work import register_builtin
    from flowforge.integrations.intake import Intakes
    from flowforge.integrations.queue import queues_of
    from flowforge.orchestrator.registry import REGISTRY
    from flowforge.orchestrator.worker.worker import Worker
    from flowforge.sending import use_database

    register_builtin(REGISTRY)
    await publish_offers(database, project)
    worker = Worker(
        database,
        REGISTRY,
        bell=bell,
        app=project.published_as,
        concurrency=settings.concurrency,
        grace_seconds=settings.grace_seconds,
    )
    intakes = Intakes(database, bell)

    async def receive() -> None:
        await intakes.follow(queues_of(REGISTRY.ingresses()))

    async def receive_anew() -> None:
        try:
            await receive()
        except ConfigurationError as error:  # the code is taken over already; what was received from goes on
            log.error("%s: %s", error, error.hint)

    await worker.start()
    use_database(database, bell)
    try:
        await receive()
        worker.after_reload.append(receive_anew)
        yield worker
    finally:
        await intakes.close()
        use_database(None)
        await worker.stop()


async def publish_builtin_work(database: Database) -> None:
    """Let events for the built-in functions start runs before the first worker has come: they wait for it in the queue."""
    from flowforge.agents.work import register_builtin
    from flowforge.orchestrator.publish import publish_builtin
    from flowforge.orchestrator.registry import Registry

    registry = Registry()
    register_builtin(registry)
    await publish_builtin(database.pool, registry)


async def publish_offers(database: Database, project: Project) -> None:
    """Write the project's tools and skills to the database. Raises RegistrationError for a skill that is not right."""
    from flowforge.skills.publish import publish
    from flowforge.skills.skill import available_skills
    from flowforge.skills.tool import TOOLS

    async with database.pool.acquire() as connection, connection.transaction():
        await publish(connection, project.published_as, TOOLS, available_skills(project.root))
