"""`client.teams`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, body_of, call, listing, part
from flowforge.api.client.talk import Items, Talk
from flowforge.api.client.unset import UNSET, Unset

if TYPE_CHECKING:
    from flowforge.api.client import bodies


class Teams(Noun[Mode]):
    """`client.teams`"""

    @call
    def create(
        self,
        *,
        name: str,
        lead: str,
        members: Sequence[str],
        description: str | Unset = UNSET,
        instructions: str | Unset = UNSET,
        limits: bodies.TeamLimits | Unset = UNSET,
        idempotency_key: str | None = None,
    ) -> Talk[models.Team]:
        """Make a team.

        409 when the name is taken; 422 with the nearest names for a lead or member that is no agent.
        """
        return self._exchange.ask(
            models.Team,
            "POST",
            "/v1/teams",
            body=body_of(
                {"name": name, "lead": lead, "members": members, "description": description, "instructions": instructions, "limits": limits}
            ),
            idempotency_key=idempotency_key,
        )

    @listing
    def list(self, *, limit: int | None = None) -> Items[models.Team]:
        """List teams.

        By name.
        """
        return self._exchange.listing(models.Team, "/v1/teams", limit=limit)

    @call
    def get(self, team: str, /) -> Talk[models.Team]:
        """Show a team.

        By name or id.
        """
        return self._exchange.ask(models.Team, "GET", f"/v1/teams/{part(team)}")

    @call
    def update(
        self,
        team: str,
        /,
        *,
        name: str | Unset | None = UNSET,
        lead: str | Unset | None = UNSET,
        members: Sequence[str] | Unset | None = UNSET,
        description: str | Unset | None = UNSET,
        instructions: str | Unset | None = UNSET,
        limits: Mapping[str, int | None] | Unset | None = UNSET,
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
    ) -> Talk[models.Team]:
        """Change a team.

        Each change is a revision; a run that has begun keeps what it was told of its team.
        """
        return self._exchange.ask(
            models.Team,
            "PATCH",
            f"/v1/teams/{part(team)}",
            body=body_of(
                {"name": name, "lead": lead, "members": members, "description": description, "instructions": instructions, "limits": limits}
            ),
            if_match=if_match,
            idempotency_key=idempotency_key,
        )

    @call
    def delete(self, team: str, /, *, idempotency_key: str | None = None) -> Talk[None]:
        """Take a team away.

        Its agents, and what they work on, stay.
        """
        return self._exchange.ask(None, "DELETE", f"/v1/teams/{part(team)}", idempotency_key=idempotency_key)

    @listing
    def revisions(self, team: str, /, *, limit: int | None = None) -> Items[models.TeamRevision]:
        """List a team's revisions.

        The newest first.
        """
        return self._exchange.listing(models.TeamRevision, f"/v1/teams/{part(team)}/revisions", limit=limit)

    @call
    def roll_back(self, team: str, /, *, revision: int, idempotency_key: str | None = None) -> Talk[models.Team]:
        """Roll a team back.

        What it was at a revision becomes its next one.
        """
        return self._exchange.ask(
            models.Team, "POST", f"/v1/teams/{part(team)}/rollback", body=body_of({"revision": revision}), idempotency_key=idempotency_key
        )
