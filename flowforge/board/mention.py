"""Mentions: whom a comment names, and that they hear of it, once. A person finds it in the inbox; an agent is woken.

An agent that works on the card reads the comment at its next turn; any other is started by the event `board/agent.mentioned`. An agent's
own comment never wakes itself, and agents that wake each other are stopped after `CHAIN_MAX` comments without a word of anybody else.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.board.card import Card
from flowforge.board.mention_text import Spelling, find_spellings
from flowforge.board.message import at_work, leave_message
from flowforge.board.queries import sql
from flowforge.board.telling import next_chain
from flowforge.db.queries import Connection
from flowforge.orchestrator.event import NewEvent, store_events

AGENT_MENTIONED = "board/agent.mentioned"
CHAIN_MAX = 16
OF_NOBODY = frozenset({"agent", "system"})  # whoever speaks without a person's having a say in it
MENTIONED_MAX = 20  # of one comment; what is beyond stays text
SPELLINGS_MAX = 500


@dataclass(frozen=True)
class Mentioned:
    """Somebody whom a text names; `at` is the place of the first @ that does."""

    kind: Literal["agent", "person"]
    id: UUID
    name: str
    at: int

    def is_(self, principal: Principal) -> bool:
        """Whether that is who acts."""
        if principal.kind != self.kind:
            return False
        return principal.id == self.id if principal.id is not None else principal.name == self.name


async def find_mentioned(connection: Connection, tenant_id: UUID, text: str) -> tuple[Mentioned, ...]:
    """Whom the text names, each once, in the order of the text. A name that nobody has is text.

    Case does not matter where it leaves one person only; where an agent and a person share a name, `@user:name` is the person.
    """
    spellings = find_spellings(text)[:SPELLINGS_MAX]
    if not spellings:
        return ()
    names = sorted({name for spelling in spellings for name in spelling.names})
    rows = await sql.find_mentioned.fetch(connection, tenant_id=tenant_id, names=names)
    found: dict[tuple[str, UUID], Mentioned] = {}
    for spelling in spellings:
        if (row := _meant(spelling, rows)) is not None:
            found.setdefault((row["kind"], row["id"]), Mentioned(row["kind"], row["id"], row["name"], spelling.at))
    return tuple(found.values())[:MENTIONED_MAX]


def _meant(spelling: Spelling, rows: Sequence[Any]) -> Any:
    for name in spelling.names:
        of_name = [row for row in rows if row["asked"] == name]
        if spelling.kind != "user" and (agent := next((row for row in of_name if row["kind"] == "agent"), None)) is not None:
            return agent
        persons = [row for row in of_name if row["kind"] == "person"] if spelling.kind != "agent" else []
        exactly = [row for row in persons if row["name"] == name]
        if exactly or len(persons) == 1:
            return (exactly or persons)[0]
    return None


async def note_mentions(
    connection: Connection, principal: Principal, card: Card, said: Any, mentioned: Sequence[Mentioned]
) -> tuple[UUID, ...]:
    """Store whom a comment on a locked card names, and wake the agents among them. Returns the persons who were not named in it before."""
    if not mentioned:
        return ()
    agents_wake = await _may_wake(connection, principal, card, mentioned)
    rows = await sql.add_mentions.fetch(
        connection,
        tenant_id=principal.tenant_id,
        comment_id=said.comment_id,
        task_id=card.task_id,
        by_agent=principal.kind in OF_NOBODY,
        created_at=said.edited_at or said.created_at,
        kinds=[one.kind for one in mentioned],
        subject_ids=[one.id for one in mentioned],
        wakens=[not one.is_(principal) and (one.kind == "person" or agents_wake) for one in mentioned],
    )
    new = {(row["kind"], row["subject_id"]) for row in rows if row["woken"]}
    await _wake(connection, principal, card, said, [one for one in mentioned if one.kind == "agent" and (one.kind, one.id) in new])
    return tuple(one.id for one in mentioned if one.kind == "person" and (one.kind, one.id) in new)


async def _may_wake(connection: Connection, principal: Principal, card: Card, mentioned: Sequence[Mentioned]) -> bool:
    if principal.kind not in OF_NOBODY or not any(one.kind == "agent" for one in mentioned):
        return True
    chain: int = await sql.mention_chain.fetchval(connection, tenant_id=principal.tenant_id, task_id=card.task_id)
    return chain < CHAIN_MAX


async def _wake(connection: Connection, principal: Principal, card: Card, said: Any, agents: Sequence[Mentioned]) -> None:
    if not agents:
        return
    working = await at_work(connection, principal.tenant_id, card.task_id, [agent.id for agent in agents])
    for agent in agents:
        if agent.id in working:
            await leave_message(
                connection,
                principal,
                agent.id,
                said.text,
                message_id=wake_id(said.comment_id, agent.id),
                kind="mention",
                task_id=card.task_id,
                run_id=working[agent.id].run_id,
            )
    await store_events(connection, principal.tenant_id, [_event(principal, card, said, agent) for agent in agents])


def wake_id(comment_id: UUID, agent_id: UUID) -> UUID:
    """The id of the event, and of the message, by which a comment wakes an agent."""
    return ids.derived_id(comment_id, f"mentions {agent_id.hex}")


def _event(principal: Principal, card: Card, said: Any, agent: Mentioned) -> NewEvent:
    data = {
        "task_id": card.task_id.hex,
        "task": card.key,
        "agent_id": agent.id.hex,
        "agent": agent.name,
        "comment_id": said.comment_id.hex,
        "text": said.text,
        "by": principal.name,
        "by_kind": principal.kind,
        "chain": next_chain(),
    }
    return NewEvent(AGENT_MENTIONED, data, event_id=wake_id(said.comment_id, agent.id))


def written(mentioned: Sequence[Mentioned]) -> str:
    """As a comment's row keeps them."""
    return json.dumps([{**asdict(one), "id": one.id.hex} for one in mentioned], ensure_ascii=False)


def read(text: str) -> tuple[Mentioned, ...]:
    """What `written` wrote."""
    return tuple(Mentioned(one["kind"], UUID(one["id"]), one["name"], one["at"]) for one in json.loads(text))
