"""Agents as records: made, found, listed, changed. Each change is a revision and an audit entry in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge import ids
from flowforge.agents.budget_line import keep_budget
from flowforge.agents.builtin import BUILTIN
from flowforge.agents.definition import AgentDefinition, escaped, patched
from flowforge.agents.equipment import offered_names
from flowforge.agents.lane import keep_lane
from flowforge.agents.status import AgentStatus, AgentView, view_of
from flowforge.audit.log import append
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict, InvalidInput, NotFound
from flowforge.orchestrator import hints
from flowforge.orchestrator.models.output import Output
from flowforge.orchestrator.models.sampling import checked_settings
from flowforge.orchestrator.stream import append_frame, open_stream
from flowforge.skills.mcp.record import mcp_servers
from flowforge.skills.registry import find_versions
from flowforge.skills.version import SkillVersion, WantedSkill

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database
    from flowforge.orchestrator.hints import Bell

sql = load_queries("flowforge.agents")

LIST_LIMIT_MAX = 200
ENDING_LENGTH_MIN = 4
NOTE_CHARACTERS_MAX = 500


@dataclass(frozen=True)
class AgentPage:
    """One page of a list; `next_cursor` is None on the last one."""

    data: list[AgentView]
    next_cursor: str | None


@dataclass(frozen=True)
class AgentFilter:
    """Which agents a list is about; what is None does not matter. A skill is found with and without the version that it is pinned to."""

    status: AgentStatus | None = None
    skill: str | None = None
    model: str | None = None
    archived: bool | None = None


ALL_AGENTS = AgentFilter()

ABSENT = {  # where there is none at all: what to do
    "tool": "no worker has published a tool yet: start one with the file that registers it",
    "agent": "create the agent that it gives work to first",
    "MCP server": "add the server first: POST /v1/mcp_servers, or flowforge mcp-servers add",
}


async def create_agent(
    database: Database, principal: Principal, definition: AgentDefinition, *, note: str | None = None, app: str | None = None
) -> AgentView:
    """Make a new agent; with `app` the code there owns its definition.

    Raises Conflict when its name is taken, InvalidInput for a skill, tool or agent that nobody offers.
    """
    check_note(note)
    await check_definition(database.pool, principal.tenant_id, definition)
    agent_id = ids.new_id()
    async with database.pool.acquire() as connection, connection.transaction():
        made = await sql.insert_agent.fetchval(connection, tenant_id=principal.tenant_id, agent_id=agent_id, name=definition.name, app=app)
        if made is None:
            raise Conflict(f"there is an agent named {definition.name!r} already", hint="choose another name, or PATCH that one")
        await open_stream(connection, principal.tenant_id, agent_id)
        await keep_lane(connection, principal.tenant_id, agent_id, definition.concurrency)
        await keep_budget(connection, principal.tenant_id, agent_id, None, definition)
        await record(connection, principal, "agent.create", agent_id, definition, 1, note)
        await tell_changed(connection, principal, agent_id, "agent.create")
    return await view(database.pool, principal.tenant_id, agent_id)


async def update_agent(
    database: Database,
    principal: Principal,
    text: str,
    patch: dict[str, Any],
    if_revision: int | None = None,
    *,
    note: str | None = None,
    bell: Bell | None = None,
) -> AgentView:
    """Apply a JSON merge patch; a run that has begun keeps the revision it began with. A patch that changes nothing makes none.

    Raises NotFound, InvalidInput, and Conflict when `if_revision` is no longer the current revision, the name is taken, or code owns
    the agent.
    """
    check_note(note)
    agent_id = await resolve_agent(database.pool, principal.tenant_id, text)
    async with database.pool.acquire() as connection, connection.transaction():
        row = await lock_agent(connection, principal.tenant_id, agent_id)
        check_unchanged(row, if_revision)
        refuse_of_code(row)
        await redefine(connection, principal, row, patched(definition_of(row), patch), "agent.update", note)
    if bell is not None:
        bell.ring(hints.READY, agent_id.hex)
    return await view(database.pool, principal.tenant_id, agent_id)


async def find_agent(connection: Connection, tenant_id: UUID, text: str) -> AgentView:
    """The agent by name, by `agt_` id, or by any ending of the id that fits only one. Raises NotFound with nearest names."""
    return await view(connection, tenant_id, await resolve_agent(connection, tenant_id, text))


async def resolve_agent(connection: Connection, tenant_id: UUID, text: str) -> UUID:
    """The id that `text` means, see `find_agent`. Raises NotFound."""
    ending = text.removeprefix("agt_").replace("-", "").replace("_", "").lower()
    if len(ending) < ENDING_LENGTH_MIN or not ending.isalnum():
        ending = ""
    rows = await sql.match_agent.fetch(connection, tenant_id=tenant_id, name=text, ending=ending)
    named = [row["agent_id"] for row in rows if row["name"] == text]
    if named or len(rows) == 1:
        found: UUID = named[0] if named else rows[0]["agent_id"]
        return found
    if rows:
        raise InvalidInput(f"{text!r} could be {' or '.join(row['name'] for row in rows)}", hint="give more of the id, or the name")
    raise NotFound("agent", text, await agent_names(connection, tenant_id))


async def agent_names(connection: Connection, tenant_id: UUID) -> list[str]:
    """All names, for "did you mean"."""
    return [row["name"] for row in await sql.agent_names.fetch(connection, tenant_id=tenant_id)]


async def list_agents(
    connection: Connection, tenant_id: UUID, limit: int = 50, cursor: str | None = None, chosen: AgentFilter = ALL_AGENTS
) -> AgentPage:
    """Agents by name, from behind `cursor`. Raises InvalidInput for a limit outside 1 to 200.

    A status is derived, so a page of one status may hold fewer than `limit` and still not be the last.
    """
    if not 1 <= limit <= LIST_LIMIT_MAX:
        raise InvalidInput(f"limit must lie between 1 and {LIST_LIMIT_MAX}, {limit} does not", pointer="/limit")
    rows = await sql.list_agents.fetch(
        connection,
        tenant_id=tenant_id,
        agent_id=None,
        after=cursor or "",
        limit=limit + 1,
        model=chosen.model,
        skill=chosen.skill,
        archived=chosen.archived,
    )
    views = [view_of(row) for row in rows[:limit]]
    following = views[-1].name if len(rows) > limit else None
    return AgentPage([one for one in views if chosen.status in (None, one.status)], following)


async def check_definition(connection: Connection, tenant_id: UUID, definition: AgentDefinition) -> None:
    """Raises InvalidInput, with a pointer and the nearest names, for a skill, tool or agent that nobody offers to this tenant, and for
    an output that is no JSON Schema."""
    skills = await find_skills(connection, tenant_id, definition.skills)
    tools = await offered_names(connection, tenant_id)
    _check_names("tool", definition.tools, tools, "/tools")
    if definition.delegates_to:
        _check_names("agent", definition.delegates_to, [*await agent_names(connection, tenant_id), definition.name], "/delegates_to")
    for index, skill in enumerate(skills):
        for name in skill.tools:
            if name not in tools:
                raise InvalidInput(
                    f"the skill {skill.title} needs a tool that is not there: {NotFound('tool', name, tools)}", pointer=f"/skills/{index}"
                )
    granted = {*definition.tools, *(name for skill in skills for name in (*skill.tools, *skill.optional_tools))}
    granted |= {name for name, one in BUILTIN.items() if one.comes_with(definition)}
    for name in definition.approval:
        if name not in granted:
            raise InvalidInput(f"approval: {NotFound('tool of this agent', name, granted)}", pointer=f"/approval/{escaped(name)}")
    if definition.mcp_servers:
        servers = [server.definition.name for server in await mcp_servers(connection, tenant_id)]
        _check_names("MCP server", definition.mcp_servers, servers, "/mcp_servers")
    if definition.output is not None:
        Output(definition.output)
    try:
        checked_settings(dict(definition.model_settings), None)
    except InvalidInput as error:
        raise InvalidInput(error.message, pointer=f"/model_settings{error.pointer}", hint=error.hint) from None


def check_note(note: str | None) -> None:
    """Raises InvalidInput for a note that cannot be kept."""
    if note is not None and (len(note) > NOTE_CHARACTERS_MAX or "\x00" in note):
        raise InvalidInput(f"a note has at most {NOTE_CHARACTERS_MAX} characters, and none of them is NUL", pointer="/note")


async def find_skills(connection: Connection, tenant_id: UUID, names: Sequence[str]) -> list[SkillVersion]:
    """The versions that an agent's skills mean now. Raises InvalidInput, with a pointer and the nearest names, for one that is missing."""
    found: dict[str, int] = {}
    for index, name in enumerate(names):
        twice = found.setdefault(WantedSkill.read(name, f"/skills/{index}").name, index)
        if twice != index:
            raise InvalidInput(
                f"{names[twice]} and {name} are the same skill", pointer=f"/skills/{index}", hint="an agent has one version of it"
            )
    try:
        return await find_versions(connection, tenant_id, names)
    except NotFound as missing:
        index = next((place for place, name in enumerate(names) if missing.name in (name, WantedSkill.read(name).name)), 0)
        hint = None if missing.nearest else "no worker has published it, and nobody here has added it"
        raise InvalidInput(str(missing), pointer=f"/skills/{index}", hint=hint) from None


def definition_of(row: Any) -> AgentDefinition:
    """The definition in an agent's row."""
    return AgentDefinition.model_validate_json(row["definition"])


# ── inside a transaction, for the files beside this one ──────────────────────────────────────────────────────────────


async def lock_agent(connection: Connection, tenant_id: UUID, agent_id: UUID) -> Any:
    """The agent's row, locked until commit. Raises NotFound."""
    row = await sql.lock_agent.fetchrow(connection, tenant_id=tenant_id, agent_id=agent_id)
    if row is None:
        raise NotFound("agent", ids.show("agt", agent_id))
    return row


def check_unchanged(row: Any, if_revision: int | None) -> None:
    """Raises Conflict when the locked agent is no longer at that revision."""
    if if_revision is not None and row["revision"] != if_revision:
        raise Conflict(
            f"agent {row['name']!r} is at revision {row['revision']}, not {if_revision}: somebody changed it meanwhile",
            winner={"revision": row["revision"]},
        )


def refuse_of_code(row: Any) -> None:
    """Raises Conflict when code owns the locked agent's definition."""
    if row["app"] is not None:
        raise Conflict(
            f"agent {row['name']!r} is defined by code in {row['app']}",
            winner={"app": row["app"]},
            hint="change it there and restart the worker; here it can be paused, resumed and archived",
        )


async def redefine(
    connection: Connection,
    principal: Principal,
    row: Any,
    after: AgentDefinition,
    action: str,
    note: str | None,
    *,
    app: str | None = None,
    again: bool = False,
    check: bool = True,
) -> bool:
    """Give the locked agent its next revision. False: it is as it was, and `again` did not ask for one all the same.

    `check`: not where it stays what it is, whatever of it is still offered.
    """
    tenant_id, agent_id, before = principal.tenant_id, row["agent_id"], definition_of(row)
    if after == before and row["app"] == app and not again:
        return False
    if check:
        await check_definition(connection, tenant_id, after)
    owner = await sql.agent_by_name.fetchval(connection, tenant_id=tenant_id, name=after.name)
    if owner is not None and owner != agent_id:
        raise Conflict(f"there is an agent named {after.name!r} already", hint="choose another name")
    revision = row["revision"] + 1
    await record_revision(connection, principal, agent_id, after, revision, note)
    await sql.update_agent.execute(connection, tenant_id=tenant_id, agent_id=agent_id, name=after.name, revision=revision, app=app)
    if after.concurrency != before.concurrency and row["paused_at"] is None:
        await keep_lane(connection, tenant_id, agent_id, after.concurrency, present=row["lane"])
    if after.budget != before.budget:
        await keep_budget(connection, tenant_id, agent_id, row["budget_id"], after)
    await enter(connection, principal, action, agent_id, after, revision, note)
    await tell_changed(connection, principal, agent_id, action)
    return True


async def record(
    connection: Connection, principal: Principal, action: str, agent_id: UUID, definition: AgentDefinition, revision: int, note: str | None
) -> None:
    """The revision and its audit entry, the last before the commit."""
    await record_revision(connection, principal, agent_id, definition, revision, note)
    await enter(connection, principal, action, agent_id, definition, revision, note)


async def record_revision(
    connection: Connection, principal: Principal, agent_id: UUID, definition: AgentDefinition, revision: int, note: str | None
) -> None:
    await sql.insert_revision.execute(
        connection,
        tenant_id=principal.tenant_id,
        agent_id=agent_id,
        revision=revision,
        definition=definition.model_dump_json(),
        made_by=principal.name,
        made_by_kind=principal.kind,
        note=note,
    )


async def enter(
    connection: Connection, principal: Principal, action: str, agent_id: UUID, definition: AgentDefinition, revision: int, note: str | None
) -> None:
    detail = {"name": definition.name, "revision": revision, "definition": definition.model_dump(mode="json")}
    await append(connection, principal, action, "agent", ids.show("agt", agent_id), detail if note is None else {**detail, "note": note})


async def tell_changed(connection: Connection, principal: Principal, agent_id: UUID, action: str) -> None:
    """Who shows the agent is to fetch it anew: its definition or whether it is archived has changed. The last before the commit."""
    data = {"agent": ids.show("agt", agent_id), "act": action.removeprefix("agent."), "by": principal.name}
    await append_frame(connection, principal.tenant_id, name="agent.changed", data=data, agent_id=agent_id)


async def view(connection: Connection, tenant_id: UUID, agent_id: UUID) -> AgentView:
    """The agent as it is now. Raises NotFound."""
    row = await sql.list_agents.fetchrow(
        connection, tenant_id=tenant_id, agent_id=agent_id, after="", limit=1, model=None, skill=None, archived=None
    )
    if row is None:
        raise NotFound("agent", ids.show("agt", agent_id))
    return view_of(row)


def _check_names(what: str, names: Sequence[str], known: Iterable[str], pointer: str) -> None:
    known = list(known)
    for index, name in enumerate(names):
        if name not in known:
            hint = None if known else ABSENT[what]
            raise InvalidInput(str(NotFound(what, name, known)), pointer=f"{pointer}/{index}", hint=hint)
