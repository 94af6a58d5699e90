"""What starts an agent without anybody's code: events, times, deliveries to a webhook. Each firing makes a card, or a run without one.

A trigger is a row of the tenant's. The engine knows of it as one more trigger of the built-in function `flowforge.agent_trigger`
(`trigger_run.py`), for that tenant's events alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from flowforge import ids
from flowforge.agents.agent import resolve_agent
from flowforge.agents.definition import Text, escaped
from flowforge.audit.log import append
from flowforge.db.queries import Connection, load_queries
from flowforge.errors import Conflict, ExpressionFailed, InvalidInput, NotFound, RegistrationError
from flowforge.orchestrator.expression import compiled
from flowforge.orchestrator.match import check_pattern, matches_pattern
from flowforge.orchestrator.schedule import CatchUp, Schedule
from flowforge.orchestrator.signature import Scheme
from flowforge.orchestrator.webhook import Webhook

if TYPE_CHECKING:
    from flowforge.access.principal import Principal
    from flowforge.db.database import Database

TRIGGER_RUN = "flowforge.agent_trigger"
APP = "flowforge.agents"  # under which the webhooks of triggers are published
TRIGGERS_MAX = 100  # of one agent
OWN = ("board/", "flowforge/")
MAX_CATCH_UP = 100

_PLACE = re.compile(r"\{\{(.+?)\}\}", re.DOTALL)

sql = load_queries("flowforge.agents")

Template = Annotated[Text, Field(max_length=20_000, description="Text with {{expressions}} over the event, as in {{event.data.order_id}}.")]


class TriggerDefinition(BaseModel):
    """When an agent is started, and with what. `event` (a name or a pattern with `*`), `cron` with `tz`, or `webhook`: one of the three.

    `if` is an expression that an event must pass. `makes`: a card of the board that is assigned to the agent, with `title` and
    `description`, or a run without one, which is asked `prompt`. What comes of a webhook is the event `webhook/<name>`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    event: Annotated[Text | None, Field(max_length=256, examples=["order/created"])] = None
    cron: Annotated[Text | None, Field(max_length=200, examples=["0 9 * * 1-5"])] = None
    tz: Annotated[Text, Field(max_length=64, examples=["Europe/Oslo"])] = "UTC"
    catch_up: CatchUp = "one"
    webhook: Annotated[Text | None, Field(max_length=64, description="POST /hooks/<name>", examples=["github"])] = None
    scheme: Annotated[Scheme | None, Field(description="How its deliveries are signed; by its name unless given.")] = None
    secret_env: Annotated[Text | None, Field(max_length=200, description="The variable of the server's environment with its secret.")] = (
        None
    )
    if_: Annotated[Text | None, Field(alias="if", max_length=4096, examples=["event.data.total > 1000"])] = None
    makes: Literal["task", "run"] = "task"
    title: Template | None = None
    description: Template | None = None
    prompt: Template | None = None

    @property
    def kind(self) -> Literal["event", "cron", "webhook"]:
        return "event" if self.event is not None else "cron" if self.cron is not None else "webhook"

    @property
    def schedule(self) -> Schedule | None:
        return None if self.cron is None else Schedule(self.cron, self.tz, self.catch_up)

    @property
    def hook(self) -> Webhook | None:
        if self.webhook is None:
            return None
        from flowforge.orchestrator.webhook import webhook

        return webhook(self.webhook, scheme=self.scheme, secret_env=self.secret_env)

    @property
    def pattern(self) -> str | None:
        """The events that fire it; None where times do."""
        return self.event if self.webhook is None else f"webhook/{self.webhook}"

    def matches(self, event: Mapping[str, Any], times: bool) -> bool:
        """Whether this event fires it; `times`: it is one of the schedules', which says for when. Raises ExpressionFailed."""
        if times:
            moment = datetime.fromisoformat(event["data"]["scheduled_for"])
            return self.schedule is not None and self.schedule.after(moment - timedelta(seconds=1)) == moment
        if self.pattern is None or not matches_pattern(self.pattern, event["name"]):
            return False
        return self.if_ is None or compiled(self.if_).holds({"event": dict(event)})


@dataclass(frozen=True)
class AgentTrigger:
    """A trigger of one agent."""

    trigger_id: UUID
    agent_id: UUID
    definition: TriggerDefinition
    created_by: str
    created_at: datetime

    @property
    def id(self) -> str:
        return ids.show("trg", self.trigger_id)


def read_trigger(body: Mapping[str, Any]) -> TriggerDefinition:
    """The trigger in `body`. Raises InvalidInput with a pointer to the first field that does not fit."""
    try:
        definition = TriggerDefinition.model_validate(dict(body))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        pointer = "".join(f"/{escaped(part)}" for part in first["loc"])
        raise InvalidInput(f"{pointer or 'the body'}: {first['msg'].removeprefix('Value error, ')}", pointer=pointer) from None
    _check(definition)
    return definition


async def add_trigger(
    database: Database, principal: Principal, text: str, definition: TriggerDefinition, *, trigger_id: UUID | None = None
) -> AgentTrigger:
    """Give an agent a trigger; events that come from now on fire it.

    Raises NotFound, and Conflict when the agent has too many or an app has published a webhook of that name that says something else.
    """
    agent_id, trigger_id = await resolve_agent(database.pool, principal.tenant_id, text), trigger_id or ids.new_id()
    async with database.pool.acquire() as connection, connection.transaction():
        row = await sql.lock_agent.fetchrow(connection, tenant_id=principal.tenant_id, agent_id=agent_id)
        if row["archived_at"] is not None:
            raise Conflict(f"agent {row['name']!r} is archived: nothing starts it")
        place = {"tenant_id": principal.tenant_id, "agent_id": agent_id}
        if len(await sql.list_triggers.fetch(connection, **place, after=None, limit=TRIGGERS_MAX)) >= TRIGGERS_MAX:
            raise Conflict(f"agent {row['name']!r} has {TRIGGERS_MAX} triggers already", hint="take one away first")
        await _publish(connection, principal.tenant_id, trigger_id, definition)
        text_of = definition.model_dump_json(by_alias=True)
        await sql.insert_trigger.execute(
            connection, **place, trigger_id=trigger_id, kind=definition.kind, definition=text_of, created_by=principal.name
        )
        detail = {"trigger": ids.show("trg", trigger_id), **definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)}
        await append(connection, principal, "agent.trigger", "agent", ids.show("agt", agent_id), detail)
    found, _ = await list_triggers(database.pool, principal.tenant_id, agent_id, limit=TRIGGERS_MAX)
    return next(one for one in found if one.trigger_id == trigger_id)


async def list_triggers(
    connection: Connection, tenant_id: UUID, agent_id: UUID, *, limit: int = 50, cursor: str | None = None
) -> tuple[list[AgentTrigger], str | None]:
    """One page of an agent's triggers, the oldest first, and the cursor of the page behind it. Raises InvalidInput."""
    after = None if cursor is None else ids.parse("trg", cursor)
    if cursor is not None and after is None:
        raise InvalidInput("this cursor is not one that was handed out", pointer="/cursor")
    rows = await sql.list_triggers.fetch(connection, tenant_id=tenant_id, agent_id=agent_id, after=after, limit=limit + 1)
    found = [trigger_of(row) for row in rows[:limit]]
    return found, found[-1].id if len(rows) > limit else None


async def remove_trigger(database: Database, principal: Principal, text: str, trigger: str) -> None:
    """Take a trigger away; what it has started goes on. Raises NotFound, for the agent or the trigger."""
    agent_id = await resolve_agent(database.pool, principal.tenant_id, text)
    async with database.pool.acquire() as connection, connection.transaction():
        trigger_id = ids.parse("trg", trigger)
        if trigger_id is None or await withdraw(connection, principal.tenant_id, agent_id, trigger_id) is None:
            raise NotFound("trigger", trigger[:100])
        detail = {"trigger": ids.show("trg", trigger_id)}
        await append(connection, principal, "agent.untrigger", "agent", ids.show("agt", agent_id), detail)


async def withdraw(connection: Connection, tenant_id: UUID, agent_id: UUID, trigger_id: UUID) -> AgentTrigger | None:
    """Take a trigger away inside the caller's transaction; None: the agent has no such one."""
    place = {"tenant_id": tenant_id, "trigger_id": trigger_id}
    row = await sql.delete_trigger.fetchrow(connection, **place, agent_id=agent_id, published_id=trigger_id.hex)
    if row is None:
        return None
    found = trigger_of(row)
    if found.definition.cron is not None:
        schedule = found.definition.schedule
        assert schedule is not None
        await sql.withdraw_times.execute(connection, **place, function_id=TRIGGER_RUN, cron=schedule.cron, zone=schedule.zone)
    if found.definition.webhook is not None:
        await sql.withdraw_hook.execute(connection, **place, name=found.definition.webhook, app=APP)
    return found


def trigger_of(row: Any) -> AgentTrigger:
    """The trigger in a row."""
    definition = TriggerDefinition.model_validate_json(row["definition"])
    return AgentTrigger(row["trigger_id"], row["agent_id"], definition, row["created_by"], row["created_at"])


def filled(template: str, event: Mapping[str, Any]) -> str:
    """The template with the values of its expressions; one that has no value over this event leaves a dash.

    >>> filled("Refund {{event.data.order}}", {"data": {"order": "ORD-1"}})
    'Refund ORD-1'
    """

    def value(place: re.Match[str]) -> str:
        try:
            found = compiled(place[1].strip()).value({"event": dict(event)})
        except ExpressionFailed:
            return "–"
        return found if isinstance(found, str) else "–" if found is None else str(found)

    return _PLACE.sub(value, template)


async def _publish(connection: Connection, tenant_id: UUID, trigger_id: UUID, definition: TriggerDefinition) -> None:
    schedule, hook = definition.schedule, definition.hook
    if schedule is not None:
        await sql.publish_times.execute(
            connection,
            tenant_id=tenant_id,
            function_id=TRIGGER_RUN,
            cron=schedule.cron,
            zone=schedule.zone,
            catch_up=schedule.catch_up,
            max_catch_up=MAX_CATCH_UP,
        )
        return
    if hook is not None:
        made = await sql.publish_hook.fetchval(
            connection, tenant_id=tenant_id, name=hook.name, app=APP, scheme=hook.scheme, secret_env=hook.secret_env
        )
        if made is None:
            raise Conflict(f"there is a webhook {hook.name!r} already that says something else", hint="choose another name")
    await sql.publish_trigger.execute(
        connection,
        function_id=TRIGGER_RUN,
        trigger_id=trigger_id.hex,
        source="event" if hook is None else "webhook",
        pattern=definition.pattern,
        condition=definition.if_,
        words=definition.pattern,
        tenant_id=tenant_id,
    )


def _check(definition: TriggerDefinition) -> None:
    given = [name for name in ("event", "cron", "webhook") if getattr(definition, name) is not None]
    if len(given) != 1:
        raise InvalidInput("a trigger is an event, a cron or a webhook, and one of them", pointer=f"/{given[1]}" if given else "/event")
    for name, needs in (("scheme", "webhook"), ("secret_env", "webhook")):
        if getattr(definition, name) is not None and needs not in given:
            raise InvalidInput(f"{name} goes with a {needs}", pointer=f"/{name}")
    if definition.cron is not None and definition.if_ is not None:
        raise InvalidInput("times have nothing that could be filtered", pointer="/if")
    wanted = ("title", "description") if definition.makes == "task" else ("prompt",)
    for name in ("title", "description", "prompt"):
        if name not in wanted and getattr(definition, name) is not None:
            raise InvalidInput(f"{name} does not go with makes: {definition.makes}", pointer=f"/{name}")
    if getattr(definition, wanted[0]) is None:
        raise InvalidInput(f"what makes a {definition.makes} needs a {wanted[0]}", pointer=f"/{wanted[0]}")
    for pointer, check in _checks(definition):
        try:
            check()
        except RegistrationError as error:
            raise InvalidInput(error.message, pointer=pointer, hint=error.hint) from None
    if definition.event is not None and (definition.event.startswith(OWN) or matches_pattern(definition.event, "board/task.assigned")):
        raise InvalidInput(
            "this fires for what the board itself says, and so for the cards that it makes: it would never end",
            pointer="/event",
            hint="name the events of your own, as in order/*",
        )


def _checks(definition: TriggerDefinition) -> list[tuple[str, Any]]:
    checks: list[tuple[str, Any]] = [("/cron", lambda: definition.schedule), ("/webhook", lambda: definition.hook)]
    if definition.event is not None:
        checks.append(("/event", lambda: check_pattern(definition.event or "")))
    if definition.if_ is not None:
        checks.append(("/if", lambda: compiled(definition.if_ or "")))
    for name in ("title", "description", "prompt"):
        places = _PLACE.findall(getattr(definition, name) or "")
        checks += [(f"/{name}", partial(compiled, place.strip())) for place in places]
    return checks
