"""The registry: a tenant's own skills in versions, above those that workers publish for everybody.

A version is a hash over all files and never changes; the same files again are the same version. Whoever changes anything of a skill locks
its row in `registered_skill` first, and the audit entry comes last.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge.audit.log import append
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.skills.skill import Skill
from flowforge.skills.tree import tree_hash
from flowforge.skills.version import SkillVersion, WantedSkill, check_label, columns_of, unique_files

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database

LIST_LIMIT_MAX = 200
VERSIONS_MAX = 1_000  # of one skill
SKILLS_MAX = 1_000  # of one tenant
TENANT_BYTES_MAX = 512 * 1024 * 1024

sql = load_queries("flowforge.skills")


@dataclass(frozen=True)
class ListedSkill:
    """A skill in a list: the version that its bare name means, and what else there is to it.

    `hidden`: workers publish one of the same name, which nobody of this tenant gets.
    """

    version: SkillVersion
    versions: int
    loaded: int  # runs that have loaded it
    hidden: bool


@dataclass(frozen=True)
class SkillUser:
    """An agent that has a skill: `wanted` is how it names it, `number` the version that it gets now; None: there is no such version."""

    agent_id: UUID
    agent: str
    wanted: str
    number: int | None


async def add_version(
    database: Database, principal: Principal, skill: Skill, source: Mapping[str, Any], *, label: str | None = None, vouched: bool = True
) -> tuple[SkillVersion, bool]:
    """Keep these files as the skill's next version, and whether they are new: files that are there already stay the version that they are.

    A `label` goes over to this version from whichever had it. Raises InvalidInput for a label that cannot be one, Conflict when the tenant
    has as many skills, versions or bytes as it may.
    """
    check_label(label)
    tree = tree_hash(skill.tree)
    async with database.pool.acquire() as connection, connection.transaction():
        key = {"tenant_id": principal.tenant_id, "name": skill.name}
        newest = await sql.lock_skill.fetchval(connection, **key)
        known = await sql.version_by_tree.fetchrow(connection, **key, tree=tree)
        number = newest + 1 if known is None else known["number"]
        if label is not None and (known is None or known["label"] != label):
            await sql.take_label.execute(connection, **key, label=label)
        if known is None:
            await _check_room(connection, principal.tenant_id, skill)
            await _insert(connection, principal, skill, number, tree, source, label, vouched)
            await _record(connection, principal, "skill.add", skill.name, number, tree, source=dict(source), label=label, vouched=vouched)
        elif (label is not None and known["label"] != label) or known["vouched"] != vouched:
            await sql.mark_version.execute(connection, **key, number=number, label=label, vouched=vouched)
            await _record(connection, principal, "skill.update", skill.name, number, tree, label=label, vouched=vouched)
    return await find_version(database.pool, principal.tenant_id, f"{skill.name}@{number}"), known is None


async def find_version(connection: Connection, tenant_id: UUID, text: str) -> SkillVersion:
    """The version that `review`, `review@3` or `review@stable` means now. Raises NotFound with the nearest names."""
    return (await find_versions(connection, tenant_id, [text]))[0]


async def find_versions(connection: Connection, tenant_id: UUID, texts: Sequence[str]) -> list[SkillVersion]:
    """The versions that these mean now, in their order.

    Raises InvalidInput for what names no skill, with a pointer to its place; NotFound, with the nearest names, for what is not there.
    """
    if not texts:
        return []
    wanted = [WantedSkill.read(text, f"/skills/{place}") for place, text in enumerate(texts)]
    rows = await sql.find_versions.fetch(
        connection,
        tenant_id=tenant_id,
        names=[one.name for one in wanted],
        numbers=[one.number for one in wanted],
        labels=[one.label for one in wanted],
    )
    found = {row["place"]: SkillVersion.of(row) for row in rows}
    for place, one in enumerate(wanted, start=1):
        if place not in found:
            raise await _missing(connection, tenant_id, one)
    return [found[place] for place in sorted(found)]


async def skill_names(connection: Connection, tenant_id: UUID) -> list[str]:
    """Every name that an agent of this tenant may use."""
    return [row["name"] for row in await sql.skill_names.fetch(connection, tenant_id=tenant_id)]


async def list_skills(
    connection: Connection, tenant_id: UUID, limit: int = 50, cursor: str | None = None
) -> tuple[list[ListedSkill], str | None]:
    """Skills by name from behind `cursor`, and the cursor of the next page."""
    _check_limit(limit)
    rows = await sql.list_skills_of_tenant.fetch(connection, tenant_id=tenant_id, after=cursor or "", limit=limit + 1)
    found = [ListedSkill(SkillVersion.of(row), row["versions"], row["loaded"], row["hidden"]) for row in rows[:limit]]
    return found, found[-1].version.name if len(rows) > limit else None


async def list_versions(
    connection: Connection, tenant_id: UUID, name: str, limit: int = 50, before: int | None = None
) -> tuple[list[SkillVersion], int | None]:
    """The versions of a skill, newest first, from below number `before`. Raises NotFound."""
    _check_limit(limit)
    current = await find_version(connection, tenant_id, WantedSkill.read(name).name)
    rows = await sql.list_versions.fetch(
        connection, tenant_id=tenant_id, name=current.name, own=current.layer == "tenant", before=before, limit=limit + 1
    )
    found = [SkillVersion.of(row) for row in rows[:limit]]
    return found, found[-1].number if len(rows) > limit else None


async def load_tree(connection: Connection, tenant_id: UUID, version: SkillVersion) -> dict[str, bytes]:
    """All files of a version by their paths. Raises NotFound when the version has been deleted meanwhile."""
    held = await _held(connection, tenant_id, version, list(unique_files(version.files)))
    return {file.path: held[file.hash] for file in version.files}


async def load_file(connection: Connection, tenant_id: UUID, version: SkillVersion, path: str) -> bytes:
    """One file of a version. Raises NotFound, with the nearest paths, for one that it does not have."""
    hashes = {file.path: file.hash for file in version.files}
    if path not in hashes:
        raise NotFound(f"file in {version.title}", path[:200], hashes)
    return (await _held(connection, tenant_id, version, [hashes[path]]))[hashes[path]]


async def deprecate(database: Database, principal: Principal, text: str, reason: str | None, *, deprecated: bool = True) -> SkillVersion:
    """Say of a version, or of all of a skill, that it should not be used any more; or take that back.

    It can be used still; a bare name means the newest version that is not deprecated, where there is one. Raises NotFound, and Conflict for
    a skill that is not the tenant's own.
    """
    wanted = WantedSkill.read(text)
    async with database.pool.acquire() as connection, connection.transaction():
        version = await _own(connection, principal.tenant_id, wanted)
        number = version.number if wanted.number or wanted.label else None
        await sql.deprecate_versions.execute(
            connection,
            tenant_id=principal.tenant_id,
            name=version.name,
            number=number,
            deprecated=deprecated,
            reason=reason if deprecated else None,
        )
        action = "skill.deprecate" if deprecated else "skill.undeprecate"
        await _record(connection, principal, action, version.name, number, None, reason=reason)
    return await find_version(database.pool, principal.tenant_id, f"{version.name}@{version.number}")


async def delete_skill(database: Database, principal: Principal, text: str) -> None:
    """Delete a version, or with a bare name the skill with all of them.

    Raises NotFound, and Conflict for a skill that is not the tenant's own, that an agent has, or that an open run began with.
    """
    wanted = WantedSkill.read(text)
    async with database.pool.acquire() as connection, connection.transaction():
        version = await _own(connection, principal.tenant_id, wanted)
        number = version.number if wanted.number or wanted.label else None
        await _check_unused(connection, principal.tenant_id, version.name, number)
        key = {"tenant_id": principal.tenant_id, "name": version.name}
        await sql.delete_version.execute(connection, **key, number=number)
        await sql.delete_loose_files.execute(connection, **key)
        tree = None if number is None else bytes.fromhex(version.tree)
        await _record(connection, principal, "skill.delete", version.name, number, tree)


async def list_users(
    connection: Connection, tenant_id: UUID, name: str, limit: int = 50, cursor: str | None = None
) -> tuple[list[SkillUser], str | None]:
    """The agents that have a skill, by name, and which version each would get now."""
    _check_limit(limit)
    name = WantedSkill.read(name).name
    await find_version(connection, tenant_id, name)
    rows = await sql.agents_with.fetch(connection, tenant_id=tenant_id, name=name, after=cursor or "", limit=limit + 1)
    found = []
    for row in rows[:limit]:
        try:
            number: int | None = (await find_version(connection, tenant_id, row["wanted"])).number
        except (NotFound, InvalidInput):
            number = None
        found.append(SkillUser(row["agent_id"], row["name"], row["wanted"], number))
    return found, found[-1].agent if len(rows) > limit else None


async def _own(connection: Connection, tenant_id: UUID, wanted: WantedSkill) -> SkillVersion:
    """The tenant's own version of that name, its skill locked."""
    version = await find_version(connection, tenant_id, str(wanted))
    if version.layer != "tenant":
        raise Conflict(
            f"the skill {version.name!r} is published by workers, for all tenants",
            hint="change it in their project's skills/, or add one of that name",
        )
    await sql.lock_skill.fetchval(connection, tenant_id=tenant_id, name=version.name)
    return await find_version(connection, tenant_id, str(wanted))  # as it is now that nobody else changes it


async def _check_unused(connection: Connection, tenant_id: UUID, name: str, number: int | None) -> None:
    users, more = await list_users(connection, tenant_id, name, LIST_LIMIT_MAX)
    versions, _ = await list_versions(connection, tenant_id, name, 2)
    last = len(versions) == 1
    needing = [user.agent for user in users if number is None or last or (user.number == number and user.wanted != name)]
    if needing:
        shown = ", ".join(needing[:5]) + (" and others" if len(needing) > 5 or more else "")
        raise Conflict(f"the skill is one of {shown}", hint="take it from these agents first, or deprecate it")
    runs = await sql.open_runs_with.fetch(connection, tenant_id=tenant_id, name=name, number=number)
    if runs:
        count = "1 run that began" if len(runs) == 1 else f"{len(runs)} runs that began"
        raise Conflict(
            f"{count} with the skill {'has' if len(runs) == 1 else 'have'} not ended", hint="delete it when they have, or deprecate it"
        )


async def _check_room(connection: Connection, tenant_id: UUID, skill: Skill) -> None:
    held = await sql.held_by_tenant.fetchrow(connection, tenant_id=tenant_id, name=skill.name)
    if held["versions"] >= VERSIONS_MAX:
        raise Conflict(f"the skill {skill.name!r} has {VERSIONS_MAX} versions", hint="delete some that nobody uses")
    if held["skills"] >= SKILLS_MAX and not held["versions"]:
        raise Conflict(f"there are {SKILLS_MAX} skills", hint="delete one that nobody uses")
    if held["bytes"] + sum(map(len, skill.tree.values())) > TENANT_BYTES_MAX:
        raise Conflict(f"the skills hold {TENANT_BYTES_MAX // 1024 // 1024} MiB", hint="delete versions that nobody uses")


async def _insert(
    connection: Connection,
    principal: Principal,
    skill: Skill,
    number: int,
    tree: bytes,
    source: Mapping[str, Any],
    label: str | None,
    vouched: bool,
) -> None:
    columns = columns_of(skill)
    await sql.insert_version.execute(
        connection,
        tenant_id=principal.tenant_id,
        name=skill.name,
        number=number,
        tree=tree,
        label=label,
        source=json.dumps(dict(source)),
        vouched=vouched,
        created_by_kind=principal.kind,
        created_by=principal.name,
        **columns,
    )
    hashes, datas = file_rows(skill)
    await sql.insert_files.execute(connection, tenant_id=principal.tenant_id, name=skill.name, hashes=hashes, datas=datas)


def file_rows(skill: Skill) -> tuple[list[bytes], list[bytes]]:
    """Hashes and bytes of a skill's files, each once."""
    listed = json.loads(columns_of(skill)["files"])
    paths = {one["hash"]: one["path"] for one in listed}
    return [bytes.fromhex(found) for found in paths], [skill.tree[path] for path in paths.values()]


async def _record(
    connection: Connection, principal: Principal, action: str, name: str, number: int | None, tree: bytes | None, **detail: Any
) -> None:
    said = {"name": name, "version": number, "tree": tree.hex() if tree else None, **detail}
    await append(connection, principal, action, "skill", name, {key: value for key, value in said.items() if value is not None})


async def _held(connection: Connection, tenant_id: UUID, version: SkillVersion, hashes: Sequence[str]) -> dict[str, bytes]:
    rows = await sql.load_files.fetch(
        connection,
        tenant_id=tenant_id,
        name=version.name,
        own=version.layer == "tenant",
        hashes=[bytes.fromhex(one) for one in hashes],
    )
    held = {bytes(row["hash"]).hex(): bytes(row["data"]) for row in rows}
    if any(one not in held for one in hashes):
        raise NotFound("skill", version.title)
    return held


async def _missing(connection: Connection, tenant_id: UUID, wanted: WantedSkill) -> NotFound:
    """What to say of a skill, or of a version of one, that is not there."""
    names = await skill_names(connection, tenant_id)
    if wanted.name not in names or str(wanted) == wanted.name:
        return NotFound("skill", wanted.name, names)
    versions, _ = await list_versions(connection, tenant_id, wanted.name, LIST_LIMIT_MAX)
    known = [version.title for version in versions] + [f"{version.name}@{version.label}" for version in versions if version.label]
    return NotFound("version of a skill", str(wanted), known)


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= LIST_LIMIT_MAX:
        raise InvalidInput(f"limit must lie between 1 and {LIST_LIMIT_MAX}, {limit} does not", pointer="/limit")
