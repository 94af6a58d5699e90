"""Skills that workers publish: the deployment's, below each tenant's own. A version by content: files that have not changed make none."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from flowforge.db.queries import Connection, load_queries
from flowforge.skills.registry import file_rows
from flowforge.skills.skill import Skill
from flowforge.skills.tree import tree_hash
from flowforge.skills.version import columns_of

KEPT_VERSIONS = 100  # of each skill, beside those that open runs began with

sql = load_queries("flowforge.skills")


async def publish_skills(connection: Connection, app: str, skills: Sequence[Skill]) -> None:
    """Make these all the skills that `app` offers: what it offered before and does not now is offered no more; its versions stay."""
    async with _transaction(connection) as held:
        await sql.replace_skills.execute(
            held,
            app=app,
            names=[skill.name for skill in skills],
            descriptions=[skill.description for skill in skills],
            instructions=[skill.instructions for skill in skills],
        )
        trees = {skill.name: tree_hash(skill.tree) for skill in skills}
        rows = await sql.newest_published.fetch(held, names=list(trees))
        newest = {row["name"]: (row["number"], bytes(row["tree"])) for row in rows}
        for skill in skills:
            number, tree = newest.get(skill.name, (0, b""))
            if tree != trees[skill.name]:
                await _add(held, app, skill, number + 1, trees[skill.name])
                newest[skill.name] = (number + 1, trees[skill.name])
        await sql.name_newest.execute(held, names=list(trees), numbers=[newest[name][0] for name in trees])


async def _add(connection: Connection, app: str, skill: Skill, number: int, tree: bytes) -> None:
    columns: dict[str, Any] = columns_of(skill)
    hashes, datas = file_rows(skill)
    await sql.publish_version.execute(connection, name=skill.name, number=number, tree=tree, app=app, hashes=hashes, datas=datas, **columns)
    if number > KEPT_VERSIONS:
        await sql.drop_old_published.execute(connection, name=skill.name, kept=KEPT_VERSIONS)
        await sql.drop_loose_published.execute(connection, name=skill.name)


@asynccontextmanager
async def _transaction(connection: Any) -> AsyncIterator[Connection]:
    """One transaction on what may be a pool: the numbers are right only while the skills' rows are locked."""
    if hasattr(connection, "acquire"):
        async with connection.acquire() as own, own.transaction():
            yield own
    else:
        async with connection.transaction():
            yield connection
