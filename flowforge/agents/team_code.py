"""Teams that code defines: `flowforge.Team(…)`, made by the worker at its start, behind the agents that are in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flowforge.access.principal import Principal
from flowforge.agents.team import create_team, get_team, update_team
from flowforge.agents.team_definition import TeamDefinition, read_team
from flowforge.errors import ConfigurationError, FlowForgeError, InvalidInput, NotFound, RegistrationError
from flowforge.ids import DEFAULT_TENANT

if TYPE_CHECKING:
    from flowforge.db.database import Database


class TeamRegistry:
    """Teams by name. `flowforge.Team` fills `TEAMS`; tests make their own."""

    def __init__(self) -> None:
        self._teams: dict[str, TeamDefinition] = {}

    def add(self, team: TeamDefinition) -> None:
        self._teams[team.name] = team

    def replace(self, teams: Sequence[TeamDefinition]) -> None:
        """Have these and no others: a reload registers them anew."""
        self._teams = {team.name: team for team in teams}

    def __iter__(self) -> Iterator[TeamDefinition]:
        return iter(list(self._teams.values()))


TEAMS = TeamRegistry()


class Team:
    """A team, defined in code: an agent that leads, and those to whom it may give work. The worker publishes it at its start.

    The arguments are the fields of `POST /v1/teams`. Raises RegistrationError for what cannot be a team.

        flowforge.Team(name="support", lead="atlas", members=["maya", "zoe"], instructions="Letters are zoe's.")
    """

    def __init__(self, *, name: str, lead: str, members: Sequence[str], **fields: Any) -> None:
        try:
            self.definition = read_team({"name": name, "lead": lead, "members": members, **fields})
        except InvalidInput as error:
            raise RegistrationError(f"Team {name!r}: {error.message.removeprefix('/')}", hint=error.hint) from None
        TEAMS.add(self.definition)

    @property
    def name(self) -> str:
        return self.definition.name

    def __repr__(self) -> str:
        return f"Team({self.definition.name!r}, lead={self.definition.lead!r})"


async def publish_teams(
    database: Database, app: str, definitions: Sequence[TeamDefinition], *, tenant_id: UUID = DEFAULT_TENANT
) -> list[str]:
    """Make teams what their code says; returns the names of those that changed. Their agents are published before.

    Raises ConfigurationError for a team of which somebody is no agent.
    """
    code = Principal(tenant_id, "system", f"code at {app}")
    changed = []
    for definition in definitions:
        try:
            if await _publish(database, code, definition):
                changed.append(definition.name)
        except FlowForgeError as error:
            raise ConfigurationError(f"team {definition.name!r}: {error}", hint=error.hint) from error
    return changed


async def _publish(database: Database, code: Principal, definition: TeamDefinition) -> bool:
    try:
        before = await get_team(database, code.tenant_id, definition.name)
    except NotFound:
        await create_team(database, code, definition)
        return True
    after = await update_team(database, code, before.id, definition.model_dump(mode="json"))
    return after.revision != before.revision
